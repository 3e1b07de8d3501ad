"""Tickets: pages, transcripts, and changes that win over a turn being computed."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import Connection

from app.domain.conversation import Conversation, Owner
from app.domain.handoff import Group, Priority, TicketState
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket
from app.errors import MalformedError, NotFoundError, ReusedIdError, TicketConflictError
from app.storage import ticket_pages, tickets
from app.storage.ports import ConversationMovedError
from app.storage.store import Store, open_store
from app.storage.writing import locks
from handoff.ports import AgentLine, TicketFilter
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn, handed_off

LATER = NOW + timedelta(minutes=1)


async def _handoff(store: Store, ticket: Ticket | None = None) -> Ticket:
    opened = ticket or a_ticket()
    message = a_message(f"m-{opened.id}", key=opened.key)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    await store.commit(handed_off(a_turn(message, found), opened))
    return opened


async def _owner(store: Store) -> Owner:
    found = await store.load_conversation(KEY)
    assert found is not None
    return found.owner


async def test_a_ticket_is_read_as_it_was_written(store: Store) -> None:
    ticket = await _handoff(store)

    assert await store.get_ticket(ticket.id) == ticket


async def test_an_unknown_ticket_is_none_and_cannot_be_claimed(store: Store) -> None:
    assert await store.get_ticket("nobody") is None
    with pytest.raises(NotFoundError):
        await store.claim("nobody", "agent-1", NOW)


@pytest.mark.parametrize("ticket_id", ["nul\x00", "surrogate\ud800"])
async def test_an_id_that_no_database_can_hold_is_no_trouble_of_the_database(store: Store, ticket_id: str) -> None:
    with contextlib.suppress(MalformedError):
        assert await store.get_ticket(ticket_id) is None
    with pytest.raises((MalformedError, NotFoundError)):
        await store.claim(ticket_id, "agent-1", NOW)


async def test_a_claim_gives_the_conversation_to_the_agent(store: Store) -> None:
    ticket = await _handoff(store)

    claimed = await store.claim(ticket.id, "agent-1", LATER)

    assert (claimed.state, claimed.claimed_by, claimed.claimed_at) == (TicketState.CLAIMED, "agent-1", LATER)
    assert await _owner(store) is Owner.AGENT


async def test_of_many_claims_exactly_one_wins(store: Store) -> None:
    ticket = await _handoff(store)
    claims = [store.claim(ticket.id, f"agent-{n}", LATER + timedelta(microseconds=n)) for n in range(10)]

    results = await asyncio.gather(*claims, return_exceptions=True)

    assert sum(isinstance(result, Ticket) for result in results) == 1
    assert sum(isinstance(result, TicketConflictError) for result in results) == 9


async def test_a_turn_computed_before_the_claim_is_not_written(store: Store) -> None:
    ticket = await _handoff(store)
    message = a_message("m-2")
    before = await store.begin_turn(message)
    assert isinstance(before, Conversation)
    await store.claim(ticket.id, "agent-1", LATER)

    with pytest.raises(ConversationMovedError):
        await store.commit(a_turn(message, before))

    after = await store.begin_turn(message)
    assert isinstance(after, Conversation)
    assert after.owner is Owner.AGENT


async def test_release_puts_it_back_into_the_queue(store: Store) -> None:
    ticket = await _handoff(store)
    await store.claim(ticket.id, "agent-1", LATER)

    released = await store.release(ticket.id, "agent-1", LATER)

    assert (released.state, released.claimed_by) == (TicketState.QUEUED, None)
    assert await _owner(store) is Owner.QUEUE


async def test_only_its_holder_can_change_a_ticket(store: Store) -> None:
    ticket = await _handoff(store)
    await store.claim(ticket.id, "agent-1", LATER)

    for change in (
        store.release(ticket.id, "agent-2", LATER),
        store.resolve(ticket.id, "agent-2", "", LATER),
        store.return_to_bot(ticket.id, "agent-2", LATER),
        store.add_reply(ticket.id, "agent-2", AgentLine("l-1", "agent-2", "您好"), LATER),
    ):
        with pytest.raises(TicketConflictError):
            await change


async def test_a_reply_is_said_once_however_often_it_is_sent(store: Store) -> None:
    ticket = await _handoff(store)
    await store.claim(ticket.id, "agent-1", LATER)
    line = AgentLine("l-1", "agent-1", "您好，我来为您处理")

    answered = await store.add_reply(ticket.id, "agent-1", line, LATER)
    await store.add_reply(ticket.id, "agent-1", line, LATER + timedelta(minutes=1))

    said = [each for each in await store.load_transcript(ticket, limit=50) if each.author == "agent"]
    assert answered.first_response_at == LATER
    assert [(each.agent, each.text) for each in said] == [("agent-1", "您好，我来为您处理")]
    assert await store.is_own_reply("demo", "http", "l-1")


async def test_resolving_closes_the_conversation_and_keeps_the_note(store: Store) -> None:
    ticket = await _handoff(store)
    await store.claim(ticket.id, "agent-1", LATER)

    await store.resolve(ticket.id, "agent-1", "已补发", LATER)

    stored = await store.get_ticket(ticket.id)
    assert stored is not None
    assert (stored.state, stored.note, stored.resolved_at) == (TicketState.RESOLVED, "已补发", LATER)
    assert await _owner(store) is Owner.CLOSED


async def test_a_ticket_returned_from_the_queue_gives_the_bot_the_conversation(store: Store) -> None:
    ticket = await _handoff(store)

    returned = await store.return_to_bot(ticket.id, None, LATER)

    found = await store.load_conversation(KEY)
    assert found is not None
    assert returned.state is TicketState.RETURNED
    assert (found.owner, found.handoff_id, found.queue_acknowledged) == (Owner.BOT, None, False)


async def test_while_queued_the_brief_grows_and_nothing_else_changes(store: Store) -> None:
    ticket = await _handoff(store)
    message = a_message("m-2", "还在吗")
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    grown = replace(ticket, brief={"summary": ["买家要人工", "又问了一次"]}, priority=Priority.HIGH)

    await store.commit(replace(a_turn(message, found), ticket=grown))

    assert await store.get_ticket(ticket.id) == grown


async def test_a_turn_ends_the_ticket_that_its_buyer_takes_back(store: Store) -> None:
    ticket = await _handoff(store)
    message = a_message("m-2", "不用转人工了")
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    ended = replace(ticket, state=TicketState.RETURNED, resolved_at=LATER)

    await store.commit(replace(a_turn(message, found), ticket=ended))

    stored = await store.get_ticket(ticket.id)
    assert stored is not None
    assert (stored.state, stored.resolved_at, stored.version) == (TicketState.RETURNED, LATER, ticket.version + 1)
    assert await store.find_open_ticket(KEY) is None


async def test_pages_come_by_urgency_then_deadline_and_join_without_gap(store: Store) -> None:
    urgencies = [Priority.NORMAL, Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.URGENT]
    for number, priority in enumerate(urgencies):
        key = ConversationKey("demo", "http", f"c-{number}")
        due = NOW + timedelta(minutes=10 - number)
        await _handoff(store, a_ticket(f"t-{number}", key, priority=priority, first_response_due=due))

    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await store.find_tickets(TicketFilter(), limit=2, cursor=cursor)
        seen += [ticket.id for ticket in page.tickets]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == ["t-4", "t-1", "t-2", "t-3", "t-0"]
    assert page.total == 5


async def test_a_page_shows_only_what_was_asked_for(store: Store) -> None:
    await _handoff(store, a_ticket("t-1"))
    await _handoff(store, a_ticket("t-2", ConversationKey("other", "http", "c"), group=Group.SUPERVISOR))

    by_shop = await store.find_tickets(TicketFilter(shops=frozenset({"other"})), limit=10, cursor=None)
    by_group = await store.find_tickets(TicketFilter(groups=frozenset({Group.PRESALE})), limit=10, cursor=None)
    by_state = await store.find_tickets(TicketFilter(states=frozenset({TicketState.CLAIMED})), limit=10, cursor=None)
    of_no_shop = await store.find_tickets(TicketFilter(shops=frozenset()), limit=10, cursor=None)

    assert [ticket.id for ticket in by_shop.tickets] == ["t-2"]
    assert [ticket.id for ticket in by_group.tickets] == ["t-1"]
    assert (by_state.tickets, by_state.total) == ((), 0)
    assert of_no_shop.tickets == ()


@pytest.mark.parametrize("cursor", ["nonsense", "W10=", "eyJhIjoxfQ==", "WzEsMl0=", "WyJhIiwgImIiLCAxXQ=="])
async def test_a_cursor_that_is_not_ours_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(MalformedError):
        await store.find_tickets(TicketFilter(), limit=2, cursor=cursor)


CHANGES = {
    "claim": lambda store, ticket: store.claim(ticket.id, "agent-1", LATER),
    "release": lambda store, ticket: store.release(ticket.id, "agent-1", LATER),
    "resolve": lambda store, ticket: store.resolve(ticket.id, "agent-1", "已补发", LATER),
    "return": lambda store, ticket: store.return_to_bot(ticket.id, "agent-1", LATER),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_asked_for_again_by_the_same_person_gets_its_first_answer(store: Store, change: str) -> None:
    ticket = await _handoff(store)
    if change != "claim":
        await store.claim(ticket.id, "agent-1", LATER)
    first = await CHANGES[change](store, ticket)

    again = await CHANGES[change](store, ticket)

    assert again == first
    assert (await store.load_conversation(KEY)).version == (2 if change == "claim" else 3)


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "claim"])
async def test_a_change_made_by_another_is_no_retry(store: Store, change: str) -> None:
    ticket = await _handoff(store)
    await store.claim(ticket.id, "agent-2", LATER)
    with contextlib.suppress(TicketConflictError):
        await store.release(ticket.id, "agent-2", LATER)

    with pytest.raises(TicketConflictError):
        await CHANGES[change](store, ticket)


async def test_a_ticket_resolved_again_with_another_note_is_a_conflict(store: Store) -> None:
    ticket = await _handoff(store)
    await store.claim(ticket.id, "agent-1", LATER)
    await store.resolve(ticket.id, "agent-1", "已补发", LATER)

    with pytest.raises(TicketConflictError):
        await store.resolve(ticket.id, "agent-1", "已退款", LATER)


@pytest.mark.parametrize("line", [AgentLine("l-1", "agent-1", "不能补发"), AgentLine("l-1", "agent-2", "可以补发")])
async def test_a_reply_id_used_for_another_line_is_refused(store: Store, line: AgentLine) -> None:
    ticket = await _handoff(store)
    await store.claim(ticket.id, "agent-1", LATER)
    await store.add_reply(ticket.id, "agent-1", AgentLine("l-1", "agent-1", "可以补发"), LATER)

    with pytest.raises(ReusedIdError):
        await store.add_reply(ticket.id, "agent-1", line, LATER)


async def _queue_of(store: Store, *groups: Group) -> None:
    """A ticket a group, the first the most urgent."""
    for number, group in enumerate(groups):
        due = NOW + timedelta(minutes=number)
        key = ConversationKey("demo", "http", f"c-{number}")
        await _handoff(store, a_ticket(f"t-{number}", key, group=group, first_response_due=due))


async def test_the_next_ticket_is_the_most_urgent_that_may_be_taken(store: Store) -> None:
    await _queue_of(store, Group.SUPERVISOR, Group.PRESALE)
    presale = TicketFilter(shops=frozenset({"demo"}), groups=frozenset({Group.PRESALE}))

    taken = [await store.claim_next(wanted, "agent-1", LATER) for wanted in (presale, presale, TicketFilter())]

    assert [ticket and ticket.id for ticket in taken] == ["t-1", None, "t-0"]
    assert taken[0] is not None
    assert (taken[0].state, taken[0].claimed_by) == (TicketState.CLAIMED, "agent-1")
    found = await store.load_conversation(taken[0].key)
    assert found is not None
    assert found.owner is Owner.AGENT


async def test_many_who_ask_for_the_next_at_once_get_one_each(store: Store) -> None:
    await _queue_of(store, *[Group.PRESALE] * 6)

    taken = await asyncio.gather(*(store.claim_next(TicketFilter(), f"agent-{n}", LATER) for n in range(8)))

    ids = [ticket.id for ticket in taken if ticket is not None]
    assert sorted(ids) == [f"t-{number}" for number in range(6)]
    assert taken.count(None) == 2


async def test_the_next_is_looked_for_beyond_those_that_others_are_at(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five the first was claimed after it was read, the next two are locked: none of them is waited for."""
    monkeypatch.setattr(ticket_pages, "MOST_PASSED_OVER", 2)
    store = await open_store(postgres_database)
    await _queue_of(store, *[Group.PRESALE] * 5)
    numbers = [locks.lock_number("demo", "http", f"c-{number}") for number in range(3)]
    let_go: list[bool] = []

    def try_lock(connection: Connection, number: int) -> bool:
        with psycopg.connect(postgres_database) as other:
            if number == numbers[0]:
                other.execute("UPDATE tickets SET state = 'claimed' WHERE ticket_id = 't-0'")
            elif number == numbers[1]:
                row = other.execute("SELECT pg_try_advisory_xact_lock(%s)", (numbers[0],)).fetchone()
                let_go.append(bool(row and row[0]))
        return locks.try_lock(connection, number)

    monkeypatch.setattr(tickets, "try_lock", try_lock)
    with psycopg.connect(postgres_database) as other:
        for number in numbers[1:]:
            other.execute("SELECT pg_advisory_xact_lock(%s)", (number,))
        async with asyncio.timeout(20):
            taken = await store.claim_next(TicketFilter(), "agent-1", LATER)
    await store.close()

    assert taken is not None
    assert (taken.id, let_go) == ("t-3", [True])
