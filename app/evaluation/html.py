"""Builds HTML and SVG from pieces; every text that is not already markup is escaped."""

from html import escape

from app.evaluation.phrases import printable


class Html(str):
    """Markup, safe as it is."""

    __slots__ = ()


def tag(name: str, *inside: str, **attributes: str | float) -> Html:
    """An element; attribute names end in _ where Python needs it, and _ inside is a dash."""
    named = "".join(f' {_name(key)}="{escape(_value(value))}"' for key, value in attributes.items())
    return Html(f"<{name}{named}>{join(*inside)}</{name}>")


def join(*pieces: str) -> Html:
    """Pieces one after another."""
    return Html("".join(piece if isinstance(piece, Html) else escape(printable(piece)) for piece in pieces))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return printable(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
