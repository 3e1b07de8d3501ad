"""Names of goods inside a text: a word of the trade that is but a part of one is not said."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

HIDDEN = "这个"
"""Stands for a name of goods where only what is said of them matters."""


def hide_names(text: str, names: Sequence[str]) -> str:
    """The text with every name as a thing pointed at; `names` with the longest first, for one may hold another."""
    for name in names:
        text = text.replace(name, HIDDEN)
    return text


class HiddenNames:
    """Hides the names of a shop's goods: each text is walked once, however many names there are."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """`names` as the texts have them."""
        self._names = frozenset(filter(None, names))
        self._lengths = lengths_by_initial(self._names)

    def __eq__(self, other: object) -> bool:
        """Whether they hide the same."""
        return isinstance(other, HiddenNames) and self._names == other._names

    def __hash__(self) -> int:
        return hash(self._names)

    def hide(self, text: str) -> str:
        """The text with the longest name at each place as a thing pointed at."""
        if self._lengths.keys().isdisjoint(text):
            return text
        kept: list[str] = []
        at = 0
        while at < len(text):
            length = next((n for n in self._lengths.get(text[at], ()) if text[at : at + n] in self._names), 0)
            kept.append(HIDDEN if length else text[at])
            at += length or 1
        return "".join(kept)


def lengths_by_initial(names: Iterable[str]) -> Mapping[str, Sequence[int]]:
    """First character → how long the names are that begin so, the longest first."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for name in names:
        found[name[0]].add(len(name))
    return {first: sorted(own, reverse=True) for first, own in found.items()}


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
