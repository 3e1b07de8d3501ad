"""Follows one shop's folder: rereads what changed, and keeps the last good shop while a file is half-written."""

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.shop.folder import Files, names_in, read_files
from app.shop.loader import Loaded, PromiseCheck, read_from
from app.shop.report import Problems, Report
from app.shop.shop import Shop

Signature = tuple[tuple[str, int, int], ...]


class ShopFolder:
    """One shop's folder over time.

    Attributes:
        shop: the last good shop; None until there was one.
        report: what the latest reading found, good or not.
    """

    def __init__(
        self, folder: Path, promise_check: PromiseCheck | None = None, intents: Collection[str] | None = None
    ) -> None:
        self.folder = folder
        self.shop: Shop | None = None
        self.report = Report()
        self._promise_check = promise_check
        self._intents = intents
        self._seen: Signature | None = None
        self._moving: Signature | None = None
        self._content = ""
        self._read_at: datetime | None = None
        self._relative = False

    def look(self, now: datetime) -> Shop | None:
        """A shop newly read; None while nothing changed, and while what changed cannot be opened as a shop.

        A change is read at the first look that finds it at rest, for half a table can look whole.
        """
        signature = _signature(self.folder)
        next_day = self._next_day(now)
        if (signature == self._seen and not next_day) or not self._at_rest(signature):
            return None
        files, loaded = self._read(now)
        if _signature(self.folder) != signature:
            return None  # written to while we read: look again next time
        self._seen, self._read_at = signature, now
        if files.version == self._content and self.report.ok and not next_day:
            return None
        return self._take(files, loaded)

    def _at_rest(self, signature: Signature) -> bool:
        before, self._moving = self._moving, signature
        return self._seen in (None, signature) or before == signature

    def _next_day(self, now: datetime) -> bool:
        """Whether dates written relative to now have moved since the shop was read."""
        if self.shop is None or self._read_at is None or not self._relative:
            return False
        zone = ZoneInfo(self.shop.settings.hours.timezone)
        return _day(now, zone) != _day(self._read_at, zone)

    def _take(self, files: Files, loaded: Loaded) -> Shop | None:
        self.report = loaded.report
        if loaded.shop is not None:
            self.shop, self._content, self._relative = loaded.shop, files.version, loaded.relative
        return loaded.shop

    def _read(self, now: datetime) -> tuple[Files, Loaded]:
        problems = Problems()
        files = read_files(self.folder, problems)
        return files, read_from(files, self.folder, now, problems, self._promise_check, self._intents)


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


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
