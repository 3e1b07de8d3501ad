"""Expands the small template language of examples and lexicon: (a|b) alternatives, [x|y] optional, {list}."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

_MARK = re.compile(r"\)\?|[()\[\]|]|\{[^{}]*\}|[^()\[\]|{}]+|[{}]")

Lists = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Alternatives, each a sequence of pieces."""

    options: tuple[tuple["str | _Choice", ...], ...]


class TemplateError(ValueError):
    """A template whose brackets do not match, or which names a list that does not exist."""


class Template:
    """One line of the template language."""

    def __init__(self, line: str, lists: Lists) -> None:
        self._pieces = _parse_template(_MARK.findall(line), lists, line)

    def draw_wording(self, chance: random.Random) -> str:
        """One expansion at random."""
        return _draw_choice(self._pieces, chance)

    def expand_all(self) -> list[str]:
        """Every expansion; for the lexicon's short templates."""
        return list(dict.fromkeys(_expand_choice(self._pieces)))


def is_template(line: str) -> bool:
    """Whether the line has anything to expand."""
    return any(mark in line for mark in "([{|")


def _parse_template(marks: list[str], lists: Lists, line: str) -> _Choice:
    pieces, rest = _parse_alternatives(marks, 0, "", lists, line)
    if rest != len(marks):
        raise TemplateError(f"unmatched bracket in {line!r}")
    return pieces


def _parse_alternatives(marks: list[str], at: int, closing: str, lists: Lists, line: str) -> tuple[_Choice, int]:
    options: list[tuple[str | _Choice, ...]] = []
    current: list[str | _Choice] = []
    while at < len(marks):
        mark = marks[at]
        if mark in (")", "]", ")?"):
            break
        if mark == "|":
            options.append(tuple(current))
            current = []
            at += 1
            continue
        piece, at = _parse_piece(marks, at, lists, line)
        current.append(piece)
    if closing and (at >= len(marks) or marks[at][0] != closing):
        raise TemplateError(f"missing {closing} in {line!r}")
    return _Choice((*options, tuple(current))), at


def _parse_piece(marks: list[str], at: int, lists: Lists, line: str) -> tuple[str | _Choice, int]:
    mark = marks[at]
    if mark in ("(", "["):
        inner, end = _parse_alternatives(marks, at + 1, ")" if mark == "(" else "]", lists, line)
        optional = mark == "[" or marks[end] == ")?"
        return (_Choice(((), (inner,))) if optional else inner), end + 1
    if mark.startswith("{"):
        return _list_choice(mark[1:-1], lists, line), at + 1
    return mark, at + 1


def _list_choice(name: str, lists: Lists, line: str) -> _Choice:
    if name not in lists:
        raise TemplateError(f"no list {name!r} for {line!r}")
    return _Choice(tuple((str(word),) for word in lists[name]))


def _draw_choice(choice: _Choice, chance: random.Random) -> str:
    option = chance.choice(choice.options)
    return "".join(piece if isinstance(piece, str) else _draw_choice(piece, chance) for piece in option)


def _expand_choice(choice: _Choice) -> list[str]:
    spelled = [
        [[piece] if isinstance(piece, str) else _expand_choice(piece) for piece in option] for option in choice.options
    ]
    return ["".join(parts) for option in spelled for parts in product(*option)]
