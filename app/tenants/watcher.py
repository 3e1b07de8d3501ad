"""Watches the folder of shops: opens new ones, swaps changed ones, keeps the last good one of a broken folder."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import structlog

from app.domain.events import ShopLoaded
from app.errors import XiaoerError
from app.settings import secret_name, shop_secret
from app.shop.report import FolderReport
from app.shop.watch import ShopFolder
from app.tenants.lazy_reader import release_memory
from app.tenants.loading import ShopOpener
from app.tenants.registry import OpenShops

T = TypeVar("T")
log = structlog.get_logger()
SETTINGS_FILE = "shop.yml"
EAGER_SHOPS = 10
"""Shops learned before the service is ready; the rest of a thousand are open at once and learned in the background."""


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

    def sync_shops(self) -> tuple[ShopLoaded, ...]:
        """Open every shop whose folder is in order, and tell which; the others are reported and stay closed."""
        found, first = self._shop_folders(), not self._followed
        looked = [self._reload_shop(folder, late=first and place >= EAGER_SHOPS) for place, folder in enumerate(found)]
        gone = set(self._followed) - {folder.name for folder in found}
        for shop_id in gone:
            self._shops.close_shop(shop_id)
            del self._followed[shop_id]
        self._opener.discard_unused([self._shops.get_shop(shop_id).shop.version for shop_id in self._shops.shop_ids])
        opened = tuple(event for event in looked if event)
        if opened:
            release_memory()
        return opened

    async def watch_folders(self, every: float, announce: Callable[[ShopLoaded], Awaitable[None]]) -> None:
        """Look again and again, and announce what was opened; learning a language happens off the event loop."""
        await self._run_off_loop(self._opener.train_deferred)
        while True:
            await asyncio.sleep(every)
            for event in await self._run_off_loop(self.sync_shops) or ():
                try:
                    await announce(event)
                except XiaoerError as error:
                    log.warning("an opened shop could not be announced", shop=event.shop, why=error.detail)

    async def _run_off_loop(self, step: Callable[[], T]) -> T | None:
        try:
            return await asyncio.to_thread(step)
        except Exception:
            log.exception("shop folders could not be looked at")
            return None

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

    def _reload_shop(self, folder: Path, *, late: bool) -> ShopLoaded | None:
        """The event, when the shop was opened, anew or again."""
        followed = self._followed.setdefault(folder.name, self._opener.track_folder(folder))
        before = followed.report
        now = self._opener.clock()
        shop = followed.poll_changes(now)
        self.reports[folder.name] = followed.report
        if shop is not None:
            self._shops.replace_shop(self._opener.prepare_shop(shop, late=late))
            log.info("shop opened", shop=folder.name, version=shop.version, faq=len(shop.faq))
            if not shop_secret(folder.name):
                log.info("shop takes no signed messages", shop=folder.name, not_set=secret_name(folder.name))
        elif followed.report is not before:
            log.error("shop not opened: run xiaoer check", shop=folder.name, problems=len(followed.report.problems))
        if shop is None:
            return None
        return ShopLoaded(shop=folder.name, at=now, version=shop.version, problems=len(followed.report.problems))
