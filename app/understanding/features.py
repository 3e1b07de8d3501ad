"""Turns a cleaned text into the named features of the intent model: character n-grams, concepts, pairs, shape."""

import re
from collections.abc import Iterator
from itertools import combinations

NGRAMS = (1, 2, 3, 4)
_LONG_NUMBER = re.compile(r"\d{6,}")
_DIGITS = re.compile(r"\d+")
_UNHEARD = re.compile(r"[^\w?%]+|_")
_LENGTHS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 24, 40)
_MOST = 160
"""Characters of a request the model reads; what a buyer wants stands at its start or its end."""


def canonical(text: str) -> str:
    """Lower case, without spaces and marks except ?; digits as they are."""
    text = _UNHEARD.sub("", text.lower())
    if len(text) > _MOST:
        text = text[: _MOST // 2] + text[-_MOST // 2 :]
    return text


def masked(canonical_text: str) -> str:
    """The canonical text with numbers blurred, so that prices and sizes look alike, and item numbers gone."""
    return _DIGITS.sub(lambda found: "00" if len(found[0]) > 1 else "0", _LONG_NUMBER.sub("", canonical_text))


def ngrams(text: str) -> Iterator[str]:
    """Character n-grams of ^text$, doubles included."""
    padded = f"^{text}$"
    for size in NGRAMS:
        for start in range(len(padded) - size + 1):
            yield padded[start : start + size]


def concept_features(concepts: dict[str, int]) -> Iterator[str]:
    """Each concept, and each two of them in the order they are said."""
    ordered = sorted(concepts, key=lambda concept: (concepts[concept], concept))
    for concept in ordered:
        yield f"c:{concept}"
    for first, second in combinations(ordered[:14], 2):
        yield f"p:{first}>{second}"


def shape_features(text: str, concepts: dict[str, int]) -> Iterator[str]:
    """How long it is, how it begins and ends, and how much of the trade it speaks of."""
    yield f"s:length{next((limit for limit in _LENGTHS if len(text) <= limit), 99)}"
    yield f"s:concepts{min(len(concepts), 6)}"
    if "?" in text:
        yield "s:?"
    if text and text[0].isdigit():
        yield "s:number first"
    if text.replace("?", "").isdigit():
        yield "s:only number"
    if text and text.isascii():
        yield "s:latin"
