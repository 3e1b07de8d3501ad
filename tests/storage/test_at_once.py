"""Two people, or two replicas, do the same at once: one change stands, is told once, and nothing is lost or doubled."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.events import PersonSpoke, PromiseMade, TicketInvited, TicketResolved, TodoDone, TodoDue, TodoOpened
from app.domain.handoff import TicketState
from app.domain.ticket import Ticket
from app.domain.todo import Todo, TodoKind, TodoState
from app.errors import ConflictError, TicketConflictError
from app.storage.store import Store, open_store
from handoff.ports import AgentLine
from handoff.ratings import Invitation
from tests.storage.builders import KEY, NOW
from tests.storage.test_approvals import ASKED, BOUND, GRANTED, LINE
from tests.storage.test_events import Recorder
from tests.storage.test_waiting import SECOND, ticket_of, write

TODO = Todo("t-1~f-1", KEY, "t-1", TodoKind.FOLLOW_UP, "问问", NOW + SECOND, "lan", "lan", NOW)


@dataclass(frozen=True, slots=True)
class Replicas:
    """Two stores on one database, and what both told."""

    one: Store
    other: Store
    recorder: Recorder

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.recorder.events)


@pytest.fixture
async def replicas(database_url: str) -> AsyncIterator[Replicas]:
    """With a ticket that lan holds and whose buyer waits."""
    recorder = Recorder()
    stores = [await open_store(database_url, readers=(recorder,)) for _ in range(2)]
    await write(stores[0], 0)
    await stores[0].claim("t-1", "lan", NOW)
    yield Replicas(stores[0], stores[1], recorder)
    for store in stores:
        await store.close()


async def at_once(*changes: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*changes, return_exceptions=True)


async def test_a_ticket_is_claimed_by_one(replicas: Replicas) -> None:
    await replicas.one.release("t-1", "lan", NOW)

    results = await at_once(replicas.one.claim("t-1", "qing", NOW), replicas.other.claim("t-1", "mei", NOW))

    (claimed,) = [each for each in results if isinstance(each, Ticket)]
    assert sum(isinstance(each, TicketConflictError) for each in results) == 1
    assert (await ticket_of(replicas.one)).claimed_by == claimed.claimed_by


async def test_a_ticket_is_resolved_once(replicas: Replicas) -> None:
    results = await at_once(
        replicas.one.resolve("t-1", "lan", "好了", NOW),
        replicas.other.resolve("t-1", "lan", "主管结束", NOW, by="zhu"),
    )

    (resolved,) = [each for each in results if isinstance(each, Ticket)]
    assert sum(isinstance(each, TicketConflictError) for each in results) == 1
    assert replicas.count(TicketResolved) == 1
    found = await ticket_of(replicas.one)
    assert (found.note, found.misses) == (resolved.note, 1)


async def test_a_line_beside_the_end_is_said_before_it_or_refused(replicas: Replicas) -> None:
    said, ended = await at_once(
        replicas.one.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW + SECOND),
        replicas.other.resolve("t-1", "lan", "", NOW + SECOND),
    )

    kept = [line.id for line in await replicas.one.load_conversation_lines(KEY, 9) if line.author == "agent"]
    found = await ticket_of(replicas.one)
    was_said = isinstance(said, Ticket)
    assert isinstance(ended, Ticket)
    assert was_said or isinstance(said, TicketConflictError)
    assert (kept, replicas.count(PersonSpoke)) == (["l-1"] * was_said, was_said)
    assert (found.state, found.answers, found.misses) == (TicketState.RESOLVED, was_said, not was_said)


async def test_a_yes_is_carried_out_once(replicas: Replicas) -> None:
    await replicas.one.approvals.add(ASKED)

    results = await at_once(
        *(store.approvals.grant(GRANTED, LINE, BOUND, NOW + SECOND) for store in (replicas.one, replicas.other) * 2)
    )

    assert results == [GRANTED] * 4
    assert (replicas.count(PromiseMade), replicas.count(PersonSpoke)) == (1, 1)


async def test_a_to_do_is_set_rung_and_ended_once(replicas: Replicas) -> None:
    both = (replicas.one, replicas.other)
    lan = replace(TODO, state=TodoState.DONE, result="好了", ended_by="lan", ended_at=NOW)
    qing = replace(lan, ended_by="qing")

    kept = await at_once(*(store.todos.add(TODO) for store in both * 2))
    rung = await at_once(*(store.todos.ring_due(NOW + 2 * SECOND) for store in both * 2))
    ends = (
        store.todos.change(todo, TodoDone(key=KEY, at=NOW, todo_id=TODO.id, agent=str(todo.ended_by)))
        for store, todo in ((replicas.one, lan), (replicas.other, qing), (replicas.other, lan), (replicas.one, qing))
    )
    ended = await at_once(*ends)

    found = await replicas.one.todos.get(TODO.id)
    assert found is not None
    assert (kept, sum(rung)) == ([TODO] * 4, 1)
    assert [each.ended_by for each in ended if isinstance(each, Todo)] == [found.ended_by] * 2
    assert sum(isinstance(each, ConflictError) for each in ended) == 2
    assert [replicas.count(kind) for kind in (TodoOpened, TodoDue, TodoDone)] == [1, 1, 1]


async def test_a_buyer_is_asked_and_followed_up_once(replicas: Replicas) -> None:
    both = (replicas.one, replicas.other)
    await replicas.one.add_reply("t-1", "lan", AgentLine("l-1", "lan", "来了"), NOW)
    await replicas.one.resolve("t-1", "lan", "", NOW)

    asked = await at_once(
        *(
            store.ratings.invite("t-1", Invitation(f"i-{at}", "满意吗", NOW + timedelta(days=1), NOW), NOW + SECOND)
            for at, store in enumerate(both * 2)
        )
    )
    await at_once(
        *(
            store.ratings.rate("t-1", score, "", "zhu", NOW + SECOND, follow_up="太慢")
            for score, store in zip((1, 2, 1, 2), both * 2, strict=True)
        )
    )

    lines = [line.text for line in await replicas.one.load_conversation_lines(KEY, 9) if line.text == "满意吗"]
    assert (sorted(asked), lines) == ([False, False, False, True], ["满意吗"])
    assert (replicas.count(TicketInvited), replicas.count(TodoOpened)) == (1, 1)
