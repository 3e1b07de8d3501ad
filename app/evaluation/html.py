"""Builds HTML and SVG; escapes every text that is not markup."""

from html import escape

from app.evaluation.phrases import printable_text


class Html(str):
    """Safe markup."""

    __slots__ = ()


def tag(name: str, *inside: str, **attributes: str | float) -> Html:
    """Builds an element; in attribute names a final _ is dropped and others become dashes."""
    named = "".join(
        f' {_html_attribute_name(key)}="{escape(_html_attribute_value(value))}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{named}>{join_html(*inside)}</{name}>")


def join_html(*pieces: str) -> Html:
    """Joins markup."""
    return Html("".join(piece if isinstance(piece, Html) else escape(printable_text(piece)) for piece in pieces))


def _html_attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _html_attribute_value(value: str | float) -> str:
    return printable_text(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
