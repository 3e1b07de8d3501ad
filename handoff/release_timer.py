"""When held replies leave in the process that holds them: at the next time of all, in one task, one round at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from heapq import heappop, heappush


class ReleaseTimer:
    """Calls `release` when the first of the noted times comes, for all that have come by then; it may not raise."""

    def __init__(self, release: Callable[[], Awaitable[None]], clock: Callable[[], datetime]) -> None:
        self._release = release
        self._clock = clock
        self._times: list[datetime] = []
        self._noted = asyncio.Event()
        self._waiting: asyncio.Task[None] | None = None

    def note(self, at: datetime) -> None:
        """Something leaves then."""
        heappush(self._times, at)
        self._noted.set()
        if self._waiting is None or self._waiting.done():
            self._waiting = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        """Until no time is left."""
        while self._times:
            self._noted.clear()
            seconds = (self._times[0] - self._clock()).total_seconds()
            if seconds > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._noted.wait()  # perhaps of an earlier time
                continue
            self._forget_past()
            await self._release()

    def _forget_past(self) -> None:
        now = self._clock()
        while self._times and self._times[0] <= now:
            heappop(self._times)
