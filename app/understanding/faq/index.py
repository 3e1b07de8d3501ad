"""Learns a shop's FAQ wordings: reads each once and keeps what ranking needs of it, not the reading."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.language.courtesies import strip_courtesies
from app.language.text import normalise
from app.understanding.faq.candidates import CandidateIndex
from app.understanding.faq.dense import DenseIndex
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.guards import ContradictionGuards, WordingMarks
from app.understanding.faq.ranker import FaqRanker
from app.understanding.faq.vocabulary import TermCollector, Vocabulary
from app.understanding.reading import TextAnalysis, TextAnalyzer, TextSpan

Floats = npt.NDArray[np.float32]

MOST_TRAINING_WORDINGS = 12_000
"""Wordings up to which they get vectors and the linear model is trained; beyond, both would cost minutes."""
BATCH_SIZE = 64


@dataclass(frozen=True, slots=True)
class FaqIndex:
    """What is kept of a shop's wordings; those of one entry follow each other.

    Attributes:
        cores: of each wording, its canonical form without courtesies and question mark.
        marks: the different marks that wordings bear.
        mark_numbers: of each wording, which of them it bears.
        concepts: of each wording, the bits that `bits` gives them.
        opinions: of each wording, the square roots of the intents' probabilities.
        vectors: of each wording; None where there are too many, or none.
        owners: the entry each belongs to.
        ranker: None where there are too many wordings to train on, or none.
    """

    cores: Sequence[str]
    marks: Sequence[WordingMarks]
    mark_numbers: Sequence[int]
    concepts: Sequence[int]
    opinions: Floats
    vectors: Floats | None
    bits: Mapping[str, int]
    owners: npt.NDArray[np.int32]
    vocabulary: Vocabulary
    candidates: CandidateIndex
    ranker: FaqRanker | None
    dense: DenseIndex


def build_faq_index(
    entries: Sequence[FaqEntry], reader: TextAnalyzer, guards: ContradictionGuards, encoder: Encoder | None
) -> FaqIndex:
    """Learn all wordings of these entries."""
    owned = [(text, owner) for owner, entry in enumerate(entries) for text in _entry_wordings(entry)]
    texts, owners = [text for text, _ in owned], np.asarray([owner for _, owner in owned], dtype=np.intp)
    gathered = TermCollector(for_training=0 < len(texts) <= MOST_TRAINING_WORDINGS)
    wordings = _analyze_wordings(texts, reader, guards, gathered)
    if gathered.for_training:
        for reading in _analyze_in_batches(tuple(_counter_wordings(entries)), reader, encode=False):
            gathered.add_text(reading)
    vocabulary = gathered.build_vocabulary()
    short = gathered.concept_occurrences(vocabulary) + gathered.gram_occurrences(vocabulary, short=True)
    if gathered.count > len(texts):
        short = short.limit_rows(len(texts))
    candidates = CandidateIndex(short, numbers=len(vocabulary), wordings=len(texts))
    ranker = FaqRanker(gathered, vocabulary, owners) if gathered.for_training else None
    return FaqIndex(*wordings, owners.astype(np.int32), vocabulary, candidates, ranker, DenseIndex(encoder, texts))


class _Wordings(NamedTuple):
    """The first columns of FaqIndex."""

    cores: Sequence[str]
    marks: Sequence[WordingMarks]
    mark_numbers: Sequence[int]
    concepts: Sequence[int]
    opinions: Floats
    vectors: Floats | None
    bits: Mapping[str, int]


def _analyze_wordings(
    texts: Sequence[str], reader: TextAnalyzer, guards: ContradictionGuards, gathered: TermCollector
) -> _Wordings:
    cores: list[str] = []
    numbers: list[int] = []
    concepts: list[int] = []
    bits: dict[str, int] = {}
    marks: dict[WordingMarks, int] = {}  # most wordings bear the same few
    opinions = np.empty((len(texts), len(reader.model.intents)), dtype=np.float32)
    vectors: list[Floats] = []
    for place, reading in enumerate(_analyze_in_batches(texts, reader, encode=gathered.for_training)):
        gathered.add_text(reading)
        cores.append(core_of(reading.canonical))
        numbers.append(marks.setdefault(guards.extract_marks(reading), len(marks)))
        concepts.append(sum(bits.setdefault(name, 1 << len(bits)) for name in reading.concepts))
        opinions[place] = np.sqrt(reading.probabilities)
        if reading.vector is not None:
            vectors.append(reading.vector)
    return _Wordings(cores, tuple(marks), numbers, concepts, opinions, np.stack(vectors) if vectors else None, bits)


def core_of(canonical: str) -> str:
    """What two wordings of one question are compared by, letter by letter."""
    return strip_courtesies(canonical).rstrip("?")


def _analyze_in_batches(texts: Sequence[str], reader: TextAnalyzer, *, encode: bool) -> Iterator[TextAnalysis]:
    """Some together, which costs less than one by one."""
    for start in range(0, len(texts), BATCH_SIZE):
        batch = list(map(TextSpan.from_text, texts[start : start + BATCH_SIZE]))
        yield from reader.analyze_all(batch, encode=encode)[0]


def _entry_wordings(entry: FaqEntry) -> Iterable[str]:
    return dict.fromkeys(map(normalise, (entry.question, *entry.similar_questions)))


def _counter_wordings(entries: Sequence[FaqEntry]) -> Iterator[str]:
    return (normalise(wording) for entry in entries for wording in entry.not_matching)
