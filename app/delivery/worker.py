"""The worker that empties the outbox: at least once, each conversation in order, no lane in another's way."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

import structlog

from app.delivery.breaker import BreakerPolicy, CircuitBreaker, DestinationState, SendRate, SendSlot
from app.delivery.ports import (
    AttemptOutcome,
    DeliveryAttempt,
    DeliveryObserver,
    DueLane,
    FailureKind,
    OutboxItem,
    OutboxSender,
    OutboxStore,
    SendError,
)
from app.delivery.sharing import share_room
from app.errors import StorageUnavailableError

_LOG = structlog.get_logger()
_MOST_DESTINATIONS = 50_000
_LONGEST_WAIT = 1.0
_LONGEST_RETRY_AFTER = timedelta(hours=1)
_CLOCK_TOLERANCE = timedelta(seconds=5)
_SHORTEST_WAIT = 0.02
_BLOCKED_WAIT = 0.1  # what is due waits behind a row of its conversation: most likely another worker's
# These say that the receiver is there and has decided, not that it is in trouble.
_DECIDED = frozenset({FailureKind.REFUSED, FailureKind.GONE})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long the worker keeps trying.

    Attributes:
        first, longest: the ceiling of the first pause and of any pause; a pause is drawn evenly from zero to it
            ("full jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). Not longer:
            buyers wait for what is put off.
        refusals: a row that the receiver reads and refuses (400, 404, 422 …) becomes a dead letter after so many
            attempts, some seconds in all: one 404 may be a receiver that is just being replaced.
        give_up_after: a row older than this becomes a dead letter; handoff events are tried for ever.
        lease: how long a row is one worker's; when that worker dies, another takes the row after it.
        answer_within: how long a receiver may take.
    """

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=1)
    refusals: int = 4
    give_up_after: timedelta = timedelta(hours=24)
    lease: timedelta = timedelta(seconds=20)
    answer_within: timedelta = timedelta(seconds=10)

    def retry_pause(self, attempts: int, draw: float) -> timedelta:
        """The pause after the `attempts`-th failure; `draw` is in [0, 1)."""
        doublings = max(0, min(attempts - 1, 30))
        return min(self.longest, self.first * (1 << doublings)) * draw


class SilentObserver:
    """Tells nobody."""

    def note_attempt(self, item: OutboxItem, attempt: DeliveryAttempt, why: str) -> None:
        """Nothing."""

    def note_rest(self, destination: str, shop: str, kind: FailureKind, seconds: float) -> None:
        """Nothing."""

    def note_recovery(self, destination: str, shop: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class _Result:
    """What sending came to: the receiver's status, or the error."""

    began: datetime
    seconds: float
    status: int | None = None
    error: SendError | None = None


class OutboxWorker:
    """Sends what is due. Several workers, in one process or many, share one outbox."""

    def __init__(  # noqa: PLR0913 (its parts, by name)
        self,
        store: OutboxStore,
        sender: OutboxSender,
        *,
        clock: Callable[[], datetime],
        draw: Callable[[], float],
        observer: DeliveryObserver | None = None,
        patience: RetryPolicy | None = None,
        pace: SendRate | None = None,
        breaker: BreakerPolicy | None = None,
        most_in_flight: int = 256,
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._draw = draw
        self._observer = observer or SilentObserver()
        self._patience = patience or RetryPolicy()
        self._pace = pace or SendRate()
        self._breaker = breaker or BreakerPolicy()
        self._most = most_in_flight
        self._destinations: OrderedDict[str, DestinationState] = OrderedDict()
        self._sending: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._stopping = False
        self._latest: datetime | None = None

    async def run(self) -> None:
        """Work until `stop`, and send what was claimed; a database that is away only makes it wait."""
        while not self._stopping:
            self._changed.clear()
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
        free = self._most - len(self._sending)
        if free <= 0:
            return 0
        now = await self._read_clock()
        due = [each.lane for each in await self._store.list_lanes() if each.due_at <= now]
        if not due:
            return 0
        names = {lane.destination for lane in due}
        rooms = {name: self._track_destination(name, now).room(self._pace, now) for name in names}
        shared = share_room(due, rooms, free)
        if not shared:
            return 0
        items = await self._store.claim_due(now, leased_until=now + self._patience.lease, rooms=shared)
        for item in items:
            self._start_sending(item, now)
        return len(items)

    async def _read_clock(self) -> datetime:
        """The time; when the clock was set back, nothing may wait for the time that it showed before."""
        now, before = self._clock(), self._latest
        self._latest = now
        if before is None or now < before - _CLOCK_TOLERANCE:
            await self._store.realign_due_times(now)
            for destination in self._destinations.values():
                destination.breaker.end_rest()
        return now

    async def drain(self) -> None:
        """Wait for what has begun."""
        while self._sending:
            await asyncio.gather(*self._sending)

    def _start_sending(self, item: OutboxItem, now: datetime) -> None:
        destination = self._track_destination(item.destination, now)
        slot = destination.begin_send(now, fresh=item.is_fresh)
        task = asyncio.create_task(self._deliver_item(item, destination, slot))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver_item(self, item: OutboxItem, destination: DestinationState, slot: SendSlot) -> None:
        try:
            if item.until_takeover and not await self._store.is_still_claimed(item):
                return  # a person has taken the conversation over since it was claimed
            result = await self._try_send(item)
            self._update_breaker(destination, slot, item, result)
            await self._settle_item(item, result)
        except StorageUnavailableError:
            return  # the lease runs out and the row is sent again: at least once
        finally:
            destination.end_send(slot)
            self._changed.set()

    async def _try_send(self, item: OutboxItem) -> _Result:
        began, clock = self._clock(), perf_counter()
        status, error = None, None
        try:
            async with asyncio.timeout(self._patience.answer_within.total_seconds()):
                status = await self._sender.send_item(item)
        except SendError as refused:
            status, error = refused.status, refused
        except TimeoutError:
            error = SendError(f"no answer within {self._patience.answer_within}", kind=FailureKind.TIMEOUT)
        except Exception as fault:  # noqa: BLE001  # one bad sender must not stop the others' mail
            error = SendError(f"{type(fault).__name__}: {fault}")
        return _Result(began, perf_counter() - clock, status, error)

    def _update_breaker(self, destination: DestinationState, slot: SendSlot, item: OutboxItem, result: _Result) -> None:
        now, breaker, error = self._clock(), destination.breaker, result.error
        conversation = (item.shop, item.channel, item.conversation or item.id)
        if error is None or error.permanent or error.kind in _DECIDED:
            if breaker.note_success(conversation, now):
                self._observer.note_recovery(item.destination, item.shop)
            return
        unauthorized = error.kind is FailureKind.UNAUTHORIZED
        rest = breaker.note_failure(conversation, now, self._draw(), unauthorized=unauthorized, opening=slot.opening)
        if rest is not None:
            self._observer.note_rest(item.destination, item.shop, error.kind, rest.total_seconds())

    def _retry_delay(self, error: SendError, attempts: int) -> timedelta:
        if error.retry_after is not None:
            return min(_LONGEST_RETRY_AFTER, timedelta(seconds=error.retry_after))
        return self._patience.retry_pause(attempts, self._draw())

    async def _settle_item(self, item: OutboxItem, result: _Result) -> None:
        now, error = self._clock(), result.error
        if error is None:
            outcome = AttemptOutcome.SENT
        else:
            outcome = AttemptOutcome.DEAD if self._is_given_up(item, error, now) else AttemptOutcome.FAILED
        attempt = _describe_attempt(item, result, outcome)
        self._observer.note_attempt(item, attempt, str(error or ""))
        if error is None:
            await self._store.mark_delivered(item, now, attempt)
        elif outcome is AttemptOutcome.DEAD:
            await self._store.mark_dead(item, str(error), attempt)
        else:
            await self._store.schedule_retry(item, now + self._retry_delay(error, item.attempts), str(error), attempt)

    def _is_given_up(self, item: OutboxItem, error: SendError, now: datetime) -> bool:
        if error.permanent:
            return True
        if error.kind is FailureKind.REFUSED and item.attempts >= self._patience.refusals:
            return True
        return not item.kind.startswith("handoff.") and now - item.created_at > self._patience.give_up_after

    async def _idle_seconds(self) -> float:
        """Until a row is due or a resting destination may be tried again, at most a second."""
        now = self._clock()
        waits = [self._seconds_to_send(due, now) for due in await self._store.list_lanes()]
        return min(_LONGEST_WAIT, max(_SHORTEST_WAIT, min(waits, default=_LONGEST_WAIT)))

    def _seconds_to_send(self, due: DueLane, now: datetime) -> float:
        """Until the lane's first row may go; what ends with a send in flight is told by that send."""
        destination = self._destinations.get(due.lane.destination)
        ready = 0.0 if destination is None else destination.seconds_to_room(self._pace, now)
        if ready is None:
            return _LONGEST_WAIT
        until_due = (due.due_at - now).total_seconds()
        return max(ready, until_due) if until_due > 0 or ready > 0 else _BLOCKED_WAIT

    async def _wait_for_change(self, longest: float) -> None:
        """Until rows are written, a send ends, the worker stops, or the time is over."""
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
            breaker = CircuitBreaker(self._breaker)
            found = self._destinations[name] = DestinationState(self._pace.burst, now, breaker)
            self._evict_idle_destinations()
        self._destinations.move_to_end(name)
        return found

    def _evict_idle_destinations(self) -> None:
        while len(self._destinations) > _MOST_DESTINATIONS:
            self._destinations.popitem(last=False)


def _describe_attempt(item: OutboxItem, result: _Result, outcome: AttemptOutcome) -> DeliveryAttempt:
    return DeliveryAttempt(
        shop=item.shop,
        row_id=item.id,
        at=result.began,
        attempt=item.attempts,
        milliseconds=round(result.seconds * 1000),
        outcome=outcome,
        status=result.status,
        error=result.error.kind if result.error else None,
    )
