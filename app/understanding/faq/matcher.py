"""Matches requests to a shop's FAQ entries: candidates, how alike they are, the match model, guards, confidence.

Questions are ranked several at once: the cost is in the number of steps, not in what each of them computes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

import numpy as np
from rapidfuzz.fuzz import ratio

from app.domain.catalogue import FaqEntry, Product
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import FaqScore
from app.language.names import HiddenNames
from app.language.text import normalise
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.evidence import CounterEvidence, EntryLetters
from app.understanding.faq.guards import ContradictionGuards
from app.understanding.faq.index import FaqIndex, build_faq_index
from app.understanding.faq.judge import MatchModel, share_confidence
from app.understanding.faq.likeness import FEATURES, Floats
from app.understanding.faq.limits import LimitFinder
from app.understanding.faq.nearness import COLUMNS, AnswerNearness
from app.understanding.faq.scope import EntryScopes
from app.understanding.faq.search import EntryMatches, EntrySearch, FaqQuestion
from app.understanding.faq.wordings import core_of
from app.understanding.intent.features import canonicalize
from app.understanding.reading import TextAnalyzer, canonical_names

MOST_RANKED_ENTRIES = 5
MOST_READ_ENTRIES = 12
"""Entries whose answers are read where none is sure."""
SURE_UNREAD = 0.9
"""A confidence from which on no answer needs to be read."""
SAME_WORDING_CONFIDENCE = 0.99
CONTRADICTED = 0.3
"""What is left of a confidence where every wording contradicts the question."""
REFUSED_FROM = 0.8
"""Likeness to a not-matching wording from which its entry is out."""
UNLIKE = -12.0
"""The score of an entry that is not even a candidate."""
_LETTERS = FEATURES.index("letters")
_CONTRADICTION = FEATURES.index("contradiction")


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
        names: Collection[str] = (),
    ) -> None:
        """Of another matcher's index, `known`, is taken over what is the same; `names` are those of the goods."""
        self.entries = entries
        self._scopes = EntryScopes(products, _goods_categories(reader.traits), reader.lexicon.lists.get("product", ()))
        self._offers = frozenset(own.title for own in reader.traits.values() if own.tells_offers)
        self._judge = judge
        self._refused = {number: _counter_examples(entry) for number, entry in enumerate(entries) if entry.not_matching}
        self.guards = ContradictionGuards(reader.lexicon.opposed)
        hidden = HiddenNames(canonical_names(names))
        self.limits = LimitFinder(entries, reader.encoder, self._scopes, products)
        letters = EntryLetters(entries, hidden)
        self._evidence = CounterEvidence(letters)
        self._nearness = AnswerNearness(entries, letters, hidden, reader.encoder)
        self.index = build_faq_index(entries, reader, self.guards, encoder, known, hidden)
        self._worded = EntrySearch(entries, self.index, reader, self.guards)
        bare = self.index.bare
        self._bare = self._worded.with_index(bare) if bare else None

    def rank_entries(self, questions: Sequence[FaqQuestion]) -> list[tuple[FaqScore, ...]]:
        """For each question the best entries that are in force for its day and products."""
        worded = self.match_entries(questions)
        bare = list(map(self._leave_out_names, questions, worded))
        asked = [each for each in bare if each is not None]
        without = self._bare.match_entries(asked) if self._bare and asked else []
        scores = self._score_matches([*worded, *without])
        others = iter(zip(without, scores[len(worded) :], strict=True))
        weighed = [
            self._weigh_names(question, near, own, next(others) if other else None)
            for question, near, own, other in zip(questions, worded, scores[: len(worded)], bare, strict=True)
        ]
        return [
            self._rate_nearness(question, near, own, self._best_entries(question, near, own)) if near.entries else ()
            for question, near, own in zip(questions, worded, weighed, strict=True)
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
        return self._worded.match_entries(questions)

    def describe_nearness(self, question: FaqQuestion) -> tuple[list[int], Floats]:
        """The entries whose answers are read for a question, and the columns they are judged by, for training."""
        vector, near = question.reading.vector, self.match_entries([question])[0]
        if vector is None or not near.entries:
            return [], np.zeros((0, len(COLUMNS)))
        scores = self._judge.score_entries(near.features)
        best = (-scores).argsort(kind="stable")[:MOST_READ_ENTRIES].tolist()
        numbers = [near.entries[each] for each in best]
        return numbers, self._nearness.describe_entries(question.reading, vector, numbers, scores[best])

    def _score_matches(self, matched: Sequence[EntryMatches]) -> list[Floats]:
        """The scores of what several questions may mean, judged at once."""
        if not matched:
            return []
        scores = self._judge.score_entries(np.concatenate([each.features for each in matched]))
        return np.split(scores, np.cumsum([len(each.entries) for each in matched])[:-1])

    def _leave_out_names(self, question: FaqQuestion, near: EntryMatches) -> FaqQuestion | None:
        """The question without the names of goods; None where neither it nor an entry that is near names any."""
        if self._bare is None or not near.entries:
            return None
        if question.reading.nameless:
            return question._replace(reading=question.reading.nameless)
        return None if self.index.named.isdisjoint(near.entries) else question

    def _weigh_names(
        self, question: FaqQuestion, near: EntryMatches, scores: Floats, bare: tuple[EntryMatches, Floats] | None
    ) -> Floats:
        """The entries' scores, the names of goods weighed.

        Goods that are named say nothing of what is asked of them: 壶能带上飞机吗 has to be like a row without its 壶,
        too. Who names none may leave out what the shop wrote: 能放卫生间吗 is 绿萝能放卫生间吗. Of an offer what is
        named is the matter: 有优惠吗 is not 围炉煮茶有优惠吗.
        """
        if bare is None:
            return scores
        known = dict(zip(bare[0].entries, bare[1].tolist(), strict=True))
        others = np.asarray([known.get(each, UNLIKE) for each in near.entries])
        if question.reading.nameless:
            least: Floats = np.minimum(scores, others)
            return least
        of_offers = [self.entries[each].category in self._offers for each in near.entries]
        weighed: Floats = np.where(of_offers, scores, np.maximum(scores, others))
        return weighed

    def _best_entries(self, question: FaqQuestion, near: EntryMatches, scores: Floats) -> tuple[FaqScore, ...]:
        """The best entries of one question, by how likely it is that each is meant.

        The others stand as rivals at their full score: what would be taken from them makes the best no surer.
        """
        best = (-scores).argsort(kind="stable")[:MOST_RANKED_ENTRIES].tolist()
        heard = scores.copy()
        heard[best] -= self._evidence.weigh_entries(question.reading, [near.entries[each] for each in best])
        shares = share_confidence(heard)
        core = core_of(question.reading.canonical)
        ranked = [
            (self._adjust_confidence(near, each, float(shares[each]), core), each)
            for each in self._keep_speaking(question, near, best, core)
        ]
        kept = sorted(((sure, each) for sure, each in ranked if sure > 0), key=itemgetter(0), reverse=True)
        return tuple(
            self._faq_score(near.entries[each], sure, is_verbatim=self._holds_wording(near, each, core))
            for sure, each in kept
        )

    def _keep_speaking(self, question: FaqQuestion, near: EntryMatches, best: Sequence[int], core: str) -> list[int]:
        """Those of the best entries that have the very wording or may be told of what is asked of."""
        said = question.reading.canonical
        return [
            each
            for each in best
            if self._holds_wording(near, each, core)
            or self._scopes.speaks_for(self.entries[near.entries[each]], question.products, said)
        ]

    def _rate_nearness(
        self, question: FaqQuestion, near: EntryMatches, scores: Floats, ranked: tuple[FaqScore, ...]
    ) -> tuple[FaqScore, ...]:
        """The best entries with their nearness, and the nearest of all behind them where it is not among them."""
        vector = (question.reading.nameless or question.reading).vector
        if vector is None or (ranked and ranked[0].confidence >= SURE_UNREAD):
            return tuple(replace(each, nearness=each.confidence) for each in ranked)
        core = core_of(question.reading.canonical)
        best = (-scores).argsort(kind="stable")[:MOST_READ_ENTRIES].tolist()
        read = self._keep_speaking(question, near, best, core)
        if not read:
            return ranked
        numbers = [near.entries[each] for each in read]
        shares = self._nearness.rate_entries(question.reading, vector, numbers, scores[read])
        rated = {
            number: self._adjust_confidence(near, each, share, core)
            for each, number, share in zip(read, numbers, shares.tolist(), strict=True)
        }
        return self._join_nearness(ranked, rated)

    def _join_nearness(self, ranked: tuple[FaqScore, ...], rated: Mapping[int, float]) -> tuple[FaqScore, ...]:
        known = {self.entries[number].entry_id: round(near, 4) for number, near in rated.items()}
        joined = [replace(each, nearness=known.get(each.entry_id, 0.0)) for each in ranked]
        nearest = max(rated, key=rated.__getitem__)
        if rated[nearest] > 0 and all(each.entry_id != self.entries[nearest].entry_id for each in ranked):
            joined.append(replace(self._faq_score(nearest, 0.0, is_verbatim=False), nearness=round(rated[nearest], 4)))
        return tuple(joined)

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


def _counter_examples(entry: FaqEntry) -> tuple[str, ...]:
    return tuple(core_of(canonicalize(normalise(wording))) for wording in entry.not_matching)


def _best_fuzzy_ratio(heard: str, wordings: Sequence[str]) -> float:
    return max(ratio(heard, wording) for wording in wordings) / 100
