"""Replies that wait: each leaves once, or is taken back, or stopped, whatever happens around it."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from app.domain.events import ReplyStopped
from app.domain.held_reply import HeldReply, HeldState, StopReason
from app.errors import ConflictError, NotFoundError, ReusedIdError, TicketConflictError
from app.storage.store import Store
from handoff.ports import AgentLine, NewerLinesError
from tests.storage.builders import KEY, NOW, a_ticket
from tests.storage.test_events import Recorder, store_with
from tests.storage.test_passing import RINGING, TO_QING
from tests.storage.test_waiting import SECOND, ticket_of, write

HELD = HeldReply(
    id="t-1:r-1",
    reply_id="r-1",
    key=KEY,
    ticket_id="t-1",
    agent="lan",
    holder="lan",
    text="亲，查到了",
    held_at=NOW + SECOND,
    send_at=NOW + 4 * SECOND,
    after="reply-m-t-1-0",
)
DUE = HELD.send_at
ON_PLATFORM = AgentLine("p-1", "", "已处理")


async def hold(store: Store, held: HeldReply = HELD) -> None:
    """A ticket in Lan's hands, who writes a reply that waits."""
    await write(store, 0, ticket=a_ticket(brief={"group": "presale", "group_title": "售前组"}))
    await store.claim("t-1", "lan", NOW)
    await store.held_replies.hold(held)


async def said(store: Store) -> list[str]:
    lines = await store.load_transcript(await ticket_of(store), limit=20)
    return [line.text for line in lines if line.author == "agent"]


async def kept(store: Store) -> tuple[HeldState, StopReason | None] | None:
    found = await store.held_replies.get("demo", HELD.id)
    return None if found is None else (found.state, found.why)


async def test_it_waits_its_time_and_leaves_once_whoever_lets_it(store: Store) -> None:
    await hold(store)
    ticket = await ticket_of(store)

    early = await store.held_replies.leave(ticket, HELD.id, DUE - SECOND)
    waiting = ticket.answer_due
    await asyncio.gather(*(store.held_replies.leave(ticket, HELD.id, DUE) for _ in range(4)))

    assert (early.version, waiting is not None) == (ticket.version, True)  # the buyer's clock runs until it is said
    assert await said(store) == [HELD.text]
    assert (await kept(store), (await ticket_of(store)).answer_due) == (None, None)
    assert await store.held_replies.find_due(DUE + timedelta(days=1)) == []


async def test_a_retry_holds_nothing_twice_before_and_after_it_has_left(store: Store) -> None:
    await hold(store)
    version = (await ticket_of(store)).version
    await store.held_replies.hold(HELD)
    with pytest.raises(ReusedIdError):
        await store.held_replies.hold(HeldReply(**{**fields(HELD), "text": "别的"}))
    assert (await ticket_of(store)).version == version

    await store.held_replies.leave(await ticket_of(store), HELD.id, DUE)
    await store.held_replies.hold(HELD)

    assert (await said(store), await kept(store)) == ([HELD.text], None)


async def test_said_at_once_nothing_of_it_is_held_any_more(store: Store) -> None:
    await hold(store)
    line = AgentLine(HELD.id, HELD.agent, HELD.text, HELD.content)
    await store.add_reply("t-1", HELD.holder, line, NOW + 2 * SECOND)

    assert (await said(store), await kept(store)) == ([HELD.text], None)


async def test_taken_back_it_never_leaves_and_its_id_is_spent(store: Store) -> None:
    await hold(store)
    ticket = await ticket_of(store)
    for _ in range(2):  # the first answer was lost on the way
        await store.held_replies.withdraw(ticket, HELD.id, "lan", NOW)

    await store.held_replies.leave(ticket, HELD.id, DUE)

    assert (await said(store), await kept(store)) == ([], (HeldState.WITHDRAWN, None))
    assert await store.held_replies.list_of_ticket(ticket) == []
    with pytest.raises(ConflictError):  # the request that held it comes late
        await store.held_replies.hold(HELD)


async def test_what_has_left_or_never_was_is_not_taken_back(store: Store) -> None:
    await hold(store)
    ticket = await ticket_of(store)
    await store.held_replies.leave(ticket, HELD.id, DUE)

    with pytest.raises(ConflictError):
        await store.held_replies.withdraw(ticket, HELD.id, "lan", DUE)
    with pytest.raises(NotFoundError):
        await store.held_replies.withdraw(ticket, "t-1:other", "lan", DUE)
    with pytest.raises(NotFoundError):
        await store.held_replies.leave(ticket, "t-1:other", DUE, at_once=True)


@pytest.mark.parametrize("after", [HELD.after, None])
async def test_a_buyer_who_writes_first_stops_it_long_before_its_time(store: Store, after: str | None) -> None:
    await hold(store, HeldReply(**{**fields(HELD), "after": after, "send_at": NOW + timedelta(days=1)}))
    assert await store.held_replies.find_due(DUE) == []

    await write(store, 2, "不用了")
    (found,) = await store.held_replies.find_due(DUE)
    await store.held_replies.leave(await ticket_of(store), found.id, DUE)

    assert (await said(store), await kept(store)) == ([], (HeldState.STOPPED, StopReason.NEWER_LINES))
    assert [each.text for each in await store.held_replies.list_of_agent("lan", None)] == [HELD.text]
    assert await store.held_replies.list_of_agent("lan", frozenset({"other"})) == []


async def test_what_came_before_it_was_written_is_told_at_once(store: Store) -> None:
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)
    await write(store, 1, "还在吗")

    with pytest.raises(NewerLinesError) as refused:
        await store.held_replies.hold(HELD)

    assert ([line.text for line in refused.value.lines], await kept(store)) == (["还在吗", "亲，在的"], None)


CHANGES: dict[str, Callable[[Store], Coroutine[Any, Any, object]]] = {
    "release": lambda store: store.release("t-1", "lan", NOW),
    "transfer": lambda store: store.transfer("t-1", "lan", TO_QING, RINGING),
    "take": lambda store: store.take("t-1", "zhu", NOW),
    "resolve": lambda store: store.resolve("t-1", "lan", "", NOW),
    "return": lambda store: store.return_to_bot("t-1", "lan", NOW),
    "end on the platform": lambda store: store.record_platform_line(KEY, ON_PLATFORM, NOW, done=True),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
async def test_a_ticket_that_changes_hands_keeps_it_from_leaving_and_gives_it_back(
    database_url: str, change: str
) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        await hold(store)
        await CHANGES[change](store)

        await store.held_replies.leave(await ticket_of(store), HELD.id, DUE)

        assert HELD.text not in await said(store)
        assert await kept(store) == (HeldState.STOPPED, StopReason.CHANGED_HANDS)
        assert [each.reply_id for each in await store.held_replies.list_of_ticket(await ticket_of(store))] == ["r-1"]
    (told,) = [event for event in recorder.events if isinstance(event, ReplyStopped)]
    assert (told.reply.agent, told.reply.text, told.reply.why) == ("lan", HELD.text, StopReason.CHANGED_HANDS)
    assert recorder.kinds()[-1] == ReplyStopped.kind  # after the change that stopped it


async def test_a_change_that_leaves_it_with_its_holder_stops_nothing(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        await hold(store)
        await store.take("t-1", "lan", NOW)
        await store.mark_seen("t-1", "lan", NOW)

        assert await kept(store) == (HeldState.HELD, None)
    assert ReplyStopped.kind not in recorder.kinds()


async def test_on_a_ticket_that_is_not_theirs_nothing_is_held(store: Store) -> None:
    await write(store, 0)
    await store.claim("t-1", "qing", NOW)

    with pytest.raises(TicketConflictError):
        await store.held_replies.hold(HELD)


async def test_what_is_held_is_no_draft_and_goes_with_the_buyer(store: Store) -> None:
    await hold(store)
    assert await store.load_draft(await ticket_of(store), "lan") is None

    await store.erase_buyer("demo", "buyer-1")

    assert await kept(store) is None


def fields(held: HeldReply) -> dict[str, Any]:
    return {name: getattr(held, name) for name in HeldReply.__dataclass_fields__}
