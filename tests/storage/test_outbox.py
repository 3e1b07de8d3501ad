"""The outbox in the database: each due row is one worker's, and nothing in it is lost."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.delivery.ports import (
    AttemptFilter,
    AttemptOutcome,
    ClaimRoom,
    DeliveryAttempt,
    FailureKind,
    Lane,
    OutboxFilter,
    OutboxItem,
    OutboxState,
    ReplayRange,
    lane_of,
)
from app.domain.conversation import Conversation
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.errors import NotFoundError
from app.storage import outbox
from app.storage.store import Store, open_store
from handoff.ports import AgentLine
from tests.storage.builders import NOW, a_message, a_turn

CALLBACK = "https://shop.example/callback"
SOON = NOW + timedelta(seconds=1)
LONG_AFTER = NOW + timedelta(days=36_500)  # the store stamps what it drives again with its own clock
LEASE = NOW + timedelta(seconds=61)


async def _written(store: Store, number: int, *rows: OutboxRow, conversation: str | None = None) -> None:
    key = ConversationKey("demo", "http", conversation or f"c-{number}")
    message = a_message(f"m-{number}", key=key)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    turn = a_turn(message, found, at=NOW + timedelta(milliseconds=number))
    await store.commit(replace(turn, outbox=rows))


def _row(row_id: str, destination: str = CALLBACK, *, of_bot: bool = False) -> OutboxRow:
    return OutboxRow(row_id, "reply", destination, {"text": "亲，在的"}, until_takeover=of_bot)


async def _claim(store: Store, now: datetime = SOON, limit: int = 100, retried: int = 100) -> tuple[OutboxItem, ...]:
    """Everything that is due, as far as there is room in each lane."""
    rooms = [ClaimRoom(due.lane, limit, retried) for due in await store.list_lanes()]
    return await store.claim_due(now, leased_until=now + timedelta(seconds=60), rooms=rooms)


def _attempt(
    item: OutboxItem, outcome: AttemptOutcome = AttemptOutcome.SENT, error: FailureKind | None = None
) -> DeliveryAttempt:
    return DeliveryAttempt(item.shop, item.id, SOON, item.attempts, 12, outcome, 503 if error else 204, error)


async def _fail(store: Store, item: OutboxItem, until: datetime, why: str = "503") -> None:
    failed = _attempt(item, AttemptOutcome.FAILED, FailureKind.SERVER_ERROR)
    await store.schedule_retry(item, until, why, failed)


async def _deliver(store: Store, item: OutboxItem) -> None:
    await store.mark_delivered(item, SOON, _attempt(item))


async def _states(store: Store) -> dict[str, OutboxState]:
    page = await store.find_outbox_rows(OutboxFilter(), limit=100, cursor=None)
    return {row.id: row.state for row in page.rows}


async def test_a_row_written_with_a_turn_is_due_at_once(store: Store) -> None:
    await _written(store, 1, _row("o-1"))

    (item,) = await _claim(store)

    assert (item.id, item.shop, item.kind, item.payload) == ("o-1", "demo", "reply", {"text": "亲，在的"})
    assert (item.state, item.attempts) == (OutboxState.PENDING, 1)


async def test_a_claimed_row_is_nobody_elses_until_its_lease_ends(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    await _claim(store)

    assert await _claim(store) == ()
    (again,) = await _claim(store, LEASE + timedelta(seconds=1))
    assert again.attempts == 2


async def test_concurrent_workers_share_the_rows_without_meeting(database_url: str) -> None:
    first, second = await open_store(database_url), await open_store(database_url)
    for number in range(40):
        await _written(first, number, _row(f"o-{number}"))

    claims = await asyncio.gather(*(_claim(store, limit=5) for store in (first, second) for _ in range(6)))

    ids = [item.id for claim in claims for item in claim]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 5
    await first.close()
    await second.close()


async def test_a_reply_waits_for_the_one_said_before_it(store: Store) -> None:
    await _written(store, 1, _row("o-1"), _row("o-2"), conversation="c")
    await _written(store, 2, _row("o-3"), conversation="c")

    order = []
    for _ in range(3):
        (item,) = await _claim(store)
        order.append(item.id)
        await _deliver(store, item)

    assert order == ["o-1", "o-2", "o-3"]


async def test_a_failed_row_comes_back_at_its_time_with_its_error(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    (item,) = await _claim(store)
    await _fail(store, item, NOW + timedelta(minutes=5))

    assert await _claim(store, NOW + timedelta(minutes=4)) == ()
    (again,) = await _claim(store, NOW + timedelta(minutes=6))
    assert (again.attempts, again.last_error) == (2, "503")


async def test_a_dead_letter_is_seen_and_can_be_driven_again(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    (item,) = await _claim(store)
    await store.mark_dead(item, "410 Gone", _attempt(item, AttemptOutcome.DEAD, FailureKind.GONE))

    dead = await store.find_outbox_rows(OutboxFilter(state=OutboxState.DEAD), limit=10, cursor=None)
    depth = await store.outbox_depth()
    driven = await store.redrive_dead_letters(row_id="o-1")

    assert [(row.id, row.last_error) for row in dead.rows] == [("o-1", "410 Gone")]
    assert (depth.pending, depth.dead) == (0, 1)
    assert driven == 1
    assert (await store.outbox_depth()).pending == 1


async def test_driving_a_row_again_that_waits_as_new_is_a_retry(store: Store) -> None:
    await _written(store, 1, _row("o-1"))

    assert await store.redrive_dead_letters(row_id="o-1") == 0


async def test_driving_a_row_that_is_being_sent_or_unknown_is_an_error(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    await _claim(store)

    for row_id in ("o-1", "o-2"):
        with pytest.raises(NotFoundError):
            await store.redrive_dead_letters(row_id=row_id)


async def test_a_row_settled_meanwhile_stays_settled(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    (item,) = await _claim(store)
    await _deliver(store, item)

    await _fail(store, item, SOON, "late news of a timeout")

    assert (await store.outbox_depth()).pending == 0


async def test_a_row_written_by_a_clock_that_ran_ahead_is_due_once_the_clock_is_right(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    earlier = NOW - timedelta(days=3)

    before = await _claim(store, earlier)
    await store.realign_due_times(earlier)
    after = await _claim(store, earlier)

    assert before == ()
    assert [item.id for item in after] == ["o-1"]


async def test_a_pause_that_is_right_outlives_the_setting_right(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    (item,) = await _claim(store)
    await _fail(store, item, NOW + timedelta(minutes=5))

    await store.realign_due_times(NOW)

    assert await _claim(store, NOW + timedelta(minutes=1)) == ()


async def test_pages_of_the_outbox_join_without_gap(store: Store) -> None:
    for number in range(5):
        await _written(store, number, _row(f"o-{number}"))

    seen: list[str] = []
    cursor: str | None = None
    while cursor is not None or not seen:
        page = await store.find_outbox_rows(OutboxFilter(shops=frozenset({"demo"})), limit=2, cursor=cursor)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == [f"o-{number}" for number in range(5)]
    assert page.total == 5


async def test_each_lane_is_listed_with_when_its_first_row_is_due(store: Store) -> None:
    await _written(store, 1, _row("o-1", "https://a.example"))
    await _written(store, 2, _row("o-2", "https://b.example"))
    await _written(store, 3, _row("o-3", "https://a.example"))

    lanes = await store.list_lanes()

    assert [(each.lane, each.due_at) for each in lanes] == [
        (Lane("https://a.example", "demo"), NOW + timedelta(milliseconds=1)),
        (Lane("https://b.example", "demo"), NOW + timedelta(milliseconds=2)),
    ]


async def test_only_lanes_with_room_are_claimed_from(store: Store) -> None:
    await _written(store, 1, _row("o-1", "https://down.example"))
    await _written(store, 2, _row("o-2", "https://up.example"))

    rooms = [ClaimRoom(Lane("https://up.example", "demo"), 8, 4)]
    items = await store.claim_due(SOON, leased_until=LEASE, rooms=rooms)

    assert [item.id for item in items] == ["o-2"]


async def test_rows_that_failed_before_take_only_the_room_they_are_given(store: Store) -> None:
    for number in range(6):
        await _written(store, number, _row(f"failed-{number}"))
    for item in await _claim(store):
        await _fail(store, item, SOON)
    for number in range(6, 12):
        await _written(store, number, _row(f"fresh-{number}"))

    room = ClaimRoom(Lane(CALLBACK, "demo"), total=6, retried=3, reserved=1)
    items = await store.claim_due(SOON, leased_until=LEASE, rooms=[room])

    assert [item.id.partition("-")[0] for item in items].count("failed") == 1
    assert len(items) == 6
    left = await store.claim_due(SOON, leased_until=LEASE, rooms=[room])
    assert sorted(item.id.partition("-")[0] for item in left) == ["failed", "failed", "failed", "fresh"]


async def test_a_takeover_withdraws_the_bots_unsent_lines_and_nothing_else(store: Store) -> None:
    key = ConversationKey("demo", "http", "c")
    await _written(
        store, 1, _row("bots", of_bot=True), OutboxRow("event", "handoff.opened", CALLBACK, {}), conversation="c"
    )
    await _written(store, 2, _row("elsewhere", of_bot=True), conversation="d")

    await store.record_platform_line(key, AgentLine("p-1", "xiaowang", "我来"), SOON)

    states = await _states(store)
    assert states == {
        "bots": OutboxState.WITHDRAWN,
        "event": OutboxState.PENDING,
        "elsewhere": OutboxState.PENDING,
    }
    assert sorted(item.id for item in await _claim(store)) == ["elsewhere", "event"]


async def test_a_line_claimed_before_a_takeover_is_no_longer_ours_to_send_after_it(store: Store) -> None:
    await _written(store, 1, _row("bots", of_bot=True), conversation="c")
    (item,) = await _claim(store)
    before = await store.is_still_claimed(item)

    await store.record_platform_line(ConversationKey("demo", "http", "c"), AgentLine("p-1", "x", "我来"), SOON)

    assert (before, await store.is_still_claimed(item)) == (True, False)
    await _fail(store, item, SOON)
    assert await _states(store) == {"bots": OutboxState.WITHDRAWN}


async def test_a_row_whose_lease_ran_out_is_not_sent_by_the_worker_that_lost_it(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    (mine,) = await _claim(store)

    (theirs,) = await _claim(store, LEASE + timedelta(seconds=1))

    assert (await store.is_still_claimed(mine), await store.is_still_claimed(theirs)) == (False, True)


async def test_a_bots_line_driven_again_while_a_person_speaks_is_withdrawn_when_it_is_claimed(store: Store) -> None:
    key = ConversationKey("demo", "http", "c")
    await store.record_platform_line(key, AgentLine("p-1", "x", "我来"), NOW)
    message = a_message("m-1", key=key)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    await store.commit(replace(a_turn(message, found), outbox=(_row("bots", of_bot=True),)))

    claimed = await _claim(store)

    assert claimed == ()
    assert await _states(store) == {"bots": OutboxState.WITHDRAWN}


async def test_every_attempt_is_in_the_delivery_log_newest_first(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    (item,) = await _claim(store)
    await _fail(store, item, SOON)
    (again,) = await _claim(store)
    await store.mark_delivered(again, SOON, replace(_attempt(again), at=SOON + timedelta(seconds=1)))

    first = await store.find_attempts(AttemptFilter(shops=frozenset({"demo"}), row_id="o-1"), limit=1, cursor=None)
    second = await store.find_attempts(AttemptFilter(row_id="o-1"), limit=1, cursor=first.next_cursor)
    failed = await store.find_attempts(AttemptFilter(outcome=AttemptOutcome.FAILED), limit=9, cursor=None)

    assert [(each.attempt, each.status, each.error) for each in first.attempts] == [(2, 204, None)]
    assert [(each.attempt, each.status, each.error) for each in second.attempts] == [(1, 503, FailureKind.SERVER_ERROR)]
    assert second.next_cursor is None
    assert failed.attempts == second.attempts
    assert (await store.find_attempts(AttemptFilter(shops=frozenset({"x"})), limit=9, cursor=None)).attempts == ()


async def test_a_range_is_sent_once_more_in_its_order_with_the_ids_it_had(store: Store) -> None:
    for number in range(4):
        await _written(store, number, _row(f"o-{number}"), conversation="c")
        (item,) = await _claim(store)
        await _deliver(store, item)

    wanted = ReplayRange(NOW + timedelta(milliseconds=1), NOW + timedelta(milliseconds=3), frozenset({"demo"}))
    replayed = await store.replay_range(wanted)

    order = []
    while items := await _claim(store, LONG_AFTER):
        order += [item.id for item in items]
        await _deliver(store, items[0])
    assert replayed == 2
    assert order == ["o-1", "o-2"]


async def test_a_replay_leaves_the_bots_lines_that_a_person_has_followed(store: Store) -> None:
    await _written(store, 1, _row("overtaken", of_bot=True), conversation="c")
    await _written(store, 2, _row("fine", of_bot=True), conversation="d")
    for item in await _claim(store):
        await _deliver(store, item)
    await store.record_platform_line(
        ConversationKey("demo", "http", "c"), AgentLine("p-1", "x", "我来"), SOON, done=True
    )

    replayed = await store.replay_range(ReplayRange(NOW, SOON, kinds=frozenset({"reply"})))

    assert replayed == 1
    assert [item.id for item in await _claim(store, LONG_AFTER)] == ["fine"]


async def test_the_kinds_of_a_replay_are_the_only_ones_sent_again(store: Store) -> None:
    await _written(store, 1, _row("o-1"), OutboxRow("e-1", "handoff.opened", CALLBACK, {}))
    for _ in range(2):
        (item,) = await _claim(store)
        await _deliver(store, item)

    assert await store.replay_range(ReplayRange(NOW, SOON, kinds=frozenset({"handoff.opened"}))) == 1
    assert (await _states(store))["o-1"] is OutboxState.SENT


async def test_writing_a_row_in_one_process_wakes_the_worker_of_another(postgres_database: str) -> None:
    writing, waiting = await open_store(postgres_database), await open_store(postgres_database)
    await waiting.wait_for_outbox(2)  # the listener's own first call, once it listens

    woken = asyncio.create_task(waiting.wait_for_outbox(60))
    await _written(writing, 1, _row("o-1"))
    await asyncio.wait_for(woken, 10)

    assert len(await _claim(waiting)) == 1
    await writing.close()
    await waiting.close()


async def test_finding_what_is_due_costs_as_much_as_there_are_lanes_however_many_rows_wait(store: Store) -> None:
    if store._database.is_postgres:
        pytest.skip("the plan is read on SQLite, which counts no rows")

    def plan(connection: Connection) -> list[str]:
        sql = str(outbox._LANES.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]

    steps = [step for step in await store._read_in_thread(plan) if step.startswith(("SEARCH n ", "SCAN n"))]

    assert steps
    assert all("outbox_lanes (state=? AND lane" in step or "outbox_lanes (state=?)" in step for step in steps)


def test_a_lane_is_a_shop_and_the_callback_or_the_platform_it_writes_to() -> None:
    ours = lane_of("demo", CALLBACK)

    assert Lane.from_name(ours.name) == ours == Lane(CALLBACK, "demo")
    assert lane_of("demo", "weixin-kf:buyer-1") == lane_of("demo", "weixin-kf:buyer-2")
    assert lane_of("other", "weixin-kf:buyer-1").receiver != lane_of("demo", "weixin-kf:buyer-1").receiver
    assert lane_of("other", CALLBACK).receiver == ours.receiver
