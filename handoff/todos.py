"""Follow-ups (回访) and tasks of other departments: set on a ticket, due at a time, done with a result."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.events import TodoCancelled, TodoDone, TodoMoved
from app.domain.todo import Todo, TodoKind, TodoState
from app.errors import ConflictError, ForbiddenError, MalformedError, NotFoundError, error_sentence
from handoff.agents import Agent
from handoff.queue import HandoffQueue
from handoff.roster import Colleague
from handoff.todo_ports import TodoFilter, TodoPage, TodoStore

LATEST = timedelta(days=180)


class DepartmentRules(Protocol):
    """What shops say about their departments."""

    def departments(self, shop: str) -> Sequence[str]:
        """The names of those that take tasks."""


@dataclass(frozen=True, slots=True)
class NewTodo:
    """What an agent wants done; `agent` is who is reminded of a follow-up, None for who sets it."""

    id: str
    kind: TodoKind
    about: str
    due_at: datetime
    department: str = ""
    agent: str | None = None


class TodoDesk:
    """Checks who may set, move and end them; NotFoundError for what the agent does not serve.

    `find_colleague` knows whoever works at the desk.
    """

    def __init__(
        self,
        queue: HandoffQueue,
        store: TodoStore,
        rules: DepartmentRules,
        find_colleague: Callable[[str], Awaitable[Colleague | None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._store = store
        self._rules = rules
        self._find_colleague = find_colleague
        self._clock = clock

    async def set(self, agent: Agent, ticket_id: str, wanted: NewTodo) -> Todo:
        """A new one; the same again is a retry, whenever it comes.

        MalformedError for a department the shop does not have, or an agent who does not serve it.
        """
        ticket = await self._queue.find_visible(agent, ticket_id)
        now = self._clock()
        todo = Todo(
            id=f"{ticket.id}~{wanted.id}",
            key=ticket.key,
            ticket_id=ticket.id,
            kind=wanted.kind,
            about=wanted.about,
            due_at=wanted.due_at,
            agent=wanted.agent or agent.id,
            made_by=agent.id,
            made_at=now,
            department=wanted.department,
        )
        known = await self._store.get(todo.id)
        if known is not None and known.repeats(todo):
            return known
        self._require_due(wanted.due_at, now)
        self._require_department(ticket.key.shop, wanted)
        if todo.agent != agent.id:
            await self._require_colleague(todo.agent, ticket.key.shop)
        return await self._store.add(todo)

    async def list_visible(self, agent: Agent, wanted: TodoFilter, *, limit: int, cursor: str | None) -> TodoPage:
        """Those of the shops the agent serves, the first due first; ForbiddenError for a shop that they do not."""
        seen = replace(wanted, shops=agent.visible_shops(wanted.shops))
        return await self._store.find(seen, limit=limit, cursor=cursor)

    def list_departments(self, agent: Agent, shop: str) -> Sequence[str]:
        """The departments of a shop."""
        agent.visible_shops(frozenset({shop}))
        return self._rules.departments(shop)

    async def move(self, agent: Agent, todo_id: str, due_at: datetime) -> Todo:
        """To another time, when it rings again."""
        todo = await self._require_workable(agent, todo_id)
        now = self._clock()
        self._require_due(due_at, now)
        if todo.due_at == due_at:
            return todo
        moved = replace(todo, due_at=due_at, told_at=None)
        return await self._store.change(moved, TodoMoved(key=todo.key, at=now, todo_id=todo.id, agent=agent.id))

    async def finish(self, agent: Agent, todo_id: str, result: str) -> Todo:
        """Done, with what came of it: whoever waits for it is told."""
        return await self._end(agent, todo_id, TodoState.DONE, result)

    async def cancel(self, agent: Agent, todo_id: str, why: str) -> Todo:
        """Not to be done any more."""
        return await self._end(agent, todo_id, TodoState.CANCELLED, why)

    async def _end(self, agent: Agent, todo_id: str, state: TodoState, result: str) -> Todo:
        todo = await self._require_visible(agent, todo_id)
        if todo.state is state and todo.ended_by == agent.id:
            return todo
        _require_open(todo)
        _require_own(agent, todo)
        now = self._clock()
        ended = replace(todo, state=state, result=result, ended_by=agent.id, ended_at=now)
        event = TodoDone if state is TodoState.DONE else TodoCancelled
        return await self._store.change(ended, event(key=todo.key, at=now, todo_id=todo.id, agent=agent.id))

    async def _require_workable(self, agent: Agent, todo_id: str) -> Todo:
        todo = await self._require_visible(agent, todo_id)
        _require_open(todo)
        _require_own(agent, todo)
        return todo

    async def _require_visible(self, agent: Agent, todo_id: str) -> Todo:
        todo = await self._store.get(todo_id)
        if todo is None or not agent.serves_shop(todo.key.shop):
            raise NotFoundError(error_sentence("unknown_todo", id=todo_id))
        return todo

    def _require_department(self, shop: str, wanted: NewTodo) -> None:
        known = self._rules.departments(shop)
        if wanted.kind is TodoKind.TASK and wanted.department not in known:
            raise MalformedError(error_sentence("unknown_department", known="、".join(known)))
        if wanted.kind is TodoKind.FOLLOW_UP and wanted.department:
            raise MalformedError(error_sentence("no_department"))

    async def _require_colleague(self, name: str, shop: str) -> None:
        found = await self._find_colleague(name)
        if found is None or not found.serves_shop(shop):
            raise MalformedError(error_sentence("unknown_agent", agent=name))

    def _require_due(self, due_at: datetime, now: datetime) -> None:
        if not now < due_at < now + LATEST:
            raise MalformedError(error_sentence("todo_due", days=LATEST.days))


def _require_open(todo: Todo) -> None:
    if todo.state is not TodoState.OPEN:
        raise ConflictError(error_sentence("todo_ended"))


def _require_own(agent: Agent, todo: Todo) -> None:
    """A follow-up is its agent's and its maker's; a department's task is anybody's who works for it."""
    if todo.kind is TodoKind.FOLLOW_UP and agent.id not in {todo.agent, todo.made_by} and not agent.is_lead:
        raise ForbiddenError(error_sentence("todo_of_another"))
