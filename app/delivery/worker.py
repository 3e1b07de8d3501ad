"""The worker that empties the outbox: at least once, each conversation in order, no destination in another's way."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.delivery.ports import OutboxItem, OutboxSender, OutboxStore, SendError
from app.errors import StorageUnavailableError

_LOG = structlog.get_logger()
_MOST_DESTINATIONS = 50_000
_LONGEST_WAIT = 1.0
_LONGEST_RETRY_AFTER = timedelta(hours=1)
_CLOCK_TOLERANCE = timedelta(seconds=5)
_SHORTEST_WAIT = 0.02


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long the worker keeps trying.

    Attributes:
        first, longest: the ceiling of the first pause and of any pause; a pause is drawn evenly from zero to it
            ("full jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). Not longer:
            buyers wait for what is put off, and a destination that failed is asked by one row at a time.
        give_up_after: a row older than this becomes a dead letter; handoff events are tried for ever.
        lease: how long a row is one worker's; when that worker dies, another takes the row after it.
        answer_within: how long a receiver may take.
    """

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=1)
    give_up_after: timedelta = timedelta(hours=24)
    lease: timedelta = timedelta(seconds=20)
    answer_within: timedelta = timedelta(seconds=10)

    def retry_pause(self, attempts: int, draw: float) -> timedelta:
        """The pause after the `attempts`-th failure; `draw` is in [0, 1)."""
        doublings = max(0, min(attempts - 1, 30))
        return min(self.longest, self.first * (1 << doublings)) * draw


@dataclass(frozen=True, slots=True)
class SendRate:
    """What one destination gets: `rate` sends a second, `burst` at once, `at_once` in flight."""

    rate: float = 50.0
    burst: float = 100.0
    at_once: int = 8


@dataclass(slots=True)
class DestinationState:
    """One receiver as this worker sees it: its tokens, what is in flight, and whether it is resting."""

    tokens: float
    refilled: datetime
    in_flight: int = 0
    failures: int = 0
    resting_until: datetime | None = None

    def is_ready(self, pace: SendRate, now: datetime) -> bool:
        """Whether it can be sent to now."""
        passed = max(0.0, (now - self.refilled).total_seconds())
        self.tokens = min(pace.burst, self.tokens + passed * pace.rate)
        self.refilled = now
        rested = self.resting_until is None or now >= self.resting_until
        # After a failure one row at a time, until one arrives.
        room = self.in_flight < (1 if self.failures else pace.at_once)
        return rested and room and self.tokens >= 1

    def seconds_to_ready(self, pace: SendRate, now: datetime) -> float | None:
        """How long until `ready`; None while only something in flight can make it so."""
        if self.in_flight >= (1 if self.failures else pace.at_once):
            return None
        rest = (self.resting_until - now).total_seconds() if self.resting_until else 0.0
        return max(rest, (1 - self.tokens) / pace.rate, 0.0)


class OutboxWorker:
    """Sends what is due. Several workers, in one process or many, share one outbox."""

    def __init__(
        self,
        store: OutboxStore,
        sender: OutboxSender,
        *,
        clock: Callable[[], datetime],
        draw: Callable[[], float],
        patience: RetryPolicy | None = None,
        pace: SendRate | None = None,
        most_in_flight: int = 64,
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._draw = draw
        self._patience = patience or RetryPolicy()
        self._pace = pace or SendRate()
        self._most = most_in_flight
        self._destinations: OrderedDict[str, DestinationState] = OrderedDict()
        self._sending: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._stopping = False
        self._latest: datetime | None = None

    async def run(self) -> None:
        """Work until `stop`, and send what was claimed; a database that is away only makes it wait."""
        while not self._stopping:
            try:
                wait = 0.0 if await self.start_due() else await self._idle_seconds()
            except StorageUnavailableError:
                wait = _LONGEST_WAIT
            except Exception:  # noqa: BLE001  # whatever it is, mail of other shops must go on
                _LOG.exception("the outbox stumbled; it goes on in a second")
                wait = _LONGEST_WAIT
            if wait:
                await self._wait_for_change(wait)
        await self.drain()

    async def stop(self) -> None:
        """Finish what is being sent; the rest stays in the database."""
        self._stopping = True
        self._changed.set()
        await self.drain()

    async def start_due(self) -> int:
        """Begin sending what is due and may be sent; returns how many began."""
        room = self._most - len(self._sending)
        if room <= 0:
            return 0
        now = await self._read_clock()
        leased_until = now + self._patience.lease
        items = await self._store.claim_due(
            now, leased_until=leased_until, limit=room, without=self._unready_destinations(now)
        )
        too_many = [item for item in items if not self._start_sending(item, now)]
        if too_many:
            await self._store.release_items(too_many, now)
        return len(items) - len(too_many)

    async def _read_clock(self) -> datetime:
        """The time; when the clock was set back, nothing may wait for the time that it showed before."""
        now, before = self._clock(), self._latest
        self._latest = now
        if before is None or now < before - _CLOCK_TOLERANCE:
            await self._store.realign_due_times(now)
            for destination in self._destinations.values():
                destination.resting_until = None
        return now

    def _unready_destinations(self, now: datetime) -> frozenset[str]:
        return frozenset(name for name, each in self._destinations.items() if not each.is_ready(self._pace, now))

    async def drain(self) -> None:
        """Wait for what has begun."""
        while self._sending:
            await asyncio.gather(*self._sending)

    def _start_sending(self, item: OutboxItem, now: datetime) -> bool:
        destination = self._track_destination(item.destination, now)
        if not destination.is_ready(self._pace, now):
            return False
        destination.tokens -= 1
        destination.in_flight += 1
        task = asyncio.create_task(self._deliver_item(item, destination))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return True

    async def _deliver_item(self, item: OutboxItem, destination: DestinationState) -> None:
        try:
            error = await self._try_send(item)
            self._update_destination(destination, error, item)
            await self._settle_item(item, error)
        except StorageUnavailableError:
            return  # the lease runs out and the row is sent again: at least once
        finally:
            destination.in_flight -= 1
            self._changed.set()

    async def _try_send(self, item: OutboxItem) -> SendError | None:
        try:
            async with asyncio.timeout(self._patience.answer_within.total_seconds()):
                await self._sender.send_item(item)
        except SendError as error:
            return error
        except Exception as error:  # noqa: BLE001  # one bad sender must not stop the others' mail
            return SendError(f"{type(error).__name__}: {error}", permanent=False)
        return None

    def _update_destination(self, destination: DestinationState, error: SendError | None, item: OutboxItem) -> None:
        now = self._clock()
        if error is None or error.permanent:
            destination.failures, destination.resting_until = 0, None
        elif destination.resting_until is None or now >= destination.resting_until:
            # What was in flight together and fails together is one failure, or a short outage would rest for minutes.
            destination.failures += 1
            destination.resting_until = now + self._retry_delay(error, max(destination.failures, item.attempts))

    def _retry_delay(self, error: SendError, attempts: int) -> timedelta:
        if error.retry_after is not None:
            return min(_LONGEST_RETRY_AFTER, timedelta(seconds=error.retry_after))
        return self._patience.retry_pause(attempts, self._draw())

    async def _settle_item(self, item: OutboxItem, error: SendError | None) -> None:
        now = self._clock()
        if error is None:
            await self._store.mark_delivered(item, now)
        elif error.permanent or self._is_expired(item, now):
            await self._store.mark_dead(item, str(error))
        else:
            await self._store.schedule_retry(item, now + self._retry_delay(error, item.attempts), str(error))

    def _is_expired(self, item: OutboxItem, now: datetime) -> bool:
        return not item.kind.startswith("handoff.") and now - item.created_at > self._patience.give_up_after

    async def _idle_seconds(self) -> float:
        """Until a row is due or a resting destination may be tried again, at most a second."""
        now = self._clock()
        due = await self._store.next_due(without=self._unready_destinations(now))
        waits = [each.seconds_to_ready(self._pace, now) for each in self._destinations.values()]
        nearest = min((wait for wait in waits if wait), default=_LONGEST_WAIT)
        until_due = _LONGEST_WAIT if due is None else (due - now).total_seconds()
        return min(_LONGEST_WAIT, max(_SHORTEST_WAIT, min(nearest, until_due)))

    async def _wait_for_change(self, longest: float) -> None:
        """Until rows are written, a send ends, the worker stops, or the time is over."""
        self._changed.clear()
        waits = {
            asyncio.create_task(self._store.wait_for_outbox(longest)),
            asyncio.create_task(self._changed.wait()),
        }
        _, left = await asyncio.wait(waits, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()

    def _track_destination(self, name: str, now: datetime) -> DestinationState:
        found = self._destinations.get(name)
        if found is None:
            found = self._destinations[name] = DestinationState(self._pace.burst, now)
            self._evict_idle_destinations()
        self._destinations.move_to_end(name)
        return found

    def _evict_idle_destinations(self) -> None:
        while len(self._destinations) > _MOST_DESTINATIONS:
            self._destinations.popitem(last=False)
