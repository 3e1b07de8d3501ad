"""The port through which follow-ups and tasks are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.events import TodoChanged
from app.domain.todo import Todo, TodoKind, TodoState


@dataclass(frozen=True, slots=True)
class TodoFilter:
    """Which; None means any."""

    shops: frozenset[str] | None = None
    states: frozenset[TodoState] | None = None
    kind: TodoKind | None = None
    agent: str | None = None
    department: str | None = None
    ticket_id: str | None = None


@dataclass(frozen=True, slots=True)
class TodoPage:
    """A page, the first due first; `next_cursor` is None on the last."""

    todos: tuple[Todo, ...]
    next_cursor: str | None


class TodoStore(Protocol):
    """Keeps them; each change is one transaction with its event."""

    async def add(self, todo: Todo) -> Todo:
        """Keep it; the same again changes nothing, ReusedIdError when its id was another's."""

    async def get(self, todo_id: str) -> Todo | None:
        """One, or None."""

    async def find(self, wanted: TodoFilter, *, limit: int, cursor: str | None) -> TodoPage:
        """One page; MalformedError for a cursor that is not ours."""

    async def change(self, todo: Todo, event: TodoChanged) -> Todo:
        """Write what changed of an open one; ConflictError when somebody ended it otherwise meanwhile."""

    async def ring_due(self, now: datetime) -> int:
        """Tell of those that have become due since the last call, in whichever process it was; how many."""
