"""Follow-ups and tasks: kept once, rung once, ended once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.conversation import Conversation
from app.domain.events import TodoDone, TodoDue, TodoMoved, TodoOpened
from app.domain.outcome import RecordRating
from app.domain.todo import Todo, TodoKind, TodoState
from app.errors import ConflictError, MalformedError, ReusedIdError
from app.storage.store import Store, open_store
from handoff.todo_ports import TodoFilter
from tests.storage.builders import KEY, NOW, a_message, a_turn
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


async def test_a_low_rating_reminds_whoever_held_the_ticket(store: Store) -> None:
    await write(store, 0)
    await store.claim("t-1", "lan", NOW)
    await store.resolve("t-1", "lan", "", NOW)
    for number in (8, 9):
        message = a_message(f"m-{number}", "1分", received_at=NOW + number * SECOND)
        found = await store.begin_turn(message)
        assert isinstance(found, Conversation)
        await store.commit(a_turn(message, found, effects=(RecordRating("t-1", 1, "", "买家给了 1 分"),)))

    page = await store.todos.find(TodoFilter(agent="lan"), limit=10, cursor=None)

    assert [(each.about, each.kind, each.ticket_id, each.due_at) for each in page.todos] == [
        ("买家给了 1 分", TodoKind.FOLLOW_UP, "t-1", NOW)
    ]


async def test_what_a_buyer_wants_forgotten_goes_with_the_rest(store: Store) -> None:
    await write(store, 0)
    await store.todos.add(TODO)

    await store.erase_buyer("demo", "buyer-1")

    assert await store.todos.get(TODO.id) is None
