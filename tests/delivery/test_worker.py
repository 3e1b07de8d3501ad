"""The worker: retries, rests, keeps destinations apart, and stops without dropping anything."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.breaker import BreakerPolicy, SendRate
from app.delivery.ports import (
    AttemptOutcome,
    ClaimRoom,
    DeliveryAttempt,
    DueLane,
    FailureKind,
    Lane,
    OutboxItem,
    OutboxState,
    SendError,
)
from app.delivery.worker import OutboxWorker, RetryPolicy
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
    """An outbox in a list; each row is a conversation of its own unless told otherwise."""

    rows: dict[str, OutboxItem] = field(default_factory=dict)
    attempts: list[DeliveryAttempt] = field(default_factory=list)
    taken_over: set[str] = field(default_factory=set)

    def add(
        self,
        row_id: str,
        destination: str = "shop",
        kind: str = "reply",
        *,
        shop: str = "demo",
        conversation: str = "",
        attempts: int = 0,
        until_takeover: bool = False,
    ) -> None:
        at = NOW + timedelta(microseconds=len(self.rows))
        self.rows[row_id] = OutboxItem(
            shop,
            row_id,
            kind,
            destination,
            {},
            OutboxState.PENDING,
            attempts,
            at,
            NOW,
            channel="webhook",
            conversation=conversation or row_id,
            until_takeover=until_takeover,
        )

    async def list_lanes(self) -> tuple[DueLane, ...]:
        due: dict[Lane, datetime] = {}
        for row in self._pending():
            lane = Lane(row.destination, row.shop)
            due[lane] = min(row.next_at, due.get(lane, row.next_at))
        return tuple(sorted((DueLane(lane, at) for lane, at in due.items()), key=lambda each: each.due_at))

    async def claim_due(
        self, now: datetime, *, leased_until: datetime, rooms: Sequence[ClaimRoom]
    ) -> tuple[OutboxItem, ...]:
        claimed = [row for room in rooms for row in self._lane_rows(now, room)]
        for row in claimed:
            self.rows[row.id] = replace(row, next_at=leased_until, attempts=row.attempts + 1)
        return tuple(self.rows[row.id] for row in claimed)

    def _lane_rows(self, now: datetime, room: ClaimRoom) -> list[OutboxItem]:
        heads: dict[str, OutboxItem] = {}
        for row in self._pending():
            if Lane(row.destination, row.shop) == room.lane:
                heads.setdefault(row.conversation, row)
        due = [row for row in heads.values() if row.next_at <= now]
        fresh = [row for row in due if not row.attempts]
        retried = [row for row in due if row.attempts][: room.retried]
        chosen = [*retried[: room.reserved], *fresh, *retried[room.reserved :]]
        return chosen[: room.total]

    async def is_still_claimed(self, item: OutboxItem) -> bool:
        return item.conversation not in self.taken_over

    async def mark_delivered(self, item: OutboxItem, now: datetime, attempt: DeliveryAttempt) -> None:
        self.attempts.append(attempt)
        self.rows[item.id] = replace(self.rows[item.id], state=OutboxState.SENT, sent_at=now)

    async def realign_due_times(self, now: datetime) -> None:
        for row in self._pending():
            self.rows[row.id] = replace(row, next_at=min(row.next_at, now))

    async def schedule_retry(self, item: OutboxItem, until: datetime, why: str, attempt: DeliveryAttempt) -> None:
        self.attempts.append(attempt)
        self.rows[item.id] = replace(self.rows[item.id], next_at=until, last_error=why)

    async def mark_dead(self, item: OutboxItem, why: str, attempt: DeliveryAttempt) -> None:
        self.attempts.append(attempt)
        self.rows[item.id] = replace(self.rows[item.id], state=OutboxState.DEAD, last_error=why)

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

    async def send_item(self, item: OutboxItem) -> int | None:
        self.tried.append(item.id)
        self.began.set()
        if self.held:
            await self.held.wait()
        for name in (item.conversation, item.destination):
            if name in self.failing:
                raise self.failing[name]
        self.got.append(item.id)
        return 204


def _worker(store: FakeStore, receiver: FakeReceiver, clock: Clock, **more: object) -> OutboxWorker:
    return OutboxWorker(store, receiver, clock=clock, draw=lambda: 0.999, **more)  # type: ignore[arg-type]  # options by name


async def _work(worker: OutboxWorker) -> None:
    while await worker.start_due():
        await worker.drain()


async def test_a_due_row_is_sent_and_settled() -> None:
    store, receiver = FakeStore(), FakeReceiver()
    store.add("o-1")

    await _work(_worker(store, receiver, Clock()))

    assert receiver.got == ["o-1"]
    assert store.rows["o-1"].state is OutboxState.SENT


async def test_a_failing_destination_is_retried_until_it_is_back() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503")}), Clock()
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
    store, receiver = FakeStore(), FakeReceiver({"down": SendError("503")})
    for number in range(50):
        store.add(f"down-{number}", "down")
    store.add("up-1", "up")

    await _work(_worker(store, receiver, Clock(), most_in_flight=4))

    assert receiver.got == ["up-1"]


async def test_a_clock_set_back_leaves_nobody_resting_until_the_time_it_showed() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503")}), Clock()
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
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503")}), Clock()
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
    receiver = FakeReceiver({"shop": SendError("429", retry_after=120)})
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
        self, now: datetime, *, leased_until: datetime, rooms: Sequence[ClaimRoom]
    ) -> tuple[OutboxItem, ...]:
        self.asked.set()
        await self.answer.wait()
        return await super().claim_due(now, leased_until=leased_until, rooms=rooms)


async def _run_until(worker: OutboxWorker, clock: Clock, seconds: float, step: float = 0.25) -> None:
    for _ in range(round(seconds / step)):
        await _work(worker)
        clock.pass_seconds(step)


async def test_rows_of_one_conversation_keep_their_order_behind_one_that_fails() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"c-1": SendError("503")}), Clock()
    store.add("first", conversation="c-1")
    store.add("second", conversation="c-1")
    store.add("other", conversation="c-2")
    worker = _worker(store, receiver, clock)
    await _run_until(worker, clock, 5)
    before = list(receiver.got)
    receiver.failing.clear()

    await _run_until(worker, clock, 60)

    assert before == ["other"]
    assert receiver.got == ["other", "first", "second"]


async def test_a_few_conversations_that_fail_keep_nobody_else_waiting() -> None:
    store, clock = FakeStore(), Clock()
    receiver = FakeReceiver({f"poison-{number}": SendError("500") for number in range(3)})
    for number in range(3):
        store.add(f"p-{number}", conversation=f"poison-{number}")
    worker = _worker(store, receiver, clock)
    late = []
    for number in range(60):
        store.add(f"g-{number}")
        await _work(worker)
        late += [] if f"g-{number}" in receiver.got else [number]
        clock.pass_seconds(0.7)

    assert late == []


async def test_a_destination_rests_when_most_conversations_fail_and_is_probed_by_one_row_at_a_time() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503")}), Clock()
    for number in range(100):
        store.add(f"o-{number}")
    worker = _worker(store, receiver, clock)
    await _work(worker)
    opened = len(receiver.tried)

    await _run_until(worker, clock, 20, step=0.5)

    assert BreakerPolicy().least <= opened <= BreakerPolicy().least + SendRate().at_once
    probes = len(receiver.tried) - opened
    assert 20 / 4 - 1 <= probes <= 12


async def test_a_half_open_breaker_lets_one_row_through_until_that_row_is_answered() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503")}), Clock()
    for number in range(40):
        store.add(f"o-{number}")
    worker = _worker(store, receiver, clock)
    await _work(worker)
    tried = len(receiver.tried)
    receiver.failing.clear()
    receiver.held = asyncio.Event()
    clock.pass_seconds(10)

    for _ in range(3):
        await worker.start_due()
        await asyncio.sleep(0)
    during = len(receiver.tried) - tried
    receiver.held.set()
    await worker.drain()
    await _run_until(worker, clock, 60, step=5)

    assert during == 1
    assert len(receiver.got) == 40


async def test_the_probe_is_a_row_that_never_failed_where_there_is_one() -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("503")}), Clock()
    for number in range(10):
        store.add(f"failed-{number}")
    worker = _worker(store, receiver, clock)
    await _work(worker)
    tried = len(receiver.tried)
    store.add("fresh")

    clock.pass_seconds(30)
    await worker.start_due()
    await worker.drain()

    assert receiver.tried[tried:] == ["fresh"]


async def test_a_receiver_failing_a_third_at_random_never_rests_for_long() -> None:
    store, clock, dice = FakeStore(), Clock(), Random(7)  # noqa: S311 (a fixed sequence)

    class Unreliable(FakeReceiver):
        async def send_item(self, item: OutboxItem) -> int | None:
            self.tried.append(item.id)
            if dice.random() < 0.35:
                raise SendError("HTTP 500", kind=FailureKind.SERVER_ERROR)
            self.got.append(item.id)
            return 204

    receiver = Unreliable()
    for number in range(400):
        store.add(f"o-{number}")
    worker = _worker(store, receiver, clock)

    await _run_until(worker, clock, 30)

    sent = sorted((row.sent_at - NOW).total_seconds() for row in store.rows.values() if row.sent_at)
    assert len(sent) >= 390
    assert sent[len(sent) // 2] < 8
    assert len(receiver.tried) < 800


async def test_rows_that_failed_leave_half_of_the_places_to_the_others() -> None:
    store, receiver = FakeStore(), FakeReceiver(held=asyncio.Event())
    for number in range(20):
        store.add(f"retried-{number}", attempts=3)
    for number in range(20):
        store.add(f"fresh-{number}")
    worker = _worker(store, receiver, Clock())

    await worker.start_due()
    await asyncio.sleep(0)

    assert len([row for row in receiver.tried if row.startswith("retried")]) == SendRate().retried_at_once
    assert len(receiver.tried) == SendRate().at_once
    assert receiver.held is not None
    receiver.held.set()
    await worker.drain()


async def test_a_steady_flow_of_fresh_rows_leaves_a_place_for_what_failed_before() -> None:
    store, receiver = FakeStore(), FakeReceiver()
    store.add("retried", attempts=2)
    for number in range(30):
        store.add(f"fresh-{number}")
    worker = _worker(store, receiver, Clock(), pace=SendRate(at_once=1))

    await worker.start_due()
    await worker.drain()

    assert receiver.got == ["retried"]


async def test_the_backlog_of_one_shop_does_not_hold_up_another_at_the_same_destination() -> None:
    store, receiver = FakeStore(), FakeReceiver()
    for number in range(500):
        store.add(f"big-{number}", shop="big")
    store.add("small-1", shop="small")

    await _worker(store, receiver, Clock(), pace=SendRate(at_once=2)).start_due()
    await asyncio.sleep(0)

    assert "small-1" in receiver.tried


async def test_unanswered_rows_of_many_shops_leave_room_for_one_that_answers() -> None:
    store, receiver = FakeStore(), FakeReceiver(held=asyncio.Event())
    for shop in range(20):
        for number in range(20):
            store.add(f"{shop}-{number}", f"hangs-{shop}", shop=f"s-{shop}")
    worker = _worker(store, receiver, Clock())
    await worker.start_due()
    store.add("healthy", "answers", shop="healthy")

    await worker.start_due()
    await asyncio.sleep(0)

    assert "healthy" in receiver.tried
    assert receiver.held is not None
    receiver.held.set()
    await worker.drain()


@pytest.mark.parametrize(
    ("kind", "final_after"),
    [(FailureKind.REFUSED, 4), (FailureKind.BUSY, None), (FailureKind.UNAUTHORIZED, None)],
)
async def test_only_a_refusal_of_the_row_itself_ends_its_tries_early(
    kind: FailureKind, final_after: int | None
) -> None:
    store, receiver, clock = FakeStore(), FakeReceiver({"shop": SendError("HTTP 4xx", kind=kind)}), Clock()
    store.add("o-1")
    worker = _worker(store, receiver, clock)

    await _run_until(worker, clock, 600, step=5)

    assert (store.rows["o-1"].state is OutboxState.DEAD) is (final_after is not None)
    assert len(receiver.tried) == final_after or len(receiver.tried) > 6


async def test_a_receiver_that_refuses_is_there_and_does_not_rest() -> None:
    store, clock = FakeStore(), Clock()
    receiver = FakeReceiver({f"bad-{number}": SendError("400", kind=FailureKind.REFUSED) for number in range(40)})
    for number in range(40):
        store.add(f"bad-{number}")
    store.add("good")

    await _work(_worker(store, receiver, clock))

    assert "good" in receiver.got
    assert len(receiver.tried) == 41


async def test_a_signature_that_is_not_believed_rests_the_destination_after_three_conversations() -> None:
    store, clock = FakeStore(), Clock()
    receiver = FakeReceiver({"shop": SendError("HTTP 401", kind=FailureKind.UNAUTHORIZED)})
    for number in range(50):
        store.add(f"o-{number}")

    await _work(_worker(store, receiver, clock, pace=SendRate(at_once=1)))

    assert len(receiver.tried) == BreakerPolicy().least_unauthorized


async def test_a_line_withdrawn_between_claim_and_send_is_not_sent() -> None:
    store, receiver = FakeStore(taken_over={"c-1"}), FakeReceiver()
    store.add("bots-line", conversation="c-1", until_takeover=True)
    store.add("agents-line", conversation="c-2")

    worker = _worker(store, receiver, Clock())
    await worker.start_due()
    await worker.drain()

    assert receiver.tried == ["agents-line"]
    assert store.attempts[-1].row_id == "agents-line"


async def test_every_attempt_is_noted_with_its_status_and_kind() -> None:
    store, clock = FakeStore(), Clock()
    receiver = FakeReceiver({"shop": SendError("HTTP 503", kind=FailureKind.SERVER_ERROR, status=503)})
    store.add("o-1")
    worker = _worker(store, receiver, clock)
    await _work(worker)
    receiver.failing.clear()
    clock.pass_seconds(5)

    await _work(worker)

    told = [(each.attempt, each.outcome, each.status, each.error) for each in store.attempts]
    assert told == [
        (1, AttemptOutcome.FAILED, 503, FailureKind.SERVER_ERROR),
        (2, AttemptOutcome.SENT, 204, None),
    ]


async def test_the_retry_after_of_one_row_is_that_rows_alone() -> None:
    store, clock = FakeStore(), Clock()
    receiver = FakeReceiver({"slow": SendError("429", kind=FailureKind.BUSY, retry_after=600)})
    store.add("slow", conversation="slow")
    worker = _worker(store, receiver, clock)
    await _work(worker)
    store.add("next")

    await _work(worker)

    assert receiver.got == ["next"]
    assert store.rows["slow"].next_at == NOW + timedelta(seconds=600)


@given(attempts=st.integers(min_value=1, max_value=10_000), draw=st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_pause_is_never_negative_and_never_longer_than_the_longest(attempts: int, draw: float) -> None:
    patience = RetryPolicy()

    pause = patience.retry_pause(attempts, draw)

    assert timedelta(0) <= pause <= patience.longest
