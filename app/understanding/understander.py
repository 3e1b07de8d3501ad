"""Reads one message of one shop: the whole of understanding behind one call that never raises on any text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from app.domain.catalogue import FaqEntry, Product
from app.domain.understanding import DialogueContext, Entity, EntityKind, IntentScore, Request, Understanding
from app.understanding.catalogue import Catalogue
from app.understanding.dictionary import BaseDictionary
from app.understanding.encoder import Encoder
from app.understanding.entities import EntityFinder
from app.understanding.examples import INTENTS
from app.understanding.faq import FaqMatcher
from app.understanding.intent import IntentModel
from app.understanding.lexicon import Lexicon
from app.understanding.memory import SHORT, Heard, HeardBefore
from app.understanding.prior import in_context
from app.understanding.reading import Probabilities, Reader
from app.understanding.segment import Segmenter
from app.understanding.split import Part, parts
from app.understanding.text import normalise

RANKED = 8
"""Intents kept in a request's ranking."""
_NO_CONTEXT = DialogueContext()
_POINTING = frozenset({EntityKind.PRODUCT})
_POINTING_IN_CONTEXT = _POINTING | {EntityKind.ATTRIBUTE, EntityKind.SKU}


@dataclass(frozen=True, slots=True)
class Understander:
    """What all shops of a process share: dictionary, lexicon, intent model, memory and, where wanted, an encoder."""

    dictionary: BaseDictionary
    reader: Reader
    encoder: Encoder | None = None
    before: HeardBefore = field(default_factory=HeardBefore)

    @classmethod
    def load(cls, intents_folder: Path | None = None, encoder: Encoder | None = None) -> "Understander":
        """Read everything once; raises ModelError when the packaged model cannot be read."""
        lexicon = Lexicon.load((intents_folder or INTENTS) / "lexicon.yml")
        return cls(BaseDictionary.load(), Reader(lexicon, IntentModel.load()), encoder)

    def for_shop(self, faq: Sequence[FaqEntry], products: Sequence[Product], *, version: str) -> "ShopUnderstander":
        """The understanding of one shop, trained on its FAQ."""
        catalogue = Catalogue(products)
        return ShopUnderstander(
            reader=self.reader,
            segmenter=Segmenter(self.dictionary, catalogue.words()),
            finder=EntityFinder(self.reader.lexicon.names, catalogue),
            faq=FaqMatcher(faq, self.reader, self.encoder),
            versions={"shop": version, "intents": self.reader.model.fingerprint},
            before=self.before,
        )


@dataclass(frozen=True, slots=True)
class ShopUnderstander:
    """Reads the messages of one shop."""

    reader: Reader
    segmenter: Segmenter
    finder: EntityFinder
    faq: FaqMatcher
    versions: Mapping[str, str]
    before: HeardBefore
    name: object = field(default_factory=object)
    """Tells this shop's messages from others' in the memory they share."""

    def understand(
        self,
        text: str,
        context: DialogueContext = _NO_CONTEXT,
        *,
        today: date | None = None,
        product_id: str | None = None,
    ) -> Understanding:
        """What the message says: never raises, and always at least one request."""
        product_id = product_id or context.product_id
        if product_id != context.product_id:
            context = replace(context, product_id=product_id)
        heard = self._heard(text, today, product_id)
        return heard.understanding if context == _NO_CONTEXT else self._in_context(heard, context)

    def _heard(self, text: str, today: date | None, product_id: str | None) -> Heard:
        """What the message says by itself; a short one is read once."""
        if len(text) > SHORT:
            return self._hear(text, today, product_id)
        key = (self.name, text, today, product_id)
        known = self.before.get(key)
        if known is None:
            known = self._hear(text, today, product_id)
            self.before.keep(key, known)
        return known

    def _hear(self, text: str, today: date | None, product_id: str | None) -> Heard:
        normalised = normalise(text)
        entities = self.finder.find(normalised, today=today, product_id=product_id)
        pointing = _POINTING_IN_CONTEXT if product_id else _POINTING
        goods = frozenset(entity.text for entity in entities if entity.kind in pointing)
        whole, several = parts(normalised, self.reader, goods)
        one = self._request(whole, entities, today, product_id)
        requests = tuple(self._request(part, entities, today, product_id) for part in several) or (one,)
        understanding = Understanding(
            text=text,
            normalised=normalised,
            segments=self.segmenter.cut(normalised),
            entities=entities,
            requests=requests,
            versions=self.versions,
            whole=one,
        )
        return Heard(understanding, tuple(part.reading.probabilities for part in (*several, whole)))

    def _request(self, part: Part, entities: Sequence[Entity], today: date | None, product_id: str | None) -> Request:
        own = tuple(entity for entity in entities if part.start <= entity.start < max(part.end, 1))
        products = _products(own, entities, product_id)
        return Request(
            text=part.reading.text,
            intents=self._ranked(part.reading.probabilities),
            faqs=self.faq.rank(part.reading, today=today, products=products),
            entities=own,
        )

    def _in_context(self, heard: Heard, context: DialogueContext) -> Understanding:
        """The same once the conversation is known: other intents may be likelier."""
        read, columns = heard.understanding, self.reader.model.columns
        requests = read.requests if len(read.requests) > 1 else ()
        *several, whole = (
            replace(each, intents=self._ranked(in_context(likely, columns, each.text, each.entities, context)))
            for each, likely in zip((*requests, read.whole or read.requests[0]), heard.likely, strict=True)
        )
        return replace(read, requests=tuple(several) or (whole,), whole=whole)

    def _ranked(self, probabilities: Probabilities) -> tuple[IntentScore, ...]:
        best = (-probabilities).argsort(kind="stable")[:RANKED]
        ranked = zip(best.tolist(), probabilities[best].tolist(), strict=True)
        return tuple(IntentScore(self.reader.model.intents[column], round(likely, 4)) for column, likely in ranked)


def _products(own: Sequence[Entity], everywhere: Sequence[Entity], product_id: str | None) -> frozenset[str]:
    """The products a request is about: those it names, else those the message names, else the one in view."""
    for entities in (own, everywhere):
        named = frozenset(str(entity.value) for entity in entities if entity.kind is EntityKind.PRODUCT)
        if named:
            return named
    return frozenset({product_id}) if product_id else frozenset()
