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
from app.understanding.faq.candidates import CandidateMatches
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.guards import ContradictionGuards, WordingMarks, are_contradictory
from app.understanding.faq.index import build_faq_index
from app.understanding.faq.vocabulary import Numbers, Terms
from app.understanding.intent.features import canonicalize
from app.understanding.reading import TextAnalysis, TextAnalyzer

Floats = npt.NDArray[np.floating[Any]]

CANDIDATES = 32
"""Wordings ranked for one request."""
MOST_RANKED_ENTRIES = 5
LIKENESS = ("linear", "mean cosine", "best cosine", "fuzzy ratio", "dense cosine")
"""How alike an entry's wordings are to a question; the first is what the shop's own model says, 0 without one."""
WEIGHTS = np.asarray([1.0, 0.2, 0.2, 0.2, 0.0])
"""Of these, on the scale of the linear score; found by trial."""
CONTRADICTION_PENALTY = 0.1
UNTRAINED_HEAT = 0.05
SAME_WORDING_CONFIDENCE = 0.99
DOUBT_FACTORS = (1.0, 0.3, 0.0)
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


class FaqQuestion(NamedTuple):
    """A request, its day, and the products it is about."""

    reading: TextAnalysis
    today: date | None = None
    products: Collection[str] = ()


class _EntryMatches(NamedTuple):
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
    gate_probabilities: list[float]


class FaqMatcher:
    """One shop's FAQ."""

    def __init__(self, entries: Sequence[FaqEntry], reader: TextAnalyzer, encoder: Encoder | None = None) -> None:
        self._entries = entries
        self._limited = np.asarray([_has_validity_limits(entry) for entry in entries], dtype=np.bool_)
        self._refused = {number: _counter_examples(entry) for number, entry in enumerate(entries) if entry.not_matching}
        self._guards = ContradictionGuards(reader.lexicon.opposed)
        self._learned = build_faq_index(entries, reader, self._guards, encoder)
        self._heat = self._learned.ranker.heat if self._learned.ranker else UNTRAINED_HEAT
        gate = (GATE, GATE_OFFSET) if self._learned.ranker else (UNTRAINED_GATE, UNTRAINED_GATE_OFFSET)
        self._gate, self._gate_offset = np.asarray(gate[0]), gate[1]

    def rank_entries(self, questions: Sequence[FaqQuestion]) -> list[tuple[FaqScore, ...]]:
        """For each question the best entries that are in force for its day and products."""
        terms = self._learned.vocabulary.extract_terms([question.reading for question in questions])
        near = self._learned.candidates.find_nearest(terms, len(questions), CANDIDATES)
        found, dense = self._keep_valid_entries(questions, *self._add_dense_matches(questions, near))
        if not len(found.rows):
            return [()] * len(questions)
        return [
            self._best_entries(question, own) if own.entries else ()
            for question, own in zip(questions, self._group_by_entry(questions, terms, found, dense), strict=True)
        ]

    def _add_dense_matches(
        self, questions: Sequence[FaqQuestion], found: CandidateMatches
    ) -> tuple[CandidateMatches, Floats]:
        """The wordings found and those an encoder finds beside them, with the cosines of its vectors."""
        dense = self._learned.dense.find_similar([question.reading.text for question in questions], CANDIDATES)
        if not dense:
            return found, np.zeros(len(found.rows))
        places = zip(found.texts.tolist(), found.rows.tolist(), strict=True)
        known = dict(zip(places, found.cosines.tolist(), strict=True))
        both = sorted(known.keys() | dense.keys())
        texts, rows = np.asarray(both, dtype=np.intp).reshape(-1, 2).T
        cosines = np.asarray([known.get(each, 0.0) for each in both])
        return CandidateMatches(texts, rows, cosines), np.asarray([dense.get(each, 0.0) for each in both])

    def _keep_valid_entries(
        self, questions: Sequence[FaqQuestion], found: CandidateMatches, dense: Floats
    ) -> tuple[CandidateMatches, Floats]:
        """Without the wordings of entries that do not speak for the question's day or products."""
        entries = self._learned.owners.take(found.rows)
        limited = self._limited.take(entries).nonzero()[0]
        if not len(limited):
            return found, dense
        kept = np.ones(len(entries), dtype=np.bool_)
        for place in limited.tolist():
            question = questions[found.texts[place]]
            kept[place] = is_in_force(self._entries[entries[place]], question.today, question.products)
        return found.compress(kept), dense.compress(kept)

    def _group_by_entry(
        self, questions: Sequence[FaqQuestion], terms: Terms, found: CandidateMatches, dense: Floats
    ) -> Iterator[_EntryMatches]:
        """For each question the entries of the wordings found; those of one entry stand together."""
        owners = self._learned.owners.take(found.rows)
        of_entries = found.texts * len(self._entries) + owners
        firsts = np.concatenate([_FIRST, (of_entries[1:] != of_entries[:-1]).nonzero()[0] + 1])
        bounds = found.texts.take(firsts).searchsorted(np.arange(len(questions) + 1)).tolist()
        entries = owners.take(firsts)
        rows, texts = found.rows.tolist(), found.texts.tolist()
        heards = [question.reading.canonical for question in questions]
        wordings = [self._learned.canonical_wordings[row] for row in rows]
        fuzzy = cpdist([heards[text] for text in texts], wordings, scorer=ratio) / 100
        ends = np.append(firsts[1:], len(rows))
        likeness = np.empty((len(LIKENESS), len(firsts)))
        likeness[0] = self._linear_scores(questions, terms, [entries[start:end] for start, end in pairwise(bounds)])
        likeness[1] = np.add.reduceat(found.cosines, firsts) / np.maximum(ends - firsts, 3)
        likeness[2:] = np.maximum.reduceat([found.cosines, fuzzy, dense], firsts, axis=1)
        columns = (
            entries.tolist(),
            [rows[first:end] for first, end in zip(firsts.tolist(), ends.tolist(), strict=True)],
            likeness[LIKENESS.index("fuzzy ratio")].tolist(),
            (WEIGHTS @ likeness).tolist(),
            (1 / (1 + np.exp(-self._gate_offset - self._gate @ likeness))).tolist(),
        )
        return (_EntryMatches(*(column[start:end] for column in columns)) for start, end in pairwise(bounds))

    def _linear_scores(self, questions: Sequence[FaqQuestion], terms: Terms, entries: Sequence[Numbers]) -> Floats:
        if not self._learned.ranker:
            return np.zeros(1)
        probabilities = [question.reading.probabilities for question in questions]
        return np.concatenate(self._learned.ranker.score_entries(terms, probabilities, entries))

    def _best_entries(self, question: FaqQuestion, near: _EntryMatches) -> tuple[FaqScore, ...]:
        """The best entries of one question, with how likely it is that each is meant."""
        heard, marks = question.reading.canonical, self._guards.extract_marks(question.reading)
        scores = near.scores
        best = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[:MOST_RANKED_ENTRIES]
        doubts = [
            self._doubt_level(near.entries[each], near.wordings[each], near.fuzzy[each], heard, marks) for each in best
        ]
        for each, doubt in zip(best, doubts, strict=True):
            scores[each] -= CONTRADICTION_PENALTY * doubt
        highest = max(scores)
        raised = [math.exp((score - highest) / self._heat) for score in scores]
        whole = sum(raised)
        ranked = [
            (self._entry_confidence(near, each, doubt, raised[each] / whole, heard), near.entries[each])
            for each, doubt in zip(best, doubts, strict=True)
        ]
        ranked.sort(key=itemgetter(0), reverse=True)
        return tuple([self._faq_score(entry, confidence) for confidence, entry in ranked if confidence > 0])

    def _faq_score(self, number: int, confidence: float) -> FaqScore:
        entry = self._entries[number]
        return FaqScore(entry.entry_id, entry.question, round(confidence, 4))

    def _doubt_level(self, entry: int, wordings: Sequence[int], fuzzy: float, heard: str, marks: WordingMarks) -> int:
        """1 when every wording contradicts the question, 2 when a not-matching wording is nearer; else 0."""
        refused = self._refused.get(entry)
        if refused and _best_fuzzy_ratio(heard, refused) >= max(REFUSED_FROM, fuzzy):
            return 2
        return int(all(are_contradictory(marks, self._learned.marks[row]) for row in wordings))

    def _entry_confidence(self, near: _EntryMatches, each: int, doubt: int, share: float, heard: str) -> float:
        if not doubt and self._is_same_wording(near.wordings[each], heard.rstrip("?")):
            return max(SAME_WORDING_CONFIDENCE, share)
        return share * (DOUBT_FACTORS[doubt] if doubt else near.gate_probabilities[each])

    def _is_same_wording(self, wordings: Sequence[int], heard: str) -> bool:
        """Whether one of the wordings is this very text, asked or said."""
        return heard in [self._learned.canonical_wordings[row].rstrip("?") for row in wordings]


def is_in_force(entry: FaqEntry, today: date | None, products: Collection[str]) -> bool:
    """Whether the entry speaks for this day and one of these products."""
    if today and ((entry.valid_from and today < entry.valid_from) or (entry.valid_to and today > entry.valid_to)):
        return False
    return not entry.products or not entry.products.isdisjoint(products)


def _has_validity_limits(entry: FaqEntry) -> bool:
    return bool(entry.valid_from or entry.valid_to or entry.products)


def _counter_examples(entry: FaqEntry) -> tuple[str, ...]:
    return tuple(canonicalize(normalise(wording)) for wording in entry.not_matching)


def _best_fuzzy_ratio(heard: str, wordings: Sequence[str]) -> float:
    return max(ratio(heard, wording) for wording in wordings) / 100
