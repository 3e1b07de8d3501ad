"""Tickets: conversations handed to people, from the queue until they are settled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.content import TEXT_ONLY, Content
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority, TicketState
from app.domain.message import ConversationKey


@dataclass(frozen=True, slots=True)
class Ticket:
    """One handoff. Times are aware UTC.

    Attributes:
        brief: the JSON document of handoff.brief.Brief, without the transcript, which is joined from the stored
            messages on reading.
        first_response_due, resolve_due, close_due: the deadlines.
        claimed_by: the agent's id.
        note: what the agent wrote down when resolving it.
        last_change: the kind of the event by which a person changed it last, None while nobody has.
        changed_by: who did that.
    """

    id: str
    key: ConversationKey
    reason: Reason
    group: Group
    priority: Priority
    created_at: datetime
    first_response_due: datetime
    resolve_due: datetime
    close_due: datetime
    state: TicketState = TicketState.QUEUED
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    brief: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    last_change: str | None = None
    changed_by: str | None = None

    def repeats_change(self, change: str, agent: str | None) -> bool:
        """Whether this person made this change just now: asked for again, it is a retry."""
        return self.last_change == change and self.changed_by == agent


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One line of the conversation; `author` is buyer, bot or agent (with the agent's id in `agent`).

    Attributes:
        at: when it came to us, by our clock.
        id: the line's own id: of a buyer's the platform's, which is also `message_id`.
        sent_at: when a buyer sent it, by the platform's clock.
        position: the version of the conversation that brought it: lines stand in this order, whatever clocks say.
    """

    at: datetime
    author: str
    text: str
    type: str = "text"
    agent: str | None = None
    message_id: str | None = None
    content: Content = TEXT_ONLY
    id: str = ""
    sent_at: datetime | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines, oldest first; `cursor` stands after the last of them, `more` says that others follow already."""

    lines: tuple[TranscriptLine, ...]
    cursor: str | None
    more: bool
