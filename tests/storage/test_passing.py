"""Tickets passed on, taken, put aside, and brought back by the clock."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.conversation import Owner
from app.domain.handoff import Group, TicketState
from app.domain.ticket import Draft, Snooze, Ticket, Transfer
from app.errors import TicketConflictError
from app.storage.store import Store
from handoff.ports import AgentLine, TicketFilter
from handoff.roster import AgentStatus, ProfileChange
from handoff.transfers import TransferTarget, TransferTo
from tests.storage.builders import NOW, a_ticket
from tests.storage.test_ticket_history import history, owned
from tests.storage.test_waiting import SECOND, ticket_of, write

MINUTE = timedelta(minutes=1)
TO_QING = TransferTarget(TransferTo(agent="qing"))
TO_AFTERSALE = TransferTarget(TransferTo(group=Group.AFTERSALE), "售后组")
RINGING = Transfer("lan", "要改价", NOW, NOW + 2 * MINUTE)


async def held(store: Store, holder: str = "lan", *, answered: bool = False) -> Ticket:
    """A ticket in somebody's hands."""
    await write(store, 0, ticket=a_ticket(brief={"group": "presale", "group_title": "售前组"}))
    ticket = await store.claim("t-1", holder, NOW)
    return await store.add_reply("t-1", holder, AgentLine("l-1", holder, "来了"), NOW) if answered else ticket


async def is_present(store: Store, *agents: str) -> None:
    await store.mark_present(agents, NOW)


async def place(store: Store) -> tuple[TicketState, str | None, Group, str]:
    found = await ticket_of(store)
    return found.state, found.claimed_by, found.group, found.brief["group_title"]


async def test_whom_it_is_passed_on_to_holds_it_and_hears_it_ring_until_they_look(store: Store) -> None:
    await held(store)

    passed = await store.transfer("t-1", "lan", TO_QING, RINGING)
    again = await store.transfer("t-1", "lan", TO_QING, replace(RINGING, at=NOW + SECOND))
    seen = await store.mark_seen("t-1", "qing", NOW + SECOND)

    assert (passed.state, passed.claimed_by, passed.transfer) == (TicketState.CLAIMED, "qing", RINGING)
    assert again == passed  # the first answer was lost on the way
    assert passed.waiting_since == NOW  # the buyer's clock runs on
    assert seen.transfer is None
    assert await owned(store) == (Owner.AGENT, "t-1")
    assert (await history(store))[-1] == ("lan", "ticket.transferred", "要改价")
    with pytest.raises(TicketConflictError):
        await store.transfer("t-1", "lan", TO_AFTERSALE, RINGING)  # it is not theirs any more


async def test_a_group_finds_it_in_its_queue_under_its_own_name(store: Store) -> None:
    await held(store)

    await store.transfer("t-1", "lan", TO_AFTERSALE, RINGING)

    assert await place(store) == (TicketState.QUEUED, None, Group.AFTERSALE, "售后组")
    assert await owned(store) == (Owner.QUEUE, "t-1")
    claimed = await store.claim("t-1", "qing", NOW)
    assert (claimed.transfer, claimed.claimed_by) == (None, "qing")


@pytest.mark.parametrize("target", [TO_QING, TO_AFTERSALE])
async def test_what_nobody_looks_at_goes_back_to_a_sender_who_is_there(store: Store, target: TransferTarget) -> None:
    await held(store)
    await is_present(store, "lan")
    await store.transfer("t-1", "lan", target, RINGING)

    early = await store.bring_back_unseen(NOW + MINUTE)
    late = await store.bring_back_unseen(NOW + 2 * MINUTE)

    assert (early, late, await store.bring_back_unseen(NOW + 3 * MINUTE)) == (0, 1, 0)
    assert await place(store) == (TicketState.CLAIMED, "lan", Group.PRESALE, "售前组")
    assert [change for _, change, _ in await history(store)][-1] == "ticket.came_back"


async def test_and_to_the_queue_when_the_sender_left(store: Store) -> None:
    await held(store)
    await store.transfer("t-1", "lan", TO_AFTERSALE, RINGING)

    await store.bring_back_unseen(NOW + 2 * MINUTE)

    assert await place(store) == (TicketState.QUEUED, None, Group.PRESALE, "售前组")


async def test_several_processes_bring_one_ticket_back_once(store: Store) -> None:
    await held(store)
    await store.transfer("t-1", "lan", TO_QING, RINGING)

    counts = await asyncio.gather(*(store.bring_back_unseen(NOW + 2 * MINUTE) for _ in range(4)))

    assert sum(counts) == 1


async def test_passing_on_is_undone_at_once_and_not_later(store: Store) -> None:
    await held(store)
    await store.transfer("t-1", "lan", TO_AFTERSALE, RINGING)

    with pytest.raises(TicketConflictError, match="太晚"):
        await store.undo_transfer("t-1", "lan", NOW + SECOND, NOW + 9 * SECOND)
    with pytest.raises(TicketConflictError, match="没有可以撤销"):
        await store.undo_transfer("t-1", "qing", NOW, NOW + SECOND)
    undone = await store.undo_transfer("t-1", "lan", NOW, NOW + SECOND)

    assert await place(store) == (TicketState.CLAIMED, "lan", Group.PRESALE, "售前组")
    assert (undone.transfer, undone.waiting_since) == (None, NOW)
    assert await store.undo_transfer("t-1", "lan", NOW, NOW + SECOND) == undone


async def test_a_supervisor_takes_it_from_its_holder(store: Store) -> None:
    await held(store)

    taken = await store.take("t-1", "zhu", NOW)

    assert (taken.claimed_by, taken.waiting_since) == ("zhu", NOW)
    assert await store.take("t-1", "zhu", NOW) == taken
    with pytest.raises(TicketConflictError):
        await store.resolve("t-1", "lan", "", NOW)
    await store.resolve("t-1", "zhu", "", NOW)
    with pytest.raises(TicketConflictError):
        await store.take("t-1", "zhu", NOW)


async def test_what_is_put_aside_leaves_ones_own_list_until_its_time(store: Store) -> None:
    await held(store, answered=True)
    aside = TicketFilter(claimed_by="lan", snoozed=True)
    own = TicketFilter(claimed_by="lan", snoozed=False)

    await store.snooze("t-1", "lan", Snooze("lan", NOW + MINUTE), NOW)
    listed = [(await store.find_tickets(each, limit=9, cursor=None)).total for each in (aside, own)]
    counts = await store.count_tickets(None, "lan", NOW)
    woken = [await store.wake_due(NOW + seconds * SECOND) for seconds in (59, 60, 61)]

    assert listed == [1, 0]
    assert (counts.mine, counts.snoozed, counts.open) == (0, 1, 1)
    assert woken == [0, 1, 0]
    assert (await ticket_of(store)).snooze is None


async def test_it_wakes_when_the_buyer_writes_and_never_hides_a_running_clock(store: Store) -> None:
    await held(store)
    with pytest.raises(TicketConflictError, match="买家还在等"):
        await store.snooze("t-1", "lan", Snooze("lan"), NOW)
    await store.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW)
    await store.snooze("t-1", "lan", Snooze("lan"), NOW)

    never = await store.wake_due(NOW + 30 * MINUTE)
    await write(store, 5, "在吗")

    assert never == 0
    assert (await ticket_of(store)).snooze is None
    assert (await ticket_of(store)).waiting_since == NOW + 5 * SECOND


async def test_its_holder_may_take_it_up_before(store: Store) -> None:
    await held(store, answered=True)
    await store.snooze("t-1", "lan", Snooze("lan"), NOW)

    assert (await store.wake("t-1", "lan", NOW)).snooze is None


async def test_what_somebody_gone_left_waiting_goes_back_to_the_queue(store: Store) -> None:
    await held(store)
    await is_present(store, "lan")

    there = await store.release_left(NOW + 3 * MINUTE)
    gone = await store.release_left(NOW + 4 * MINUTE)

    assert (there, gone) == (0, 1)
    assert (await ticket_of(store)).state is TicketState.QUEUED
    assert (await history(store))[-1] == ("", "ticket.came_back", "lan 离开了，买家还在等，自动放回队列")


async def test_what_they_had_answered_or_took_without_ever_connecting_stays_theirs(store: Store) -> None:
    await held(store, answered=True)
    await is_present(store, "lan")
    answered = await store.release_left(NOW + 4 * MINUTE)
    await write(store, 5, "在吗")
    await store.take("t-1", "by-http", NOW)

    assert (answered, await store.release_left(NOW + 4 * MINUTE)) == (0, 0)


async def test_who_claims_without_a_connection_has_the_same_three_minutes(store: Store) -> None:
    await is_present(store, "lan")
    await write(store, 0)
    await store.claim("t-1", "lan", NOW + 10 * MINUTE)

    early = await store.release_left(NOW + 12 * MINUTE)

    assert (early, await store.release_left(NOW + 13 * MINUTE)) == (0, 1)


async def test_who_first_connects_is_online_and_keeps_what_they_chose_afterwards(store: Store) -> None:
    await store.save_profile("lan", ProfileChange(groups=frozenset({Group.PRESALE}), capacity=3), NOW)
    await is_present(store, "lan", "qing")
    first = await store.find_profile("lan")
    await store.save_profile("lan", ProfileChange(status=AgentStatus.AWAY), NOW)
    await store.mark_present(["lan"], NOW + MINUTE)
    second = await store.find_profile("lan")

    assert first is not None
    assert second is not None
    assert (first.status, first.groups, first.capacity) == (AgentStatus.ONLINE, {Group.PRESALE}, 3)
    assert (second.status, second.seen_at) == (AgentStatus.AWAY, NOW + MINUTE)
    assert second.status_at(NOW + 5 * MINUTE) is AgentStatus.OFFLINE
    assert [profile.agent for profile in await store.list_profiles()] == ["lan", "qing"]


async def test_that_somebody_is_gone_is_told_once(store: Store) -> None:
    await is_present(store, "lan")

    told = [await store.note_gone(NOW + minutes * MINUTE) for minutes in (3, 4, 5)]

    assert told == [(), ("lan",), ()]


async def test_what_each_has_in_hand_is_counted_and_can_be_let_go_at_once(store: Store) -> None:
    await held(store)

    loads = await store.count_loads(None, NOW + 4 * MINUTE)
    mine = await store.list_held("lan")
    released = await store.release_held("lan", "lan", NOW)

    assert {agent: (load.held, load.late) for agent, load in loads.items()} == {"lan": (1, 1)}
    assert ([ticket.id for ticket in mine], released) == (["t-1"], 1)
    assert (await ticket_of(store)).state is TicketState.QUEUED


async def test_a_draft_is_each_ones_own_and_gone_once_it_is_sent(store: Store) -> None:
    ticket = await held(store)
    for text in ("亲，", "亲，马上"):
        await store.save_draft(ticket, "lan", Draft(text, NOW))
    await store.save_draft(ticket, "qing", Draft("我来", NOW))
    kept = await store.load_draft(ticket, "lan")

    await store.add_reply("t-1", "lan", AgentLine("l-1", "lan", "亲，马上"), NOW)
    await store.save_draft(ticket, "qing", Draft("", NOW))

    assert kept == Draft("亲，马上", NOW)
    assert [await store.load_draft(ticket, agent) for agent in ("lan", "qing")] == [None, None]


async def test_drafts_go_with_their_buyer(store: Store) -> None:
    ticket = await held(store)
    await store.save_draft(ticket, "lan", Draft("亲，", NOW))

    await store.erase_buyer("demo", "buyer-1")

    assert await store.load_draft(ticket, "lan") is None
