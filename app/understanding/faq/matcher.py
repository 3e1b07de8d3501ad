"""Matches requests to a shop's FAQ entries: candidates, how alike they are, the match model, guards, confidence.

Questions are ranked several at once: the cost is in the number of steps, not in what each of them computes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cpdist

from app.domain.catalogue import FaqEntry, Product
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import FaqScore
from app.language.text import normalise
from app.understanding.faq.candidates import CandidateMatches
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.guards import ContradictionGuards, WordingMarks, are_contradictory
from app.understanding.faq.index import FaqIndex, build_faq_index
from app.understanding.faq.judge import MatchModel, share_confidence
from app.understanding.faq.likeness import FEATURES, Groups, WordingLikeness, entry_features
from app.understanding.faq.scope import EntryScopes
from app.understanding.faq.vocabulary import SHORT, Numbers, Terms
from app.understanding.faq.wordings import core_of
from app.understanding.intent.features import canonicalize
from app.understanding.reading import TextAnalysis, TextAnalyzer

Floats = npt.NDArray[np.floating[Any]]

CANDIDATES = 24
"""Wordings looked at for one request, by n-grams; where there are vectors, as many by these beside them."""
MOST_SEARCHED = 3_000
"""Wordings up to which the nearest vectors are searched for; beyond, only those found by n-grams are compared."""
MOST_RANKED_ENTRIES = 5
SAME_WORDING_CONFIDENCE = 0.99
CONTRADICTED = 0.3
"""What is left of a confidence where every wording contradicts the question."""
REFUSED_FROM = 0.8
"""Likeness to a not-matching wording from which its entry is out."""
_LETTERS = FEATURES.index("letters")
_CONTRADICTION = FEATURES.index("contradiction")
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


_NOTHING = EntryMatches((), (), np.zeros((0, len(FEATURES))))


class FaqMatcher:
    """One shop's FAQ."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        reader: TextAnalyzer,
        judge: MatchModel,
        encoder: Encoder | None = None,
        products: Sequence[Product] = (),
        known: FaqIndex | None = None,
    ) -> None:
        """Of another matcher's index, `known`, is taken over what is the same."""
        self.entries = entries
        self._scopes = EntryScopes(products, _goods_categories(reader.traits), reader.lexicon.lists.get("product", ()))
        self._judge = judge
        self._limited = np.asarray([_has_validity_limits(entry) for entry in entries], dtype=np.bool_)
        self._refused = {number: _counter_examples(entry) for number, entry in enumerate(entries) if entry.not_matching}
        self.guards = ContradictionGuards(reader.lexicon.opposed)
        self.index = build_faq_index(entries, reader, self.guards, encoder, known)
        self._quiet = np.asarray(
            [not reader.traits.names_business(intent) for intent in reader.model.intents], dtype=np.float32
        )

    def rank_entries(self, questions: Sequence[FaqQuestion]) -> list[tuple[FaqScore, ...]]:
        """For each question the best entries that are in force for its day and products."""
        matched = self.match_entries(questions)
        if not any(own.entries for own in matched):
            return [()] * len(questions)
        scores = self._judge.score_entries(np.concatenate([own.features for own in matched]))
        bounds = np.cumsum([0, *(len(own.entries) for own in matched)]).tolist()
        return [
            self._best_entries(question, own, scores[start:end]) if own.entries else ()
            for question, own, (start, end) in zip(questions, matched, pairwise(bounds), strict=True)
        ]

    def rank_rivals(self, questions: Sequence[FaqQuestion], own: Sequence[str]) -> list[tuple[FaqScore, ...]]:
        """For each wording of an entry (its id) the other entries it may mean, as if its own were not there."""
        matched = [
            _drop_entry(each, self._number_of(entry))
            for each, entry in zip(self.match_entries(questions), own, strict=True)
        ]
        return [
            self._best_entries(question, near, self._judge.score_entries(near.features)) if near.entries else ()
            for question, near in zip(questions, matched, strict=True)
        ]

    def _number_of(self, entry_id: str) -> int:
        return next((number for number, entry in enumerate(self.entries) if entry.entry_id == entry_id), -1)

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
            return [_NOTHING] * len(questions)
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
            EntryMatches(owned[start:end], rows[start:end], features[start:end]) if end > start else _NOTHING
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
            entry = self.entries[entries[place]]
            kept[place] = entry.is_in_force(question.today, question.products or entry.products)
        return found.compress(kept), dense.compress(kept)

    def _group_wordings(self, found: CandidateMatches, questions: int) -> tuple[Groups, Numbers, list[list[int]]]:
        """Which wordings found are of one entry and of one question, the entries, and their wordings' rows."""
        owners = self.index.owners.take(found.rows)
        of_entries = found.texts * len(self.entries) + owners
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
        marks, table = [self.guards.extract_marks(each) for each in readings], self.index.wordings
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

    def _best_entries(self, question: FaqQuestion, near: EntryMatches, scores: Floats) -> tuple[FaqScore, ...]:
        """The best entries of one question, with how likely it is that each is meant."""
        shares = share_confidence(scores)
        best = (-scores).argsort(kind="stable")[:MOST_RANKED_ENTRIES].tolist()
        core = core_of(question.reading.canonical)
        ranked = [
            (self._adjust_confidence(near, each, float(shares[each]), core), each)
            for each in best
            if self._holds_wording(near, each, core)
            or self._scopes.speaks_for(self.entries[near.entries[each]], question.products, question.reading.canonical)
        ]
        ranked.sort(key=itemgetter(0), reverse=True)
        return tuple(
            [
                self._faq_score(near.entries[each], confidence, is_verbatim=self._holds_wording(near, each, core))
                for confidence, each in ranked
                if confidence > 0
            ]
        )

    def _faq_score(self, number: int, confidence: float, *, is_verbatim: bool) -> FaqScore:
        entry = self.entries[number]
        return FaqScore(entry.entry_id, entry.question, round(confidence, 4), bool(entry.category), is_verbatim)

    def _holds_wording(self, near: EntryMatches, each: int, core: str) -> bool:
        """Whether one of the entry's wordings is this very one."""
        return any(self.index.wordings.read_core(row) == core for row in near.wordings[each])

    def _adjust_confidence(self, near: EntryMatches, each: int, share: float, core: str) -> float:
        """The confidence once it is known whether the very wording, a contradiction or a counter-example is there."""
        refused = self._refused.get(near.entries[each])
        if refused and _best_fuzzy_ratio(core, refused) >= max(REFUSED_FROM, float(near.features[each, _LETTERS])):
            return 0.0
        if near.features[each, _CONTRADICTION]:
            return share * CONTRADICTED
        if self._holds_wording(near, each, core):
            return max(SAME_WORDING_CONFIDENCE, share)
        return share


def _drop_entry(near: EntryMatches, number: int) -> EntryMatches:
    kept = [at for at, entry in enumerate(near.entries) if entry != number]
    return EntryMatches(
        [near.entries[at] for at in kept], [near.wordings[at] for at in kept], near.features[np.asarray(kept, np.intp)]
    )


def _goods_categories(traits: IntentDirectory) -> frozenset[str]:
    """The categories under which the nature of goods is asked about, in all their writings, and none."""
    titles = {own.title for own in traits.values() if own.role is IntentRole.GOODS_DETAILS or own.aftersale}
    return frozenset({"", *titles, *(part for title in titles for part in title.split("/"))})


def _compare_marks(asked: WordingMarks, said: WordingMarks) -> tuple[bool, bool]:
    return are_contradictory(asked, said), bool(asked.numbers) != bool(said.numbers)


def _has_validity_limits(entry: FaqEntry) -> bool:
    return bool(entry.valid_from or entry.valid_to or entry.products)


def _counter_examples(entry: FaqEntry) -> tuple[str, ...]:
    return tuple(core_of(canonicalize(normalise(wording))) for wording in entry.not_matching)


def _best_fuzzy_ratio(heard: str, wordings: Sequence[str]) -> float:
    return max(ratio(heard, wording) for wording in wordings) / 100
