"""Watches one shop's folder: reloads changed files, and keeps the last good shop while a file is half-written."""

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.shop.faq_cache import FaqCache
from app.shop.folder import ShopFiles, list_file_names, read_files
from app.shop.loader import LoadResult, PromiseCheck, parse_shop
from app.shop.report import FolderReport, ProblemCollector
from app.shop.shop import Shop

LARGE_BYTES = 1_000_000
"""Size of a folder with a few thousand questions, which take a second or more to learn."""
Signature = tuple[tuple[str, int, int], ...]


class ShopFolder:
    """One shop's folder over time.

    Attributes:
        shop: the last good shop; None until there was one.
        report: what the latest reading found, good or not.
        read_version: the hash of the content that was read last, good or not.
        accepted: the files of a newly good shop, until `take_accepted` hands them on.
    """

    def __init__(
        self, folder: Path, promise_check: PromiseCheck | None = None, intents: Collection[str] | None = None
    ) -> None:
        self.folder = folder
        self.shop: Shop | None = None
        self.report = FolderReport()
        self.read_version = ""
        self.accepted: ShopFiles | None = None
        self._promise_check = promise_check
        self._intents = intents
        self._seen: Signature | None = None
        self._moving: Signature | None = None
        self._content = ""
        self._is_current = False  # whether the latest reading is the shop's
        self._read_at: datetime | None = None
        self._relative = False
        self._faq = FaqCache()

    def poll_changes(self, now: datetime) -> Shop | None:
        """The shop, if it changed and can open; None otherwise.

        A change is read once two polls in a row find the same files, because half a table can look whole.
        """
        return self.read_changes(now) if self.has_settled_change(now) else None

    def has_settled_change(self, now: datetime) -> bool:
        """Whether there is something to read: files that changed and rest, or dates that moved with the day."""
        signature = _folder_signature(self.folder)
        return (signature != self._seen or self._has_day_changed(now)) and self._is_settled(signature)

    @property
    def is_moving(self) -> bool:
        """Whether the last look found files that it had not seen before: a second look has to find them at rest."""
        return self._moving != self._seen

    @property
    def is_large(self) -> bool:
        """Whether its files take seconds to learn."""
        return sum(size for _, _, size in _folder_signature(self.folder)) > LARGE_BYTES

    def read_changes(self, now: datetime) -> Shop | None:
        """Reads the folder; the shop, if its content is new and it can open."""
        signature, next_day = _folder_signature(self.folder), self._has_day_changed(now)
        files, loaded = self._load_folder(now)
        if _folder_signature(self.folder) != signature:
            return None  # written to while we read: look again next time
        self._seen, self._read_at, self.read_version = signature, now, files.content_version
        if files.content_version == self._content and self._is_current and not next_day:
            return None
        return self._accept_load(files, loaded)

    def take_accepted(self) -> ShopFiles | None:
        """The files of a newly good shop, once."""
        taken, self.accepted = self.accepted, None
        return taken

    def restore_files(self, files: ShopFiles, now: datetime) -> Shop | None:
        """The shop in files kept from before; None when they are not good by today's rules. The report stays."""
        loaded = self._parse_files(files, now, ProblemCollector())
        if loaded.shop is not None:
            self.shop, self._relative = loaded.shop, loaded.has_relative_dates
        return loaded.shop

    def _is_settled(self, signature: Signature) -> bool:
        before, self._moving = self._moving, signature
        return self._seen in (None, signature) or before == signature

    def _has_day_changed(self, now: datetime) -> bool:
        """Whether relative dates have moved since the shop was read."""
        if self.shop is None or self._read_at is None or not self._relative:
            return False
        zone = self.shop.settings.hours.zone
        return _local_date(now, zone) != _local_date(self._read_at, zone)

    def _accept_load(self, files: ShopFiles, loaded: LoadResult) -> Shop | None:
        self.report, self._is_current = loaded.report, loaded.shop is not None
        if loaded.shop is not None:
            self.shop, self._content, self._relative = loaded.shop, files.content_version, loaded.has_relative_dates
            self.accepted = files
        return loaded.shop

    def _load_folder(self, now: datetime) -> tuple[ShopFiles, LoadResult]:
        problems = ProblemCollector()
        files = read_files(self.folder, problems)
        return files, self._parse_files(files, now, problems)

    def _parse_files(self, files: ShopFiles, now: datetime, problems: ProblemCollector) -> LoadResult:
        return parse_shop(files, self.folder, now, problems, self._promise_check, self._intents, self._faq)


def _local_date(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _folder_signature(folder: Path) -> Signature:
    """Name, modification time and size of every file; cheap enough for a poll per second."""
    found = []
    for name in list_file_names(folder):
        try:
            status = (folder / name).stat()
        except OSError:
            continue
        found.append((name, status.st_mtime_ns, status.st_size))
    return tuple(found)
