"""The worker: retries, rests, keeps destinations apart, and stops without dropping anything."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.delivery.ports import OutboxItem, OutboxState, SendError
from app.delivery.worker import OutboxWorker, RetryPolicy, SendRate
from tests.storage.builders import NOW


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class FakeStore:
    """An outbox in a list."""

    rows: dict[str, OutboxItem] = field(default_factory=dict)

    def add(self, row_id: str, destination: str = "shop", kind: str = "reply") -> None:
        self.rows[row_id] = OutboxItem("demo", row_id, kind, destination, {}, OutboxState.PENDING, 0, NOW, NOW)

    async def claim_due(
        self, now: datetime, *, leased_until: datetime, limit: int, without: frozenset[str] = frozenset()
    ) -> tuple[OutboxItem, ...]:
        due = [row for row in self._pending() if row.next_at <= now and row.destination not in without][:limit]
        for row in due:
            self.rows[row.id] = replace(row, next_at=leased_until, attempts=row.attempts + 1)
        return tuple(self.rows[row.id] for row in due)

    async def mark_delivered(self, item: OutboxItem, now: datetime) -> None:
        self.rows[item.id] = replace(self.rows[item.id], state=OutboxState.SENT, sent_at=now)

    async def realign_due_times(self, now: datetime) -> None:
        for row in self._pending():
            self.rows[row.id] = replace(row, next_at=min(row.next_at, now))

    async def schedule_retry(self, item: OutboxItem, until: datetime, why: str) -> None:
        self.rows[item.id] = replace(self.rows[item.id], next_at=until, last_error=why)

    async def release_items(self, items: tuple[OutboxItem, ...], now: datetime) -> None:
        for item in items:
            self.rows[item.id] = replace(self.rows[item.id], next_at=now, attempts=item.attempts - 1)

    async def mark_dead(self, item: OutboxItem, why: str) -> None:
        self.rows[item.id] = replace(self.rows[item.id], state=OutboxState.DEAD, last_error=why)

    async def next_due(self, *, without: frozenset[str] = frozenset()) -> datetime | None:
        return min((row.next_at for row in self._pending() if row.destination not in without), default=None)

    async def wait_for_outbox(self, longest: float) -> None:
        await asyncio.sleep(min(longest, 0.01))

    def _pending(self) -> list[OutboxItem]:
        return [row for row in self.rows.values() if row.state is OutboxState.PENDING]


@dataclass
class FakeReceiver:
    """Takes everything, unless told how to fail."""

    failing: dict[str, SendError | Exception] = field(default_factory=dict)
    got: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    held: asyncio.Event | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def send_item(self, item: OutboxItem) -> None:
        self.tried.append(item.id)
        self.began.set()
        if self.held:
            await self.held.wait()
        if item.destination in self.failing:
            raise self.failing[item.destination]
        self.got.append(item.id)


def _worker(store: FakeStore, receiver: FakeReceiver, clock: Clock, **more: object) -> OutboxWorker:
    return OutboxWorker(store, receiver, clock=clock, draw=lambda: 0.999, **more)  # type: ignore[arg-type]  # options by name


async def _work(worker: OutboxWorker) -> None:
    while await worker.start_due():
        await worker.drain()


async def _refused(*, rows: int) -> tuple[OutboxWorker, FakeReceiver, Clock]:
    """A worker that has just found its one destination in trouble, with so many rows waiting."""
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503", permanent=False)}), Clock()
    for number in range(rows):
        store.add(f"o-{number}")
    worker = _worker(store, receiver, clock)
    await _work(worker)
    return worker, receiver, clock


async def test_a_due_row_is_sent_and_settled() -> None:
    store, receiver = FakeStore(), FakeReceiver()
    store.add("o-1")

    await _work(_worker(store, receiver, Clock()))

    assert receiver.got == ["o-1"]
    assert store.rows["o-1"].state is OutboxState.SENT


async def test_a_failing_destination_is_retried_until_it_is_back() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503", permanent=False)}), Clock()
    store.add("o-1")
    worker = _worker(store, receiver, clock)
    for _ in range(30):
        await _work(worker)
        clock.pass_seconds(20)
    receiver.failing.clear()

    clock.pass_seconds(600)
    await _work(worker)

    assert receiver.got == ["o-1"]
    assert 5 <= len(receiver.tried) <= 15


async def test_a_failing_destination_does_not_stop_another() -> None:
    store, receiver = FakeStore(), FakeReceiver({"down": SendError("503", permanent=False)})
    for number in range(50):
        store.add(f"down-{number}", "down")
    store.add("up-1", "up")

    await _work(_worker(store, receiver, Clock(), most_in_flight=4))

    assert receiver.got == ["up-1"]


async def test_after_a_failure_only_one_row_tries_the_door() -> None:
    worker, receiver, clock = await _refused(rows=20)
    first = len(receiver.tried)

    clock.pass_seconds(600)
    await worker.start_due()
    await worker.drain()

    assert first <= SendRate().at_once
    assert len(receiver.tried) == first + 1


async def test_rows_that_fail_together_are_one_failure() -> None:
    worker, receiver, clock = await _refused(rows=8)
    receiver.failing.clear()

    clock.pass_seconds(RetryPolicy().first.total_seconds())
    await _work(worker)

    assert len(receiver.got) == 8


async def test_a_clock_set_back_leaves_nobody_resting_until_the_time_it_showed() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503", permanent=False)}), Clock()
    store.add("o-1")
    worker = _worker(store, receiver, clock)
    clock.pass_seconds(3600)
    await _work(worker)
    receiver.failing.clear()

    clock.pass_seconds(-3600)
    await _work(worker)

    assert receiver.got == ["o-1"]


async def test_a_permanent_refusal_is_a_dead_letter_at_once() -> None:
    store, receiver = FakeStore(), FakeReceiver({"shop": SendError("410 Gone", permanent=True)})
    store.add("o-1")

    await _work(_worker(store, receiver, Clock()))

    assert store.rows["o-1"].state is OutboxState.DEAD
    assert store.rows["o-1"].last_error == "410 Gone"


async def test_a_reply_nobody_took_for_a_day_is_a_dead_letter_but_a_handoff_event_is_not() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503", permanent=False)}), Clock()
    store.add("reply-1")
    store.add("event-1", kind="handoff.opened")
    clock.pass_seconds(25 * 3600)
    worker = _worker(store, receiver, clock)

    await _work(worker)
    clock.pass_seconds(600)
    await _work(worker)

    assert store.rows["reply-1"].state is OutboxState.DEAD
    assert store.rows["event-1"].state is OutboxState.PENDING


async def test_a_receiver_that_says_when_is_asked_again_then() -> None:
    store, clock = FakeStore(), Clock()
    receiver = FakeReceiver({"shop": SendError("429", permanent=False, retry_after=120)})
    store.add("o-1")

    await _work(_worker(store, receiver, clock))

    assert store.rows["o-1"].next_at == NOW + timedelta(seconds=120)


async def test_an_unexpected_error_is_only_that_rows_bad_luck() -> None:
    store, receiver = FakeStore(), FakeReceiver({"odd": RuntimeError("boom")})
    store.add("o-1", "odd")
    store.add("o-2", "good")

    await _work(_worker(store, receiver, Clock()))

    assert receiver.got == ["o-2"]
    assert store.rows["o-1"].last_error == "RuntimeError: boom"


async def test_a_destination_gets_no_more_than_its_rate() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver(), Clock()
    for number in range(30):
        store.add(f"o-{number}")
    worker = _worker(store, receiver, clock, pace=SendRate(rate=5, burst=10, at_once=100))
    await _work(worker)
    at_first = len(receiver.got)

    clock.pass_seconds(2)
    await _work(worker)

    assert (at_first, len(receiver.got)) == (10, 20)


async def test_a_destination_gets_no_more_at_once_than_it_can_bear() -> None:
    store, receiver = FakeStore(), FakeReceiver(held=asyncio.Event())
    for number in range(30):
        store.add(f"o-{number}")
    worker = _worker(store, receiver, Clock(), pace=SendRate(at_once=3))

    await worker.start_due()
    await asyncio.sleep(0)

    assert len(receiver.tried) == 3
    assert receiver.held is not None
    receiver.held.set()
    await worker.drain()


async def test_stopping_finishes_what_is_on_its_way() -> None:
    store, receiver = FakeStore(), FakeReceiver(held=asyncio.Event())
    store.add("o-1")
    worker = _worker(store, receiver, Clock())
    running = asyncio.create_task(worker.run())
    await receiver.began.wait()
    stopping = asyncio.create_task(worker.stop())
    await asyncio.sleep(0)
    assert receiver.held is not None

    receiver.held.set()
    await stopping
    await running

    assert store.rows["o-1"].state is OutboxState.SENT


async def test_what_is_claimed_while_it_stops_is_sent_and_not_left_to_its_lease() -> None:
    store, receiver = _SlowStore(), FakeReceiver(held=asyncio.Event())
    store.add("o-1")
    worker = _worker(store, receiver, Clock())
    running = asyncio.create_task(worker.run())
    await store.asked.wait()
    assert receiver.held is not None

    await worker.stop()
    store.answer.set()
    await receiver.began.wait()
    receiver.held.set()
    await running

    assert store.rows["o-1"].state is OutboxState.SENT


@dataclass
class _SlowStore(FakeStore):
    """Claims when it is told to."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim_due(
        self, now: datetime, *, leased_until: datetime, limit: int, without: frozenset[str] = frozenset()
    ) -> tuple[OutboxItem, ...]:
        self.asked.set()
        await self.answer.wait()
        return await super().claim_due(now, leased_until=leased_until, limit=limit, without=without)


@given(attempts=st.integers(min_value=1, max_value=10_000), draw=st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_pause_is_never_negative_and_never_longer_than_the_longest(attempts: int, draw: float) -> None:
    patience = RetryPolicy()

    pause = patience.retry_pause(attempts, draw)

    assert timedelta(0) <= pause <= patience.longest
