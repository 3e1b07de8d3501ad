"""Follow-ups and tasks in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select, true, tuple_

from app.domain.events import Event, TodoChanged, TodoDue, TodoOpened
from app.domain.todo import Todo, TodoKind, TodoState
from app.errors import ConflictError, ReusedIdError, error_sentence
from app.storage import codec, cursor
from app.storage.event_readers import Reader, Writer, Written
from app.storage.schema import TODOS, in_states
from app.storage.writing.statements import insert_into
from handoff.todo_ports import TodoFilter, TodoPage

MOST_AT_ONCE = 100
_T = TODOS.c
_FIRST_DUE = (_T.due_at, _T.todo_id)
_IS_OPEN = in_states(_T.state, {TodoState.OPEN})
"""As the index has it, letter by letter."""


@dataclass(frozen=True, slots=True)
class TodoRecords:
    """The store's part for them."""

    read: Reader
    write: Writer

    async def add(self, todo: Todo) -> Todo:
        """Keep it; the same again changes nothing, ReusedIdError when its id was another's."""
        return await self.write(lambda c: _insert(c, todo))

    async def get(self, todo_id: str) -> Todo | None:
        """One, or None."""
        return await self.read(lambda c: _select(c, todo_id))

    async def find(self, wanted: TodoFilter, *, limit: int, cursor: str | None) -> TodoPage:
        """One page; MalformedError for a cursor that is not ours."""
        return await self.read(lambda c: _read_page(c, wanted, limit, cursor))

    async def change(self, todo: Todo, event: TodoChanged) -> Todo:
        """Write what changed of an open one; ConflictError when somebody ended it otherwise meanwhile."""
        return await self.write(lambda c: _change(c, todo, event))

    async def ring_due(self, now: datetime) -> int:
        """Tell of those that have become due; of several processes one does it."""
        if not await self.read(lambda c: c.execute(select(_T.todo_id).where(_is_untold(now)).limit(1)).first()):
            return 0
        return await self.write(lambda c: _ring(c, now))


def _insert(connection: Connection, todo: Todo) -> Written[Todo]:
    insert = insert_into(connection.dialect, TODOS).values(_encode(todo)).on_conflict_do_nothing()
    if connection.execute(insert.returning(_T.todo_id)).first():
        return Written(todo, (TodoOpened(key=todo.key, at=todo.made_at, todo_id=todo.id, agent=todo.made_by),))
    known = _select(connection, todo.id)
    if known is None or not known.repeats(todo):
        raise ReusedIdError.naming("this id", ["about or kind"])
    return Written(known)


def _select(connection: Connection, todo_id: str) -> Todo | None:
    row = connection.execute(select(TODOS).where(_T.todo_id == todo_id)).mappings().first()
    return _decode(row) if row else None


def _read_page(connection: Connection, wanted: TodoFilter, limit: int, after: str | None) -> TodoPage:
    query = select(TODOS).where(_conditions(wanted)).order_by(*_FIRST_DUE).limit(limit + 1)
    if after:
        query = query.where(tuple_(*_FIRST_DUE) > tuple_(*cursor.decode_cursor(after, int, str)))
    found = [_decode(row) for row in connection.execute(query).mappings()]
    last = found[limit - 1] if len(found) > limit else None
    more = cursor.encode_cursor(codec.encode_time(last.due_at), last.id) if last else None
    return TodoPage(tuple(found[:limit]), more)


def _conditions(wanted: TodoFilter) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if wanted.shops is not None:
        conditions.append(_T.shop.in_(sorted(wanted.shops)))
    if wanted.states is not None:
        conditions.append(in_states(_T.state, wanted.states))
    same = ((_T.kind, wanted.kind), (_T.agent, wanted.agent), (_T.department, wanted.department))
    conditions += [column == str(value) for column, value in same if value is not None]
    if wanted.ticket_id is not None:
        conditions.append(_T.ticket_id == wanted.ticket_id)
    return and_(*conditions)


def _change(connection: Connection, todo: Todo, event: TodoChanged) -> Written[Todo]:
    row = _encode(todo)
    changed = {name: row[name] for name in ("due_at", "told_at", "state", "result", "ended_by", "ended_at")}
    done = connection.execute(TODOS.update().where(_match(todo), _IS_OPEN).values(changed))
    if done.rowcount == 1:
        return Written(todo, (cast("Event", event),))
    known = _select(connection, todo.id)
    if known is None or (known.state, known.ended_by) != (todo.state, todo.ended_by):
        raise ConflictError(error_sentence("todo_ended"))
    return Written(known)


def _ring(connection: Connection, now: datetime) -> Written[int]:
    found = select(_T.shop, _T.todo_id).where(_is_untold(now)).order_by(*_FIRST_DUE).limit(MOST_AT_ONCE)
    mine = tuple_(_T.shop, _T.todo_id).in_(found.with_for_update(skip_locked=True))
    told = TODOS.update().where(mine).values({"told_at": codec.encode_time(now)}).returning(TODOS)
    rung = [_decode(row) for row in connection.execute(told).mappings()]
    return Written(len(rung), tuple(TodoDue(key=todo.key, at=now, todo_id=todo.id) for todo in rung))


def _is_untold(now: datetime) -> ColumnElement[bool]:
    return and_(_IS_OPEN, _T.due_at <= codec.encode_time(now), _T.told_at.is_(None))


def _match(todo: Todo) -> ColumnElement[bool]:
    return and_(_T.shop == todo.key.shop, _T.todo_id == todo.id)


def _encode(todo: Todo) -> dict[str, Any]:
    return {
        "shop": todo.key.shop,
        "todo_id": todo.id,
        "channel": todo.key.channel,
        "conversation": todo.key.conversation,
        "ticket_id": todo.ticket_id,
        "kind": todo.kind.value,
        "state": todo.state.value,
        "agent": todo.agent,
        "department": todo.department,
        "about": todo.about,
        "made_by": todo.made_by,
        "made_at": codec.encode_time(todo.made_at),
        "due_at": codec.encode_time(todo.due_at),
        "told_at": codec.encode_optional_time(todo.told_at),
        "result": todo.result,
        "ended_by": todo.ended_by,
        "ended_at": codec.encode_optional_time(todo.ended_at),
    }


def _decode(row: RowMapping | Mapping[str, Any]) -> Todo:
    return Todo(
        id=row["todo_id"],
        key=codec.decode_key(row),
        ticket_id=row["ticket_id"],
        kind=TodoKind(row["kind"]),
        about=row["about"],
        due_at=codec.decode_time(row["due_at"]),
        agent=row["agent"],
        made_by=row["made_by"],
        made_at=codec.decode_time(row["made_at"]),
        department=row["department"],
        state=TodoState(row["state"]),
        told_at=codec.decode_optional_time(row["told_at"]),
        result=row["result"],
        ended_by=row["ended_by"],
        ended_at=codec.decode_optional_time(row["ended_at"]),
    )
