"""Reads one message of one shop: the whole of understanding behind one call that never raises on any text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from app.domain.catalogue import FaqEntry, Product
from app.domain.understanding import (
    NO_CONTEXT,
    Asked,
    DialogueContext,
    Entity,
    EntityKind,
    IntentScore,
    Request,
    Understanding,
)
from app.language.segment import Segmenter
from app.language.text import normalise
from app.understanding.cache import SHORT, Heard, Memory
from app.understanding.entities.finder import EntityFinder
from app.understanding.entities.goods import Catalogue
from app.understanding.examples import INTENTS
from app.understanding.faq.encoder import Encoder
from app.understanding.faq.matcher import FaqMatcher, Question
from app.understanding.intent.context import in_context
from app.understanding.intent.model import IntentModel
from app.understanding.lexicon import Lexicon
from app.understanding.reading import Probabilities, Reader, names_of
from app.understanding.split import Message, Part, parts

RANKED = 8
"""Intents kept in a request's ranking."""
_POINTING = frozenset({EntityKind.PRODUCT})
_POINTING_IN_CONTEXT = _POINTING | {EntityKind.ATTRIBUTE, EntityKind.SKU}


@dataclass(frozen=True, slots=True)
class Understander:
    """What all shops of a process share: lexicon, intent model, memory and, where wanted, an encoder."""

    reader: Reader
    encoder: Encoder | None = None
    memory: Memory = field(default_factory=Memory)

    @classmethod
    def load(cls, intents_folder: Path | None = None, encoder: Encoder | None = None) -> "Understander":
        """Read everything once; raises ModelError when the packaged model cannot be read."""
        lexicon = Lexicon.load((intents_folder or INTENTS) / "lexicon.yml")
        return cls(Reader(lexicon, IntentModel.load()), encoder)

    def for_shop(self, faq: Sequence[FaqEntry], products: Sequence[Product], *, version: str) -> "ShopUnderstander":
        """The understanding of one shop, trained on its FAQ."""
        catalogue = Catalogue(products)
        return ShopUnderstander(
            reader=self.reader,
            segmenter=Segmenter(catalogue.words),
            finder=EntityFinder(self.reader.lexicon.names, catalogue),
            faq=FaqMatcher(faq, self.reader, self.encoder),
            versions={"shop": version, "intents": self.reader.model.fingerprint},
            memory=self.memory,
        )


class Said(NamedTuple):
    """What a message is understood by before its conversation is looked at; `shop` is one version of one shop."""

    shop: object
    text: str
    today: date | None
    product_id: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ShopUnderstander:
    """Reads the messages of one shop."""

    reader: Reader
    segmenter: Segmenter
    finder: EntityFinder
    faq: FaqMatcher
    versions: Mapping[str, str]
    memory: Memory
    name: object = field(default_factory=object)
    """Tells this shop's messages from others' in the memory they share."""

    def understand(
        self,
        text: str,
        context: DialogueContext = NO_CONTEXT,
        *,
        today: date | None = None,
        product_id: str | None = None,
    ) -> Understanding:
        """What the message says: never raises, and always at least one request."""
        return self.understand_all([Asked(text, context, today, product_id)])[0]

    def understand_all(self, asked: Sequence[Asked]) -> list[Understanding]:
        """What each message says; read together they cost less than one by one."""
        said = list(map(self._said, asked))
        heard = {each: self.memory.heard.get(each) for each in said}
        new = [each for each, known in heard.items() if known is None]
        fresh = dict(zip(new, self._hear(new), strict=True)) if new else {}
        for each, own in fresh.items():
            if len(each.text) <= SHORT:
                self.memory.heard.keep(each, own)
        return [
            self._understood(each, whole.context, heard[each] or fresh[each])
            for each, whole in zip(said, asked, strict=True)
        ]

    def recall(self, asked: Asked) -> Understanding | None:
        """What the message says, where it was read lately."""
        said = self._said(asked)
        heard = self.memory.heard.get(said)
        return self._understood(said, asked.context, heard) if heard else None

    def words(self, text: str) -> tuple[str, ...]:
        """The words of a normalised text, in order."""
        return self.segmenter.cut(text)

    def _said(self, asked: Asked) -> Said:
        return Said(self.name, asked.text, asked.today, asked.product_id or asked.context.product_id)

    def _understood(self, said: Said, context: DialogueContext, heard: Heard) -> Understanding:
        key = (said, context.asked_intent, context.asked_slot, context.last_intent, context.order_state)
        known = self.memory.understood.get(key)
        if known is None:
            if context.product_id != said.product_id:
                context = replace(context, product_id=said.product_id)
            known = self._in_context(heard, context)
            if len(said.text) <= SHORT:
                self.memory.understood.keep(key, known)
        return known

    def _hear(self, said: Sequence[Said]) -> list[Heard]:
        texts = [normalise(each.text) for each in said]
        entities = [
            self.finder.find(text, today=each.today, product_id=each.product_id)
            for text, each in zip(texts, said, strict=True)
        ]
        goods = [names_of(_goods(found, each.product_id)) for found, each in zip(entities, said, strict=True)]
        split = parts(list(map(Message, texts, goods)), self.reader)
        asked = [[*several, whole] for whole, several in split]
        requests = self._requests(said, asked, entities)
        return [
            Heard(
                Understanding(
                    text=each.text,
                    normalised=text,
                    entities=found,
                    requests=tuple(several) or (whole,),
                    versions=self.versions,
                    whole=whole,
                ),
                tuple(part.reading.probabilities for part in own),
            )
            for each, text, found, (*several, whole), own in zip(said, texts, entities, requests, asked, strict=True)
        ]

    def _requests(
        self, said: Sequence[Said], asked: Sequence[Sequence[Part]], entities: Sequence[tuple[Entity, ...]]
    ) -> list[list[Request]]:
        """What is asked in each part of each message; the intents wait for the conversation."""
        named = [
            [(part, _within(part, found), found, each) for part in own]
            for each, own, found in zip(said, asked, entities, strict=True)
        ]
        questions = [
            Question(part.reading, each.today, _products(own, found, each.product_id))
            for message in named
            for part, own, found, each in message
        ]
        ranked = iter(self.faq.rank(questions))
        return [[Request(part.reading.text, (), next(ranked), own) for part, own, *_ in message] for message in named]

    def _in_context(self, heard: Heard, context: DialogueContext) -> Understanding:
        """The same once the conversation is known: other intents may be likelier."""
        read, columns = heard.understanding, self.reader.model.columns
        requests = read.requests if len(read.requests) > 1 else ()
        *several, whole = [
            Request(
                each.text,
                self._ranked(in_context(likely, columns, each.text, each.entities, context)),
                each.faqs,
                each.entities,
            )
            for each, likely in zip((*requests, read.whole or read.requests[0]), heard.likely, strict=True)
        ]
        return replace(read, requests=tuple(several) or (whole,), whole=whole)

    def _ranked(self, probabilities: Probabilities) -> tuple[IntentScore, ...]:
        best = (-probabilities).argsort(kind="stable")[:RANKED]
        ranked = zip(best.tolist(), probabilities[best].tolist(), strict=True)
        return tuple([IntentScore(self.reader.model.intents[column], round(likely, 4)) for column, likely in ranked])


def _goods(found: Sequence[Entity], product_id: str | None) -> frozenset[str]:
    """The names that but point at goods, as messages have them."""
    pointing = _POINTING_IN_CONTEXT if product_id else _POINTING
    return frozenset(entity.text for entity in found if entity.kind in pointing)


def _within(part: Part, found: Sequence[Entity]) -> tuple[Entity, ...]:
    return tuple([entity for entity in found if part.start <= entity.start < max(part.end, 1)])


def _products(own: Sequence[Entity], everywhere: Sequence[Entity], product_id: str | None) -> frozenset[str]:
    """The products a request is about: those it names, else those the message names, else the one in view."""
    for entities in (own, everywhere):
        named = frozenset(str(entity.value) for entity in entities if entity.kind is EntityKind.PRODUCT)
        if named:
            return named
    return frozenset({product_id}) if product_id else frozenset()
