"""The outbox in the database: each due row is one worker's, and nothing in it is lost."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.delivery.ports import OutboxFilter, OutboxItem, OutboxState
from app.domain.conversation import Conversation
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.errors import NotFoundError
from app.storage.store import Store, open_store
from tests.storage.builders import NOW, a_message, a_turn

SOON = NOW + timedelta(seconds=1)
LEASE = NOW + timedelta(seconds=61)


async def _written(store: Store, number: int, *rows: OutboxRow, conversation: str | None = None) -> None:
    key = ConversationKey("demo", "http", conversation or f"c-{number}")
    message = a_message(f"m-{number}", key=key)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    turn = a_turn(message, found, at=NOW + timedelta(milliseconds=number))
    await store.commit(replace(turn, outbox=rows))


def _row(row_id: str, destination: str = "https://shop.example/callback") -> OutboxRow:
    return OutboxRow(row_id, "reply", destination, {"text": "亲，在的"})


async def _claim(
    store: Store, now: datetime = SOON, limit: int = 100, **more: frozenset[str]
) -> tuple[OutboxItem, ...]:
    return await store.claim_due(now, leased_until=now + timedelta(seconds=60), limit=limit, **more)


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
        await store.mark_delivered(item, SOON)

    assert order == ["o-1", "o-2", "o-3"]


async def test_rows_of_a_resting_destination_are_left_alone(store: Store) -> None:
    await _written(store, 1, _row("o-1", "https://down.example"))
    await _written(store, 2, _row("o-2", "https://up.example"))

    items = await _claim(store, without=frozenset({"https://down.example"}))

    assert [item.id for item in items] == ["o-2"]


async def test_a_failed_row_comes_back_at_its_time_with_its_error(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    (item,) = await _claim(store)
    await store.schedule_retry(item, NOW + timedelta(minutes=5), "503")

    assert await _claim(store, NOW + timedelta(minutes=4)) == ()
    (again,) = await _claim(store, NOW + timedelta(minutes=6))
    assert (again.attempts, again.last_error) == (2, "503")


async def test_a_row_handed_back_counts_no_attempt(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    claimed = await _claim(store)
    await store.release_items(claimed, SOON)

    (again,) = await _claim(store)

    assert again.attempts == 1


async def test_a_dead_letter_is_seen_and_can_be_driven_again(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    (item,) = await _claim(store)
    await store.mark_dead(item, "410 Gone")

    dead = await store.find_outbox_rows(OutboxFilter(state=OutboxState.DEAD), limit=10, cursor=None)
    depth = await store.outbox_depth()
    driven = await store.redrive_dead_letters(row_id="o-1")

    assert [(row.id, row.last_error) for row in dead.rows] == [("o-1", "410 Gone")]
    assert (depth.pending, depth.dead) == (0, 1)
    assert driven == 1
    assert (await store.outbox_depth()).pending == 1


async def test_driving_a_row_that_is_not_dead_is_an_error(store: Store) -> None:
    await _written(store, 1, _row("o-1"))

    with pytest.raises(NotFoundError):
        await store.redrive_dead_letters(row_id="o-1")


async def test_a_row_settled_meanwhile_stays_settled(store: Store) -> None:
    await _written(store, 1, _row("o-1"))
    (item,) = await _claim(store)
    await store.mark_delivered(item, SOON)

    await store.schedule_retry(item, SOON, "late news of a timeout")

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
    await store.schedule_retry(item, NOW + timedelta(minutes=5), "503")

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


async def test_writing_a_row_in_one_process_wakes_the_worker_of_another(postgres_database: str) -> None:
    writing, waiting = await open_store(postgres_database), await open_store(postgres_database)
    await waiting.wait_for_outbox(2)  # the listener's own first call, once it listens

    woken = asyncio.create_task(waiting.wait_for_outbox(60))
    await _written(writing, 1, _row("o-1"))
    await asyncio.wait_for(woken, 10)

    assert len(await _claim(waiting)) == 1
    await writing.close()
    await waiting.close()
