"""Numbers for the n-grams and concepts of a shop's wordings, so that a message's are looked up once for all models."""

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import xor
from typing import Any

import numpy as np
import numpy.typing as npt

from app.understanding.reading import TextAnalysis

Numbers = npt.NDArray[np.signedinteger[Any]]
Hashes = npt.NDArray[np.int64]

_CONCEPT = "\0"
"""Before a concept's name, which might be an n-gram, too."""
SHORT = 3
"""Characters of the longest n-gram candidates are found by; longer ones find nothing new."""
_PAST_ALL = np.asarray([np.iinfo(np.int64).max])
"""Ends the table, so that every search ends inside it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What each of some texts shares with the wordings.

    Attributes:
        texts: the place of the text that holds each number, rising.
        numbers: of a text's concepts, then of its n-grams.
    """

    texts: Numbers
    numbers: Numbers


class Vocabulary:
    """The concepts and n-grams that wordings hold, numbered from 0.

    Each is kept as what `hash` gives, 8 bytes instead of 150. That differs between processes and the numbers with it,
    so nothing may come of their order but the order of sums.
    """

    def __init__(self, concepts: Iterable[str], grams: Hashes) -> None:
        """Distinct concepts, and distinct n-grams, hashed."""
        names = tuple(concepts)
        named = hash_concepts(names)
        self._concepts = dict(zip(names, named.tolist(), strict=True))
        self._known = np.concatenate([np.sort(np.concatenate([named, grams])), _PAST_ALL])
        self.concepts = self.term_numbers(named)
        """The concepts' numbers."""

    def __len__(self) -> int:
        return len(self._known) - 1

    def term_numbers(self, names: Hashes) -> Numbers:
        """The numbers of these, in their order; unknown ones are left out."""
        places = self._known.searchsorted(names)
        numbers: Numbers = places.compress(self._known.take(places) == names)
        return numbers

    def extract_terms(self, readings: Sequence[TextAnalysis]) -> Terms:
        """What is known of these texts."""
        concepts = [[key for name in each.concepts if (key := self._concepts.get(name))] for each in readings]
        lengths = [len(own) + len(each.grams) for own, each in zip(concepts, readings, strict=True)]
        names = np.fromiter(
            chain.from_iterable(
                chain(own, _hash_values(each.grams)) for own, each in zip(concepts, readings, strict=True)
            ),
            np.int64,
            sum(lengths),
        )
        places = self._known.searchsorted(names)
        known = self._known.take(places) == names
        return Terms(np.arange(len(readings)).repeat(lengths).compress(known), places.compress(known))


def hash_grams(grams: Iterable[str]) -> Hashes:
    """The n-grams as a vocabulary knows them; with their length, for the bytes of "og" are those of 杯."""
    known = tuple(grams)
    return np.fromiter(_hash_values(known), np.int64, len(known))


def hash_concepts(names: Collection[str]) -> Hashes:
    """The concepts as a vocabulary knows them."""
    return np.fromiter((hash(f"{_CONCEPT}{name}") for name in names), np.int64, len(names))


def _hash_values(grams: Sequence[str]) -> Iterable[int]:
    return map(xor, map(hash, grams), map(len, grams))


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Which row holds which number, a pair each."""

    rows: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int32]

    def __add__(self, other: "Occurrences") -> "Occurrences":
        return Occurrences(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.numbers, other.numbers]),
        )

    def limit_rows(self, rows: int) -> "Occurrences":
        """Those of the first rows."""
        kept = self.rows < rows
        return Occurrences(self.rows[kept], self.numbers[kept])


class _PairColumns:
    """Rows and what they hold, in two columns."""

    def __init__(self) -> None:
        self.rows = array("i")
        self.held = array("q")

    def append_row(self, row: int, held: Iterable[int]) -> None:
        """What one row holds."""
        self.held.extend(held)
        self.rows.extend(repeat(row, len(self.held) - len(self.rows)))


class TermCollector:
    """What texts to train on hold, one row each, gathered as they are read one after the other."""

    def __init__(self) -> None:
        self.count = 0
        self.spelled: set[str] = set()
        self.probabilities: list[npt.NDArray[np.float32]] = []
        self._names: dict[str, int] = {}
        self._concepts, self._short, self._long = _PairColumns(), _PairColumns(), _PairColumns()

    def add_text(self, reading: TextAnalysis) -> None:
        """One more row."""
        self._concepts.append_row(
            self.count, [self._names.setdefault(name, len(self._names)) for name in reading.concepts]
        )
        self._short.append_row(self.count, hash_grams(gram for gram in reading.grams if len(gram) <= SHORT).tolist())
        self._long.append_row(self.count, hash_grams(gram for gram in reading.grams if len(gram) > SHORT).tolist())
        self.spelled.update(reading.grams)
        self.probabilities.append(reading.probabilities)
        self.count += 1

    def build_vocabulary(self) -> Vocabulary:
        """Numbers for all that was gathered."""
        held = [np.frombuffer(pairs.held, dtype=np.int64) for pairs in (self._short, self._long)]
        return Vocabulary(self._names, np.unique(np.concatenate(held)))

    def concept_occurrences(self, vocabulary: Vocabulary) -> Occurrences:
        """Each row's concepts."""
        numbers = vocabulary.concepts.take(np.frombuffer(self._concepts.held, dtype=np.int64)).astype(np.int32)
        return Occurrences(np.frombuffer(self._concepts.rows, dtype=np.int32), numbers)

    def gram_occurrences(self, vocabulary: Vocabulary, *, short: bool = False) -> Occurrences:
        """Each row's n-grams, or its short ones only."""
        kinds = (self._short,) if short else (self._short, self._long)
        rows = np.concatenate([np.frombuffer(pairs.rows, dtype=np.int32) for pairs in kinds])
        numbers = [vocabulary.term_numbers(np.frombuffer(pairs.held, dtype=np.int64)) for pairs in kinds]
        return Occurrences(rows, np.concatenate(numbers).astype(np.int32))
