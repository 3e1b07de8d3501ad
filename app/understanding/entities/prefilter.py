"""Tells which of many regular expressions can match a text at all, by the characters each of them needs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_parser: Any = re._parser  # type: ignore[attr-defined]  # noqa: SLF001  # Python's own reader of patterns, the only one
_DIGIT = re.compile(r"\d")
_ANY_DIGIT = r"\d"
_NEEDS = 3
"""Sets of characters kept of a pattern, each with its own block of bits; a fourth tells hardly anything more."""
_WIDEST = 200
"""Characters of a set worth looking for."""

RequiredSet = frozenset[str]


class PatternPrefilter:
    """Lets through the patterns of which every need is met: a text holds a character of each of its sets."""

    def __init__(self, patterns: Sequence[re.Pattern[str]]) -> None:
        self._met: dict[str, int] = {}
        self._count = len(patterns)
        self._first = (1 << len(patterns)) - 1
        self._always = 0
        for place, pattern in enumerate(patterns):
            self._index_pattern(place, character_requirements(pattern))

    def possible_matches(self, text: str) -> list[int]:
        """Places of the patterns that may match somewhere in the text, in order; the others match nowhere."""
        met, known = self._always, self._met.get
        for character in text:
            met |= known(character, 0)
        if _DIGIT.search(text):
            met |= known(_ANY_DIGIT, 0)
        return _bit_positions(met & met >> self._count & met >> 2 * self._count & self._first)

    def _index_pattern(self, place: int, wanted: Sequence[RequiredSet]) -> None:
        for number in range(_NEEDS):
            bit = 1 << place + self._count * number
            if number >= len(wanted):
                self._always |= bit
                continue
            for character in wanted[number]:
                self._met[character] = self._met.get(character, 0) | bit


def _bit_positions(found: int) -> list[int]:
    places: list[int] = []
    while found:
        lowest = found & -found
        places.append(lowest.bit_length() - 1)
        found ^= lowest
    return places


def character_requirements(pattern: re.Pattern[str]) -> list[RequiredSet]:
    """Sets of characters, the narrowest first; a text that lacks all characters of one of them holds no match."""
    if pattern.flags & re.IGNORECASE:
        return []
    found = set(_sequence_requirements(_parser.parse(pattern.pattern, pattern.flags)))
    return sorted(found, key=lambda need: (len(need), sorted(need)))[:_NEEDS]


def _sequence_requirements(pieces: Iterable[tuple[Any, Any]]) -> Iterator[RequiredSet]:
    """The needs of a sequence; a kind of piece that is not named here needs nothing."""
    for kind, value in pieces:
        match str(kind):
            case "LITERAL":
                yield frozenset({chr(value)})
            case "IN":
                yield from _set_requirement(value)
            case "BRANCH":
                yield from _branch_requirements(value[1])
            case "SUBPATTERN" if not value[1]:  # of other flags
                yield from _sequence_requirements(value[3])
            case "ASSERT":
                yield from _sequence_requirements(value[1])
            case "MAX_REPEAT" | "MIN_REPEAT" if value[0] > 0:
                yield from _sequence_requirements(value[2])


def _set_requirement(items: Sequence[tuple[Any, Any]]) -> Iterator[RequiredSet]:
    found: set[str] = set()
    for kind, value in items:
        match str(kind):
            case "LITERAL":
                found.add(chr(value))
            case "RANGE" if value[1] - value[0] < _WIDEST:
                found.update(map(chr, range(value[0], value[1] + 1)))
            case "CATEGORY" if str(value) == "CATEGORY_DIGIT":
                found.add(_ANY_DIGIT)
            case _:
                return
    yield frozenset(found)


def _branch_requirements(branches: Sequence[Iterable[tuple[Any, Any]]]) -> Iterator[RequiredSet]:
    """A need of each branch in one set: one of them is met whichever branch matches."""
    each = [list(_sequence_requirements(branch)) for branch in branches]
    if all(each):
        yield frozenset().union(*(wanted[0] for wanted in each))
        yield frozenset().union(*(wanted[-1] for wanted in each))
        yield frozenset().union(*(max(wanted, key=len) for wanted in each))
        yield frozenset().union(*(min(wanted, key=len) for wanted in each))
