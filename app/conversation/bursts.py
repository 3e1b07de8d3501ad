"""Waits until a buyer has finished a thought: several quick messages become one turn, and none of them is forgotten."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.message import ConversationKey
from app.errors import StorageUnavailableError

_LOG = logging.getLogger(__name__)
_MOST_RECOVERED = 200


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a burst is over.

    Attributes:
        quiet: after this long without another message; longest: after this long in any case.
        orphaned_after: a message that waits longer belongs to a process that has died, and anybody answers it.
        look_every: how often the orphans are looked for.
    """

    quiet: timedelta = timedelta(seconds=1.2)
    longest: timedelta = timedelta(seconds=5)
    orphaned_after: timedelta = timedelta(seconds=15)
    look_every: timedelta = timedelta(seconds=5)


class WaitingMessages(Protocol):
    """Which conversations have messages that wait for their turn."""

    async def waiting(self, before: datetime, *, limit: int) -> tuple[ConversationKey, ...]:
        """Conversations with a message received before that time and not answered."""


@dataclass(slots=True)
class Burst:
    """Messages of one conversation that will be one turn; times in seconds of the worker's clock."""

    first: float
    last: float

    def over_at(self, rhythm: Rhythm) -> float:
        """When it is answered."""
        return min(self.last + rhythm.quiet.total_seconds(), self.first + rhythm.longest.total_seconds())


class Bursts:
    """Calls `answer` once for each burst, and once more for what a dead process has left.

    `answer` makes one turn over all the messages that wait in a conversation; with none waiting it does nothing.
    """

    def __init__(
        self,
        answer: Callable[[ConversationKey], Awaitable[object]],
        messages: WaitingMessages,
        *,
        clock: Callable[[], datetime],
        rhythm: Rhythm | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        at_once: int = 64,
    ) -> None:
        self._answer = answer
        self._messages = messages
        self._clock = clock
        self._rhythm = rhythm or Rhythm()
        self._sleep = sleep
        self._turns = asyncio.Semaphore(at_once)
        self._open: dict[ConversationKey, Burst] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    def arrived(self, key: ConversationKey) -> None:
        """A message of this conversation is in the database and waits."""
        now = self._seconds()
        burst = self._open.get(key)
        if burst is not None:
            burst.last = now
            return
        self._open[key] = Burst(now, now)
        self._begin(self._follow(key))

    async def run(self) -> None:
        """Look for orphans until `stop`; first of all those of our own last life."""
        while not self._stopping.is_set():
            try:
                await self.recover()
            except StorageUnavailableError:
                _LOG.warning("the database is away; looking for waiting messages again soon")
            await self._until_stopped(self._rhythm.look_every.total_seconds())

    async def recover(self) -> None:
        """Answer what has waited too long."""
        before = self._clock() - self._rhythm.orphaned_after
        for key in await self._messages.waiting(before, limit=_MOST_RECOVERED):
            if key not in self._open:
                self._begin(self._finish(key))

    async def stop(self) -> None:
        """Answer at once what is still open, then return."""
        self._stopping.set()
        await self.settled()

    async def settled(self) -> None:
        """Return when nothing is open."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, key: ConversationKey) -> None:
        burst = self._open[key]
        while (left := burst.over_at(self._rhythm) - self._seconds()) > 0 and not self._stopping.is_set():
            await self._until_stopped(left)
        del self._open[key]
        await self._finish(key)

    async def _finish(self, key: ConversationKey) -> None:
        try:
            async with self._turns:
                await self._answer(key)
        except StorageUnavailableError:
            _LOG.warning("the database is away; the message waits in it")
        except Exception:  # noqa: BLE001  # the message stays in the database and is tried again as an orphan
            _LOG.exception("a turn failed")

    async def _until_stopped(self, seconds: float) -> None:
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        stopping = asyncio.ensure_future(self._stopping.wait())
        _, left = await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()

    def _seconds(self) -> float:
        return self._clock().timestamp()
