"""What the clock does at the desk: every few seconds, in each process, by whichever of them comes first."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from app.errors import XiaoerError

log = structlog.get_logger()
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
        others: Sequence[Callable[[datetime], Awaitable[object]]] = (),
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
            except XiaoerError as error:
                self._rounds = 0
                log.warning("the desk could not be swept", why=error.detail)
            except Exception:
                self._rounds = 0
                log.exception("the desk could not be swept")  # a fault of ours: the next round tries again
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep_once(self) -> None:
        """One round."""
        now = self._clock()
        if self._rounds % PRESENT_ROUNDS == 0 and (here := sorted(self._connected())):
            await self._store.mark_present(here, now)
        await self._store.bring_back_unseen(now)
        await self._store.wake_due(now)
        await self._store.escalate_late(now)
        for work in self._others:
            await work(now)
        if self._rounds >= STEADY_ROUNDS:
            await self._store.note_gone(now)
            await self._store.release_left(now)
        self._rounds += 1
