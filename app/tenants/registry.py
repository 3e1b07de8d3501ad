"""The registry of open shops; a changed shop is replaced as a whole."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from app.dialogue.signals import SignalDetector
from app.domain.catalogue import FaqEntry
from app.domain.correction import Correction
from app.domain.events import Serving
from app.domain.intent_traits import IntentDirectory
from app.domain.understanding import NO_CONTEXT, DialogueContext, Entity, Understanding, Utterance
from app.errors import NotFoundError, ShopUnavailableError
from app.facts.port import Facts
from app.facts.turn import TurnFacts
from app.shop.report import FolderProblem
from app.shop.shop import Shop


class ShopReader(Protocol):
    """Understands one shop's messages."""

    def understand(
        self, text: str, context: DialogueContext = ..., *, today: date | None = None, product_id: str | None = None
    ) -> Understanding:
        """Understands the text; never raises."""

    def understand_all(self, asked: Sequence[Utterance]) -> Sequence[Understanding]:
        """Understands several messages in one call."""

    def recall_understanding(self, asked: Utterance) -> Understanding | None:
        """The cached understanding of a recent message, or None."""

    def find_entities(
        self, text: str, *, today: date | None = None, product_id: str | None = None
    ) -> tuple[Entity, ...]:
        """What the message names, without being understood."""

    def segment(self, text: str) -> tuple[str, ...]:
        """The words of a normalised text, in order."""

    def learn_corrections(self, corrections: Sequence[Correction], guarded: frozenset[str]) -> "ShopReader":
        """The same reader with these corrections and no others; they never lead away from the `guarded` intents."""


@dataclass(frozen=True, slots=True)
class OpenShop:
    """A shop ready to answer.

    Attributes:
        entries: the FAQ entries the bot may quote, by id, without those that promise too much.
        intent_of: the intent of each entry, by id.
        stored: the corrections that agents made, beside those of the shop's files.
        traits: those of every intent.
    """

    shop: Shop
    reader: ShopReader
    facts: Facts
    listener: SignalDetector
    entries: Mapping[str, FaqEntry]
    intent_of: Mapping[str, str]
    stored: tuple[Correction, ...] = ()
    traits: IntentDirectory = field(default_factory=lambda: IntentDirectory({}))

    def for_one_turn(self) -> "OpenShop":
        """This shop as one turn sees it: each fact is read once."""
        return replace(self, facts=TurnFacts(self.facts))

    def understand(
        self, text: str, now: datetime, context: DialogueContext = NO_CONTEXT, product_id: str | None = None
    ) -> Understanding:
        """Understands the text on the shop's date."""
        return self.reader.understand_all([self.build_utterance(text, now, context, product_id)])[0]

    def find_entities(self, text: str, now: datetime, product_id: str | None = None) -> tuple[Entity, ...]:
        """What the text names on the shop's date, with these goods in view."""
        today = now.astimezone(self.shop.settings.hours.zone).date()
        return self.reader.find_entities(text, today=today, product_id=product_id)

    def build_utterance(
        self, text: str, now: datetime, context: DialogueContext = NO_CONTEXT, product_id: str | None = None
    ) -> Utterance:
        """Builds an utterance with the shop's date."""
        return Utterance(text, context, now.astimezone(self.shop.settings.hours.zone).date(), product_id)


@dataclass(frozen=True, slots=True)
class ShopFault:
    """Why a shop's folder cannot be opened as it stands now, or not all of it.

    Attributes:
        problems: what `xiaoer check` says of it; empty when it is not the files.
        since: when it was first found so.
        serving: what answers meanwhile.
    """

    shop_id: str
    problems: tuple[FolderProblem, ...]
    since: datetime
    serving: Serving


class LearningStage(StrEnum):
    """How far a shop's new version is."""

    WAITING = "waiting"
    READING = "reading"  # its files, and every check
    LEARNING = "learning"  # its questions


@dataclass(frozen=True, slots=True)
class LearningShop:
    """A new version of a shop on its way; `entries` is how many questions it has, 0 before they are read."""

    shop_id: str
    stage: LearningStage
    since: datetime
    entries: int = 0


class OpenShops:
    """Shops by id, open or at fault; one is replaced in one step, so a turn sees one version of it throughout."""

    def __init__(self, opened: Mapping[str, OpenShop], *, default: str = "") -> None:
        self._opened = dict(opened)
        self._changing = threading.Lock()
        self._default = default
        self._faults: dict[str, ShopFault] = {}
        self._learning: dict[str, LearningShop] = {}

    def choose_unnamed(self) -> str | None:
        """The shop of a call that names none: the only one, else the service's default where it is known."""
        known = self.known_ids
        if len(known) == 1:
            return known[0]
        return self._default if self._default in known else None

    def find_shop(self, shop_id: str) -> OpenShop | None:
        """The shop, or None when it is not open."""
        return self._opened.get(shop_id)

    def get_shop(self, shop_id: str) -> OpenShop:
        """The shop; NotFoundError when there is none of that id, ShopUnavailableError when it cannot be opened."""
        found = self._opened.get(shop_id)
        if found is None and shop_id in self._faults:
            raise ShopUnavailableError(f"shop {shop_id!r} cannot be opened now: its files have to be mended")
        if found is None and shop_id in self._learning:
            raise ShopUnavailableError(f"shop {shop_id!r} is still being learned: try again in a few seconds")
        if found is None:
            raise NotFoundError(f"no shop {shop_id!r} here")
        return found

    def replace_shop(self, opened: OpenShop) -> None:
        """Replaces the shop with a newly loaded version."""
        with self._changing:
            self._opened[opened.shop.shop_id] = opened

    def swap_shop(self, old: OpenShop, new: OpenShop) -> bool:
        """Put a shop in the place of this very one; False where another is open by now."""
        with self._changing:
            if self._opened.get(old.shop.shop_id) is not old:
                return False
            self._opened[old.shop.shop_id] = new
            return True

    def close_shop(self, shop_id: str) -> None:
        """Removes a shop whose folder is gone."""
        self._opened.pop(shop_id, None)
        self._faults.pop(shop_id, None)
        self._learning.pop(shop_id, None)

    def mark_learning(self, learning: LearningShop) -> None:
        """Notes how far a new version of a shop is; the version that is open answers meanwhile."""
        self._learning[learning.shop_id] = learning

    def end_learning(self, shop_id: str) -> None:
        """The new version is open, or was refused."""
        self._learning.pop(shop_id, None)

    @property
    def learning(self) -> Mapping[str, LearningShop]:
        """Shops of which a new version is on its way."""
        return dict(self._learning)

    def mark_fault(self, fault: ShopFault) -> None:
        """Note that a shop's folder cannot be opened as it stands; a version that is open stays."""
        self._faults[fault.shop_id] = fault

    def clear_fault(self, shop_id: str) -> ShopFault | None:
        """The folder is in order; what was the matter before, if anything was."""
        return self._faults.pop(shop_id, None)

    @property
    def faults(self) -> Mapping[str, ShopFault]:
        """Shops whose folders cannot be opened as they stand."""
        return dict(self._faults)

    @property
    def shop_ids(self) -> tuple[str, ...]:
        """The ids of all open shops, sorted."""
        return tuple(sorted(self._opened))

    @property
    def known_ids(self) -> tuple[str, ...]:
        """Every shop's id, also of those that cannot be opened now."""
        return tuple(sorted(self._opened.keys() | self._faults.keys() | self._learning.keys()))
