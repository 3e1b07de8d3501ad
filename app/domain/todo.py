"""What is to be done by a time beside a conversation: follow-ups (回访) of agents, and tasks of other departments."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.message import ConversationKey


class TodoKind(StrEnum):
    """Who has to do it."""

    FOLLOW_UP = "follow_up"  # an agent, who is reminded
    TASK = "task"  # a department, while the conversation stays with its agent


class TodoState(StrEnum):
    """What became of it."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Todo:
    """One of them. Times are aware UTC.

    Attributes:
        about: what is to be done.
        agent: who is reminded of a follow-up, and told how a task went.
        department: whose task it is; empty for a follow-up.
        told_at: when it rang, or was told to be late.
        result: what came of it.
    """

    id: str
    key: ConversationKey
    ticket_id: str
    kind: TodoKind
    about: str
    due_at: datetime
    agent: str
    made_by: str
    made_at: datetime
    department: str = ""
    state: TodoState = TodoState.OPEN
    told_at: datetime | None = None
    result: str = ""
    ended_by: str | None = None
    ended_at: datetime | None = None

    def repeats(self, other: "Todo") -> bool:
        """Whether the other is the same, sent again."""
        fresh = replace(self, state=TodoState.OPEN, told_at=None, result="", ended_by=None, ended_at=None)
        return replace(other, made_at=self.made_at, due_at=self.due_at) == fresh
