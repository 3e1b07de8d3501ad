"""The shops that are open: each one's folder, language and facts, swapped whole when its files change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from app.dialogue.signals import SignalDetector
from app.domain.catalogue import FaqEntry
from app.domain.understanding import NO_CONTEXT, DialogueContext, Understanding, Utterance
from app.errors import NotFoundError
from app.facts.port import Facts
from app.shop.shop import Shop


class ShopReader(Protocol):
    """Understands messages in one shop's language."""

    def understand(
        self, text: str, context: DialogueContext = ..., *, today: date | None = None, product_id: str | None = None
    ) -> Understanding:
        """What the text says; never raises."""

    def understand_all(self, asked: Sequence[Utterance]) -> Sequence[Understanding]:
        """The same for several messages."""

    def recall_understanding(self, asked: Utterance) -> Understanding | None:
        """What a message says that was read lately."""

    def segment(self, text: str) -> tuple[str, ...]:
        """The words of a normalised text, in order."""


@dataclass(frozen=True, slots=True)
class OpenShop:
    """A shop ready to answer.

    Attributes:
        entries: the FAQ entries the bot may say, by id; those that promise too much are left out.
        intent_of: which intent each entry belongs to.
    """

    shop: Shop
    reader: ShopReader
    facts: Facts
    listener: SignalDetector
    entries: Mapping[str, FaqEntry]
    intent_of: Mapping[str, str]

    def understand(
        self, text: str, now: datetime, context: DialogueContext = NO_CONTEXT, product_id: str | None = None
    ) -> Understanding:
        """What the text says on the shop's own day."""
        return self.reader.understand_all([self.build_utterance(text, now, context, product_id)])[0]

    def build_utterance(
        self, text: str, now: datetime, context: DialogueContext = NO_CONTEXT, product_id: str | None = None
    ) -> Utterance:
        """The text with the shop's own day."""
        return Utterance(text, context, now.astimezone(ZoneInfo(self.shop.settings.hours.timezone)).date(), product_id)


class OpenShops:
    """Open shops by id; a shop is replaced in one step, so a turn sees one version of it throughout."""

    def __init__(self, opened: Mapping[str, OpenShop]) -> None:
        self._opened = dict(opened)

    def find_shop(self, shop_id: str) -> OpenShop | None:
        """The shop, or None while it is closed."""
        return self._opened.get(shop_id)

    def get_shop(self, shop_id: str) -> OpenShop:
        """The shop; NotFoundError when there is none of that id."""
        found = self._opened.get(shop_id)
        if found is None:
            raise NotFoundError(f"no shop {shop_id!r} here")
        return found

    def replace_shop(self, opened: OpenShop) -> None:
        """Put a newly loaded version in place."""
        self._opened[opened.shop.shop_id] = opened

    def close_shop(self, shop_id: str) -> None:
        """Forget a shop whose folder is gone."""
        self._opened.pop(shop_id, None)

    @property
    def shop_ids(self) -> tuple[str, ...]:
        """Every open shop's id."""
        return tuple(sorted(self._opened))
