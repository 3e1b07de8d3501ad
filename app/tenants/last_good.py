"""Keeps each shop's last good files in the database."""

from collections.abc import Mapping
from typing import Protocol

import structlog

from app.domain.shop_version import NO_NOTE, VersionNote
from app.errors import StorageUnavailableError
from app.shop.folder import ShopFiles

log = structlog.get_logger()


class ShopArchive(Protocol):
    """Where the last good version of each shop's files is kept."""

    async def list_saved_shops(self) -> frozenset[str]:
        """Shops of which a good version is kept."""

    async def load_shop_files(self, shop: str) -> Mapping[str, bytes] | None:
        """The shop's last good files by name, or None."""

    async def save_shop_files(
        self, shop: str, version: str, files: Mapping[str, bytes], note: VersionNote = ...
    ) -> None:
        """Keep a good version of a shop's files as its next."""

    async def forget_shop_files(self, shop: str) -> None:
        """Keep no version of a shop whose folder is gone."""


class LastGoodVersions:
    """What the watcher, in its thread, leaves to be written: versions to keep or to forget.

    While the database is away nothing is lost: what was not written is written at the next look.
    """

    def __init__(self, archive: ShopArchive) -> None:
        self._archive = archive
        self._accepted: dict[str, tuple[ShopFiles, VersionNote]] = {}
        self._gone: set[str] = set()
        self.saved: frozenset[str] = frozenset()

    async def load_index(self) -> None:
        """Learn of which shops a version is kept."""
        self.saved = await self._archive.list_saved_shops()

    async def load_files(self, shop_id: str) -> ShopFiles | None:
        """The shop's last good files, or None."""
        found = await self._archive.load_shop_files(shop_id) if shop_id in self.saved else None
        return None if found is None else ShopFiles(found)

    def keep(self, shop_id: str, files: ShopFiles, note: VersionNote = NO_NOTE) -> None:
        """This is the shop's good version now."""
        self._gone.discard(shop_id)
        self._accepted[shop_id] = files, note

    def forget(self, shop_id: str) -> None:
        """The shop's folder was taken away."""
        self._accepted.pop(shop_id, None)
        self._gone.add(shop_id)

    async def write_changes(self) -> None:
        """Write what the last looks left."""
        try:
            await self._save_accepted()
            await self._forget_gone()
        except StorageUnavailableError as error:
            log.warning("last good versions wait to be kept", why=error.detail)

    async def _save_accepted(self) -> None:
        for shop_id, accepted in tuple(self._accepted.items()):
            files, note = accepted
            await self._archive.save_shop_files(shop_id, files.content_version, files.contents, note)
            self.saved |= {shop_id}
            if self._accepted.get(shop_id) is accepted:
                del self._accepted[shop_id]

    async def _forget_gone(self) -> None:
        for shop_id in tuple(self._gone):
            await self._archive.forget_shop_files(shop_id)
            self.saved -= {shop_id}
            self._gone.discard(shop_id)
