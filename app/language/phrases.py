"""Compiles words and phrases that data files hold into quick readers; the files hold the Chinese, this module none."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_LATIN_BEFORE: Final = "(?<![A-Za-z])"
_LATIN_AFTER: Final = "(?![A-Za-z])"


@dataclass(frozen=True, slots=True)
class NameSpan:
    """A known name at its place in the text, and what it stands for."""

    start: int
    end: int
    text: str
    name: str


class NameTable:
    """Names and their other spellings; finds the longest at each place, in any case of letters.

    A Latin spelling counts only by itself: sf in sfz is no courier.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names` maps what is said to what it stands for."""
        self._names = {said.lower(): name for said, name in names.items()}
        self._initials = frozenset(said[0] for said in self._names)
        self._pattern = re.compile(any_of(self._names, whole_words=True)) if names else None

    def find_names(self, text: str) -> Iterator[NameSpan]:
        """Every name in the text, in order."""
        lowered = text.lower()
        if self._pattern is None or self._initials.isdisjoint(lowered):
            return
        for found in self._pattern.finditer(lowered):
            start, end = found.span()
            yield NameSpan(start, end, text[start:end], self._names[found[0]])


def any_of(words: Iterable[str], *, whole_words: bool = False) -> str:
    """A pattern of any of the words, the longest first; with `whole_words` a Latin one only by itself."""
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(_spelling(word, whole=whole_words) for word in longest_first)


def _spelling(word: str, *, whole: bool) -> str:
    plain = re.escape(word)
    return f"{_LATIN_BEFORE}{plain}{_LATIN_AFTER}" if whole and word.isascii() else plain
