"""Watches the folder of shops."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from app.domain.events import Event, Serving, ShopBroken, ShopLoaded, ShopMended, ShopProblem
from app.domain.shop_version import VersionNote
from app.errors import StorageUnavailableError, XiaoerError
from app.settings import secret_name, shop_secret
from app.shop.changes import compare_shops, summarize_changes
from app.shop.folder import ShopFiles, find_author
from app.shop.report import FolderReport, format_problem
from app.shop.shop import Shop
from app.shop.watch import ShopFolder
from app.tenants.folder_changes import wait_for_changes
from app.tenants.last_good import LastGoodVersions
from app.tenants.lazy_reader import release_memory
from app.tenants.loading import ShopOpener
from app.tenants.registry import LearningShop, LearningStage, OpenShops, ShopFault

log = structlog.get_logger()
SETTINGS_FILE = "shop.yml"
EAGER_SHOPS = 10
"""Small shops learned before the service is ready; the others and large ones are learned in the background."""
_LOGGED_PROBLEMS = 5
_AT_ONCE = 2  # shops learned at the same time: each holds the interpreter for most of it
_REST_SECONDS = 0.3  # how long files must not change to be read
_SERVING_WORDS = {
    Serving.THE_REST: "all but the rows with an error",
    Serving.LAST_GOOD: "its last good version",
    Serving.NOTHING: "nothing: its messages get 503",
}
Announce = Callable[[Event], Awaitable[None]]


async def tell_nobody(event: Event) -> None:
    """For commands that only read."""
    del event


class ShopWatcher:
    """Watches the folder of shops. One shop's fault, whatever it is, is that shop's alone.

    A folder that cannot be opened leaves the version that is open in force; with `last_good` also over a restart.
    """

    def __init__(
        self,
        folder: Path,
        only: frozenset[str],
        opener: ShopOpener,
        shops: OpenShops,
        last_good: LastGoodVersions | None = None,
        announce: Announce = tell_nobody,
    ) -> None:
        self._folder = folder
        self._only = only
        self._opener = opener
        self._shops = shops
        self._last_good = last_good
        self._announce = announce
        self._untold: list[Event] = []
        self._followed: dict[str, ShopFolder] = {}
        self._failures: dict[str, str] = {}
        self._restored: dict[str, str] = {}
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._lost = False
        self.reports: dict[str, FolderReport] = {}

    async def open_shops(self, *, defer_large: bool = False) -> None:
        """The first look, before any message: what is broken opens as it was when it was last good.

        With `defer_large`, shops that take seconds are left to `watch_folders`, so that the service can answer.
        """
        if self._last_good is not None:
            await self._last_good.load_index()
        self.sync_shops(defer_large=defer_large)
        await self._settle_versions()
        self._untold = [
            event for event in self._untold if not isinstance(event, ShopLoaded)
        ]  # nobody has seen it closed
        await self._announce_events()

    def sync_shops(self, *, defer_large: bool = False) -> None:
        """Open every shop whose folder is in order; the others are reported, and stay as they are."""
        first = not self._followed
        due = self._find_due_shops()
        if defer_large:
            due = self._defer_large_shops(due)
        opened = [self._sync_shop(folder, late=first and place >= EAGER_SHOPS) for place, folder in enumerate(due)]
        if any(opened):
            self._discard_unused()

    def _find_due_shops(self) -> list[Path]:
        """The folders that have something to read; closes the shops whose folders are gone."""
        found = self._list_shop_folders()
        if found is None:
            return []
        known = {*self._followed, *self._shops.known_ids}
        for shop_id in known - {folder.name for folder in found}:
            self._close_shop(shop_id)
        now = self._opener.clock()
        return [folder for folder in self._drop_secret_clashes(found) if self._is_due(folder, now)]

    def _is_due(self, folder: Path, now: datetime) -> bool:
        if folder.name in self._loading:
            return False
        followed = self._followed.setdefault(folder.name, self._opener.track_folder(folder))
        return followed.has_settled_change(now)

    def _defer_large_shops(self, due: Sequence[Path]) -> list[Path]:
        """The small ones; the others are noted as waiting, and are due again at the next look."""
        large = [folder for folder in due if self._followed[folder.name].is_large]
        for folder in large:
            self._mark_stage(folder.name, LearningStage.WAITING)
        return [folder for folder in due if folder not in large]

    def _discard_unused(self) -> None:
        opened = [found for shop_id in self._shops.shop_ids if (found := self._shops.find_shop(shop_id))]
        self._opener.discard_unused([each.shop.version for each in opened])
        release_memory()

    async def watch_folders(self, every: float) -> None:
        """Looks again and again, at once after a change; every shop is read and learned off the event loop."""
        await self._look_in_background()
        await self._run_off_loop(self._opener.train_deferred)
        try:
            async for _ in wait_for_changes(self._folder, every):
                await self._look_in_background()
                await self._settle_versions()
                await self._announce_events()
        finally:
            for loading in self._loading.values():
                loading.cancel()

    async def _look_in_background(self) -> None:
        """Starts to load what changed, each shop on its own: a large one holds up no other."""
        for folder in await self._find_due_off_loop():
            task = asyncio.create_task(self._load_in_background(folder))
            self._loading[folder.name] = task

    async def _find_due_off_loop(self) -> list[Path]:
        try:
            due = await asyncio.to_thread(self._find_due_shops)
            if any(followed.is_moving for followed in self._followed.values()):
                await asyncio.sleep(_REST_SECONDS)
                due += [each for each in await asyncio.to_thread(self._find_due_shops) if each not in due]
        except Exception:
            log.exception("shop folders could not be looked at")
            return []
        return due

    async def _load_in_background(self, folder: Path) -> None:
        try:
            async with self._room:
                opened = await asyncio.to_thread(self._sync_shop, folder, late=False)
                if opened:
                    await asyncio.to_thread(self._discard_unused)
        finally:
            self._loading.pop(folder.name, None)
        await self._settle_versions()
        await self._announce_events()

    def _mark_stage(self, shop_id: str, stage: LearningStage, entries: int = 0) -> None:
        before = self._shops.learning.get(shop_id)
        since = before.since if before else self._opener.clock()
        self._shops.mark_learning(LearningShop(shop_id, stage, since, entries))

    async def _announce_events(self) -> None:
        """One that cannot be announced waits for the next look, and keeps no other from being told."""
        waiting, self._untold = self._untold, []
        for event in waiting:
            try:
                await self._announce(event)
            except XiaoerError as error:
                self._untold.append(event)
                log.warning("what befell a shop could not be announced", shop=event.shop, why=error.detail)

    async def _run_off_loop(self, step: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(step)
        except Exception:
            log.exception("shop folders could not be looked at")

    async def _settle_versions(self) -> None:
        if self._last_good is None:
            return
        for shop_id in self._shops.faults.keys() - set(self._shops.shop_ids):
            await self._restore_shop(shop_id)
        await self._last_good.write_changes()

    async def _restore_shop(self, shop_id: str) -> None:
        """Open the shop as it was when it was last good, if that was kept; tried once for each broken content."""
        followed = self._followed.get(shop_id)
        if self._last_good is None or followed is None or self._restored.get(shop_id) == followed.read_version:
            return
        try:
            files = await self._last_good.load_files(shop_id)
        except StorageUnavailableError:
            return  # the next look tries again
        self._restored[shop_id] = followed.read_version
        if files is not None:
            await self._run_off_loop(partial(self._reopen_shop, shop_id, followed, files))

    def _reopen_shop(self, shop_id: str, followed: ShopFolder, files: ShopFiles) -> None:
        shop = followed.restore_files(files, self._opener.clock())
        if shop is None:
            log.error("the last good version is not good by today's rules", shop=shop_id)
            return
        self._place_shop(shop)
        log.warning("shop opened as it was when last good", shop=shop_id, version=shop.version)
        self._note_fault(shop_id, followed.report, followed.read_version)

    def _list_shop_folders(self) -> list[Path] | None:
        """None while the folder of shops itself cannot be read: a mount that is away closes nobody."""
        try:
            found = sorted(path for path in self._folder.iterdir() if self._is_shop_folder(path))
        except OSError as error:
            if not self._lost:
                log.error("the folder of shops cannot be read", folder=str(self._folder), error=type(error).__name__)  # noqa: TRY400 (the kind says it)
            self._lost = True
            return None
        self._lost = False
        return [path for path in found if not self._only or path.name in self._only]

    def _is_shop_folder(self, path: Path) -> bool:
        """A shop stays one while an editor replaces its shop.yml, and when it cannot be read."""
        saved = self._last_good.saved if self._last_good else frozenset()
        try:
            return (path / SETTINGS_FILE).is_file() or (
                path.is_dir() and (path.name in self._followed or path.name in saved)
            )
        except OSError:
            return True

    def _drop_secret_clashes(self, folders: Sequence[Path]) -> list[Path]:
        """Drops shops whose secret's variable another shop has, too (a-b beside a_b); an open shop takes precedence."""
        owners: dict[str, Path] = {}
        for folder in sorted(folders, key=lambda folder: folder.name not in self._followed):
            variable = secret_name(folder.name)
            owner = owners.setdefault(variable, folder)
            if owner is not folder and folder.name not in self._shops.faults:
                self._shops.mark_fault(ShopFault(folder.name, (), self._opener.clock(), Serving.NOTHING))
                log.error("shop not opened: rename it", shop=folder.name, secret=variable, is_of=owner.name)
        return sorted(owners.values())

    def _close_shop(self, shop_id: str) -> None:
        self._shops.close_shop(shop_id)
        self._followed.pop(shop_id, None)
        if self._last_good is not None:
            self._last_good.forget(shop_id)

    def _sync_shop(self, folder: Path, *, late: bool) -> bool:
        """Whether the shop was opened, anew or again; an error nobody foresaw is this shop's fault alone."""
        try:
            opened = self._reload_shop(folder, late=late)
        except Exception as error:  # noqa: BLE001  # whatever it is, the other shops open
            self._note_failure(folder.name, error)
            return False
        finally:
            self._shops.end_learning(folder.name)
        self._failures.pop(folder.name, None)
        return opened

    def _note_failure(self, shop_id: str, error: Exception) -> None:
        """The next look tries again; the log has the same failure once."""
        self._followed.pop(shop_id, None)
        told = f"{type(error).__name__}: {error}"
        if self._failures.get(shop_id) != told:
            self._failures[shop_id] = told
            log.error("shop not opened: a failure of ours or of its sources", shop=shop_id, exc_info=error)
        self._shops.mark_fault(ShopFault(shop_id, (), self._opener.clock(), self._find_serving(shop_id)))

    def _reload_shop(self, folder: Path, *, late: bool) -> bool:
        followed = self._followed.setdefault(folder.name, self._opener.track_folder(folder))
        before = followed.report
        now = self._opener.clock()
        earlier = self._shops.find_shop(folder.name)
        self._mark_stage(folder.name, LearningStage.READING)
        shop = followed.read_changes(now)
        self.reports[folder.name] = followed.report
        if shop is not None:
            self._mark_stage(folder.name, LearningStage.LEARNING, len(shop.faq))
            self._place_shop(shop, late=late)
            self._restored.pop(folder.name, None)
            log.info("shop opened", shop=folder.name, version=shop.version, faq=len(shop.faq))
            if not shop_secret(folder.name):
                log.info("shop takes no signed messages", shop=folder.name, not_set=secret_name(folder.name))
            problems = len(followed.report.problems)
            self._untold.append(ShopLoaded(shop=folder.name, at=now, version=shop.version, problems=problems))
            self._keep_version(folder, followed, earlier.shop if earlier else None, shop)
            self._note_opened(folder.name, followed)
        elif followed.report is not before:
            self._note_fault(folder.name, followed.report, followed.read_version)
        return shop is not None

    def _place_shop(self, shop: Shop, *, late: bool = False) -> None:
        self._shops.replace_shop(self._opener.prepare_shop(shop, late=late))

    def _keep_version(self, folder: Path, followed: ShopFolder, before: Shop | None, shop: Shop) -> None:
        """Leaves the new version to be kept, with its author and what it changed."""
        files = followed.take_accepted()
        if self._last_good is not None and files is not None:
            summary = summarize_changes(compare_shops(before, shop)) if before else ""
            self._last_good.keep(folder.name, files, VersionNote(find_author(folder), summary))

    def _note_opened(self, shop_id: str, followed: ShopFolder) -> None:
        if followed.report.errors:
            self._note_fault(shop_id, followed.report, followed.read_version, Serving.THE_REST)
            return
        mended = self._shops.clear_fault(shop_id)
        if mended is not None:
            now, version = self._opener.clock(), followed.read_version
            self._untold.append(ShopMended(shop=shop_id, at=now, since=mended.since, version=version))

    def _find_serving(self, shop_id: str) -> Serving:
        return Serving.NOTHING if self._shops.find_shop(shop_id) is None else Serving.LAST_GOOD

    def _note_fault(self, shop_id: str, report: FolderReport, version: str, serving: Serving | None = None) -> None:
        earlier = self._shops.faults.get(shop_id)
        serving = serving or self._find_serving(shop_id)
        now = self._opener.clock()
        since = earlier.since if earlier else now
        self._shops.mark_fault(ShopFault(shop_id, report.errors, since, serving))
        log.error(
            "shop has errors: run xiaoer check",
            shop=shop_id,
            serving=_SERVING_WORDS[serving],
            problems=len(report.errors),
            first=[format_problem(problem) for problem in report.errors[:_LOGGED_PROBLEMS]],
        )
        told = tuple(ShopProblem(each.file, each.row, each.message, each.sheet, each.column) for each in report.errors)
        self._untold.append(
            ShopBroken(shop=shop_id, at=now, since=since, version=version, problems=told, serving=serving)
        )
