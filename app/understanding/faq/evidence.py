"""What speaks against an entry that is like a question: it speaks of nothing that is asked, its answer with it.

能带上飞机吗 is like 能放洗碗机吗, and an answer of dishwashers alone says nothing of it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.domain.catalogue import FaqEntry
from app.language.names import HiddenNames
from app.language.text import content_letters, normalise
from app.understanding.faq.likeness import Floats
from app.understanding.intent.features import canonicalize
from app.understanding.reading import TextAnalysis

WEIGHT = 4.8
"""What it counts, on the scale of the match model, how much of a question's telling letters is not spoken of."""
ENOUGH_SPOKEN = 0.6
"""The part of a question's telling letters that any row that answers may have; the rest is said in other words."""
ENOUGH_TOLD = 12
"""Telling letters of an answer from which on it counts in full what it does not speak of: 可以的亲 is mute."""
MOST_REMEMBERED = 10_000


class Letters(NamedTuple):
    """The telling letters of an entry's wordings, of these and its answer, and how many its answer has."""

    asked: set[str]
    spoken: set[str]
    answered: int


class EntryLetters:
    """The telling letters of entries without the names of goods, read when they are first looked at."""

    def __init__(self, entries: Sequence[FaqEntry], names: HiddenNames) -> None:
        self._entries, self._names = entries, names
        self._known: dict[int, Letters] = {}

    def read_entry(self, number: int) -> Letters:
        """Those of one entry."""
        if number not in self._known:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            entry = self._entries[number]
            answer = self._telling_letters(entry.answer)
            asked = self._telling_letters("\n".join((entry.question, *entry.similar_questions)))
            self._known[number] = Letters(asked, asked | answer, len(answer))
        return self._known[number]

    def _telling_letters(self, words: str) -> set[str]:
        return content_letters(self._names.hide(canonicalize(normalise(words))))


class CounterEvidence:
    """What entries say nothing of, their wordings and answers together."""

    def __init__(self, letters: EntryLetters) -> None:
        self._letters = letters

    def weigh_entries(self, reading: TextAnalysis, entries: Sequence[int]) -> Floats:
        """What is to be taken from each entry's score; 0 where the question has no telling letter."""
        asked = content_letters((reading.nameless or reading).canonical)
        if not asked:
            return np.zeros(len(entries))
        read = list(map(self._letters.read_entry, entries))
        missing = ENOUGH_SPOKEN - np.asarray([len(asked & each.spoken) / len(asked) for each in read])
        telling = np.asarray([min(1.0, each.answered / ENOUGH_TOLD) for each in read])
        against: Floats = WEIGHT * telling * missing.clip(min=0)
        return against
