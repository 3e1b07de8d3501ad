"""Finds the entries of one index that questions may mean, and how alike they are: what the match model judges."""

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cpdist

from app.domain.catalogue import FaqEntry
from app.understanding.faq.candidates import CandidateMatches
from app.understanding.faq.guards import ContradictionGuards, WordingMarks, are_contradictory
from app.understanding.faq.index import FaqIndex
from app.understanding.faq.likeness import FEATURES, Groups, WordingLikeness, entry_features
from app.understanding.faq.vocabulary import SHORT, Numbers, Terms
from app.understanding.faq.wordings import core_of
from app.understanding.reading import TextAnalysis, TextAnalyzer

Floats = npt.NDArray[np.floating[Any]]

CANDIDATES = 24
"""Wordings looked at for one request, by n-grams; where there are vectors, as many by these beside them."""
MOST_SEARCHED = 3_000
"""Wordings up to which the nearest vectors are searched for; beyond, only those found by n-grams are compared."""
_FIRST = np.zeros(1, dtype=np.intp)


class FaqQuestion(NamedTuple):
    """A request, its day, and the products it is about."""

    reading: TextAnalysis
    today: date | None = None
    products: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class EntryMatches:
    """The entries that one question may mean, and how alike they are to it, a row of FEATURES each."""

    entries: Sequence[int]
    wordings: Sequence[Sequence[int]]
    features: Floats


NO_MATCHES = EntryMatches((), (), np.zeros((0, len(FEATURES))))


class EntrySearch:
    """Looks questions up in one index of a shop's wordings.

    Questions are looked up several at once: the cost is in the number of steps, not in what each of them computes.
    """

    def __init__(
        self, entries: Sequence[FaqEntry], index: FaqIndex, reader: TextAnalyzer, guards: ContradictionGuards
    ) -> None:
        """`entries` say for which days and products they speak."""
        self._entries, self.index, self._guards = entries, index, guards
        self._limited = np.asarray([_has_validity_limits(entry) for entry in entries], dtype=np.bool_)
        self._quiet = np.asarray(
            [not reader.traits.names_business(intent) for intent in reader.model.intents], dtype=np.float32
        )

    def with_index(self, index: FaqIndex) -> "EntrySearch":
        """The same entries, looked up by other wordings of theirs."""
        other = copy(self)
        other.index = index
        return other

    def match_entries(self, questions: Sequence[FaqQuestion]) -> list[EntryMatches]:
        """For each question the entries that it may mean; training reads them, too."""
        if not questions:
            return []
        readings = [question.reading for question in questions]
        terms = self.index.vocabulary.extract_terms(readings)
        vectors = self._question_vectors(readings)
        sizes = [len(each.concepts) + sum(len(gram) <= SHORT for gram in each.grams) for each in readings]
        searched = self._search_vectors(vectors)
        near = self.index.candidates.find_nearest(terms, sizes, CANDIDATES, searched)
        found, dense = self._keep_valid_entries(questions, *self._add_dense_matches(questions, near))
        if not len(found.rows):
            return [NO_MATCHES] * len(questions)
        groups, entries, rows = self._group_wordings(found, len(questions))
        wordings = self._compare_wordings(readings, found, np.maximum(self._cosines(vectors, searched, found), dense))
        features = entry_features(
            wordings,
            groups,
            self._shop_scores(readings, terms, [entries[start:end] for start, end in pairwise(groups.bounds)]),
            quiet=np.asarray([float(each.probabilities @ self._quiet) for each in readings]),
            lengths=np.asarray([len(core_of(each.canonical)) for each in readings]),
            with_vectors=vectors is not None,
        )
        owned = entries.tolist()
        return [
            EntryMatches(owned[start:end], rows[start:end], features[start:end]) if end > start else NO_MATCHES
            for start, end in pairwise(groups.bounds)
        ]

    def _question_vectors(self, readings: Sequence[TextAnalysis]) -> Floats | None:
        vectors = [each.vector for each in readings if each.vector is not None]
        return None if self.index.vectors is None or len(vectors) < len(readings) else np.stack(vectors)

    def _search_vectors(self, vectors: Floats | None) -> Floats | None:
        """The cosines with all wordings, where there are few enough."""
        known = self.index.vectors
        return None if vectors is None or known is None or len(known) > MOST_SEARCHED else vectors @ known.T

    def _cosines(self, vectors: Floats | None, searched: Floats | None, found: CandidateMatches) -> Floats:
        known = self.index.vectors
        if searched is not None:
            return searched[found.texts, found.rows]
        if vectors is None or known is None:
            return np.zeros(len(found.rows))
        cosines: Floats = np.einsum("ij,ij->i", vectors.take(found.texts, 0), known.take(found.rows, 0))
        return cosines

    def _add_dense_matches(
        self, questions: Sequence[FaqQuestion], found: CandidateMatches
    ) -> tuple[CandidateMatches, Floats]:
        """The wordings found and those a shop's own encoder finds beside them, with the cosines of its vectors."""
        dense = self.index.dense.find_similar([question.reading.text for question in questions], CANDIDATES)
        if not dense:
            return found, np.zeros(len(found.rows))
        places = zip(found.texts.tolist(), found.rows.tolist(), strict=True)
        known = dict(zip(places, zip(found.cosines.tolist(), found.sizes.tolist(), strict=True), strict=True))
        both = sorted(known.keys() | dense.keys())
        texts, rows = np.asarray(both, dtype=np.intp).reshape(-1, 2).T
        cosines, sizes = np.asarray([known.get(each, (0.0, 1.0)) for each in both]).reshape(-1, 2).T
        return CandidateMatches(texts, rows, cosines, sizes), np.asarray([dense.get(each, 0.0) for each in both])

    def _keep_valid_entries(
        self, questions: Sequence[FaqQuestion], found: CandidateMatches, dense: Floats
    ) -> tuple[CandidateMatches, Floats]:
        """Without the wordings of entries that do not speak for the question's day or products.

        Of no product in view every entry speaks for its own: 多久充满 finds the row of the one lamp that has one.
        """
        entries = self.index.owners.take(found.rows)
        limited = self._limited.take(entries).nonzero()[0]
        if not len(limited):
            return found, dense
        kept = np.ones(len(entries), dtype=np.bool_)
        for place in limited.tolist():
            question = questions[found.texts[place]]
            entry = self._entries[entries[place]]
            kept[place] = entry.is_in_force(question.today, question.products or entry.products)
        return found.compress(kept), dense.compress(kept)

    def _group_wordings(self, found: CandidateMatches, questions: int) -> tuple[Groups, Numbers, list[list[int]]]:
        """Which wordings found are of one entry and of one question, the entries, and their wordings' rows."""
        owners = self.index.owners.take(found.rows)
        of_entries = found.texts * len(self._entries) + owners
        starts = np.concatenate([_FIRST, (of_entries[1:] != of_entries[:-1]).nonzero()[0] + 1])
        bounds = found.texts.take(starts).searchsorted(np.arange(questions + 1)).tolist()
        ends = np.append(starts[1:], len(owners))
        rows = found.rows.tolist()
        grouped = [rows[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        return Groups(starts, np.arange(len(starts)).repeat(ends - starts), bounds), owners.take(starts), grouped

    def _compare_wordings(
        self, readings: Sequence[TextAnalysis], found: CandidateMatches, cosines: Floats
    ) -> WordingLikeness:
        table, texts = self.index.wordings, found.texts.tolist()
        known = table.read_rows(found.rows.tolist())
        cores = [core_of(each.canonical) for each in readings]
        letters = cpdist([cores[text] for text in texts], known.cores, scorer=ratio) / 100
        opinions = np.sqrt([each.probabilities for each in readings])
        bits = [sum(table.bits.get(name, 0) for name in each.concepts) for each in readings]
        counts = np.asarray([len(each.concepts) for each in readings]).take(found.texts)
        said = known.concepts
        both = np.asarray([(bits[text] & own).bit_count() for text, own in zip(texts, said, strict=True)])
        against, numbers = self._contradictions(readings, texts, known.mark_numbers)
        return WordingLikeness(
            cosine=cosines,
            letters=letters,
            grams=found.cosines,
            question_covered=found.cosines / found.sizes,
            wording_covered=found.cosines * found.sizes,
            concepts=both / np.sqrt(counts.clip(min=1) * np.asarray([max(own.bit_count(), 1) for own in said])),
            intent=np.einsum("ij,ij->i", opinions.take(texts, 0), known.opinions),
            concepts_left=(counts - both) / (1 + counts),
            contradiction=against,
            number_left=numbers,
        )

    def _contradictions(
        self, readings: Sequence[TextAnalysis], texts: Sequence[int], mark_numbers: Sequence[int]
    ) -> tuple[Floats, Floats]:
        """For each wording whether it contradicts its question, and whether but one of them names a number."""
        marks, table = [self._guards.extract_marks(each) for each in readings], self.index.wordings
        pairs = list(zip(texts, mark_numbers, strict=True))
        known = {(text, number): _compare_marks(marks[text], table.marks[number]) for text, number in set(pairs)}
        against, numbers = np.asarray([known[pair] for pair in pairs], dtype=np.float64).T
        return against, numbers

    def _shop_scores(self, readings: Sequence[TextAnalysis], terms: Terms, entries: Sequence[Numbers]) -> Floats:
        """What the shop's own linear model says of each entry; 0 without one."""
        if not self.index.ranker:
            return np.zeros(sum(map(len, entries)))
        probabilities = [each.probabilities for each in readings]
        return np.concatenate(self.index.ranker.score_entries(terms, probabilities, entries))


def _compare_marks(asked: WordingMarks, said: WordingMarks) -> tuple[bool, bool]:
    return are_contradictory(asked, said), bool(asked.numbers) != bool(said.numbers)


def _has_validity_limits(entry: FaqEntry) -> bool:
    return bool(entry.valid_from or entry.valid_to or entry.products)
