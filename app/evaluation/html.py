"""Builds HTML and SVG from pieces; every text that is not already markup is escaped."""

from html import escape

from app.evaluation.phrases import printable_text


class Html(str):
    """Markup, safe as it is."""

    __slots__ = ()


def tag(name: str, *inside: str, **attributes: str | float) -> Html:
    """An element; attribute names end in _ where Python needs it, and _ inside is a dash."""
    named = "".join(
        f' {_html_attribute_name(key)}="{escape(_html_attribute_value(value))}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{named}>{join_html(*inside)}</{name}>")


def join_html(*pieces: str) -> Html:
    """Pieces one after another."""
    return Html("".join(piece if isinstance(piece, Html) else escape(printable_text(piece)) for piece in pieces))


def _html_attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _html_attribute_value(value: str | float) -> str:
    return printable_text(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
