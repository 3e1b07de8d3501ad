"""Who may set, move and end follow-ups and tasks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.events import TodoCancelled, TodoDone, TodoMoved
from app.domain.todo import Todo, TodoKind, TodoState
from app.errors import ConflictError, ForbiddenError, MalformedError, NotFoundError
from handoff.agents import AgentRole
from handoff.queue import HandoffQueue
from handoff.roster import AgentStatus, Colleague, DeskProfile
from handoff.todo_ports import TodoFilter, TodoPage
from handoff.todos import NewTodo, TodoDesk
from tests.handoff.builders import MORNING, a_ticket, an_agent
from tests.handoff.fakes import Clock, FakeTickets

HOUR = timedelta(hours=1)
FOLLOW_UP = NewTodo("f-1", TodoKind.FOLLOW_UP, "问问收到没有", MORNING + HOUR)
TASK = NewTodo("k-1", TodoKind.TASK, "补发", MORNING + HOUR, department="仓库")


class Store:
    """Keeps them in memory, with what happened."""

    def __init__(self) -> None:
        self.todos: dict[str, Todo] = {}
        self.events: list[object] = []
        self.asked: list[TodoFilter] = []

    async def add(self, todo: Todo) -> Todo:
        return self.todos.setdefault(todo.id, todo)

    async def get(self, todo_id: str) -> Todo | None:
        return self.todos.get(todo_id)

    async def find(self, wanted: TodoFilter, *, limit: int, cursor: str | None) -> TodoPage:
        self.asked.append(wanted)
        return TodoPage(tuple(self.todos.values()), None)

    async def change(self, todo: Todo, event: object) -> Todo:
        self.todos[todo.id] = todo
        self.events.append(type(event))
        return todo


class Rules:
    """Two departments."""

    def __init__(self) -> None:
        self.known = ("仓库", "财务")

    def departments(self, shop: str) -> tuple[str, ...]:
        return self.known


async def find_colleague(name: str) -> Colleague | None:
    """Colleagues of two shops."""
    shop = {"qing": "demo", "bao": "other"}.get(name)
    return shop and Colleague(DeskProfile(name), AgentStatus.OFFLINE, AgentRole.AGENT, frozenset({shop}))


class House:
    def __init__(self) -> None:
        self.store, self.clock, self.rules = Store(), Clock(MORNING), Rules()
        queue = HandoffQueue(FakeTickets(a_ticket()), self.clock)
        self.desk = TodoDesk(queue, self.store, self.rules, find_colleague, self.clock)

    async def set(self, wanted: NewTodo = FOLLOW_UP, by: str = "lan") -> Todo:
        return await self.desk.set(an_agent(by), "t-1", wanted)


async def test_a_follow_up_is_whose_who_sets_it_unless_another_is_named():
    own = await House().set()
    others = await House().set(replace(FOLLOW_UP, agent="qing"))

    assert (own.agent, own.made_by, own.ticket_id) == ("lan", "lan", "t-1")
    assert (others.agent, others.made_by) == ("qing", "lan")


@pytest.mark.parametrize(
    "wrong",
    [
        replace(TASK, department="火箭部"),
        replace(FOLLOW_UP, department="仓库"),
        replace(FOLLOW_UP, due_at=MORNING - HOUR),
        replace(FOLLOW_UP, due_at=MORNING + timedelta(days=400)),
        replace(FOLLOW_UP, agent="nobody"),
        replace(FOLLOW_UP, agent="bao"),
    ],
)
async def test_what_nobody_could_do_is_refused(wrong: NewTodo):
    with pytest.raises(MalformedError):
        await House().set(wrong)


async def test_the_same_again_is_a_retry_also_when_it_could_not_be_set_any_more():
    house = House()
    first, task = await house.set(replace(FOLLOW_UP, agent="qing")), await house.set(TASK)
    house.clock.forward(hours=2)
    house.rules.known = ()

    assert await house.set(replace(FOLLOW_UP, agent="qing")) == first
    assert await house.set(TASK) == task
    with pytest.raises(MalformedError):
        await house.set(replace(TASK, id="k-2"))


async def test_a_follow_up_is_ended_by_its_own_people_a_task_by_anybody():
    house = House()
    todo, task = await house.set(), await house.set(TASK)

    with pytest.raises(ForbiddenError):
        await house.desk.finish(an_agent("qing"), todo.id, "")
    done = await house.desk.finish(an_agent("qing"), task.id, "已补发")
    cancelled = await house.desk.cancel(an_agent("zhu", AgentRole.SUPERVISOR), todo.id, "不用了")

    assert (done.state, done.result, done.ended_by) == (TodoState.DONE, "已补发", "qing")
    assert cancelled.state is TodoState.CANCELLED
    assert house.store.events == [TodoDone, TodoCancelled]


async def test_the_same_end_again_is_a_retry_and_another_a_conflict():
    house = House()
    todo = await house.set()
    first = await house.desk.finish(an_agent("lan"), todo.id, "好了")

    assert await house.desk.finish(an_agent("lan"), todo.id, "好了") == first
    assert house.store.events == [TodoDone]
    with pytest.raises(ConflictError):
        await house.desk.cancel(an_agent("lan"), todo.id, "")
    with pytest.raises(ConflictError):
        await house.desk.move(an_agent("lan"), todo.id, MORNING + 2 * HOUR)


async def test_a_moved_one_rings_again():
    house = House()
    todo = await house.set()
    house.store.todos[todo.id] = replace(todo, told_at=MORNING)

    moved = await house.desk.move(an_agent("lan"), todo.id, MORNING + 3 * HOUR)

    assert (moved.due_at, moved.told_at) == (MORNING + 3 * HOUR, None)
    assert house.store.events == [TodoMoved]


async def test_those_of_other_shops_do_not_exist():
    house = House()
    todo = await house.set()
    stranger = an_agent("lan", shops=frozenset({"other"}))

    with pytest.raises(NotFoundError):
        await house.desk.finish(stranger, todo.id, "")
    with pytest.raises(NotFoundError):
        await house.desk.set(stranger, "t-1", FOLLOW_UP)
    await house.desk.list_visible(stranger, TodoFilter(), limit=5, cursor=None)
    assert house.store.asked[0].shops == frozenset({"other"})
