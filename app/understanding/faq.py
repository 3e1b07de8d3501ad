"""Matches a request to a shop's FAQ entries: candidates, the shop's linear model, fuzzy scores, guards, confidence."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from rapidfuzz.fuzz import ratio

from app.domain.catalogue import FaqEntry
from app.domain.understanding import FaqScore
from app.understanding.calibration import softmax
from app.understanding.candidates import Candidates
from app.understanding.dense import Dense
from app.understanding.encoder import Encoder
from app.understanding.features import canonical
from app.understanding.guards import Guards, Marks, contradict
from app.understanding.ranker import Ranker
from app.understanding.reading import Reader, Reading
from app.understanding.text import normalise

Floats = npt.NDArray[np.float32]

CANDIDATES = 32
"""Wordings ranked for one request."""
RANKED = 5
TRAINED_UP_TO = 12_000
"""Wordings up to which the linear model is trained; beyond, cosine and fuzzy ratio rank alone."""
COSINE, MEAN, FUZZY, DENSE, CONTRADICTED = 0.2, 0.2, 0.2, 0.4, 0.1
"""Weights beside the linear score, found by trial."""
UNTRAINED_HEAT = 0.05
SAME = 0.99
DOUBTED = (1.0, 0.3, 0.0)
"""What is left of a confidence, by doubt."""
GATE = (-1.5, 4.3, -2.2, 3.7)
"""Logistic weights of 1, linear score, cosine and fuzzy ratio: whether any entry is meant at all.

Fitted on the demo shop's FAQ, a wording left out of each entry against whole entries left out.
"""
UNTRAINED_GATE = (-3.4, 0.0, 3.6, 3.0)
"""The same where there are too many wordings to train on."""
DENSE_GATE = 2.0
"""What a dense cosine of 1 adds to either."""
REFUSED_FROM = 0.8
"""Likeness to a not-matching wording from which its entry is out."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """One wording of one entry."""

    entry: int
    heard: str
    marks: Marks


@dataclass(slots=True)
class _Likeness:
    """How alike an entry's found wordings are to the request, 0 to 1."""

    wordings: list[_Wording]
    cosine: float = 0.0
    sum: float = 0.0
    fuzzy: float = 0.0
    dense: float = 0.0
    linear: float | None = None

    def add(self, wording: _Wording, cosine: float, heard: str) -> None:
        """One more wording of the entry."""
        self.wordings.append(wording)
        self.cosine = max(self.cosine, cosine)
        self.sum += cosine
        self.fuzzy = max(self.fuzzy, ratio(heard, wording.heard) / 100)

    def score(self) -> float:
        """All likeness together, on the scale of the linear score, which is added where there is one."""
        return (
            (self.linear or 0.0)
            + COSINE * self.cosine
            + MEAN * self.sum / max(len(self.wordings), 3)
            + FUZZY * self.fuzzy
        )


class FaqMatcher:
    """One shop's FAQ."""

    def __init__(self, entries: Sequence[FaqEntry], reader: Reader, encoder: Encoder | None = None) -> None:
        self._entries = entries
        self._guards = Guards(reader.lexicon.opposed)
        readings, owners = _wordings(entries, reader)
        self._wordings = [
            _Wording(owner, reading.heard, self._guards.marks(reading))
            for reading, owner in zip(readings, owners, strict=True)
        ]
        self._candidates = Candidates([terms(reading) for reading in readings])
        self._ranker = _trained(entries, readings, owners, reader)
        self._refused = _refused(entries)
        self._dense = Dense(encoder, [reading.text for reading in readings])

    def rank(
        self, reading: Reading, *, today: date | None = None, products: Collection[str] = ()
    ) -> tuple[FaqScore, ...]:
        """The best entries that are in force for this day and these products."""
        found = self._found(reading, today, products)
        if not found:
            return ()
        entries = list(found)
        self._weigh(reading, found)
        scores = np.asarray([likeness.score() for likeness in found.values()], dtype=np.float32)
        order = np.argsort(-scores, kind="stable")
        marks = self._guards.marks(reading)
        doubts = {int(at): self._doubt(entries[at], found[entries[at]], reading, marks) for at in order[:RANKED]}
        for at, doubt in doubts.items():
            scores[at] -= CONTRADICTED * doubt
        shares = softmax(scores / np.float32(self._ranker.heat if self._ranker else UNTRAINED_HEAT))
        ranked = [(entries[at], float(shares[at]), doubt) for at, doubt in doubts.items()]
        confident = [(entry, self._confidence(found[entry], share, doubt, reading)) for entry, share, doubt in ranked]
        best = sorted(confident, key=lambda item: -item[1])[:RANKED]
        return tuple(self._score(entry, confidence) for entry, confidence in best if confidence > 0)

    def _score(self, number: int, confidence: float) -> FaqScore:
        entry = self._entries[number]
        return FaqScore(entry.entry_id, entry.question, round(confidence, 4))

    def _found(self, reading: Reading, today: date | None, products: Collection[str]) -> dict[int, _Likeness]:
        rows, cosines = self._candidates.nearest(terms(reading), CANDIDATES)
        near = dict(zip(rows.tolist(), cosines.tolist(), strict=True))
        dense = dict(self._dense.nearest(reading.text, CANDIDATES))
        near |= {row: 0.0 for row in dense if row not in near}
        found: dict[int, _Likeness] = {}
        for row, cosine in near.items():
            wording = self._wordings[row]
            if wording.entry in found:
                found[wording.entry].add(wording, cosine, reading.heard)
            elif in_force(self._entries[wording.entry], today, products):
                found[wording.entry] = _Likeness([])
                found[wording.entry].add(wording, cosine, reading.heard)
        for row, cosine in dense.items():
            if likeness := found.get(self._wordings[row].entry):
                likeness.dense = max(likeness.dense, cosine)
        return found

    def _weigh(self, reading: Reading, found: Mapping[int, _Likeness]) -> None:
        if self._ranker:
            linear = self._ranker.scores(reading, list(found)).tolist()
            for likeness, score in zip(found.values(), linear, strict=True):
                likeness.linear = score

    def _doubt(self, entry: int, likeness: _Likeness, reading: Reading, marks: Marks) -> float:
        """1 when every wording contradicts the request, 2 when a not-matching wording is nearer; else 0."""
        refused = max((ratio(reading.heard, wording) / 100 for wording in self._refused[entry]), default=0.0)
        if refused >= max(REFUSED_FROM, likeness.fuzzy):
            return 2.0
        return float(all(contradict(marks, wording.marks) for wording in likeness.wordings))

    def _confidence(self, likeness: _Likeness, share: float, doubt: float, reading: Reading) -> float:
        if not doubt and reading.heard.rstrip("?") in (wording.heard.rstrip("?") for wording in likeness.wordings):
            return max(SAME, share)
        meant = DOUBTED[int(doubt)] if doubt else _meant(likeness, likeness.linear)
        return share * meant


def in_force(entry: FaqEntry, today: date | None, products: Collection[str]) -> bool:
    """Whether the entry speaks for this day and one of these products."""
    if today and ((entry.valid_from and today < entry.valid_from) or (entry.valid_to and today > entry.valid_to)):
        return False
    return not entry.products or not entry.products.isdisjoint(products)


def terms(reading: Reading) -> list[str]:
    """What candidates are found by: short n-grams, and concepts so that wordings meet that share no character."""
    return [gram for gram in reading.grams if len(gram) <= 3] + [f"concept:{name}" for name in reading.concepts]  # noqa: PLR2004  # longer ones find nothing new


def _meant(likeness: _Likeness, linear: float | None) -> float:
    offset, line, cosine, fuzzy = UNTRAINED_GATE if linear is None else GATE
    sum_of = offset + line * (linear or 0.0) + cosine * likeness.cosine + fuzzy * likeness.fuzzy
    return 1 / (1 + math.exp(-sum_of - DENSE_GATE * likeness.dense))


def _wordings(entries: Sequence[FaqEntry], reader: Reader) -> tuple[list[Reading], list[int]]:
    readings: list[Reading] = []
    owners: list[int] = []
    for number, entry in enumerate(entries):
        for wording in dict.fromkeys(map(normalise, (entry.question, *entry.similar_questions))):
            readings.append(reader.read(wording))
            owners.append(number)
    return readings, owners


def _trained(entries: Sequence[FaqEntry], readings: list[Reading], owners: list[int], reader: Reader) -> Ranker | None:
    if not readings or len(readings) > TRAINED_UP_TO:
        return None
    strangers = [reader.read(normalise(wording)) for entry in entries for wording in entry.not_matching]
    return Ranker([*readings, *strangers], [*owners, *[-1] * len(strangers)], len(entries))


def _refused(entries: Sequence[FaqEntry]) -> list[tuple[str, ...]]:
    return [tuple(canonical(normalise(wording)) for wording in entry.not_matching) for entry in entries]
