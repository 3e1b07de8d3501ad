"""Compares questions by the pairs of characters they share."""

import re
from typing import Final

_AGAIN: Final = 3
"""One pair in so many is enough between two short questions of one matter: 有保价嘛 and 有没有保价呢."""
_NO_WORD = re.compile(r"[^\w]+")


def repeats_question(one: str, other: str) -> bool:
    """Whether a question may be asked again in other words; its matter is known to be the same."""
    first, second = _pairs(one), _pairs(other)
    shared = len(first & second)
    return shared > 1 and _AGAIN * shared >= min(len(first), len(second))


def _pairs(text: str) -> set[str]:
    bare = _NO_WORD.sub("", text)
    return {bare[at : at + 2] for at in range(len(bare) - 1)}
