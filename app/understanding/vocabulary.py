"""Numbers for the n-grams and concepts of a shop's wordings, so that a message's are looked up once for all models."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from operator import xor
from typing import Any

import numpy as np
import numpy.typing as npt

from app.understanding.reading import Reading

Numbers = npt.NDArray[np.signedinteger[Any]]
Hashes = npt.NDArray[np.int64]

SHORT = 3
"""Characters of the longest n-gram candidates are found by; longer ones find nothing new."""
_PAST_ALL = np.asarray([np.iinfo(np.int64).max])
"""Ends the table, so that every search ends inside it."""
_PART = 1 << 20


@dataclass(frozen=True, slots=True)
class Terms:
    """What a text shares with the wordings: numbers of concepts, so many, and then of n-grams."""

    numbers: Numbers
    concepts: int


class Vocabulary:
    """The names that wordings hold, numbered from 0, concepts before n-grams.

    An n-gram is kept as what `hash` gives, 8 bytes instead of 150. That differs between processes and the numbers
    with it, so nothing may come of their order but the order of sums.
    """

    def __init__(self, concepts: Mapping[str, int], grams: Hashes) -> None:
        """Concepts with their numbers, and distinct n-grams, hashed, rising."""
        self.concepts = len(concepts)
        self._concepts = concepts
        self._grams = np.concatenate([grams, _PAST_ALL])

    def __len__(self) -> int:
        return self.concepts + len(self._grams) - 1

    def numbers(self, grams: Hashes) -> Numbers:
        """The numbers of these n-grams, in their order; unknown ones are left out."""
        places = self._grams.searchsorted(grams)
        numbers: Numbers = places[self._grams[places] == grams] + self.concepts
        return numbers

    def terms(self, reading: Reading) -> Terms:
        """What is known of a text."""
        concepts = [number for name in reading.concepts if (number := self._concepts.get(name)) is not None]
        grams = self.numbers(hashes(reading.grams))
        return Terms(np.concatenate([np.asarray(concepts, dtype=np.intp), grams]), len(concepts))


def hashes(grams: Iterable[str]) -> Hashes:
    """The n-grams as a vocabulary knows them; with their length, for the bytes of "og" are those of 杯."""
    known = tuple(grams)
    return np.fromiter(map(xor, map(hash, known), map(len, known)), np.int64, len(known))


@dataclass(frozen=True, slots=True)
class Holdings:
    """Which row holds which number, a pair each."""

    rows: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int32]

    def __add__(self, other: "Holdings") -> "Holdings":
        return Holdings(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.numbers, other.numbers]),
        )

    def up_to(self, rows: int) -> "Holdings":
        """Those of the first rows."""
        kept = self.rows < rows
        return Holdings(self.rows[kept], self.numbers[kept])


class _Pairs:
    """Rows and what they hold, in two columns."""

    def __init__(self) -> None:
        self.rows = array("i")
        self.held = array("q")

    def add(self, row: int, held: Iterable[int]) -> None:
        """What one row holds."""
        self.held.extend(held)
        self.rows.extend(repeat(row, len(self.held) - len(self.rows)))


class Gathered:
    """What texts hold, one row each, gathered as they are read one after the other, so that readings can be let go."""

    def __init__(self, *, for_training: bool) -> None:
        """Only for training the longest n-grams, how each is spelled, and probabilities are kept."""
        self.count = 0
        self.for_training = for_training
        self.spelled: set[str] = set()
        self.probabilities: list[npt.NDArray[np.float32]] = []
        self._names: dict[str, int] = {}
        self._concepts, self._short, self._long = _Pairs(), _Pairs(), _Pairs()

    def add(self, reading: Reading) -> None:
        """One more row."""
        self._concepts.add(self.count, [self._names.setdefault(name, len(self._names)) for name in reading.concepts])
        self._short.add(self.count, hashes(gram for gram in reading.grams if len(gram) <= SHORT).tolist())
        if self.for_training:
            self._long.add(self.count, hashes(gram for gram in reading.grams if len(gram) > SHORT).tolist())
            self.spelled.update(reading.grams)
            self.probabilities.append(reading.probabilities)
        self.count += 1

    def vocabulary(self) -> Vocabulary:
        """Numbers for all that was gathered."""
        held = [part for pairs in (self._short, self._long) for part in _parts(pairs.held)]
        return Vocabulary(self._names, np.unique(np.concatenate([np.unique(part) for part in held])))

    def concepts(self) -> Holdings:
        """Each row's concepts."""
        numbers = np.frombuffer(self._concepts.held, dtype=np.int64).astype(np.int32)
        return Holdings(np.frombuffer(self._concepts.rows, dtype=np.int32), numbers)

    def grams(self, vocabulary: Vocabulary, *, short: bool = False) -> Holdings:
        """Each row's n-grams, or its short ones only."""
        kinds = (self._short,) if short else (self._short, self._long)
        rows = np.concatenate([np.frombuffer(pairs.rows, dtype=np.int32) for pairs in kinds])
        numbers = [vocabulary.numbers(part).astype(np.int32) for pairs in kinds for part in _parts(pairs.held)]
        return Holdings(rows, np.concatenate(numbers))


def _parts(held: "array[int]") -> Iterator[Hashes]:
    """Part by part, for there may be tens of millions."""
    whole = np.frombuffer(held, dtype=np.int64)
    return (whole[start : start + _PART] for start in range(0, max(len(whole), 1), _PART))
