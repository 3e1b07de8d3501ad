"""Turns a cleaned text into the named features of the intent model: character n-grams, concepts, pairs, shape."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from operator import add

LONGEST = 4
"""Characters of the longest n-gram."""
MOST_PAIRED = 14
"""Concepts of a text that are paired, the first said first."""
_LONG_NUMBER = re.compile(r"\d{6,}")
_DIGITS = re.compile(r"\d+")
_UNHEARD = re.compile(r"[^\w?%]+|_")
_LENGTHS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 24, 40)
_LENGTH_NAMES = tuple(f"s:length{limit}" for limit in (*_LENGTHS, 99))
_CONCEPT_COUNTS = tuple(f"s:concepts{count}" for count in range(7))
_MOST = 160
"""Characters of a request the model reads; what a buyer wants stands at its start or its end."""


def canonicalize(text: str) -> str:
    """Lower case, without spaces and marks except ?; digits as they are."""
    text = _UNHEARD.sub("", text.lower())
    if len(text) > _MOST:
        text = text[: _MOST // 2] + text[-_MOST // 2 :]
    return text


def mask_numbers(canonical_text: str) -> str:
    """The canonical text with numbers blurred, so that prices and sizes look alike, and item numbers gone."""
    if not _DIGITS.search(canonical_text):
        return canonical_text
    return _DIGITS.sub(lambda found: "00" if len(found[0]) > 1 else "0", _LONG_NUMBER.sub("", canonical_text))


def extract_ngrams(text: str) -> set[str]:
    """The distinct character n-grams of ^text$."""
    padded = f"^{text}$"
    grams: Sequence[str] = padded
    found = set(padded)
    for size in range(1, LONGEST):
        grams = list(map(add, grams, padded[size:]))  # each n-gram with its next character
        found.update(grams)
    return found


def sort_concepts(concepts: Mapping[str, int]) -> list[str]:
    """The concepts as they are said."""
    return [concept for _, concept in sorted(zip(concepts.values(), concepts, strict=True))]


def concept_features(concepts: Mapping[str, int]) -> Iterator[str]:
    """Each concept, and each two of them in the order they are said."""
    ordered = sort_concepts(concepts)
    for concept in ordered:
        yield f"c:{concept}"
    for first, second in combinations(ordered[:MOST_PAIRED], 2):
        yield f"p:{first}>{second}"


def shape_features(text: str, concepts: Mapping[str, int]) -> Iterator[str]:
    """How long it is, how it begins and ends, and how much of the trade it speaks of."""
    yield _LENGTH_NAMES[bisect_left(_LENGTHS, len(text))]
    yield _CONCEPT_COUNTS[min(len(concepts), len(_CONCEPT_COUNTS) - 1)]
    if "?" in text:
        yield "s:?"
    if text and text[0].isdigit():
        yield "s:number first"
    if text.replace("?", "").isdigit():
        yield "s:only number"
    if text and text.isascii():
        yield "s:latin"
