"""The shops that are open: each one's folder, language and facts, swapped whole when its files change."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from app.decision.signals import Listener
from app.domain.catalogue import FaqEntry
from app.domain.understanding import DialogueContext, Understanding
from app.errors import NotFoundError
from app.facts.port import Facts
from app.shop.shop import Shop

NO_CONTEXT = DialogueContext()
SHORT = 32  # longer messages hardly ever come twice


class Reader(Protocol):
    """Understands messages in one shop's language."""

    def understand(
        self, text: str, context: DialogueContext = ..., *, today: date | None = None, product_id: str | None = None
    ) -> Understanding:
        """What the text says; never raises."""


class HeardBefore:
    """What short messages were understood as, for all shops of the process: 在吗 comes many times a minute.

    Understanding depends on nothing but its arguments and the shop's version, so what was read once holds.
    """

    def __init__(self, size: int = 2048) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[object, ...], Understanding] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> Understanding | None:
        """What was understood then, or None."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: tuple[object, ...], understanding: Understanding) -> None:
        """Remember it; the longest unused is forgotten."""
        self._kept[key] = understanding
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class OpenShop:
    """A shop ready to answer.

    Attributes:
        entries: the FAQ entries the bot may say, by id; those that promise too much are left out.
        intent_of: which intent each entry belongs to.
        heard: shared with the other shops of the process.
    """

    shop: Shop
    reader: Reader
    facts: Facts
    listener: Listener
    entries: Mapping[str, FaqEntry]
    intent_of: Mapping[str, str]
    heard: HeardBefore = field(default_factory=HeardBefore)

    def understand(
        self, text: str, now: datetime, context: DialogueContext = NO_CONTEXT, product_id: str | None = None
    ) -> Understanding:
        """What the text says on the shop's own day."""
        today = now.astimezone(ZoneInfo(self.shop.settings.hours.timezone)).date()
        if len(text) > SHORT:
            return self.reader.understand(text, context, today=today, product_id=product_id)
        key = (self.shop.shop_id, self.shop.version, text, context, product_id, today)
        known = self.heard.get(key)
        if known is None:
            known = self.reader.understand(text, context, today=today, product_id=product_id)
            self.heard.keep(key, known)
        return known


class Shops:
    """Open shops by id; a shop is replaced in one step, so a turn sees one version of it throughout."""

    def __init__(self, opened: Mapping[str, OpenShop]) -> None:
        self._opened = dict(opened)

    def find(self, shop_id: str) -> OpenShop | None:
        """The shop, or None while it is closed."""
        return self._opened.get(shop_id)

    def get(self, shop_id: str) -> OpenShop:
        """The shop; NotFoundError when there is none of that id."""
        found = self._opened.get(shop_id)
        if found is None:
            raise NotFoundError(f"no shop {shop_id!r} here")
        return found

    def replace(self, opened: OpenShop) -> None:
        """Put a newly loaded version in place."""
        self._opened[opened.shop.shop_id] = opened

    def close(self, shop_id: str) -> None:
        """Forget a shop whose folder is gone."""
        self._opened.pop(shop_id, None)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every open shop's id."""
        return tuple(sorted(self._opened))
