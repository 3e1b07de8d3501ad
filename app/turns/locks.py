"""Who may go: one turn at a time in a conversation, and a shop's turns so that the other shops' are not behind them."""

import asyncio

from app.domain.message import ConversationKey

MOST_CONCURRENT_TURNS = 16
"""Turns of one shop at once; those of a slow source of facts mostly wait for it."""
MOST_STARTS_PER_ROUND = 8
"""Turns of one shop begun in one round of the event loop, which computes each to its first wait.

A flooded shop so keeps the others waiting for eight turns, not for all that came. Four cost a tenth of the throughput.
"""


class ShopLimit:
    """One shop's way through the process."""

    def __init__(self) -> None:
        self._under_way = asyncio.Semaphore(MOST_CONCURRENT_TURNS)
        self._beginning = asyncio.Semaphore(MOST_STARTS_PER_ROUND)

    async def __aenter__(self) -> None:
        """Return when it is this turn's round."""
        await self._under_way.acquire()
        try:
            await self._beginning.acquire()
        except BaseException:
            self._under_way.release()
            raise
        asyncio.get_running_loop().call_soon(self._beginning.release)

    async def __aexit__(self, *_: object) -> None:
        """The turn is computed."""
        self._under_way.release()


class ConversationLocks:
    """A lock per conversation in this process; the version check at commit holds across processes."""

    def __init__(self) -> None:
        self._locks: dict[ConversationKey, _ConversationLock] = {}

    def lock_for(self, key: ConversationKey) -> "_ConversationLock":
        """Hold the conversation's lock; it is forgotten when nobody waits for it."""
        found = self._locks.get(key)
        if found is None:
            found = self._locks[key] = _ConversationLock(self._locks, key)
        return found


class _ConversationLock:
    """One conversation's lock, which counts who holds it or waits for it."""

    __slots__ = ("_inside", "_key", "_lock", "_others")

    def __init__(self, others: "dict[ConversationKey, _ConversationLock]", key: ConversationKey) -> None:
        self._others = others
        self._key = key
        self._lock = asyncio.Lock()
        self._inside = 0

    async def __aenter__(self) -> None:
        self._inside += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._discard_if_unused()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._discard_if_unused()

    def _discard_if_unused(self) -> None:
        self._inside -= 1
        if not self._inside:
            del self._others[self._key]
