"""Group commit: what many callers write goes to disk in few transactions; nobody hears of it before the commit."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.conversation.database import as_ours
from app.errors import StorageUnavailableError

W = TypeVar("W")
T = TypeVar("T")
Outcome = Any | Exception

_LARGEST_BATCH = 256
_LONGEST_QUEUE = 20_000
_RETRYABLE_STATES = frozenset({"40001", "40P01"})


class Job(Generic[W]):
    """One thing to write, and who waits for it."""

    __slots__ = ("alone", "future", "what")

    def __init__(self, what: W | Callable[[Connection], Any], future: asyncio.Future[Any], *, alone: bool) -> None:
        self.what = what
        self.future = future
        self.alone = alone


class Writer(Generic[W]):
    """Threads that each take everything waiting, write it in one transaction, commit, and then tell the callers.

    While one batch is on its way to the disk the next one gathers, so the batch grows with the load by itself.
    `write_batch` returns one outcome an item; an exception as outcome fails only its own caller.
    """

    def __init__(
        self, engine: Engine, write_batch: Callable[[Connection, Sequence[W]], list[Outcome]], *, threads: int
    ) -> None:
        self._engine = engine
        self._write_batch = write_batch
        self._waiting: deque[Job[W]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [threading.Thread(target=self._work, name=f"writer-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    async def write(self, item: W) -> Any:
        """Write one item together with whatever else waits; returns its outcome once committed."""
        return await self._submit(item, alone=False)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction of its own; returns what it returns once committed."""
        result: T = await self._submit(work, alone=True)
        return result

    async def close(self) -> None:
        """Write what was taken, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _submit(self, what: W | Callable[[Connection], Any], *, alone: bool) -> asyncio.Future[Any]:
        job: Job[W] = Job(what, asyncio.get_running_loop().create_future(), alone=alone)
        with self._changed:
            if self._closed or len(self._waiting) >= _LONGEST_QUEUE:
                raise StorageUnavailableError("The writer is stopping or overloaded; send it again.")
            self._waiting.append(job)
            self._changed.notify()
        return job.future

    def _work(self) -> None:
        while batch := self._take():
            outcomes = self._alone(batch[0]) if batch[0].alone else self._together(batch)
            _tell(batch, outcomes)

    def _take(self) -> list[Job[W]]:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            return self._next_batch()

    def _next_batch(self) -> list[Job[W]]:
        batch: list[Job[W]] = []
        while self._waiting and len(batch) < _LARGEST_BATCH:
            if self._waiting[0].alone and batch:
                break
            batch.append(self._waiting.popleft())
            if batch[0].alone:
                break
        return batch

    def _alone(self, job: Job[W]) -> list[Outcome]:
        work: Any = job.what
        return [self._guarded(work)]

    def _together(self, batch: Sequence[Job[W]]) -> list[Outcome]:
        items: list[Any] = [job.what for job in batch]
        outcome = self._guarded(lambda connection: self._write_batch(connection, items))
        if not isinstance(outcome, Exception):
            written: list[Outcome] = outcome
            return written
        if len(items) == 1 or isinstance(outcome, StorageUnavailableError):
            return [outcome] * len(items)
        # One item spoils the batch for all: write each by itself, so that only that one fails.
        return [self._one(item) for item in items]

    def _one(self, item: Any) -> Outcome:
        outcome = self._guarded(lambda connection: self._write_batch(connection, [item]))
        return outcome if isinstance(outcome, Exception) else outcome[0]

    def _guarded(self, work: Callable[[Connection], Any]) -> Outcome:
        try:
            return self._transaction(work)
        except Exception as error:  # noqa: BLE001  # whatever went wrong belongs to the caller, not to this thread
            if not _worth_another_try(error):
                return as_ours(error)
        try:
            return self._transaction(work)
        except Exception as error:  # noqa: BLE001  # the same
            return as_ours(error)

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)


def _worth_another_try(error: Exception) -> bool:
    """A lost connection or a deadlock; everything we write is safe to write again."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _RETRYABLE_STATES


def _tell(batch: Sequence[Job[Any]], outcomes: Sequence[Outcome]) -> None:
    """One wake-up of each event loop for the whole batch."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Outcome]]] = {}
    for job, outcome in zip(batch, outcomes, strict=True):
        loops.setdefault(job.future.get_loop(), []).append((job.future, outcome))
    for loop, results in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, results)
        except RuntimeError:  # the loop has stopped: nobody waits any more, and the write stands
            continue


def _settle(results: Sequence[tuple[asyncio.Future[Any], Outcome]]) -> None:
    for future, outcome in results:
        if future.done():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
