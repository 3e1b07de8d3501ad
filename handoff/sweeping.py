"""What the clock does at the desk: every few seconds, in each process, by whichever of them comes first."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from app.errors import StorageUnavailableError, XiaoerError

log = structlog.get_logger()
Work = Callable[[datetime], Awaitable[object]]
SWEEP_SECONDS = 5.0
PRESENT_ROUNDS = 6
"""Connected agents are noted every half minute."""
STEADY_ROUNDS = 12
"""Nobody is taken to be gone in the first minute after a start or a failure: pages come back first."""


class SweepStore(Protocol):
    """Finds and makes the changes; each is made once, however many processes look."""

    async def mark_present(self, agents: list[str], now: datetime) -> None:
        """These are connected now."""

    async def bring_back_unseen(self, now: datetime) -> int:
        """Transfers that nobody took up in time go back; how many."""

    async def wake_due(self, now: datetime) -> int:
        """What was put aside until now wakes; how many."""

    async def escalate_late(self, now: datetime) -> int:
        """Tell of tickets that have become late, or nearly so; how many."""

    async def note_gone(self, now: datetime) -> tuple[str, ...]:
        """Who has been away too long since the last call, in whichever process it was."""

    async def release_left(self, now: datetime) -> int:
        """Tickets whose buyer waits and whose holder is gone go back to the queue; how many."""


class DeskSweeper:
    """Runs beside the messages of one process; `connected` names the agents with a stream here.

    `others` are done each round as well, whose changes are as the store's: one of several processes makes them.
    """

    def __init__(
        self,
        store: SweepStore,
        clock: Callable[[], datetime],
        connected: Callable[[], Collection[str]],
        others: Sequence[Work] = (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._connected = connected
        self._others = others
        self._rounds = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.sweep_once()
            except StorageUnavailableError as error:
                self._rounds = 0
                log.warning("the desk could not be swept", why=error.detail)
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep_once(self) -> None:
        """One round; what fails of it is left to the next.

        StorageUnavailableError without the database, which everything needs.
        """
        now = self._clock()
        done = [await _do(work, now) for work in self._list_work()]
        self._rounds = self._rounds + 1 if all(done) else 0

    def _list_work(self) -> list[Work]:
        store = self._store
        work: list[Work] = [self._mark_present] if self._rounds % PRESENT_ROUNDS == 0 else []
        work += [store.bring_back_unseen, store.wake_due, store.escalate_late, *self._others]
        if self._rounds >= STEADY_ROUNDS:
            work += [store.note_gone, store.release_left]
        return work

    async def _mark_present(self, now: datetime) -> None:
        if here := sorted(self._connected()):
            await self._store.mark_present(here, now)


async def _do(work: Work, now: datetime) -> bool:
    """Whether it succeeded; one that fails keeps nothing else from being done."""
    try:
        await work(now)
    except StorageUnavailableError:
        raise
    except XiaoerError as error:
        log.warning("part of the desk could not be swept", why=error.detail)
    except Exception:
        log.exception("part of the desk could not be swept")  # a fault of ours: the next round tries again
    else:
        return True
    return False
