"""What the service does beside its messages: deletes what is past keeping, ends requests, and compares clocks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.errors import StorageUnavailableError, XiaoerError
from app.storage.store import Store

log = structlog.get_logger()
RETENTION_INTERVAL = 3600.0
CLOCK_INTERVAL = 10.0
APPROVAL_INTERVAL = 5.0
CLOCK_TOLERANCE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Housekeeper:
    """Runs beside the messages of one process.

    Attributes:
        keep: how long what is settled is kept, and a ticket waits that nobody claims.
        count_deleted: told of each table and how many of its rows went.
        report_clock: told how many seconds our clock is ahead of the database's.
    """

    store: Store
    clock: Callable[[], datetime]
    keep: timedelta
    count_deleted: Callable[[str, int], None]
    report_clock: Callable[[float], None]

    async def run_retention(self) -> None:
        """Delete what has been kept long enough, once an hour."""
        while True:
            try:
                await self.delete_expired()
            except XiaoerError as error:
                log.warning("old conversations could not be deleted", why=error.detail)
            except Exception:
                log.exception("old conversations could not be deleted")  # a fault of ours: the next hour tries again
            await asyncio.sleep(RETENTION_INTERVAL)

    async def delete_expired(self) -> None:
        """One round: tickets that nobody claimed are ended first, so that their conversations can go too."""
        before = self.clock() - self.keep
        ended = await self.store.expire_unclaimed(before)
        deleted = dict(await self.store.delete_expired(before))
        for table, rows in deleted.items():
            self.count_deleted(table, rows)
        if ended:
            self.count_deleted("unclaimed_tickets", ended)
        if ended or deleted:
            log.info("retention", before=before.isoformat(), unclaimed_tickets_ended=ended, deleted=deleted)

    async def watch_approvals(self) -> None:
        """End requests for a supervisor's yes that nobody decided in time."""
        while True:
            try:
                await self.store.approvals.expire(self.clock())
            except XiaoerError as error:
                log.warning("requests for approval could not be ended", why=error.detail)
            except Exception:
                log.exception("requests for approval could not be ended")
            await asyncio.sleep(APPROVAL_INTERVAL)

    async def watch_clock(self) -> None:
        """Compare our clock with the database's, and warn once each time it goes wrong."""
        wrong = False
        while True:
            try:
                ahead = await self.store.compare_clocks()
            except StorageUnavailableError:
                await asyncio.sleep(CLOCK_INTERVAL)
                continue
            self.report_clock(ahead.total_seconds())
            if abs(ahead) > CLOCK_TOLERANCE and not wrong:
                log.warning("this machine's clock is wrong", ahead_seconds=ahead.total_seconds(), cure=CLOCK_CURE)
            wrong = abs(ahead) > CLOCK_TOLERANCE
            await asyncio.sleep(CLOCK_INTERVAL)


CLOCK_CURE = "synchronise this machine and the database's by NTP; the outbox goes by the database's clock meanwhile"
