"""Matches a request to a shop's FAQ entries: candidates, the shop's linear model, fuzzy scores, guards, confidence."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter, itemgetter

from rapidfuzz.fuzz import ratio

from app.domain.catalogue import FaqEntry
from app.domain.understanding import FaqScore
from app.understanding.encoder import Encoder
from app.understanding.features import canonical
from app.understanding.guards import Guards, Marks, contradict
from app.understanding.learned import learn
from app.understanding.reading import Reader, Reading
from app.understanding.text import normalise
from app.understanding.vocabulary import Terms

CANDIDATES = 32
"""Wordings ranked for one request."""
RANKED = 5
COSINE, MEAN, FUZZY, CONTRADICTED = 0.2, 0.2, 0.2, 0.1
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


@dataclass(slots=True)
class _Likeness:
    """How alike an entry's wordings that were found are to the request, each 0 to 1.

    `linear` is what the shop's own model says, about 1 for the right entry; None without one.
    """

    entry: int
    rows: list[int]
    cosine: float
    sum: float
    fuzzy: float
    dense: float
    linear: float | None = None
    score: float = 0.0

    def add(self, row: int, cosine: float, fuzzy: float, dense: float) -> None:
        """One more wording of the entry."""
        self.rows.append(row)
        self.sum += cosine
        self.cosine = max(self.cosine, cosine)
        self.fuzzy = max(self.fuzzy, fuzzy)
        self.dense = max(self.dense, dense)

    def scored(self, linear: float | None) -> None:
        """All likeness together, on the scale of the linear score, which is added where there is one."""
        self.linear = linear
        mean = self.sum / max(len(self.rows), 3)
        self.score = (linear or 0.0) + COSINE * self.cosine + MEAN * mean + FUZZY * self.fuzzy

    def meant(self) -> float:
        """How likely this entry is meant, if any is."""
        offset, line, cosine, fuzzy = UNTRAINED_GATE if self.linear is None else GATE
        score = offset + line * (self.linear or 0.0) + cosine * self.cosine + fuzzy * self.fuzzy
        return 1 / (1 + math.exp(-score - DENSE_GATE * self.dense))


class FaqMatcher:
    """One shop's FAQ."""

    def __init__(self, entries: Sequence[FaqEntry], reader: Reader, encoder: Encoder | None = None) -> None:
        self._entries = entries
        self._limited = frozenset(number for number, entry in enumerate(entries) if _limited(entry))
        self._refused = {number: _refused(entry) for number, entry in enumerate(entries) if entry.not_matching}
        self._guards = Guards(reader.lexicon.opposed)
        self._learned = learn(entries, reader, self._guards, encoder)

    def rank(
        self, reading: Reading, *, today: date | None = None, products: Collection[str] = ()
    ) -> tuple[FaqScore, ...]:
        """The best entries that are in force for this day and these products."""
        near = self._near(reading, today, products)
        best = sorted(near, key=attrgetter("score"), reverse=True)[:RANKED]
        marks = self._guards.marks(reading)
        doubts = [self._doubt(likeness, reading.heard, marks) for likeness in best]
        for likeness, doubt in zip(best, doubts, strict=True):
            likeness.score -= CONTRADICTED * doubt
        confident = [
            (self._confidence(likeness, doubt, share, reading.heard), likeness.entry)
            for likeness, doubt, share in zip(best, doubts, self._shares(best, near), strict=True)
        ]
        confident.sort(key=itemgetter(0), reverse=True)
        return tuple([self._score(entry, confidence) for confidence, entry in confident if confidence > 0])

    def _score(self, number: int, confidence: float) -> FaqScore:
        entry = self._entries[number]
        return FaqScore(entry.entry_id, entry.question, round(confidence, 4))

    def _near(self, reading: Reading, today: date | None, products: Collection[str]) -> Collection[_Likeness]:
        """The entries in force whose wordings are near, in their order, scored."""
        terms = self._learned.vocabulary.terms(reading)
        near = self._alike(reading, terms, today, products)
        if near and self._learned.ranker:
            linear = self._learned.ranker.scores(terms, reading.probabilities, list(near))
            for likeness, score in zip(near.values(), linear.tolist(), strict=True):
                likeness.scored(score)
        else:
            for likeness in near.values():
                likeness.scored(None)
        return near.values()

    def _alike(
        self, reading: Reading, terms: Terms, today: date | None, products: Collection[str]
    ) -> dict[int, _Likeness]:
        learned, heard = self._learned, reading.heard
        found, alike = learned.candidates.nearest(terms.numbers, CANDIDATES)
        rows, cosines, dense = self._with_dense(reading.text, found.tolist(), alike.tolist())
        near: dict[int, _Likeness] = {}
        for row, cosine, meant in zip(rows, cosines, dense, strict=True):
            entry, fuzzy = learned.owners[row], ratio(heard, learned.heards[row]) / 100
            if entry in near:
                near[entry].add(row, cosine, fuzzy, meant)
            elif entry not in self._limited or in_force(self._entries[entry], today, products):
                near[entry] = _Likeness(entry, [row], cosine, cosine, fuzzy, meant)
        return near

    def _with_dense(
        self, text: str, rows: list[int], cosines: list[float]
    ) -> tuple[Sequence[int], Sequence[float], Sequence[float]]:
        """The rows found and those an encoder finds beside them, rising, with the cosines of both kinds."""
        dense = dict(self._learned.dense.nearest(text, CANDIDATES))
        if not dense:
            return rows, cosines, [0.0] * len(rows)
        known = dict(zip(rows, cosines, strict=True))
        both = sorted(known.keys() | dense.keys())
        return both, [known.get(row, 0.0) for row in both], [dense.get(row, 0.0) for row in both]

    def _shares(self, best: Iterable[_Likeness], near: Iterable[_Likeness]) -> list[float]:
        """What the best have of the one confidence that all near share, by their scores."""
        heat = self._learned.ranker.heat if self._learned.ranker else UNTRAINED_HEAT
        scores = [likeness.score for likeness in near]
        highest = max(scores, default=0.0)
        whole = sum([math.exp((score - highest) / heat) for score in scores])
        return [math.exp((likeness.score - highest) / heat) / whole for likeness in best]

    def _doubt(self, likeness: _Likeness, heard: str, marks: Marks) -> int:
        """1 when every wording contradicts the request, 2 when a not-matching wording is nearer; else 0."""
        refused = self._refused.get(likeness.entry)
        if refused and _likest(heard, refused) >= max(REFUSED_FROM, likeness.fuzzy):
            return 2
        return int(all(contradict(marks, self._learned.marks[row]) for row in likeness.rows))

    def _confidence(self, likeness: _Likeness, doubt: int, share: float, heard: str) -> float:
        if not doubt and self._says(likeness.rows, heard.rstrip("?")):
            return max(SAME, share)
        return share * (DOUBTED[doubt] if doubt else likeness.meant())

    def _says(self, rows: Sequence[int], heard: str) -> bool:
        """Whether one of the wordings is this very text, asked or said."""
        return heard in [self._learned.heards[row].rstrip("?") for row in rows]


def in_force(entry: FaqEntry, today: date | None, products: Collection[str]) -> bool:
    """Whether the entry speaks for this day and one of these products."""
    if today and ((entry.valid_from and today < entry.valid_from) or (entry.valid_to and today > entry.valid_to)):
        return False
    return not entry.products or not entry.products.isdisjoint(products)


def _limited(entry: FaqEntry) -> bool:
    return bool(entry.valid_from or entry.valid_to or entry.products)


def _refused(entry: FaqEntry) -> tuple[str, ...]:
    return tuple(canonical(normalise(wording)) for wording in entry.not_matching)


def _likest(heard: str, wordings: Sequence[str]) -> float:
    return max(ratio(heard, wording) for wording in wordings) / 100
