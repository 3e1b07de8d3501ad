"""Learns a shop's FAQ wordings: reads each once and keeps what ranking needs of it, not the reading."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.language.text import normalise
from app.understanding.faq.candidates import CandidateIndex
from app.understanding.faq.dense import DenseIndex
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.guards import ContradictionGuards, WordingMarks
from app.understanding.faq.ranker import FaqRanker
from app.understanding.faq.vocabulary import TermCollector, Vocabulary
from app.understanding.reading import TextAnalysis, TextAnalyzer, TextSpan

MOST_TRAINING_WORDINGS = 12_000
"""Wordings up to which the linear model is trained; beyond, cosine and fuzzy ratio rank alone."""
BATCH_SIZE = 64


@dataclass(frozen=True, slots=True)
class FaqIndex:
    """What is kept of a shop's wordings; those of one entry follow each other.

    Attributes:
        heards, marks: of each wording.
        owners: the entry each belongs to.
        ranker: None where there are too many wordings to train on, or none.
    """

    canonical_wordings: Sequence[str]
    marks: Sequence[WordingMarks]
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
    heards, marks = _analyze_wordings(texts, reader, guards, gathered)
    if gathered.for_training:
        for reading in _analyze_in_batches(tuple(_counter_wordings(entries)), reader):
            gathered.add_text(reading)
    vocabulary = gathered.build_vocabulary()
    short = gathered.concept_occurrences(vocabulary) + gathered.gram_occurrences(vocabulary, short=True)
    if gathered.count > len(texts):
        short = short.limit_rows(len(texts))
    candidates = CandidateIndex(short, numbers=len(vocabulary), wordings=len(texts))
    ranker = FaqRanker(gathered, vocabulary, owners) if gathered.for_training else None
    return FaqIndex(heards, marks, owners.astype(np.int32), vocabulary, candidates, ranker, DenseIndex(encoder, texts))


def _analyze_wordings(
    texts: Sequence[str], reader: TextAnalyzer, guards: ContradictionGuards, gathered: TermCollector
) -> tuple[tuple[str, ...], tuple[WordingMarks, ...]]:
    heards, marks = [], []
    known: dict[WordingMarks, WordingMarks] = {}  # most wordings bear the same few
    for reading in _analyze_in_batches(texts, reader):
        gathered.add_text(reading)
        own = guards.extract_marks(reading)
        heards.append(reading.canonical)
        marks.append(known.setdefault(own, own))
    return tuple(heards), tuple(marks)


def _analyze_in_batches(texts: Sequence[str], reader: TextAnalyzer) -> Iterator[TextAnalysis]:
    """Some together, which costs less than one by one."""
    for start in range(0, len(texts), BATCH_SIZE):
        yield from reader.analyze_all(list(map(TextSpan.from_text, texts[start : start + BATCH_SIZE])))[0]


def _entry_wordings(entry: FaqEntry) -> Iterable[str]:
    return dict.fromkeys(map(normalise, (entry.question, *entry.similar_questions)))


def _counter_wordings(entries: Sequence[FaqEntry]) -> Iterator[str]:
    return (normalise(wording) for entry in entries for wording in entry.not_matching)
