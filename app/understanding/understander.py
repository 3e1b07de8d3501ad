"""Reads one message of one shop: the whole of understanding behind one call that never raises on any text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.domain.catalogue import FaqEntry, Product
from app.domain.understanding import DialogueContext, Entity, IntentScore, Request, Understanding
from app.understanding.catalogue import Catalogue
from app.understanding.encoder import Encoder
from app.understanding.entities import EntityFinder
from app.understanding.examples import INTENTS
from app.understanding.faq import FaqMatcher
from app.understanding.intent import IntentModel
from app.understanding.lexicon import Lexicon
from app.understanding.segment import BaseDictionary, Segmenter
from app.understanding.text import normalise

_RANKED = 8
"""Intents kept in a request's ranking."""


@dataclass(frozen=True, slots=True)
class Understander:
    """What all shops of a process share: base dictionary, lexicon, intent model and, where wanted, an encoder."""

    dictionary: BaseDictionary
    lexicon: Lexicon
    model: IntentModel
    encoder: Encoder | None = None

    @classmethod
    def load(cls, intents_folder: Path | None = None, encoder: Encoder | None = None) -> "Understander":
        """Read everything once; raises ModelError when the packaged model cannot be read."""
        lexicon = Lexicon.load((intents_folder or INTENTS) / "lexicon.yml")
        return cls(BaseDictionary.load(), lexicon, IntentModel.load(), encoder)

    def for_shop(self, faq: Sequence[FaqEntry], products: Sequence[Product], *, version: str) -> "ShopUnderstander":
        """The understanding of one shop, trained on its FAQ."""
        catalogue = Catalogue(products)
        return ShopUnderstander(
            shared=self,
            segmenter=Segmenter(self.dictionary, catalogue.words()),
            finder=EntityFinder(self.lexicon.names, catalogue),
            faq=FaqMatcher(faq),
            versions={"shop": version, "intents": self.model.fingerprint},
        )


@dataclass(frozen=True, slots=True)
class ShopUnderstander:
    """Reads the messages of one shop."""

    shared: Understander
    segmenter: Segmenter
    finder: EntityFinder
    faq: FaqMatcher
    versions: Mapping[str, str]

    def understand(
        self,
        text: str,
        context: DialogueContext = DialogueContext(),  # noqa: B008  # frozen
        *,
        today: date | None = None,
        product_id: str | None = None,
    ) -> Understanding:
        """What the message says: never raises, and always at least one request."""
        product_id = product_id or context.product_id
        normalised = normalise(text)
        entities = self.finder.find(normalised, today=today, product_id=product_id)
        request = self._request(normalised, entities, today, product_id)
        return Understanding(
            text=text,
            normalised=normalised,
            segments=self.segmenter.cut(normalised),
            entities=entities,
            requests=(request,),
            versions=self.versions,
        )

    def _request(self, part: str, entities: tuple[Entity, ...], today: date | None, product_id: str | None) -> Request:
        probabilities = self.shared.model.probabilities(part, self.shared.lexicon)
        order = (-probabilities).argsort()[:_RANKED]
        intents = tuple(
            IntentScore(self.shared.model.intents[column], round(float(probabilities[column]), 4)) for column in order
        )
        return Request(part, intents, self.faq.rank(part, today=today, product_id=product_id), entities)
