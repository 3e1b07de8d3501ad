"""What people did to a ticket is kept with it, notes among it, and an end can be taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.conversation import Conversation, Owner
from app.domain.events import TicketNoted
from app.domain.handoff import TicketState
from app.domain.ticket import Ticket, TicketEntry
from app.errors import ReusedIdError, TicketConflictError
from app.storage.store import Store
from handoff.ports import AgentLine
from handoff.promises import KEPT_AFTER_TICKET, is_still_valid
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn, handed_off
from tests.storage.test_waiting import SECOND, ticket_of, write

NOTE = TicketEntry("note:n-1", NOW + 2 * SECOND, "qing", TicketNoted.kind, "已联系仓库")


async def history(store: Store) -> list[tuple[str, str, str]]:
    """Who did what, with which words."""
    return [(entry.agent, entry.change, entry.text) for entry in await store.load_entries(await ticket_of(store))]


async def owned(store: Store) -> tuple[Owner, str | None]:
    found = await store.load_conversation(KEY)
    assert found is not None
    return found.owner, found.handoff_id


async def test_changes_and_notes_are_told_in_order_and_each_once(store: Store) -> None:
    await write(store, 0)
    for _ in range(2):
        await store.claim("t-1", "lan", NOW + SECOND)
        await store.add_note("t-1", NOTE)
    await store.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW + 3 * SECOND)
    await store.resolve("t-1", "lan", "已补发", NOW + 4 * SECOND, by="zhu")

    assert await history(store) == [
        ("lan", "ticket.claimed", ""),
        ("qing", "ticket.noted", "已联系仓库"),
        ("zhu", "ticket.resolved", "已补发"),
    ]
    with pytest.raises(ReusedIdError):
        await store.add_note("t-1", replace(NOTE, text="没有联系"))


async def test_what_happens_in_one_instant_stays_in_order(store: Store) -> None:
    await write(store, 0)
    for _ in range(6):
        await store.claim("t-1", "lan", NOW)
        await store.release("t-1", "lan", NOW)
    await store.claim("t-1", "lan", NOW)
    await store.add_note("t-1", replace(NOTE, at=NOW))
    await store.resolve("t-1", "lan", "", NOW)

    assert [change.removeprefix("ticket.") for _, change, _ in await history(store)] == [
        *(["claimed", "released"] * 6),
        *("claimed", "noted", "resolved"),
    ]


async def test_a_resolved_ticket_goes_back_to_its_holder_with_the_wait_as_it_stood(store: Store) -> None:
    await write(store, 0)
    held = await store.claim("t-1", "lan", NOW)
    await store.resolve("t-1", "lan", "误点", NOW)

    opened = await store.reopen("t-1", "lan", NOW + SECOND)

    waiting = (opened.state, opened.claimed_by, opened.waiting_since, opened.answer_due, opened.unread)
    assert waiting == (TicketState.CLAIMED, "lan", held.waiting_since, held.answer_due, held.unread)
    assert (opened.resolved_at, opened.note) == (None, "")
    assert await owned(store) == (Owner.AGENT, "t-1")
    assert await store.reopen("t-1", "lan", NOW + SECOND) == opened  # the first answer was lost on the way


async def test_one_returned_from_the_queue_waits_there_again(store: Store) -> None:
    await write(store, 0)
    await store.return_to_bot("t-1", None, NOW, by="lan")

    assert (await store.reopen("t-1", "lan", NOW)).state is TicketState.QUEUED
    assert await owned(store) == (Owner.QUEUE, "t-1")
    await write(store, 1, "还在吗")
    assert (await ticket_of(store)).unread == 2


async def test_what_has_not_ended_or_was_followed_by_another_ticket_is_not_reopened(store: Store) -> None:
    await write(store, 0)
    with pytest.raises(TicketConflictError, match="还没有结束"):
        await store.reopen("t-1", "lan", NOW)
    await store.claim("t-1", "lan", NOW)
    await store.resolve("t-1", "lan", "", NOW)
    message = a_message("m-again")
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    await store.commit(handed_off(a_turn(message, found), a_ticket("t-2")))

    with pytest.raises(TicketConflictError, match="另有一张"):
        await store.reopen("t-1", "lan", NOW)


async def test_an_end_from_before_there_was_a_history_is_told_apart(store: Store) -> None:
    ended = replace(a_ticket(), state=TicketState.RESOLVED, resolved_at=NOW, last_change="ticket.resolved")
    message = a_message()
    await store.commit(handed_off(a_turn(message, Conversation(KEY)), ended))

    with pytest.raises(TicketConflictError, match="升级前"):
        await store.reopen("t-1", "lan", NOW)


async def test_an_end_on_the_platform_can_be_taken_back_too(store: Store) -> None:
    await write(store, 0)
    await store.record_platform_line(KEY, AgentLine("p-1", "lan", "好了"), NOW, done=True)

    opened = await store.reopen("t-1", "lan", NOW + SECOND)

    assert [change for _, change, _ in await history(store)][-1] == "ticket.reopened"
    assert (opened.state, opened.claimed_by) == (TicketState.CLAIMED, "lan")
    assert (opened.waiting_since, opened.answer_due, opened.unread) == (None, None, 0)  # their line has answered it


async def test_a_tickets_history_goes_with_it(store: Store) -> None:
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)
    gone: Ticket = await ticket_of(store)

    await store.erase_buyer("demo", "buyer-1")

    assert await store.load_entries(gone) == ()


async def test_history_is_kept_as_long_as_its_ticket(store: Store) -> None:
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)
    await store.delete_expired(NOW + timedelta(days=1))
    kept = await history(store)
    ended = await store.resolve("t-1", "lan", "", NOW)

    await store.delete_expired(NOW + timedelta(days=1))
    await store.delete_expired(NOW + timedelta(days=1))

    assert len(kept) == 1
    assert await store.load_entries(ended) == ()


async def test_a_word_for_the_bot_stays_with_the_conversation_unless_it_is_taken_back(store: Store) -> None:
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)

    async def promised() -> list[str]:
        found = await store.load_conversation(KEY)
        assert found is not None
        return [promise["text"] for promise in found.promises]

    await store.return_to_bot("t-1", "lan", NOW, word="已答应明天补发")
    told = await promised()
    await store.reopen("t-1", "lan", NOW)
    taken_back = await promised()
    for _ in range(2):  # the first answer was lost on the way
        await store.return_to_bot("t-1", "lan", NOW, word="已答应后天补发")

    assert (told, taken_back, await promised()) == (["已答应明天补发"], [], ["已答应后天补发"])
    assert (await history(store))[-1] == ("lan", "ticket.returned", "已答应后天补发")
    conversation = await store.load_conversation(KEY)
    assert conversation is not None
    (word,) = conversation.promises
    held = [is_still_valid(word, NOW + KEPT_AFTER_TICKET + late) for late in (-timedelta(hours=1), timedelta(hours=1))]
    assert held == [True, False]
