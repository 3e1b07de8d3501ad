"""Retention ends what nobody claimed and says what it did; clocks that differ are warned of."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from app.delivery.ports import OutboxFilter
from app.domain.conversation import Conversation, Owner
from app.domain.events import Event, EventReader, TicketReturned
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.domain.proposal import FaqProposal
from app.domain.todo import Todo, TodoKind, TodoState
from app.storage.housekeeping import Housekeeper
from app.storage.store import Store, open_store
from handoff.todo_ports import TodoFilter
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn, handed_off

KEEP = timedelta(days=180)
LATER = NOW + KEEP + timedelta(days=1)


class Returned(EventReader):
    """A callback that is told of tickets that went back to the bot."""

    def outbox_rows(self, event: Event) -> Sequence[OutboxRow]:
        if not isinstance(event, TicketReturned):
            return ()
        return (OutboxRow(f"ended-{event.ticket.id}", "handoff.returned", "https://shop.example/", {}),)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await open_store(database_url, readers=(Returned(),))
    yield opened
    await opened.close()


def keeper(store: Store, now: datetime = LATER) -> tuple[Housekeeper, dict[str, int]]:
    counted: dict[str, int] = {}
    return Housekeeper(store, lambda: now, KEEP, counted.__setitem__, lambda _: None), counted


async def queued(store: Store, name: str, key: ConversationKey = KEY) -> None:
    turn = a_turn(a_message(f"m-{name}", key=key), Conversation(key, buyer="buyer-1"))
    await store.commit(handed_off(turn, a_ticket(f"t-{name}", key=key)))


async def test_a_ticket_nobody_claimed_is_ended_with_all_that_belongs_to_it_and_told(store: Store) -> None:
    await queued(store, "1")
    house, counted = keeper(store)

    with structlog.testing.capture_logs() as lines:
        await house.delete_expired()

    assert await store.get_ticket("t-1") is None
    assert await store.load_conversation(KEY) is None
    assert counted["unclaimed_tickets"] == 1
    assert counted["conversations"] == counted["messages"] == 1
    (told,) = [line for line in lines if line["event"] == "retention"]
    assert told["unclaimed_tickets_ended"] == 1
    page = await store.find_outbox_rows(OutboxFilter(), limit=9, cursor=None)
    assert [(item.id, item.conversation) for item in page.rows] == [("ended-t-1", KEY.conversation)]


async def test_the_bot_answers_again_in_a_conversation_that_still_moves(store: Store) -> None:
    await queued(store, "1")
    held = await store.load_conversation(KEY)
    assert held is not None
    later = a_turn(a_message("m-2", received_at=LATER), held, at=LATER)
    await store.commit(later)
    house, _ = keeper(store)

    await house.delete_expired()

    after = await store.load_conversation(KEY)
    assert after is not None
    assert (after.owner, after.handoff_id) == (Owner.BOT, None)


async def test_a_ticket_that_somebody_holds_or_that_is_young_stays(store: Store) -> None:
    young = ConversationKey("demo", "http", "young")
    await queued(store, "1")
    await store.claim("t-1", "lan", NOW)
    ticket = a_ticket("t-2", key=young, created_at=LATER - timedelta(days=1))
    await store.commit(handed_off(a_turn(a_message("m-2", key=young), Conversation(young), at=LATER), ticket))
    house, counted = keeper(store)

    await house.delete_expired()

    assert "unclaimed_tickets" not in counted
    for name, key, owner in (("t-1", KEY, Owner.AGENT), ("t-2", young, Owner.QUEUE)):
        assert await store.get_ticket(name) is not None
        found = await store.load_conversation(key)
        assert found is not None
        assert found.owner is owner


async def test_an_old_ticket_that_is_ended_leaves_a_conversation_of_a_later_ticket_with_its_person(
    store: Store,
) -> None:
    await queued(store, "1")
    held = await store.load_conversation(KEY)
    assert held is not None
    later = a_ticket("t-2", created_at=LATER - timedelta(days=1))
    await store.commit(handed_off(a_turn(a_message("m-2", received_at=LATER), held, at=LATER), later))
    await store.claim("t-2", "lan", LATER)
    house, counted = keeper(store)

    await house.delete_expired()

    found = await store.load_conversation(KEY)
    assert found is not None
    assert counted["unclaimed_tickets"] == 1
    assert (found.owner, found.handoff_id) == (Owner.AGENT, "t-2")


async def test_proposals_and_to_dos_go_once_they_are_settled_that_long_or_forgotten(store: Store) -> None:
    todo = Todo("t-1~old", KEY, "t-1", TodoKind.FOLLOW_UP, "问问", NOW, "lan", "lan", NOW)
    done = replace(todo, id="t-1~done", state=TodoState.DONE, ended_by="lan", ended_at=LATER)
    for each in (todo, replace(todo, id="t-1~due", due_at=LATER), done):
        await store.todos.add(each)
    for name in ("open", "closed", "late"):
        await store.proposals.add(FaqProposal(name, "demo", "能刻字吗", "亲，可以", "lan", NOW))
    await store.proposals.close("demo", "closed", "zhu", NOW)
    await store.proposals.close("demo", "late", "zhu", LATER)

    deleted = await store.delete_expired(LATER - KEEP)

    assert (deleted["todos"], deleted["proposals"]) == (1, 1)
    left = await store.todos.find(TodoFilter(), limit=9, cursor=None)
    assert sorted(each.id for each in left.todos) == ["t-1~done", "t-1~due"]
    kept = [await store.proposals.find("demo", name) is not None for name in ("open", "closed", "late")]
    assert kept == [True, False, True]


async def test_a_round_that_found_nothing_says_nothing(store: Store) -> None:
    house, counted = keeper(store, NOW)

    with structlog.testing.capture_logs() as lines:
        await house.delete_expired()

    assert (lines, counted) == ([], {})


@pytest.mark.parametrize(("ahead", "warnings"), [(timedelta(seconds=1), 0), (timedelta(seconds=3), 1)])
async def test_a_clock_two_seconds_off_is_warned_of_once(ahead: timedelta, warnings: int, store: Store) -> None:
    seen: list[float] = []

    class Skewed:
        async def compare_clocks(self) -> timedelta:
            return ahead

    house = replace(keeper(store, datetime.now(UTC))[0], store=Skewed(), report_clock=seen.append)  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as lines, pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.storage.housekeeping.CLOCK_INTERVAL", 0.001)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(house.watch_clock(), 0.2)

    assert len(lines) == warnings
    assert len(seen) > 1
