"""Matches a request to a shop's FAQ entries: candidates, the shop's linear model and fuzzy scores, guards, confidence."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from rapidfuzz.fuzz import ratio

from app.domain.catalogue import FaqEntry
from app.domain.understanding import FaqScore
from app.understanding.calibration import softmax
from app.understanding.candidates import Candidates
from app.understanding.encoder import Encoder
from app.understanding.features import canonical
from app.understanding.guards import Guards, Marks
from app.understanding.ranker import Ranker
from app.understanding.reading import Reader, Reading
from app.understanding.text import normalise

Floats = npt.NDArray[np.float32]

CANDIDATES = 64
"""Wordings ranked for one request."""
RANKED = 5
TRAINED_UP_TO = 12_000
"""Wordings up to which the linear model is trained; beyond, cosine and fuzzy ratio rank alone."""
COSINE, MEAN, FUZZY, DENSE, CONTRADICTED = 0.3, 0.2, 0.25, 0.5, 0.45
"""Weights beside the linear score, found by trial."""
SAME = 0.99
GATE = (-3.4, 4.2, 2.6)
"""Logistic weights of: 1, cosine, fuzzy ratio. Says whether any entry is meant at all."""
REFUSED_FROM = 0.8
"""Likeness to a not-matching wording from which its entry is out."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """One wording of one entry."""

    entry: int
    heard: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What speaks for one entry: likeness of its wordings, and whether the nearest contradicts the request."""

    entry: int
    cosine: float
    mean: float
    fuzzy: float
    contradicted: bool
    same: bool


class FaqMatcher:
    """One shop's FAQ."""

    def __init__(self, entries: Sequence[FaqEntry], reader: Reader, encoder: Encoder | None = None) -> None:
        self._entries = entries
        self._guards = Guards(reader.lexicon.opposed)
        readings, owners = _wordings(entries, reader)
        self._wordings = [
            _Wording(owner, reading.heard, self._guards.marks(reading.heard, reading.concepts))
            for reading, owner in zip(readings, owners, strict=True)
        ]
        self._candidates = Candidates([terms(reading) for reading in readings])
        self._ranker = _trained(entries, readings, owners, reader)
        self._refused = _refused(entries)
        self._encoder = encoder
        self._dense = encoder.encode([reading.text for reading in readings]) if encoder and readings else None

    def rank(
        self, reading: Reading, *, today: date | None = None, products: Collection[str] = ()
    ) -> tuple[FaqScore, ...]:
        """The best entries that are in force for this day and these products."""
        evidence = [
            found
            for found in self._evidence(reading)
            if in_force(self._entries[found.entry], today, products) and not self._refuses(found, reading)
        ]
        if not evidence:
            return ()
        confidences = self._confidences(reading, evidence)
        order = np.argsort(-confidences, kind="stable")[:RANKED]
        return tuple(self._score(evidence[at], float(confidences[at])) for at in order)

    def _score(self, evidence: _Evidence, confidence: float) -> FaqScore:
        entry = self._entries[evidence.entry]
        return FaqScore(entry.entry_id, entry.question, round(confidence, 4))

    def _evidence(self, reading: Reading) -> list[_Evidence]:
        rows, cosines = self._candidates.nearest(terms(reading), CANDIDATES)
        dense = self._dense_cosines(reading)
        if dense is not None:
            nearest = np.argsort(-dense)[: CANDIDATES // 4]
            rows, cosines = _joined(rows, cosines, nearest)
        by_entry: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
        for row, cosine in zip(rows.tolist(), cosines.tolist(), strict=True):
            by_entry[self._wordings[row].entry].append((cosine, row))
        marks = self._guards.marks(reading.heard, reading.concepts)
        return [self._weighed(entry, found, reading, marks, dense) for entry, found in by_entry.items()]

    def _weighed(
        self, entry: int, found: list[tuple[float, int]], reading: Reading, marks: Marks, dense: Floats | None
    ) -> _Evidence:
        wordings = [self._wordings[row] for _, row in found]
        fuzzy = [ratio(reading.heard, wording.heard) / 100 for wording in wordings]
        best = int(np.argmax(fuzzy))
        cosine = max(cosine for cosine, _ in found)
        if dense is not None:
            cosine = max(cosine, float(max(dense[row] for _, row in found)))
        return _Evidence(
            entry=entry,
            cosine=cosine,
            mean=sum(cosine for cosine, _ in found) / max(len(found), 3),
            fuzzy=fuzzy[best],
            contradicted=all(self._guards.contradict(marks, wording.marks) for wording in wordings),
            same=any(wording.heard == reading.heard for wording in wordings),
        )

    def _confidences(self, reading: Reading, evidence: Sequence[_Evidence]) -> Floats:
        scores = np.asarray(
            [
                COSINE * found.cosine + MEAN * found.mean + FUZZY * found.fuzzy - CONTRADICTED * found.contradicted
                for found in evidence
            ],
            dtype=np.float32,
        )
        heat = 0.05
        if self._ranker:
            scores += self._ranker.scores(reading, [found.entry for found in evidence])
            heat = self._ranker.heat
        shares = softmax(scores / np.float32(heat))
        meant = np.asarray([_meant(found) for found in evidence], dtype=np.float32)
        confidences: Floats = shares * meant
        for at, found in enumerate(evidence):
            if found.same and not found.contradicted:
                confidences[at] = max(confidences[at], SAME)
        return confidences

    def _refuses(self, found: _Evidence, reading: Reading) -> bool:
        likeness = max((ratio(reading.heard, wording) / 100 for wording in self._refused[found.entry]), default=0.0)
        return not found.same and likeness >= max(REFUSED_FROM, found.fuzzy)

    def _dense_cosines(self, reading: Reading) -> Floats | None:
        if self._encoder is None or self._dense is None:
            return None
        cosines: Floats = self._dense @ self._encoder.encode([reading.text])[0]
        return cosines


def in_force(entry: FaqEntry, today: date | None, products: Collection[str]) -> bool:
    """Whether the entry speaks for this day and one of these products."""
    if today and ((entry.valid_from and today < entry.valid_from) or (entry.valid_to and today > entry.valid_to)):
        return False
    return not entry.products or not entry.products.isdisjoint(products)


def terms(reading: Reading) -> list[str]:
    """What candidates are found by: short n-grams, and concepts so that wordings meet that share no character."""
    return [gram for gram in reading.grams if len(gram) <= 3] + [name for name in reading.named if name[0] == "c"]  # noqa: PLR2004  # longer ones find nothing new


def _meant(found: _Evidence) -> float:
    offset, cosine, fuzzy = GATE
    if found.contradicted:
        return 0.3
    return float(1 / (1 + np.exp(-(offset + cosine * found.cosine + fuzzy * found.fuzzy))))


def _wordings(entries: Sequence[FaqEntry], reader: Reader) -> tuple[list[Reading], list[int]]:
    readings: list[Reading] = []
    owners: list[int] = []
    for number, entry in enumerate(entries):
        for wording in dict.fromkeys(map(normalise, (entry.question, *entry.similar_questions))):
            readings.append(reader.read(wording))
            owners.append(number)
    return readings, owners


def _trained(
    entries: Sequence[FaqEntry], readings: list[Reading], owners: list[int], reader: Reader
) -> Ranker | None:
    if not readings or len(readings) > TRAINED_UP_TO:
        return None
    strangers = [reader.read(normalise(wording)) for entry in entries for wording in entry.not_matching]
    return Ranker([*readings, *strangers], [*owners, *[-1] * len(strangers)], len(entries))


def _refused(entries: Sequence[FaqEntry]) -> list[tuple[str, ...]]:
    return [tuple(canonical(normalise(wording)) for wording in entry.not_matching) for entry in entries]


def _joined(rows: npt.NDArray[np.int32], cosines: Floats, more: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.int32], Floats]:
    new = np.asarray(sorted(set(more.tolist()) - set(rows.tolist())), dtype=np.int32)
    return np.concatenate([rows, new]), np.concatenate([cosines, np.zeros(len(new), dtype=np.float32)])
