"""Reads one message of one shop: the whole of understanding behind one call that never raises on any text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

from app.domain.acts import DialogueActs
from app.domain.catalogue import FaqEntry, Product
from app.domain.correction import Correction
from app.domain.intent_traits import IntentDirectory
from app.domain.understanding import (
    NO_CONTEXT,
    DialogueContext,
    Entity,
    EntityKind,
    FaqScore,
    IntentScore,
    Request,
    Understanding,
    Utterance,
)
from app.language.acts import ActReader, default_reader
from app.language.dictionary import load_dictionary
from app.language.segment import Segmenter
from app.language.text import normalise
from app.understanding.cache import LONGEST_CACHED, CachedUnderstanding, UnderstandingCache
from app.understanding.corrections import CorrectionVotes, Vote, build_votes, fingerprint_corrections
from app.understanding.details import DetailFinder
from app.understanding.entities.finder import EntityFinder
from app.understanding.entities.goods import GoodsFinder
from app.understanding.examples import INTENTS
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.judge import MatchModel, MatchModelError
from app.understanding.faq.matcher import FaqMatcher
from app.understanding.faq.search import FaqQuestion
from app.understanding.intent.context import ContextPrior, apply_context
from app.understanding.intent.model import IntentModel, ModelError
from app.understanding.lexicon import Lexicon
from app.understanding.lookalikes import LookalikeFinder, default_lookalikes
from app.understanding.reading import Probabilities, TextAnalysis, TextAnalyzer, canonical_names
from app.understanding.sentence.encoder import SentenceEncoder, SentenceModelError
from app.understanding.spelling import SpellingRepair
from app.understanding.split import NormalisedMessage, RequestSpan, split_requests

MOST_RANKED_INTENTS = 8
"""Intents kept in a request's ranking."""
_GOODS_KINDS = frozenset({EntityKind.PRODUCT})
_GOODS_KINDS_IN_CONTEXT = _GOODS_KINDS | {EntityKind.ATTRIBUTE, EntityKind.SKU}


@dataclass(frozen=True, slots=True)
class Understander:
    """What all shops of a process share: lexicon, intent model, memory and, where wanted, an encoder."""

    reader: TextAnalyzer
    judge: MatchModel
    encoder: Encoder | None = None
    memory: UnderstandingCache = field(default_factory=UnderstandingCache)
    acts: ActReader = field(default_factory=default_reader)

    @classmethod
    def load_shared(
        cls, traits: IntentDirectory, intents_folder: Path | None = None, encoder: Encoder | None = None
    ) -> "Understander":
        """Read everything once; raises ModelError when a packaged model cannot be read or the two do not fit."""
        lexicon = Lexicon.load_lexicon((intents_folder or INTENTS) / "lexicon.yml")
        try:
            model, sentences, judge = IntentModel.load_model(), SentenceEncoder.load_encoder(), MatchModel.load_model()
        except (SentenceModelError, MatchModelError) as error:
            raise ModelError(str(error)) from error
        if sentences.intents != model.intents:
            raise ModelError("the sentence encoder judges other intents than the intent model")
        load_dictionary()  # most messages are cut into words, and the first one is not to wait for it
        return cls(TextAnalyzer(lexicon, model, sentences, traits), judge, encoder)

    def build_shop_understander(
        self,
        faq: Sequence[FaqEntry],
        products: Sequence[Product],
        *,
        version: str,
        learned: Iterable["ShopUnderstander"] = (),
    ) -> "ShopUnderstander":
        """The understanding of one shop, trained on its FAQ, but for what one of `learned` has in common with it."""
        known = max((each.faq.index for each in learned), key=lambda index: index.count_shared(faq), default=None)
        catalogue = GoodsFinder(products, default_lookalikes().ourselves)
        segmenter = Segmenter(catalogue.all_names)
        matcher = FaqMatcher(faq, self.reader, self.judge, self.encoder, products, known, catalogue.spoken_names())
        return ShopUnderstander(
            reader=self.reader,
            segmenter=segmenter,
            spelling=SpellingRepair.learn_words(catalogue.product_names(), catalogue.variant_names(), segmenter),
            finder=EntityFinder(self.reader.lexicon.couriers, catalogue, segmenter),
            faq=matcher,
            prior=ContextPrior.from_traits(self.reader.traits, self.reader.model.columns),
            versions={
                "shop": version,
                "intents": self.reader.model.fingerprint,
                "sentences": self.reader.encoder.fingerprint,
            },
            memory=self.memory,
            acts=self.acts,
            lookalikes=LookalikeFinder.learn_questions(
                matcher.index.wordings.list_texts(),
                self.reader.model.ngrams,
                self.reader.lexicon.literals,
                segmenter,
            ),
            details=DetailFinder(products, self.reader.encoder),
        )


class _Found(NamedTuple):
    """What a message names and does; `names` is what it calls goods."""

    entities: tuple[Entity, ...]
    acts: DialogueActs
    names: tuple[str, ...]


class CacheKey(NamedTuple):
    """What a message is understood by before its conversation is looked at; `shop` is one version of one shop."""

    shop: object
    text: str
    today: date | None
    product_id: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ShopUnderstander:
    """Reads the messages of one shop."""

    reader: TextAnalyzer
    segmenter: Segmenter
    finder: EntityFinder
    faq: FaqMatcher
    prior: ContextPrior
    versions: Mapping[str, str]
    memory: UnderstandingCache
    acts: ActReader
    spelling: SpellingRepair
    lookalikes: LookalikeFinder
    details: DetailFinder
    votes: CorrectionVotes | None = None
    name: object = field(default_factory=object)
    """Tells this shop's messages from others' in the memory they share."""

    def learn_corrections(self, corrections: Sequence[Correction], guarded: frozenset[str]) -> "ShopUnderstander":
        """The same shop with these corrections and no others; they never lead away from the `guarded` intents."""
        known = self.votes.readings if self.votes else {}
        votes = build_votes(corrections, self.faq.entries, self.reader, self.faq.guards, guarded, known)
        versions = {**self.versions, "corrections": fingerprint_corrections(corrections)}
        return replace(self, votes=votes, versions=versions, name=object())

    def understand(
        self,
        text: str,
        context: DialogueContext = NO_CONTEXT,
        *,
        today: date | None = None,
        product_id: str | None = None,
    ) -> Understanding:
        """What the message says: never raises, and always at least one request."""
        return self.understand_all([Utterance(text, context, today, product_id)])[0]

    def understand_all(self, asked: Sequence[Utterance]) -> list[Understanding]:
        """What each message says; read together they cost less than one by one."""
        said = list(map(self._cache_key, asked))
        heard = {each: self.memory.heard.look_up(each) for each in said}
        new = [each for each, known in heard.items() if known is None]
        fresh = dict(zip(new, self._understand_alone(new), strict=True)) if new else {}
        for each, own in fresh.items():
            if len(each.text) <= LONGEST_CACHED:
                self.memory.heard.store(each, own)
        return [
            self._understand_in_context(each, whole.context, heard[each] or fresh[each])
            for each, whole in zip(said, asked, strict=True)
        ]

    def recall_understanding(self, asked: Utterance) -> Understanding | None:
        """What the message says, where it was read lately."""
        said = self._cache_key(asked)
        heard = self.memory.heard.look_up(said)
        return self._understand_in_context(said, asked.context, heard) if heard else None

    def find_entities(
        self, text: str, *, today: date | None = None, product_id: str | None = None
    ) -> tuple[Entity, ...]:
        """What the message names, with these goods in view; no model is asked."""
        known = self.memory.heard.look_up(CacheKey(self.name, text, today, product_id))
        if known is not None:
            return known.understanding.entities
        return self.finder.find_entities(self.spelling.mend_text(normalise(text)), today=today, product_id=product_id)

    def rank_rivals(self, entries: Sequence[FaqEntry]) -> list[tuple[FaqScore, ...]]:
        """For each entry's standard question the other entries it may mean, as if its own were not there."""
        messages = [NormalisedMessage(normalise(entry.question)) for entry in entries]
        wholes = [whole for whole, _ in split_requests(messages, self.reader)]
        questions = [
            FaqQuestion(whole.reading, entry.valid_from, entry.products)
            for whole, entry in zip(wholes, entries, strict=True)
        ]
        return self.faq.rank_rivals(questions, [entry.entry_id for entry in entries])

    def segment(self, text: str) -> tuple[str, ...]:
        """The words of a normalised text, in order."""
        return self.segmenter.cut_words(text)

    def _cache_key(self, asked: Utterance) -> CacheKey:
        return CacheKey(self.name, asked.text, asked.today, asked.product_id or asked.context.product_id)

    def _understand_in_context(
        self, said: CacheKey, context: DialogueContext, heard: CachedUnderstanding
    ) -> Understanding:
        key = (said, context.asked_intent, context.asked_slot, context.last_intent, context.order_state)
        known = self.memory.understood.look_up(key)
        if known is None:
            if context.product_id != said.product_id:
                context = replace(context, product_id=said.product_id)
            known = self._rank_in_context(heard, context)
            if len(said.text) <= LONGEST_CACHED:
                self.memory.understood.store(key, known)
        return known

    def _understand_alone(self, said: Sequence[CacheKey]) -> list[CachedUnderstanding]:
        texts = [self.spelling.mend_text(normalise(each.text)) for each in said]
        entities = [
            self.finder.find_entities(text, today=each.today, product_id=each.product_id)
            for text, each in zip(texts, said, strict=True)
        ]
        goods = [
            canonical_names(self.lookalikes.add_lookalikes(text.lower(), _goods_texts(found, each.product_id)))
            for text, found, each in zip(texts, entities, said, strict=True)
        ]
        split = split_requests(list(map(NormalisedMessage, texts, goods)), self.reader)
        asked = [[*several, whole] for whole, several in split]
        uncorrected = [self._judge_uncorrected(whole) for whole, _ in split]
        heard = [self._hear_corrections(own) for own in asked]
        asked = [[part for part, _ in own] for own in heard]
        acts = [
            self.acts.read_acts(text, each.text, names) for text, each, names in zip(texts, said, goods, strict=True)
        ]
        found_in = list(map(_Found, entities, acts, map(tuple, goods)))
        requests = self._build_requests(said, asked, found_in, [vote for own in heard for _, vote in own])
        return [
            CachedUnderstanding(
                Understanding(
                    text=each.text,
                    normalised=text,
                    entities=found,
                    requests=tuple(several) or (whole,),
                    versions=self.versions,
                    whole=whole,
                    uncorrected=before,
                ),
                tuple(part.reading.probabilities for part in own),
            )
            for each, text, found, (*several, whole), own, before in zip(
                said, texts, entities, requests, asked, uncorrected, strict=True
            )
        ]

    def _judge_uncorrected(self, whole: RequestSpan) -> IntentScore | None:
        """What the models alone take a message for; None without corrections."""
        return None if self.votes is None else self._rank_intents(whole.reading.probabilities)[0]

    def _hear_corrections(self, parts: Sequence[RequestSpan]) -> list[tuple[RequestSpan, Vote | None]]:
        """The parts of a message as the shop's corrections have them, with the votes on their entries."""
        if self.votes is None:
            return [(part, None) for part in parts]
        cast = self.votes.cast_votes([part.reading for part in parts])
        return [
            (replace(part, reading=self.votes.correct_reading(part.reading, vote)), vote)
            for part, vote in zip(parts, cast, strict=True)
        ]

    def _build_requests(
        self,
        said: Sequence[CacheKey],
        asked: Sequence[Sequence[RequestSpan]],
        found: Sequence["_Found"],
        votes: Sequence[Vote | None],
    ) -> list[list[Request]]:
        """What is asked in each part of each message; the intents wait for the conversation."""
        named = [
            [(part, _entities_of_part(part, known.entities), known, each, own[-1]) for part in own]
            for each, own, known in zip(said, asked, found, strict=True)
        ]
        questions = [
            FaqQuestion(
                _reading_of_goods(part, own),
                each.today,
                _products_in_question(own, known.entities, each.product_id),
            )
            for message in named
            for part, own, known, each, _ in message
        ]
        ranked = iter(self._correct_entries(questions, self.faq.rank_entries(questions), votes))
        limits = iter(map(self.faq.limits.find_limit, questions))
        details = iter(map(self.details.find_detail, questions))
        return [
            [
                Request(
                    part.reading.text,
                    (),
                    next(ranked),
                    own,
                    _acts_of_part(part, known.acts, whole),
                    known.names,
                    next(limits),
                    next(details),
                )
                for part, own, known, _, whole in message
            ]
            for message in named
        ]

    def _correct_entries(
        self, questions: Sequence[FaqQuestion], ranked: Sequence[tuple[FaqScore, ...]], votes: Sequence[Vote | None]
    ) -> Sequence[tuple[FaqScore, ...]]:
        """The entries as the shop's corrections have them."""
        if self.votes is None:
            return ranked
        return [
            self.votes.correct_entries(
                own, vote, partial(FaqEntry.is_in_force, today=asked.today, products=asked.products)
            )
            for asked, own, vote in zip(questions, ranked, votes, strict=True)
        ]

    def _rank_in_context(self, heard: CachedUnderstanding, context: DialogueContext) -> Understanding:
        """The same once the conversation is known: other intents may be likelier."""
        read = heard.understanding
        requests = read.requests if len(read.requests) > 1 else ()
        *several, whole = [
            replace(
                each, intents=self._rank_intents(apply_context(likely, self.prior, each.text, each.entities, context))
            )
            for each, likely in zip((*requests, read.whole or read.requests[0]), heard.probabilities, strict=True)
        ]
        return replace(read, requests=tuple(several) or (whole,), whole=whole)

    def _rank_intents(self, probabilities: Probabilities) -> tuple[IntentScore, ...]:
        best = (-probabilities).argsort(kind="stable")[:MOST_RANKED_INTENTS]
        ranked = zip(best.tolist(), probabilities[best].tolist(), strict=True)
        return tuple([IntentScore(self.reader.model.intents[column], round(likely, 4)) for column, likely in ranked])


def _goods_texts(found: Sequence[Entity], product_id: str | None) -> frozenset[str]:
    """The names that but point at goods, as messages have them."""
    pointing = _GOODS_KINDS_IN_CONTEXT if product_id else _GOODS_KINDS
    return frozenset(entity.text for entity in found if entity.kind in pointing)


def _entities_of_part(part: RequestSpan, found: Sequence[Entity]) -> tuple[Entity, ...]:
    return tuple([entity for entity in found if part.start <= entity.start < max(part.end, 1)])


def _acts_of_part(part: RequestSpan, acts: DialogueActs, whole: RequestSpan) -> DialogueActs:
    """What is done in this part; the last part is the whole message, which may do more than its clauses."""
    return acts if part is whole else acts.between(part.start, max(part.end, 1))


def _reading_of_goods(part: RequestSpan, own: Sequence[Entity]) -> TextAnalysis:
    """The reading with what it says of goods only where it names some: other words are hidden, too."""
    named = any(entity.kind is EntityKind.PRODUCT for entity in own)
    return part.reading if named or part.reading.nameless is None else replace(part.reading, nameless=None)


def _products_in_question(
    own: Sequence[Entity], everywhere: Sequence[Entity], product_id: str | None
) -> frozenset[str]:
    """The products a request is about: those it names, else those the message names, else the one in view."""
    for entities in (own, everywhere):
        named = frozenset(str(entity.value) for entity in entities if entity.kind is EntityKind.PRODUCT)
        if named:
            return named
    return frozenset({product_id}) if product_id else frozenset()
