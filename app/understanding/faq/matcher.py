"""Matches requests to a shop's FAQ entries: candidates, the shop's linear model, fuzzy scores, guards, confidence.

Questions are ranked several at once: the cost is in the number of steps, not in what each of them computes.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cpdist

from app.domain.catalogue import FaqEntry
from app.domain.understanding import FaqScore
from app.language.text import normalise
from app.understanding.faq.candidates import Found
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.guards import Guards, Marks, contradict
from app.understanding.faq.index import learn
from app.understanding.faq.vocabulary import Numbers, Terms
from app.understanding.intent.features import canonical
from app.understanding.reading import Reader, Reading

Floats = npt.NDArray[np.floating[Any]]

CANDIDATES = 32
"""Wordings ranked for one request."""
RANKED = 5
LIKENESS = ("linear", "mean cosine", "best cosine", "fuzzy ratio", "dense cosine")
"""How alike an entry's wordings are to a question; the first is what the shop's own model says, 0 without one."""
WEIGHTS = np.asarray([1.0, 0.2, 0.2, 0.2, 0.0])
"""Of these, on the scale of the linear score; found by trial."""
CONTRADICTED = 0.1
UNTRAINED_HEAT = 0.05
SAME = 0.99
DOUBTED = (1.0, 0.3, 0.0)
"""What is left of a confidence, by doubt."""
DENSE_GATE = 2.0
GATE = (4.3, 0.0, -2.2, 3.7, DENSE_GATE)
GATE_OFFSET = -1.5
"""Logistic weights of likeness: whether any entry is meant at all.

Fitted on the demo shop's FAQ, a wording left out of each entry against whole entries left out.
"""
UNTRAINED_GATE = (0.0, 0.0, 3.6, 3.0, DENSE_GATE)
UNTRAINED_GATE_OFFSET = -3.4
"""The same where there are too many wordings to train on."""
REFUSED_FROM = 0.8
"""Likeness to a not-matching wording from which its entry is out."""
_FIRST = np.zeros(1, dtype=np.intp)


class Question(NamedTuple):
    """A request, its day, and the products it is about."""

    reading: Reading
    today: date | None = None
    products: Collection[str] = ()


class _Near(NamedTuple):
    """The entries of which wordings were found for one question, in their order, a place each in every column.

    Attributes:
        wordings: rows of those found.
        fuzzy, scores: how alike they are to the question, by letters and by everything.
        meant: how likely the entry is meant, if any is.
    """

    entries: list[int]
    wordings: list[list[int]]
    fuzzy: list[float]
    scores: list[float]
    meant: list[float]


class FaqMatcher:
    """One shop's FAQ."""

    def __init__(self, entries: Sequence[FaqEntry], reader: Reader, encoder: Encoder | None = None) -> None:
        self._entries = entries
        self._limited = np.asarray([_limited(entry) for entry in entries], dtype=np.bool_)
        self._refused = {number: _refused(entry) for number, entry in enumerate(entries) if entry.not_matching}
        self._guards = Guards(reader.lexicon.opposed)
        self._learned = learn(entries, reader, self._guards, encoder)
        self._heat = self._learned.ranker.heat if self._learned.ranker else UNTRAINED_HEAT
        gate = (GATE, GATE_OFFSET) if self._learned.ranker else (UNTRAINED_GATE, UNTRAINED_GATE_OFFSET)
        self._gate, self._gate_offset = np.asarray(gate[0]), gate[1]

    def rank(self, questions: Sequence[Question]) -> list[tuple[FaqScore, ...]]:
        """For each question the best entries that are in force for its day and products."""
        terms = self._learned.vocabulary.terms([question.reading for question in questions])
        near = self._learned.candidates.nearest(terms, len(questions), CANDIDATES)
        found, dense = self._in_force(questions, *self._with_dense(questions, near))
        if not len(found.rows):
            return [()] * len(questions)
        return [
            self._best(question, own) if own.entries else ()
            for question, own in zip(questions, self._near(questions, terms, found, dense), strict=True)
        ]

    def _with_dense(self, questions: Sequence[Question], found: Found) -> tuple[Found, Floats]:
        """The wordings found and those an encoder finds beside them, with the cosines of its vectors."""
        dense = self._learned.dense.nearest([question.reading.text for question in questions], CANDIDATES)
        if not dense:
            return found, np.zeros(len(found.rows))
        places = zip(found.texts.tolist(), found.rows.tolist(), strict=True)
        known = dict(zip(places, found.cosines.tolist(), strict=True))
        both = sorted(known.keys() | dense.keys())
        texts, rows = np.asarray(both, dtype=np.intp).reshape(-1, 2).T
        cosines = np.asarray([known.get(each, 0.0) for each in both])
        return Found(texts, rows, cosines), np.asarray([dense.get(each, 0.0) for each in both])

    def _in_force(self, questions: Sequence[Question], found: Found, dense: Floats) -> tuple[Found, Floats]:
        """Without the wordings of entries that do not speak for the question's day or products."""
        entries = self._learned.owners.take(found.rows)
        limited = self._limited.take(entries).nonzero()[0]
        if not len(limited):
            return found, dense
        kept = np.ones(len(entries), dtype=np.bool_)
        for place in limited.tolist():
            question = questions[found.texts[place]]
            kept[place] = in_force(self._entries[entries[place]], question.today, question.products)
        return found.compress(kept), dense.compress(kept)

    def _near(self, questions: Sequence[Question], terms: Terms, found: Found, dense: Floats) -> Iterator[_Near]:
        """For each question the entries of the wordings found; those of one entry stand together."""
        owners = self._learned.owners.take(found.rows)
        of_entries = found.texts * len(self._entries) + owners
        firsts = np.concatenate([_FIRST, (of_entries[1:] != of_entries[:-1]).nonzero()[0] + 1])
        bounds = found.texts.take(firsts).searchsorted(np.arange(len(questions) + 1)).tolist()
        entries = owners.take(firsts)
        rows, texts = found.rows.tolist(), found.texts.tolist()
        heards = [question.reading.heard for question in questions]
        wordings = [self._learned.heards[row] for row in rows]
        fuzzy = cpdist([heards[text] for text in texts], wordings, scorer=ratio) / 100
        ends = np.append(firsts[1:], len(rows))
        likeness = np.empty((len(LIKENESS), len(firsts)))
        likeness[0] = self._linear(questions, terms, [entries[start:end] for start, end in pairwise(bounds)])
        likeness[1] = np.add.reduceat(found.cosines, firsts) / np.maximum(ends - firsts, 3)
        likeness[2:] = np.maximum.reduceat([found.cosines, fuzzy, dense], firsts, axis=1)
        columns = (
            entries.tolist(),
            [rows[first:end] for first, end in zip(firsts.tolist(), ends.tolist(), strict=True)],
            likeness[LIKENESS.index("fuzzy ratio")].tolist(),
            (WEIGHTS @ likeness).tolist(),
            (1 / (1 + np.exp(-self._gate_offset - self._gate @ likeness))).tolist(),
        )
        return (_Near(*(column[start:end] for column in columns)) for start, end in pairwise(bounds))

    def _linear(self, questions: Sequence[Question], terms: Terms, entries: Sequence[Numbers]) -> Floats:
        if not self._learned.ranker:
            return np.zeros(1)
        probabilities = [question.reading.probabilities for question in questions]
        return np.concatenate(self._learned.ranker.scores(terms, probabilities, entries))

    def _best(self, question: Question, near: _Near) -> tuple[FaqScore, ...]:
        """The best entries of one question, with how likely it is that each is meant."""
        heard, marks = question.reading.heard, self._guards.marks(question.reading)
        scores = near.scores
        best = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[:RANKED]
        doubts = [self._doubt(near.entries[each], near.wordings[each], near.fuzzy[each], heard, marks) for each in best]
        for each, doubt in zip(best, doubts, strict=True):
            scores[each] -= CONTRADICTED * doubt
        highest = max(scores)
        raised = [math.exp((score - highest) / self._heat) for score in scores]
        whole = sum(raised)
        ranked = [
            (self._confidence(near, each, doubt, raised[each] / whole, heard), near.entries[each])
            for each, doubt in zip(best, doubts, strict=True)
        ]
        ranked.sort(key=itemgetter(0), reverse=True)
        return tuple([self._score(entry, confidence) for confidence, entry in ranked if confidence > 0])

    def _score(self, number: int, confidence: float) -> FaqScore:
        entry = self._entries[number]
        return FaqScore(entry.entry_id, entry.question, round(confidence, 4))

    def _doubt(self, entry: int, wordings: Sequence[int], fuzzy: float, heard: str, marks: Marks) -> int:
        """1 when every wording contradicts the question, 2 when a not-matching wording is nearer; else 0."""
        refused = self._refused.get(entry)
        if refused and _likest(heard, refused) >= max(REFUSED_FROM, fuzzy):
            return 2
        return int(all(contradict(marks, self._learned.marks[row]) for row in wordings))

    def _confidence(self, near: _Near, each: int, doubt: int, share: float, heard: str) -> float:
        if not doubt and self._says(near.wordings[each], heard.rstrip("?")):
            return max(SAME, share)
        return share * (DOUBTED[doubt] if doubt else near.meant[each])

    def _says(self, wordings: Sequence[int], heard: str) -> bool:
        """Whether one of the wordings is this very text, asked or said."""
        return heard in [self._learned.heards[row].rstrip("?") for row in wordings]


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
