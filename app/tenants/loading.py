"""Opens shops from their folders and keeps them true to their files while the service runs."""

import asyncio
import ctypes
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path

import structlog

from app.dialogue.signals import SignalDetector
from app.domain.catalogue import FaqEntry
from app.domain.understanding import NO_CONTEXT, DialogueContext, Understanding, Utterance
from app.facts.port import Facts
from app.guard.gate import find_faq_promises
from app.settings import secret_name, shop_secret
from app.shop.report import FolderReport
from app.shop.shop import Shop
from app.shop.watch import ShopFolder
from app.tenants.registry import OpenShop, OpenShops, ShopReader
from app.understanding.understander import Understander
from intents._framework.registry import IntentRegistry

log = structlog.get_logger()
SETTINGS_FILE = "shop.yml"
EAGER_SHOPS = 10
"""Shops learned before the service is ready; the rest of a thousand are open at once and learned in the background."""
LAZY_ENTRY_LIMIT = 1000
"""FAQ entries that are learned in about a second: the longest a first message may have to wait for them."""


class LazyReader:
    """Understands one shop's messages; its language is learned when it is first needed, if not before.

    That takes about a tenth of a second for a hundred FAQ entries, and a megabyte of memory.
    """

    def __init__(self, learn: Callable[[], ShopReader]) -> None:
        self._learn = learn
        self._learned: ShopReader | None = None
        self._learning = threading.Lock()

    def load_reader(self) -> ShopReader:
        """The reader itself; whoever asks while another learns waits for it."""
        with self._learning:
            if self._learned is None:
                self._learned = self._learn()
            return self._learned

    def understand(
        self,
        text: str,
        context: DialogueContext = NO_CONTEXT,
        *,
        today: date | None = None,
        product_id: str | None = None,
    ) -> Understanding:
        """What the text says; never raises."""
        return self.understand_all([Utterance(text, context, today, product_id)])[0]

    def understand_all(self, asked: Sequence[Utterance]) -> Sequence[Understanding]:
        """The same for several messages."""
        return (self._learned or self.load_reader()).understand_all(asked)

    def recall_understanding(self, asked: Utterance) -> Understanding | None:
        """What a message says that was read lately."""
        return self._learned.recall_understanding(asked) if self._learned else None

    def segment(self, text: str) -> tuple[str, ...]:
        """The words of a normalised text, in order."""
        return self.load_reader().segment(text)


@dataclass(frozen=True, slots=True)
class ShopOpener:
    """Opens one shop: reads its folder, learns its language, connects its facts."""

    understander: Understander
    catalogue: IntentRegistry
    make_facts: Callable[[Shop], Facts]
    clock: Callable[[], datetime]
    readers: dict[str, LazyReader] = field(default_factory=dict)

    def track_folder(self, folder: Path) -> ShopFolder:
        """The folder over time, with every FAQ answer held against the shop's authority."""
        return ShopFolder(folder, find_faq_promises, tuple(self.catalogue))

    def prepare_shop(self, shop: Shop, *, late: bool = False) -> OpenShop:
        """A shop ready to answer; `late` leaves a small shop's language to be learned in the background.

        Shops of the same content (branches of one chain) share what is learned of it.
        """
        learn = partial(self.understander.build_shop_understander, shop.faq, shop.products, version=shop.version)
        reader = self.readers.setdefault(shop.version, LazyReader(learn))
        if not late or len(shop.faq) > LAZY_ENTRY_LIMIT:
            reader.load_reader()
        return OpenShop(
            shop=shop,
            reader=reader,
            facts=self.make_facts(shop),
            listener=SignalDetector(shop.settings.authority.always_people.risk_words),
            entries=shop.entries,
            intent_of=EntryIntents(shop.faq, self._intents_by_title(), reader),
        )

    def train_deferred(self) -> None:
        """Learn what was left for later, and give back the memory that learning needed for a while."""
        for reader in tuple(self.readers.values()):
            reader.load_reader()
        release_memory()

    def discard_unused(self, versions: Collection[str]) -> None:
        """Let go of what was learned of contents that no open shop has any more."""
        for version in self.readers.keys() - set(versions):
            del self.readers[version]

    def _intents_by_title(self) -> Mapping[str, str]:
        titles = {definition.title: intent for intent, definition in self.catalogue.items()}
        return titles | {intent: intent for intent in self.catalogue}


class EntryIntents(Mapping[str, str]):
    """Each FAQ entry's intent: its category where that names one, else what its question reads as, found when asked."""

    def __init__(self, entries: Iterable[FaqEntry], categories: Mapping[str, str], reader: ShopReader) -> None:
        self._entries = {entry.entry_id: entry for entry in entries}
        self._categories = categories
        self._reader = reader
        self._found: dict[str, str] = {}

    def __getitem__(self, entry_id: str) -> str:
        if entry_id not in self._found:
            self._found[entry_id] = self._classify_entry(self._entries[entry_id])
        return self._found[entry_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def _classify_entry(self, entry: FaqEntry) -> str:
        if entry.category in self._categories:
            return self._categories[entry.category]
        return self._reader.understand(entry.question).requests[0].intents[0].intent


def release_memory() -> None:
    """Return freed memory to the system, 40 MiB after a thousand FAQ entries; glibc keeps it otherwise."""
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


class ShopWatcher:
    """Watches the folder of shops: opens new ones, swaps changed ones, keeps the last good one of a broken folder."""

    def __init__(self, folder: Path, only: frozenset[str], opener: ShopOpener, shops: OpenShops) -> None:
        self._folder = folder
        self._only = only
        self._opener = opener
        self._shops = shops
        self._followed: dict[str, ShopFolder] = {}
        self._nameless: set[str] = set()
        self.reports: dict[str, FolderReport] = {}

    def sync_shops(self) -> None:
        """Open every shop whose folder is in order; the others are reported and stay closed."""
        found, first = self._shop_folders(), not self._followed
        opened = [self._reload_shop(folder, late=first and place >= EAGER_SHOPS) for place, folder in enumerate(found)]
        gone = set(self._followed) - {folder.name for folder in found}
        for shop_id in gone:
            self._shops.close_shop(shop_id)
            del self._followed[shop_id]
        self._opener.discard_unused([self._shops.get_shop(shop_id).shop.version for shop_id in self._shops.shop_ids])
        if any(opened):
            release_memory()

    async def watch_folders(self, every: float) -> None:
        """Look again and again; learning a shop's language happens off the event loop."""
        await self._run_off_loop(self._opener.train_deferred)
        while True:
            await asyncio.sleep(every)
            await self._run_off_loop(self.sync_shops)

    async def _run_off_loop(self, step: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(step)
        except Exception:
            log.exception("shop folders could not be looked at")

    def _shop_folders(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        found = sorted(path for path in self._folder.iterdir() if self._is_shop_folder(path))
        return [path for path in self._drop_secret_clashes(found) if not self._only or path.name in self._only]

    def _drop_secret_clashes(self, folders: Sequence[Path]) -> list[Path]:
        """Without those whose webhook secret would be another shop's, too: a-b beside a_b. An open shop comes first."""
        owners: dict[str, Path] = {}
        for folder in sorted(folders, key=lambda folder: folder.name not in self._followed):
            variable = secret_name(folder.name)
            owner = owners.setdefault(variable, folder)
            if owner is not folder and folder.name not in self._nameless:
                self._nameless.add(folder.name)
                log.error("shop not opened: rename it", shop=folder.name, secret=variable, is_of=owner.name)
        return sorted(owners.values())

    def _is_shop_folder(self, path: Path) -> bool:
        """An open shop stays one while an editor replaces its shop.yml."""
        return (path / SETTINGS_FILE).is_file() or (path.is_dir() and path.name in self._followed)

    def _reload_shop(self, folder: Path, *, late: bool) -> bool:
        """Whether the shop was opened, anew or again."""
        followed = self._followed.setdefault(folder.name, self._opener.track_folder(folder))
        before = followed.report
        shop = followed.poll_changes(self._opener.clock())
        self.reports[folder.name] = followed.report
        if shop is not None:
            self._shops.replace_shop(self._opener.prepare_shop(shop, late=late))
            log.info("shop opened", shop=folder.name, version=shop.version, faq=len(shop.faq))
            if not shop_secret(folder.name):
                log.info("shop takes no signed messages", shop=folder.name, not_set=secret_name(folder.name))
        elif followed.report is not before:
            log.error("shop not opened: run xiaoer check", shop=folder.name, problems=len(followed.report.problems))
        return shop is not None
