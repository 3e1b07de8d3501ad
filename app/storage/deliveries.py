"""The outbox as the worker and its operators use it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.delivery.ports import (
    AttemptFilter,
    AttemptPage,
    ClaimRoom,
    DeliveryAttempt,
    DeliveryReceipt,
    DueLane,
    OutboxDepth,
    OutboxFilter,
    OutboxItem,
    OutboxPage,
    ReplayRange,
)
from app.storage import attempts, outbox
from app.storage.event_readers import Written
from app.storage.transactions import StoreTransactions


class OutboxStore(StoreTransactions):
    """Lanes, rows and attempts, over the transactions of the store that this is a part of."""

    async def list_lanes(self) -> tuple[DueLane, ...]:
        """Lanes with rows waiting, the longest due first."""
        return await self._read_in_thread(outbox.read_due_lanes)

    async def claim_due(
        self, now: datetime, *, leased_until: datetime, rooms: Sequence[ClaimRoom]
    ) -> tuple[OutboxItem, ...]:
        """Due rows of these lanes, the first of each conversation; nobody else gets them before `leased_until`."""
        keys = await self._read_in_thread(lambda c: outbox.find_claimable_rows(c, now, rooms))
        if not keys:
            return ()  # what is due waits behind another row: a read, not a write
        return await self._writer.transact(lambda c: outbox.claim_rows(c, now, leased_until, keys))

    async def is_still_claimed(self, item: OutboxItem) -> bool:
        """Whether a claimed row is still ours to send: not withdrawn, and not another worker's since."""
        return await self._read_in_thread(lambda c: outbox.is_row_claimed(c, item))

    async def realign_due_times(self, now: datetime) -> None:
        """After a clock that ran ahead: what was due by that clock is due now."""
        await self._writer.transact(lambda c: outbox.realign_row_times(c, now))

    async def mark_delivered(self, item: OutboxItem, now: datetime, attempt: DeliveryAttempt) -> None:
        """The row is done."""
        await self._writer.write_item(DeliveryReceipt(item.shop, item.id, now, attempt))

    async def schedule_retry(self, item: OutboxItem, until: datetime, why: str, attempt: DeliveryAttempt) -> None:
        """The attempt failed; try again at `until`."""
        await self._writer.transact(lambda c: outbox.schedule_row_retry(c, item, until, why, attempt))

    async def mark_dead(self, item: OutboxItem, why: str, attempt: DeliveryAttempt) -> None:
        """A dead letter: kept until somebody drives it again."""
        now = self._clock()

        def mark(connection: Connection) -> Written[None]:
            failed = outbox.mark_row_dead(connection, item, why, now, attempt)
            return Written(None, (failed,) if failed else ())

        await self._write_change(mark)

    async def wait_for_outbox(self, longest: float) -> None:
        """Return when rows were written, here or in another process, or after `longest` seconds."""
        self.listen()  # only a process with a worker, or with a live feed, listens
        try:
            async with asyncio.timeout(longest):
                await self._outbox_written.wait()
        except TimeoutError:
            return
        self._outbox_written.clear()

    async def find_outbox_rows(self, wanted: OutboxFilter, *, limit: int, cursor: str | None) -> OutboxPage:
        """One page of rows, oldest first; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: outbox.read_outbox_page(c, wanted, limit, cursor))

    async def outbox_depth(self) -> OutboxDepth:
        """How much waits, for the metrics."""
        return await self._read_in_thread(outbox.read_outbox_depth)

    async def redrive_dead_letters(self, *, shops: frozenset[str] | None = None, row_id: str | None = None) -> int:
        """Dead letters wait again, as new; returns how many. NotFoundError for a `row_id` that is not dead."""
        now = self.database_time()
        changed = await self._writer.transact(lambda c: outbox.requeue_dead_rows(c, shops, row_id, now))
        self._outbox_written.set()
        return changed

    async def replay_range(self, wanted: ReplayRange) -> int:
        """Send a range of rows once more, delivered or given up; returns how many."""
        now = self.database_time()
        changed = await self._writer.transact(lambda c: outbox.replay_rows(c, wanted, now))
        self._outbox_written.set()
        return changed

    async def find_attempts(self, wanted: AttemptFilter, *, limit: int, cursor: str | None) -> AttemptPage:
        """One page of the delivery log, newest first; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: attempts.read_attempt_page(c, wanted, limit, cursor))
