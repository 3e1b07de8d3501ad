"""Names of goods inside a text: a word of the trade that is but a part of one is not said."""

import re
from collections.abc import Iterator, Sequence

HIDDEN = "这个"
"""Stands for a name of goods where only what is said of them matters."""


def hide_names(text: str, names: Sequence[str]) -> str:
    """The text with every name as a thing pointed at; `names` with the longest first, for one may hold another."""
    for name in names:
        text = text.replace(name, HIDDEN)
    return text


def find_said(pattern: re.Pattern[str], text: str, names: Sequence[str]) -> re.Match[str] | None:
    """The first match that is more than a part of a name: 报警 in 我要报警, not in 烟雾报警器."""
    found = pattern.search(text)
    if found is None or not names:
        return found
    covered = [(at, at + len(name)) for name in names for at in _find_places(text, name)]
    while found and any(
        start <= found.start() and found.end() <= end and found.span() != (start, end) for start, end in covered
    ):
        found = pattern.search(text, found.start() + 1)
    return found


def _find_places(text: str, name: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        yield at
        at = text.find(name, at + 1)
