"""Reads one message of one shop: the whole of understanding behind one call that never raises on any text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from app.understanding.prior import in_context
from app.understanding.reading import Reader
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
    """What all shops of a process share: base dictionary, lexicon and intent model, and, where wanted, an encoder."""

    dictionary: BaseDictionary
    reader: Reader
    encoder: Encoder | None = None

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
        )


@dataclass(frozen=True, slots=True)
class ShopUnderstander:
    """Reads the messages of one shop."""

    reader: Reader
    segmenter: Segmenter
    finder: EntityFinder
    faq: FaqMatcher
    versions: Mapping[str, str]

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
        normalised = normalise(text)
        entities = self.finder.find(normalised, today=today, product_id=product_id)
        pointing = _POINTING_IN_CONTEXT if product_id else _POINTING
        goods = frozenset(entity.text for entity in entities if entity.kind in pointing)
        whole, found = parts(normalised, self.reader, goods)
        one = self._request(whole, entities, context, today, product_id)
        several = tuple(self._request(part, entities, context, today, product_id) for part in found)
        return Understanding(
            text=text,
            normalised=normalised,
            segments=self.segmenter.cut(normalised),
            entities=entities,
            requests=several or (one,),
            versions=self.versions,
            whole=one,
        )

    def _request(
        self,
        part: Part,
        entities: Sequence[Entity],
        context: DialogueContext,
        today: date | None,
        product_id: str | None,
    ) -> Request:
        own = tuple(entity for entity in entities if part.start <= entity.start < max(part.end, 1))
        products = _products(own, entities, product_id)
        return Request(
            text=part.reading.text,
            intents=self._intents(part, own, context),
            faqs=self.faq.rank(part.reading, today=today, products=products),
            entities=own,
        )

    def _intents(self, part: Part, entities: Sequence[Entity], context: DialogueContext) -> tuple[IntentScore, ...]:
        model = self.reader.model
        probabilities = in_context(part.reading.probabilities, model.columns, part.reading.text, entities, context)
        likely = probabilities.tolist()
        best = sorted(range(len(likely)), key=likely.__getitem__, reverse=True)[:RANKED]
        return tuple([IntentScore(model.intents[column], round(likely[column], 4)) for column in best])


def _products(own: Sequence[Entity], everywhere: Sequence[Entity], product_id: str | None) -> frozenset[str]:
    """The products a request is about: those it names, else those the message names, else the one in view."""
    for entities in (own, everywhere):
        named = frozenset(str(entity.value) for entity in entities if entity.kind is EntityKind.PRODUCT)
        if named:
            return named
    return frozenset({product_id}) if product_id else frozenset()
