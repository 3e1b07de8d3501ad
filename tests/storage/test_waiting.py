"""Who waits for a person since when: noted with the turn, cleared by a person's line, listed by what is due."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.conversation import Conversation
from app.domain.handoff import Group, TicketState
from app.domain.message import ConversationKey
from app.domain.ticket import BuyerWait, LastLine, Ticket
from app.errors import MalformedError
from app.storage.store import Store
from app.web.handoff_example import example_view
from handoff.ports import AgentLine, TicketCounts, TicketFilter, TicketOrder
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn, handed_off

SECOND = timedelta(seconds=1)


async def write(
    store: Store, number: int, text: str = "在吗", *, ticket: Ticket | None = None, closing: bool = False
) -> None:
    """The buyer's message of this second: it opens the ticket, or comes while people have it."""
    named = ticket or a_ticket()
    at = NOW + number * SECOND
    message = a_message(f"m-{named.id}-{number}", text, key=named.key, received_at=at)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    line = LastLine("buyer", text, at)
    wait = BuyerWait(named.id, since=at, due=at + 180 * SECOND, closing=closing, messages=1, line=line)
    turn = a_turn(message, found, wait=wait)
    await store.commit(handed_off(turn, named) if number == 0 else turn)


async def ticket_of(store: Store, ticket_id: str = "t-1") -> Ticket:
    found = await store.get_ticket(ticket_id)
    assert found is not None
    return found


async def test_the_wait_begins_with_the_first_unanswered_message_and_ends_with_a_persons_line(store: Store) -> None:
    await write(store, 0)
    await write(store, 1)
    await store.claim("t-1", "lan", NOW)
    await write(store, 2, "人呢")
    waiting = await ticket_of(store)
    await store.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW + 3 * SECOND)
    answered = await ticket_of(store)
    await write(store, 4, "谢谢", closing=True)
    again = await ticket_of(store)

    assert (waiting.waiting_since, waiting.answer_due) == (NOW, NOW + 180 * SECOND)
    assert (waiting.unread, waiting.last_line) == (3, LastLine("buyer", "人呢", NOW + 2 * SECOND))
    assert (answered.waiting_since, answered.answer_due, answered.unread) == (None, None, 0)
    assert answered.last_line == LastLine("agent", "来了", NOW + 3 * SECOND)
    assert (again.waiting_since, again.closing, again.unread) == (NOW + 4 * SECOND, True, 1)


async def test_thanks_after_a_question_still_leave_the_question(store: Store) -> None:
    await write(store, 0)
    await write(store, 1, "谢谢", closing=True)
    asked_first = await ticket_of(store)
    await store.claim("t-1", "lan", NOW)
    await store.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW)
    await write(store, 2, "谢谢", closing=True)
    await write(store, 3, "再见", closing=True)
    farewell = await ticket_of(store)
    await write(store, 4, "等等，还有一个问题")

    assert not asked_first.closing
    assert farewell.closing
    assert not (await ticket_of(store)).closing


async def test_a_line_on_the_platform_and_the_end_of_a_ticket_stop_the_clock(store: Store) -> None:
    other = a_ticket("t-2", ConversationKey("demo", "http", "c-2"))
    await write(store, 0)
    await write(store, 0, ticket=other)

    await store.record_platform_line(KEY, AgentLine("p-1", "qing", "我来"), NOW)
    await store.return_to_bot("t-2", None, NOW)

    assert (await ticket_of(store)).answer_due is None
    assert (await ticket_of(store, "t-2")).answer_due is None


async def test_what_its_holder_has_seen_is_unread_no_more(store: Store) -> None:
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)
    before = await ticket_of(store)

    by_another = await store.mark_seen("t-1", "qing", NOW)
    seen = await store.mark_seen("t-1", "lan", NOW)

    assert (by_another, seen) == (before, replace(before, unread=0, version=before.version + 1))
    assert await store.mark_seen("t-1", "lan", NOW) == seen == await ticket_of(store)


async def test_every_change_moves_the_version(store: Store) -> None:
    await write(store, 0)
    opened = (await ticket_of(store)).version
    claimed = await store.claim("t-1", "lan", NOW)
    answered = await store.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW)
    released = await store.release("t-1", "lan", NOW)
    await write(store, 1)

    assert [each.version - opened for each in (claimed, answered, released)] == [1, 2, 3]
    assert (await ticket_of(store)).version - opened == 4


AGES = (2, 0, 3, 1)
"""When each was opened, in seconds after NOW."""


async def _many(store: Store) -> None:
    """t-0 was answered; of the others the later has waited longer. Their age is neither's order."""
    for number in range(4):
        named = a_ticket(f"t-{number}", ConversationKey("demo", "http", f"c-{number}"), buyer=f"buyer-{number}")
        named = replace(named, created_at=NOW + AGES[number] * SECOND)
        at = NOW - number * SECOND
        message = a_message(f"m-{number}", f"第{number}句", key=named.key, received_at=at)
        wait = BuyerWait(named.id, at, at + 180 * SECOND, closing=False, messages=1, line=LastLine("buyer", "在", at))
        await store.commit(handed_off(a_turn(message, Conversation(named.key), wait=wait), named))
    await store.claim("t-0", "lan", NOW)
    await store.add_reply("t-0", "lan", AgentLine("l-0", "lan", "单号 YT8800"), NOW + SECOND)


ORDERS = {
    TicketOrder.DUE: ["t-3", "t-2", "t-1", "t-0"],
    TicketOrder.RECENT: ["t-0", "t-1", "t-2", "t-3"],
    TicketOrder.OPENED: ["t-1", "t-3", "t-0", "t-2"],
}


async def test_each_order_pages_without_gap_and_takes_no_other_orders_cursor(store: Store) -> None:
    await _many(store)

    for order, expected in ORDERS.items():
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(2):
            page = await store.find_tickets(TicketFilter(order=order), limit=2, cursor=cursor)
            seen += [ticket.id for ticket in page.tickets]
            cursor = page.next_cursor or cursor
        assert seen == expected, order
        with pytest.raises(MalformedError):
            await store.find_tickets(TicketFilter(), limit=2, cursor=cursor)


async def test_tickets_are_found_by_holder_buyer_and_what_was_said(store: Store) -> None:
    await _many(store)

    async def found(wanted: TicketFilter) -> list[str]:
        return [ticket.id for ticket in (await store.find_tickets(wanted, limit=10, cursor=None)).tickets]

    assert await found(TicketFilter(claimed_by="lan")) == ["t-0"]
    assert await found(TicketFilter(states=frozenset({TicketState.QUEUED}), groups=frozenset({Group.AFTERSALE}))) == []
    assert await found(TicketFilter(text="BUYER-2")) == ["t-2"]
    assert await found(TicketFilter(text="第3句")) == ["t-3"]
    assert await found(TicketFilter(text="yt8800")) == ["t-0"]
    assert await found(TicketFilter(text="%")) == []


async def test_of_a_brief_what_it_says_is_found_and_not_how_it_is_kept(store: Store) -> None:
    view = example_view()
    named = replace(a_ticket(), brief=view.ticket.brief)
    await write(store, 0, ticket=named)

    async def found(text: str) -> bool:
        return bool((await store.find_tickets(TicketFilter(text=text), limit=1, cursor=None)).tickets)

    brief = view.brief
    told = (brief.summary[1], brief.wish, brief.slots[0].value, brief.notes[0], brief.promised[0])
    shown = (brief.snapshots[0].title, brief.snapshots[0].lines[0].value, *brief.collected.values())
    assert [text for text in (*told, *shown) if not await found(text)] == []
    assert [text for text in ("summary", "as_of", "insale", "0.97", "2026-06-18T") if await found(text)] == []


async def test_counts_say_how_many_are_mine_wait_are_open_and_are_late(store: Store) -> None:
    await _many(store)
    late = NOW + 179 * SECOND

    assert await store.count_tickets(None, "lan", late) == TicketCounts(mine=1, queue=3, open=4, late=2)
    assert await store.count_tickets(frozenset({"other"}), "lan", late) == TicketCounts(0, 0, 0, 0)
