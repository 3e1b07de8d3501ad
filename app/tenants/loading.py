"""Opens shops from their folders."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

import structlog

from app.dialogue.signals import SignalDetector
from app.domain.catalogue import FaqEntry, MatchMode
from app.domain.correction import Correction
from app.domain.intent_traits import IntentRole
from app.facts.port import Facts
from app.guard.answers import judge_answer
from app.shop.faq import question_key
from app.shop.shop import Shop
from app.shop.watch import ShopFolder
from app.tenants.lazy_reader import LAZY_ENTRY_LIMIT, LazyReader, release_memory
from app.tenants.registry import OpenShop, ShopReader
from app.understanding.understander import ShopUnderstander, Understander
from intents._framework.registry import IntentRegistry

log = structlog.get_logger()
MOST_CLASSIFIED = 100_000
"""Questions of a shop whose intents are remembered; those of rows long gone would stay otherwise."""


@dataclass(frozen=True, slots=True)
class ShopOpener:
    """Opens a shop: reads its folder, trains its understanding, connects its facts."""

    understander: Understander
    catalogue: IntentRegistry
    make_facts: Callable[[Shop], Facts]
    clock: Callable[[], datetime]
    readers: dict[str, LazyReader] = field(default_factory=dict)
    stored: dict[str, tuple[Correction, ...]] = field(default_factory=dict)
    """By shop, the corrections that agents made."""
    corrected: list[LazyReader] = field(default_factory=list)
    """Readers of shops with corrections that are still to be trained in the background."""
    classified: dict[str, "ClassifiedQuestions"] = field(default_factory=dict)
    """By shop, what the questions of its entries ask, as far as it was looked at."""

    def track_folder(self, folder: Path) -> ShopFolder:
        """Starts tracking the folder, with every FAQ answer checked against the shop's authority."""
        titles = {intent: definition.title for intent, definition in self.catalogue.items()}
        return ShopFolder(folder, judge_answer, titles)

    def prepare_shop(self, shop: Shop, *, late: bool = False) -> OpenShop:
        """Prepares a shop to answer; with `late`, a small shop is trained in the background.

        Shops with the same content (branches of one chain) share one reader.
        """
        understood = tuple(entry for entry in shop.faq if entry.match is MatchMode.SMART)
        reader = self.readers.setdefault(shop.version, LazyReader(partial(self._learn_shop, understood, shop)))
        if not late or len(shop.faq) > LAZY_ENTRY_LIMIT:
            reader.load_reader()
        stored = self.stored.get(shop.shop_id, ())
        opened = OpenShop(
            shop=shop,
            reader=reader,
            facts=self.make_facts(shop),
            listener=SignalDetector(shop.settings.authority.always_people.risk_words),
            entries=shop.entries,
            intent_of=EntryIntents(
                shop.faq,
                self._intents_by_title(),
                reader,
                self._recall_classified(shop),
                uncovered=self.catalogue.traits.find_uncovered(),
            ),
            traits=self.catalogue.traits,
        )
        if not (stored or shop.corrections):
            return opened
        return self.correct_shop(opened, stored, late=late)

    def correct_shop(self, opened: OpenShop, stored: Sequence[Correction], *, late: bool = False) -> OpenShop:
        """The shop with these corrections beside its files'; of one message, the files' word counts."""
        own = opened.shop.corrections
        written = {question_key(each.text) for each in own}
        heard = (*own, *(each for each in stored if question_key(each.text) not in written))
        chosen = opened.shop.settings.authority.always_people.chosen_intents
        reader = opened.reader.learn_corrections(heard, self._guarded_intents(chosen))
        if isinstance(reader, LazyReader) and (not late or len(heard) > LAZY_ENTRY_LIMIT):
            reader.load_reader()
        elif isinstance(reader, LazyReader):
            self.corrected.append(reader)
        return replace(opened, reader=reader, stored=tuple(stored))

    def _recall_classified(self, shop: Shop) -> dict[str, str]:
        """The intents of questions from the versions before; other names of goods may make them other questions."""
        names = tuple((each.title, each.keywords, *(sku.attributes for sku in each.skus)) for each in shop.products)
        known = self.classified.get(shop.shop_id)
        if known is None or known.names != names or len(known.intents) > MOST_CLASSIFIED:
            known = self.classified[shop.shop_id] = ClassifiedQuestions(names, {})
        return known.intents

    def _learn_shop(self, understood: Sequence[FaqEntry], shop: Shop) -> ShopReader:
        """The shop's reader; an FAQ that another open version has, too, was learned with it."""
        learned = [known for reader in tuple(self.readers.values()) if (known := reader.learned) is not None]
        return self.understander.build_shop_understander(
            understood, shop.products, version=shop.version, learned=cast("list[ShopUnderstander]", learned)
        )

    def _guarded_intents(self, chosen: Iterable[str] | None) -> frozenset[str]:
        """Those that people keep, and the wish for a person."""
        traits = self.catalogue.traits
        person = traits.find_holder(IntentRole.PERSON)
        return traits.reserved_intents(chosen) | ({person} if person else frozenset())

    def train_deferred(self) -> None:
        """Trains deferred readers and releases the memory that training needed."""
        corrected, self.corrected[:] = tuple(self.corrected), ()
        for reader in (*self.readers.values(), *corrected):
            reader.load_reader()
        release_memory()

    def discard_unused(self, versions: Collection[str]) -> None:
        """Drops readers whose content no open shop has any more."""
        for version in self.readers.keys() - set(versions):
            del self.readers[version]

    def _intents_by_title(self) -> Mapping[str, str]:
        titles = {definition.title: intent for intent, definition in self.catalogue.items()}
        return titles | {intent: intent for intent in self.catalogue}


class ClassifiedQuestions(NamedTuple):
    """Intents by question, in a shop whose goods have these names."""

    names: Hashable
    intents: dict[str, str]


SURE = 0.65
"""How likely the intent of a row's question must be to speak of the row as of that intent."""


class EntryIntents(Mapping[str, str]):
    """Each FAQ entry's intent: the one its category names, else that of its question, computed on demand.

    `known` has those of questions that were classified before, and is added to. A question that is surely of no intent
    is of the `uncovered` one: of a ticket no talk about invoices goes on. Such guesses were right half of the time.
    """

    def __init__(
        self,
        entries: Iterable[FaqEntry],
        categories: Mapping[str, str],
        reader: ShopReader,
        known: dict[str, str],
        *,
        uncovered: str | None = None,
    ) -> None:
        self._uncovered = uncovered
        self._entries = {entry.entry_id: entry for entry in entries}
        self._categories = categories
        self._reader = reader
        self._known = known

    def __getitem__(self, entry_id: str) -> str:
        entry = self._entries[entry_id]
        if entry.category in self._categories:
            return self._categories[entry.category]
        if entry.question not in self._known:
            best = self._reader.understand(entry.question).requests[0].intents[0]
            self._known[entry.question] = self._uncovered if self._uncovered and best.confidence < SURE else best.intent
        return self._known[entry.question]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
