"""What ranking needs of a shop's wordings: kept of all of them, or read again of the few that a question meets."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.language.courtesies import strip_courtesies
from app.language.text import normalise
from app.understanding.faq.guards import ContradictionGuards, WordingMarks
from app.understanding.reading import Probabilities, TextAnalysis, TextAnalyzer, TextSpan, Vector

Floats = npt.NDArray[np.float32]

_Row = tuple[str, int, int, Floats]
MOST_REMEMBERED = 10_000
"""Wordings of a very large shop that stay read, about half a kilobyte each."""


class WordingColumns(NamedTuple):
    """Some wordings, a place each in every column.

    Attributes:
        cores: the canonical form without courtesies and question mark.
        mark_numbers: which of the table's `marks` it bears.
        concepts: the bits that the table's `bits` give them.
        opinions: the square roots of the intents' probabilities.
    """

    cores: Sequence[str]
    mark_numbers: Sequence[int]
    concepts: Sequence[int]
    opinions: Floats


class WordingTable(Protocol):
    """A shop's wordings by row; those of one entry follow each other."""

    @property
    def marks(self) -> Sequence[WordingMarks]:
        """The different marks that wordings bear."""

    @property
    def bits(self) -> Mapping[str, int]:
        """Each concept's bit."""

    def read_rows(self, rows: Sequence[int]) -> WordingColumns:
        """These wordings."""

    def read_core(self, row: int) -> str:
        """The first column of one wording."""

    def list_texts(self) -> Iterable[str]:
        """The wordings, normalised; one that several entries have may stand once."""

    def recall_meaning(self, text: str) -> "Meaning | None":
        """What the models made of a wording; None for one that is not kept."""

    def with_entries(self, entries: Sequence[FaqEntry]) -> "WordingTable":
        """The same wordings, of entries that say something else."""


class Meaning(NamedTuple):
    """What costs most to read of a text."""

    probabilities: Probabilities
    vector: Vector


class WordingReader:
    """Makes rows of readings; most wordings bear the same few marks."""

    def __init__(self, guards: ContradictionGuards) -> None:
        self._guards = guards
        self._numbers: dict[WordingMarks, int] = {}
        self.marks: list[WordingMarks] = []
        self.bits: dict[str, int] = {}

    def make_row(self, reading: TextAnalysis) -> _Row:
        """A wording's row of the columns."""
        marks = self._guards.extract_marks(reading)
        number = self._numbers.setdefault(marks, len(self.marks))
        if number == len(self.marks):
            self.marks.append(marks)
        concepts = sum(self.bits.setdefault(name, 1 << len(self.bits)) for name in reading.concepts)
        return core_of(reading.canonical), number, concepts, np.sqrt(reading.probabilities)


class KeptWordings:
    """Every wording's row, read once."""

    def __init__(self, readings: Iterable[TextAnalysis], guards: ContradictionGuards) -> None:
        reader = WordingReader(guards)
        self._places: dict[str, int] = {}
        probabilities: list[Probabilities] = []
        vectors: list[Vector] = []
        rows: list[_Row] = []
        for reading in readings:
            self._places[reading.text] = len(rows)
            rows.append(reader.make_row(reading))
            probabilities.append(reading.probabilities)
            vectors += [] if reading.vector is None else [reading.vector]
        self._probabilities = _stack_rows(probabilities)
        self.vectors = _stack_rows(vectors)
        self.marks, self.bits = reader.marks, reader.bits
        self._cores = [core for core, _, _, _ in rows]
        self._numbers = [number for _, number, _, _ in rows]
        self._concepts = [concepts for _, _, concepts, _ in rows]
        self._opinions = _stack_rows([own for _, _, _, own in rows])

    def list_texts(self) -> Iterable[str]:
        """The wordings, normalised, each once."""
        return self._places

    def recall_meaning(self, text: str) -> Meaning | None:
        """What the models made of a wording; None for one that stands in no row."""
        place = self._places.get(text)
        return None if place is None else Meaning(self._probabilities[place], self.vectors[place])

    def with_entries(self, entries: Sequence[FaqEntry]) -> "KeptWordings":
        """These very wordings: nothing here is of their entries."""
        del entries
        return self

    def read_rows(self, rows: Sequence[int]) -> WordingColumns:
        """These wordings."""
        return WordingColumns(
            [self._cores[row] for row in rows],
            [self._numbers[row] for row in rows],
            [self._concepts[row] for row in rows],
            self._opinions.take(rows, 0),
        )

    def read_core(self, row: int) -> str:
        """The first column of one wording."""
        return self._cores[row]


class LateWordings:
    """Reads a wording's row when a question first meets it: of very many wordings nothing is kept but the entries."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        owners: npt.NDArray[np.int32],
        reader: TextAnalyzer,
        guards: ContradictionGuards,
    ) -> None:
        """`owners` gives each wording's entry, rising."""
        self._entries, self._owners = entries, owners
        self._firsts = owners.searchsorted(np.arange(len(entries)))
        self._reader, self._guards = reader, guards
        self._rows = WordingReader(guards)
        self._known: dict[int, _Row] = {}
        self._reading = threading.Lock()

    def list_texts(self) -> Iterable[str]:
        """The wordings, normalised."""
        return chain.from_iterable(map(list_wordings, self._entries))

    def recall_meaning(self, text: str) -> Meaning | None:
        """None: no wording is kept."""
        del text
        return None  # what the table's other kind returns may be more

    def with_entries(self, entries: Sequence[FaqEntry]) -> "LateWordings":
        """The same wordings, so that the entries of before can go."""
        return LateWordings(entries, self._owners, self._reader, self._guards)

    @property
    def marks(self) -> Sequence[WordingMarks]:
        """Those met so far."""
        return self._rows.marks

    @property
    def bits(self) -> Mapping[str, int]:
        """Those met so far."""
        return self._rows.bits

    def read_rows(self, rows: Sequence[int]) -> WordingColumns:
        """These wordings."""
        found = self._recall_rows(rows)
        cores, numbers, concepts, opinions = zip(*found, strict=True) if found else ((), (), (), ())
        return WordingColumns(cores, numbers, concepts, _stack_rows(opinions))

    def read_core(self, row: int) -> str:
        """The first column of one wording."""
        return self._recall_rows([row])[0][0]

    def _recall_rows(self, rows: Sequence[int]) -> list[_Row]:
        with self._reading:
            new = [row for row in dict.fromkeys(rows) if row not in self._known]
            if len(self._known) + len(new) > MOST_REMEMBERED:
                self._known.clear()
                new = list(dict.fromkeys(rows))
            texts = [TextSpan.from_text(self._find_text(row)) for row in new]
            for row, reading in zip(new, self._reader.analyze_all(texts, encode=False)[0], strict=True):
                self._known[row] = self._rows.make_row(reading)
            return [self._known[row] for row in rows]

    def _find_text(self, row: int) -> str:
        owner = int(self._owners[row])
        return list_wordings(self._entries[owner])[row - int(self._firsts[owner])]


def list_wordings(entry: FaqEntry) -> list[str]:
    """The entry's different wordings, normalised."""
    return list(dict.fromkeys(map(normalise, (entry.question, *entry.similar_questions))))


def _stack_rows(rows: Sequence[Floats]) -> Floats:
    return np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32)


def core_of(canonical: str) -> str:
    """What two wordings of one question are compared by, letter by letter."""
    return strip_courtesies(canonical).rstrip("?")
