"""Follow-ups and tasks: kept once, rung once, ended once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.conversation import Conversation
from app.domain.events import TodoDone, TodoDue, TodoMoved, TodoOpened
from app.domain.outcome import RecordRating
from app.domain.todo import Todo, TodoKind, TodoState
from app.errors import ConflictError, MalformedError, ReusedIdError
from app.storage.store import Store, open_store
from handoff.agents import AgentRole, AgentToken
from handoff.todo_ports import TodoFilter
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn, handed_off
from tests.storage.test_events import Recorder
from tests.storage.test_waiting import SECOND, write

HOUR = timedelta(hours=1)
TODO = Todo("t-1~f-1", KEY, "t-1", TodoKind.FOLLOW_UP, "问问收到没有", NOW + HOUR, "lan", "lan", NOW)
TASK = replace(TODO, id="t-1~k-1", kind=TodoKind.TASK, department="仓库", about="补发", due_at=NOW + 2 * HOUR)


async def ids(store: Store, **wanted) -> list[str]:
    return [todo.id for todo in (await store.todos.find(TodoFilter(**wanted), limit=10, cursor=None)).todos]


async def test_one_is_kept_once_and_found_by_who_has_to_do_it(store: Store) -> None:
    await store.todos.add(TASK)
    await store.todos.add(TODO)
    again = await store.todos.add(replace(TODO, made_at=NOW + SECOND))

    assert again == TODO
    assert await ids(store) == [TODO.id, TASK.id]
    assert await ids(store, kind=TodoKind.TASK, department="仓库") == [TASK.id]
    assert await ids(store, agent="lan", shops=frozenset({"demo"})) == [TODO.id, TASK.id]
    assert await ids(store, shops=frozenset({"other"})) == []
    assert await ids(store, ticket_id="t-2") == []
    with pytest.raises(ReusedIdError):
        await store.todos.add(replace(TODO, about="别的"))


async def test_pages_go_on_where_the_last_ended(store: Store) -> None:
    for number in range(5):
        await store.todos.add(replace(TODO, id=f"t-1~{number}", due_at=NOW + number * SECOND))

    first = await store.todos.find(TodoFilter(), limit=3, cursor=None)
    rest = await store.todos.find(TodoFilter(), limit=3, cursor=first.next_cursor)

    assert [todo.id for todo in (*first.todos, *rest.todos)] == [f"t-1~{number}" for number in range(5)]
    assert rest.next_cursor is None
    with pytest.raises(MalformedError):
        await store.todos.find(TodoFilter(), limit=3, cursor="nonsense")


async def test_it_rings_once_and_again_after_it_was_moved(database_url: str) -> None:
    recorder = Recorder()
    store = await open_store(database_url, readers=(recorder,))
    await store.todos.add(TODO)

    rung = [await store.todos.ring_due(NOW + minutes * timedelta(minutes=1)) for minutes in (59, 60, 61)]
    found = await store.todos.get(TODO.id)
    assert found is not None
    moved = replace(found, due_at=NOW + 3 * HOUR, told_at=None)
    await store.todos.change(moved, TodoMoved(key=KEY, at=NOW + 2 * HOUR, todo_id=TODO.id, agent="lan"))
    again = await store.todos.ring_due(NOW + 3 * HOUR)
    await store.close()

    assert rung == [0, 1, 0]
    assert found.told_at == NOW + HOUR
    assert again == 1
    assert [type(event) for event in recorder.events] == [TodoOpened, TodoDue, TodoMoved, TodoDue]


async def test_what_has_ended_neither_changes_nor_rings(store: Store) -> None:
    await store.todos.add(TODO)
    done = replace(TODO, state=TodoState.DONE, result="收到了", ended_by="lan", ended_at=NOW)
    event = TodoDone(key=KEY, at=NOW, todo_id=TODO.id, agent="lan")
    assert await store.todos.change(done, event) == done

    with pytest.raises(ConflictError):
        await store.todos.change(replace(TODO, due_at=NOW), event)
    assert await store.todos.ring_due(NOW + 2 * HOUR) == 0
    assert await store.todos.get(TODO.id) == done


async def end_ticket(store: Store, number: int, agent: str = "lan") -> str:
    """A ticket of the one buyer that this agent resolved."""
    ticket = a_ticket(f"t-{number}")
    message = a_message(f"m-{number}")
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    await store.commit(replace(handed_off(a_turn(message, found), ticket), trace_id=f"trace-{number}"))
    await store.claim(ticket.id, agent, NOW)
    await store.resolve(ticket.id, agent, "", NOW)
    return ticket.id


async def rate_in_a_turn(store: Store, ticket: str, about: str, at: datetime) -> None:
    message = a_message(f"rating-{at}", "1分", received_at=at)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    turn = a_turn(message, found, effects=(RecordRating(ticket, 1, "", about),))
    await store.commit(replace(turn, at=at, trace_id=f"trace-{at}"))


async def follow_ups(store: Store) -> list[tuple[str, str, str]]:
    """Of which ticket, about what and for whom."""
    page = await store.todos.find(TodoFilter(kind=TodoKind.FOLLOW_UP), limit=10, cursor=None)
    return [(each.ticket_id, each.about, each.agent) for each in page.todos]


async def test_a_low_rating_reminds_whoever_held_the_ticket_once(store: Store) -> None:
    await store.mark_present(["lan"], NOW)
    first = await end_ticket(store, 1)

    for seconds in (8, 9):
        await rate_in_a_turn(store, first, "买家给了 1 分", NOW + seconds * SECOND)

    assert await follow_ups(store) == [("t-1", "买家给了 1 分", "lan")]


async def test_a_low_rating_that_a_platform_tells_does_the_same(database_url: str) -> None:
    recorder = Recorder()
    store = await open_store(database_url, readers=(recorder,))
    await store.mark_present(["lan"], NOW)
    first = await end_ticket(store, 1)

    for score, about in ((5, ""), (1, "买家给了 1 分"), (2, "买家给了 2 分")):
        await store.ratings.rate(first, score, "", "zhu", NOW, follow_up=about)
    found = await follow_ups(store)
    await store.close()

    assert found == [("t-1", "买家给了 1 分", "lan")]
    assert [event.todo_id for event in recorder.events if isinstance(event, TodoOpened)] == ["t-1~rating"]


async def test_a_buyer_is_followed_up_once_a_day(store: Store) -> None:
    await store.mark_present(["lan"], NOW)
    for number in (1, 2, 3):
        await end_ticket(store, number)

    await rate_in_a_turn(store, "t-1", "一", NOW + SECOND)
    await rate_in_a_turn(store, "t-2", "二", NOW + 23 * HOUR)
    await store.ratings.rate("t-2", 1, "", "zhu", NOW + 23 * HOUR, follow_up="二")
    await rate_in_a_turn(store, "t-3", "三", NOW + 25 * HOUR)

    assert await follow_ups(store) == [("t-1", "一", "lan"), ("t-3", "三", "lan")]


async def test_who_is_not_at_our_desk_is_not_named(store: Store) -> None:
    token = AgentToken("h-1", "lan", AgentRole.AGENT, None, NOW)
    await store.add_token(token)
    await store.mark_present(["lan"], NOW)
    for number, agent in ((1, "platform"), (2, "lan"), (3, "lan")):
        await end_ticket(store, number, agent)

    await rate_in_a_turn(store, "t-1", "平台上答的", NOW + SECOND)
    await rate_in_a_turn(store, "t-2", "在职", NOW + 25 * HOUR)
    await store.revoke_token(token.token_hash, NOW)
    await rate_in_a_turn(store, "t-3", "走了", NOW + 50 * HOUR)

    assert await follow_ups(store) == [("t-1", "平台上答的", ""), ("t-2", "在职", "lan"), ("t-3", "走了", "")]


async def test_what_a_buyer_wants_forgotten_goes_with_the_rest(store: Store) -> None:
    await write(store, 0)
    await store.todos.add(TODO)

    await store.erase_buyer("demo", "buyer-1")

    assert await store.todos.get(TODO.id) is None
