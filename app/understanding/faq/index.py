"""Learns a shop's FAQ wordings: reads each once and keeps what ranking needs of it, not the reading."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.domain.catalogue import FaqEntry
from app.language.text import normalise
from app.understanding.faq.candidates import Candidates
from app.understanding.faq.dense import Dense
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.guards import Guards, Marks
from app.understanding.faq.ranker import Ranker
from app.understanding.faq.vocabulary import Gathered, Vocabulary
from app.understanding.reading import Reader, Reading, Stretch

TRAINED_UP_TO = 12_000
"""Wordings up to which the linear model is trained; beyond, cosine and fuzzy ratio rank alone."""
TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Learned:
    """What is kept of a shop's wordings; those of one entry follow each other.

    Attributes:
        heards, marks: of each wording.
        owners: the entry each belongs to.
        ranker: None where there are too many wordings to train on, or none.
    """

    heards: Sequence[str]
    marks: Sequence[Marks]
    owners: npt.NDArray[np.int32]
    vocabulary: Vocabulary
    candidates: Candidates
    ranker: Ranker | None
    dense: Dense


def learn(entries: Sequence[FaqEntry], reader: Reader, guards: Guards, encoder: Encoder | None) -> Learned:
    """Learn all wordings of these entries."""
    owned = [(text, owner) for owner, entry in enumerate(entries) for text in _spoken(entry)]
    texts, owners = [text for text, _ in owned], np.asarray([owner for _, owner in owned], dtype=np.intp)
    gathered = Gathered(for_training=0 < len(texts) <= TRAINED_UP_TO)
    heards, marks = _read(texts, reader, guards, gathered)
    if gathered.for_training:
        for reading in _readings(tuple(_unlike(entries)), reader):
            gathered.add(reading)
    vocabulary = gathered.vocabulary()
    short = gathered.concepts(vocabulary) + gathered.grams(vocabulary, short=True)
    if gathered.count > len(texts):
        short = short.up_to(len(texts))
    candidates = Candidates(short, numbers=len(vocabulary), wordings=len(texts))
    ranker = Ranker(gathered, vocabulary, owners) if gathered.for_training else None
    return Learned(heards, marks, owners.astype(np.int32), vocabulary, candidates, ranker, Dense(encoder, texts))


def _read(
    texts: Sequence[str], reader: Reader, guards: Guards, gathered: Gathered
) -> tuple[tuple[str, ...], tuple[Marks, ...]]:
    heards, marks = [], []
    known: dict[Marks, Marks] = {}  # most wordings bear the same few
    for reading in _readings(texts, reader):
        gathered.add(reading)
        own = guards.marks(reading)
        heards.append(reading.heard)
        marks.append(known.setdefault(own, own))
    return tuple(heards), tuple(marks)


def _readings(texts: Sequence[str], reader: Reader) -> Iterator[Reading]:
    """Some together, which costs less than one by one."""
    for start in range(0, len(texts), TOGETHER):
        yield from reader.read_all(list(map(Stretch.of, texts[start : start + TOGETHER])))[0]


def _spoken(entry: FaqEntry) -> Iterable[str]:
    return dict.fromkeys(map(normalise, (entry.question, *entry.similar_questions)))


def _unlike(entries: Sequence[FaqEntry]) -> Iterator[str]:
    return (normalise(wording) for entry in entries for wording in entry.not_matching)
