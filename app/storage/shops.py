"""What is kept of shops: versions of their files, corrections of their agents."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from app.domain.correction import Correction, CorrectionMarks, CorrectionPage, KeptCorrection
from app.domain.shop_version import NO_NOTE, ShopVersion, VersionNote
from app.storage import codec, corrections, shop_versions
from app.storage.transactions import StoreTransactions

log = structlog.get_logger()


class ShopStore(StoreTransactions):
    """Versions and corrections, over the transactions of the store that this is a part of."""

    async def list_saved_shops(self) -> frozenset[str]:
        """Shops of which a good version is kept."""
        return await self._read_in_thread(shop_versions.read_saved_shops)

    async def load_shop_files(self, shop: str, number: int | None = None) -> Mapping[str, bytes] | None:
        """The files of the shop's latest version, or of the one with this number, by name; None when it is not kept."""
        return await self._read_in_thread(lambda c: shop_versions.read_shop_files(c, shop, number))

    async def list_shop_versions(self, shop: str) -> list[ShopVersion]:
        """The shop's versions that are kept, newest first."""
        return await self._read_in_thread(lambda c: shop_versions.read_versions(c, shop))

    async def save_shop_files(
        self, shop: str, version: str, files: Mapping[str, bytes], note: VersionNote = NO_NOTE
    ) -> None:
        """Keep a good version of a shop's files as its next; one that is the latest already costs a read."""
        if version == await self._read_in_thread(lambda c: shop_versions.read_saved_version(c, shop)):
            return
        packed = await asyncio.to_thread(shop_versions.pack_files, files)
        if len(packed) > shop_versions.LARGEST_BYTES:
            log.warning("shop too large to keep its last good version", shop=shop, bytes=len(packed))
            return
        at = codec.encode_time(self._clock())
        await self._writer.transact(lambda c: shop_versions.save_shop_files(c, shop, version, packed, note, at))

    async def forget_shop_files(self, shop: str) -> None:
        """Keep no version of a shop whose folder is gone."""
        await self._writer.transact(lambda c: shop_versions.delete_shop_files(c, shop))

    async def add_correction(self, kept: KeptCorrection) -> KeptCorrection:
        """The correction as it is kept; the same again changes nothing.

        ReusedIdError for an id that another correction has, or one that was taken back; ConflictError for one too many.
        """
        return await self._writer.transact(lambda c: corrections.insert_correction(c, kept))

    async def withdraw_correction(self, shop: str, correction_id: str, by: str, now: datetime) -> KeptCorrection:
        """Take it back; again changes nothing. NotFoundError when the shop has none of that id."""
        return await self._writer.transact(lambda c: corrections.mark_withdrawn(c, shop, correction_id, by, now))

    async def get_correction(self, shop: str, correction_id: str) -> KeptCorrection | None:
        """One correction, also one that was taken back; or None."""
        return await self._read_in_thread(lambda c: corrections.select_correction(c, shop, correction_id))

    async def find_corrections(self, shop: str, *, limit: int, cursor: str | None) -> CorrectionPage:
        """One page of those in force; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: corrections.read_correction_page(c, shop, limit, cursor))

    async def load_corrections(self, shop: str) -> Sequence[Correction]:
        """All that are in force, the oldest first."""
        return await self._read_in_thread(lambda c: corrections.read_corrections(c, shop))

    async def load_correction_marks(self) -> CorrectionMarks:
        """What tells whether they changed, of every shop that ever had one."""
        return await self._read_in_thread(corrections.read_marks)
