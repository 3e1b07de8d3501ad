"""Group commit: what many callers want goes out in few transactions; nobody hears of it before the commit."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.errors import StorageUnavailableError
from app.storage.database import translate_error

W = TypeVar("W")
T = TypeVar("T")
Outcome = Any | Exception
WriteStrategy = Callable[[Connection, Sequence[Any]], Sequence[Outcome]]

_LARGEST_BATCH = 256
_LONGEST_QUEUE = 20_000
# Seconds from one batch's start to the next, once one holds so many turns: a load of a thousand turns a second keeps
# it up, in which fewer commits are worth more than 6 ms; half of that does not.
_BATCH_INTERVAL = 0.006
_BUSY_BATCH = 6
_RETRYABLE_STATES = frozenset({"40001", "40P01"})


class ContestedError(Exception):
    """The batch cannot be written this way; it was taken back, and the next way is tried."""


class WriteJob(Generic[W]):
    """One thing to write, and who waits for it."""

    __slots__ = ("alone", "future", "what")

    def __init__(self, what: W | Callable[[Connection], Any], future: asyncio.Future[Any], *, alone: bool) -> None:
        self.what = what
        self.future = future
        self.alone = alone


class InlineTransaction(Protocol):
    """A transaction that is written on the event loop itself, where that needs no waiting."""

    def write_items(self, items: Sequence[Any]) -> list[Outcome] | None:
        """Write them up to the commit; None, with nothing written, when it needs more patience than a loop has."""

    def commit_items(self) -> None:
        """Make it durable; called in a thread."""


class GroupWriter(Generic[W]):
    """Takes everything that waits, writes it in one transaction, commits in a thread, and then tells the callers.

    While one batch is on its way to the disk the next one gathers, so the batch grows with the load by itself; the
    first waits for the end of the loop's round, for what came with it. `ways` are tried in order over a connection in
    a thread, until one does not raise ContestedError; each returns one outcome an item, and an exception as outcome
    fails only its own caller. At most `lanes` transactions are on their way, one of them a batch: several would only be
    smaller. For use from one event loop.
    """

    def __init__(
        self, engine: Engine, *ways: WriteStrategy, lanes: int, at_hand: InlineTransaction | None = None
    ) -> None:
        self._engine = engine
        self._ways = ways
        self._at_hand = at_hand
        self._together: deque[WriteJob[W]] = deque()
        self._alone: deque[WriteJob[W]] = deque()
        self._batch_on_its_way = False
        self._batch_is_next = True
        self._next_batch_at = 0.0
        self._lanes = self._free = lanes
        self._threads = ThreadPoolExecutor(lanes, thread_name_prefix="writer")
        self._called = False
        self._closed = False
        self._finished = asyncio.Event()

    async def write_item(self, item: W) -> Any:
        """Write one item together with whatever else waits; returns its outcome once committed."""
        return await self._enqueue_job(item, self._together)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction of its own; returns what it returns once committed."""
        result: T = await self._enqueue_job(work, self._alone)
        return result

    async def close(self) -> None:
        """Write what was taken, then stop."""
        self._closed = True
        while self._together or self._alone or self._free < self._lanes:
            self._finished.clear()
            await self._finished.wait()
        self._threads.shutdown()

    def _enqueue_job(self, what: W | Callable[[Connection], Any], queue: deque[WriteJob[W]]) -> asyncio.Future[Any]:
        if self._closed or len(queue) >= _LONGEST_QUEUE:
            raise StorageUnavailableError("The writer is stopping or overloaded; send it again.")
        loop = asyncio.get_running_loop()
        job: WriteJob[W] = WriteJob(what, loop.create_future(), alone=queue is self._alone)
        queue.append(job)
        if self._free and not self._called:
            self._called = True
            loop.call_soon(self._start_jobs)
        return job.future

    def _start_jobs(self) -> None:
        self._called = False
        while self._free and (batch := self._next_jobs()):
            self._free -= 1
            self._dispatch_jobs(batch)

    def _next_jobs(self) -> list[WriteJob[W]]:
        """A batch and a transaction of its own by turns, where both wait."""
        batch_can = bool(self._together) and not self._batch_on_its_way and self._has_gathered()
        if self._alone and not (batch_can and self._batch_is_next):
            self._batch_is_next = True
            return [self._alone.popleft()]
        if not batch_can:
            return []
        self._batch_is_next, self._batch_on_its_way = False, True
        size = min(_LARGEST_BATCH, len(self._together))
        self._next_batch_at = self._together[0].future.get_loop().time() + (
            _BATCH_INTERVAL if size >= _BUSY_BATCH else 0.0
        )
        return [self._together.popleft() for _ in range(size)]

    def _has_gathered(self) -> bool:
        loop = self._together[0].future.get_loop()
        if loop.time() >= self._next_batch_at:
            return True
        if not self._called:
            self._called = True
            loop.call_at(self._next_batch_at, self._start_jobs)
        return False

    def _dispatch_jobs(self, batch: list[WriteJob[W]]) -> None:
        if batch[0].alone or self._at_hand is None:
            self._threads.submit(self._write_in_thread, batch)
            return
        outcomes = self._at_hand.write_items([job.what for job in batch])
        if outcomes is None:
            self._threads.submit(self._write_in_thread, batch)
        else:
            self._threads.submit(self._commit_batch, batch, outcomes)

    def _commit_batch(self, batch: list[WriteJob[W]], outcomes: list[Outcome]) -> None:
        try:
            self._at_hand.commit_items()  # type: ignore[union-attr]  # it wrote them
        except Exception as error:  # noqa: BLE001  # whatever went wrong belongs to the callers, not to this thread
            outcomes = [translate_error(error)] * len(batch)
        self._post_outcomes(batch, outcomes)

    def _write_in_thread(self, batch: list[WriteJob[W]]) -> None:
        self._post_outcomes(batch, self._run_alone(batch[0]) if batch[0].alone else self._write_jobs(batch))

    def _post_outcomes(self, batch: list[WriteJob[W]], outcomes: Sequence[Outcome]) -> None:
        """One wake-up of the event loop for the whole batch."""
        try:
            batch[0].future.get_loop().call_soon_threadsafe(self._resolve_futures, batch, outcomes)
        except RuntimeError:  # the loop has stopped: nobody waits any more, and the write stands
            return

    def _resolve_futures(self, batch: list[WriteJob[W]], outcomes: Sequence[Outcome]) -> None:
        for job, outcome in zip(batch, outcomes, strict=True):
            if job.future.done():
                continue
            if isinstance(outcome, Exception):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)
        self._free += 1
        self._batch_on_its_way = self._batch_on_its_way and batch[0].alone
        self._start_jobs()
        self._finished.set()

    def _run_alone(self, job: WriteJob[W]) -> list[Outcome]:
        work: Any = job.what
        return [self._run_with_retry(work)]

    def _write_jobs(self, batch: Sequence[WriteJob[W]]) -> Sequence[Outcome]:
        items: list[Any] = [job.what for job in batch]
        outcome = self._try_strategies(items)
        if not isinstance(outcome, Exception):
            written: Sequence[Outcome] = outcome
            return written
        if len(items) == 1 or isinstance(outcome, StorageUnavailableError):
            return [outcome] * len(items)
        # One item spoils the batch for all: write each by itself, so that only that one fails.
        return [self._write_single(item) for item in items]

    def _write_single(self, item: Any) -> Outcome:
        outcome = self._try_strategies([item])
        return outcome if isinstance(outcome, Exception) else outcome[0]

    def _try_strategies(self, items: Sequence[Any]) -> Outcome:
        outcome: Outcome = ContestedError()
        for way in self._ways:
            outcome = self._run_with_retry(lambda connection, way=way: way(connection, items))  # type: ignore[misc]  # mypy infers no lambda with a default
            if not isinstance(outcome, ContestedError):
                break
        return outcome

    def _run_with_retry(self, work: Callable[[Connection], Any]) -> Outcome:
        try:
            return self._run_transaction(work)
        except Exception as error:  # noqa: BLE001  # whatever went wrong belongs to the caller, not to this thread
            if not _is_retryable(error):
                return translate_error(error)
        try:
            return self._run_transaction(work)
        except Exception as error:  # noqa: BLE001  # the same
            return translate_error(error)

    def _run_transaction(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)


def _is_retryable(error: Exception) -> bool:
    """A lost connection or a deadlock; everything we write is safe to write again."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _RETRYABLE_STATES
