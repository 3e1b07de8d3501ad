"""Suggests a known name for an unknown one."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

_ALIKE = 60
_LONGEST = 80


def nearest_name(word: str, known: Iterable[str]) -> str | None:
    """The known name most similar to `word`, if any is similar enough."""
    found = process.extractOne(word[:_LONGEST], list(known), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return found[0] if found else None


def suggest_sentence(word: str, known: Iterable[str]) -> str:
    """A sentence with the suggestion, or ""."""
    guess = nearest_name(word, known)
    return f"是不是想写“{guess}”？" if guess else ""
