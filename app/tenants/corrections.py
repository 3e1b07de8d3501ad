"""Keeps open shops in step with the corrections that agents made: here at once, in other processes at the next look."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from app.domain.correction import Correction, CorrectionMarks, CorrectionStore
from app.errors import StorageUnavailableError
from app.tenants.loading import ShopOpener
from app.tenants.registry import OpenShop, OpenShops

log = structlog.get_logger()


@dataclass(slots=True)
class CorrectionKeeper:
    """Gives every open shop the corrections in force, whoever wrote them and whenever its files change."""

    store: CorrectionStore
    shops: OpenShops
    opener: ShopOpener
    _marks: CorrectionMarks = field(default_factory=dict, init=False)
    _applying: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def load_stored(self) -> None:
        """Before the shops are opened: what they will be opened with."""
        self._marks = await self.store.load_correction_marks()
        for shop in self._marks:
            self.opener.stored[shop] = tuple(await self.store.load_corrections(shop))

    async def apply_stored(self, shop: str) -> None:
        """The shop's corrections changed here: they count when this returns."""
        async with self._applying:
            await self._load_shop(shop)

    async def watch_corrections(self, every: float) -> None:
        """Look again and again for what other processes wrote."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.refresh_shops()
            except StorageUnavailableError as error:
                log.warning("corrections could not be looked at", why=error.detail)
            except Exception:
                log.exception("corrections could not be applied")

    async def refresh_shops(self) -> None:
        """One look: shops whose corrections changed, or that were reopened without them meanwhile."""
        async with self._applying:
            marks = await self.store.load_correction_marks()
            for shop in [shop for shop, mark in marks.items() if self._marks.get(shop) != mark]:
                await self._load_shop(shop)
            self._marks = marks
            for shop in self.shops.shop_ids:
                await self._bring_up_to_date(shop)

    async def _load_shop(self, shop: str) -> None:
        self.opener.stored[shop] = tuple(await self.store.load_corrections(shop))
        await self._bring_up_to_date(shop)

    async def _bring_up_to_date(self, shop: str) -> None:
        """A shop that was replaced while its corrections were learned is done again, or at the next look."""
        opened, wanted = self.shops.find_shop(shop), self.opener.stored.get(shop, ())
        if opened is None or opened.stored == wanted:
            return
        corrected = await asyncio.to_thread(self._correct_shop, opened, wanted)
        if not self.shops.swap_shop(opened, corrected):
            log.info("a shop was reopened while its corrections were learned", shop=shop)
            return
        log.info("corrections in force", shop=shop, corrections=len(wanted))

    def _correct_shop(self, opened: OpenShop, stored: Sequence[Correction]) -> OpenShop:
        return self.opener.correct_shop(opened, stored)
