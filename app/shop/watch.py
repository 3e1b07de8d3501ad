"""Keeps a shop in step with its folder: rereads what changed, and keeps the last good one when it is half-written."""

import logging
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.shop.folder import Files, names_in, read_files
from app.shop.loader import Loaded, PromiseCheck, read_from
from app.shop.report import Problems, Report, ShopInvalid, line_of
from app.shop.shop import Shop

_log = logging.getLogger(__name__)
Signature = tuple[tuple[str, int, int], ...]


class ShopFolder:
    """One shop's folder over time.

    Attributes:
        shop: the last good shop.
        report: what the latest reading found, good or not.
        checked_at: when the files were last compared; what `shop` says was true in them then.
    """

    def __init__(
        self,
        folder: Path,
        now: datetime,
        promise_check: PromiseCheck | None = None,
        intents: Collection[str] | None = None,
    ) -> None:
        """Read the folder for the first time. Raises ShopInvalid with every problem."""
        self.folder = folder
        self._promise_check = promise_check
        self._intents = intents
        self._seen = _signature(folder)
        files, loaded = self._read(now)
        if loaded.shop is None:
            raise ShopInvalid(loaded.report)
        self.shop: Shop = loaded.shop
        self.report: Report = loaded.report
        self.checked_at = now
        self._version = files.version
        self._relative = loaded.relative
        self._day = self._day_of(now)

    def refresh(self, now: datetime) -> Shop:
        """The shop as its files stand: the same object while nothing changed, the last good one while invalid."""
        signature = _signature(self.folder)
        stale = self._relative and self._day_of(now) != self._day
        if signature != self._seen or stale:
            self._reread(now, signature, forced=stale)
        self.checked_at = now
        return self.shop

    def _day_of(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.shop.settings.hours.timezone)).date()

    def _reread(self, now: datetime, signature: Signature, *, forced: bool) -> None:
        files, loaded = self._read(now)
        if _signature(self.folder) != signature:
            return  # written to while we read: look again next time
        self._seen, self._day = signature, self._day_of(now)
        if files.version == self._version and not forced and self.report.ok:
            return
        self._take(files, loaded)

    def _take(self, files: Files, loaded: Loaded) -> None:
        self.report = loaded.report
        if loaded.shop is None:
            for problem in loaded.report.errors[:10]:
                _log.warning("shop folder %s keeps its last good state: %s", self.folder.name, line_of(problem))
            return
        self.shop, self._version, self._relative = loaded.shop, files.version, loaded.relative

    def _read(self, now: datetime) -> tuple[Files, Loaded]:
        problems = Problems()
        files = read_files(self.folder, problems)
        return files, read_from(files, self.folder, now, problems, self._promise_check, self._intents)


def _signature(folder: Path) -> Signature:
    """Name, time and size of every file; cheap enough for every second."""
    found = []
    for name in names_in(folder):
        try:
            status = (folder / name).stat()
        except OSError:
            continue
        found.append((name, status.st_mtime_ns, status.st_size))
    return tuple(found)
