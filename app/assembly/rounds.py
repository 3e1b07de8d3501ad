"""What goes on beside messages: watching files, sweeping the desk, keeping house, sending; begun and ended in order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

from fastapi import FastAPI

from app.assembly.components import Components
from app.storage.housekeeping import Housekeeper
from app.turns.debounce import MessageDebouncer
from handoff.sweeping import DeskSweeper


def make_lifespan(
    parts: Components, bursts: MessageDebouncer, sweeper: DeskSweeper, clock: Callable[[], datetime]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What goes on beside messages while the service runs, and its end."""
    worker = parts.delivery.worker
    housekeeper = _make_housekeeper(parts, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.store.listen()
        watching = asyncio.gather(
            parts.shop_watcher.watch_folders(parts.settings.reload_seconds),
            parts.corrections.watch_corrections(parts.settings.reload_seconds),
            housekeeper.run_retention(),
            housekeeper.watch_clock(),
            sweeper.run(),
            housekeeper.watch_approvals(),
        )
        working = [asyncio.create_task(bursts.run()), asyncio.create_task(worker.run())]
        try:
            yield
        finally:
            parts.store.feed.close()
            watching.cancel()
            await bursts.stop()
            await worker.stop()
            await asyncio.gather(watching, *working, return_exceptions=True)
            await parts.close()

    return lifespan


def _make_housekeeper(parts: Components, clock: Callable[[], datetime]) -> Housekeeper:
    return Housekeeper(
        store=parts.store,
        clock=clock,
        keep=timedelta(days=parts.settings.retention_days),
        count_deleted=parts.metrics.count_deleted,
        report_clock=parts.metrics.set_clock_ahead,
    )
