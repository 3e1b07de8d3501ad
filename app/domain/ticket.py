"""A ticket: one conversation in people's hands, from the queue to its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.decision import Reason
from app.domain.handoff import Group, Priority, TicketState
from app.domain.message import ConversationKey


@dataclass(frozen=True, slots=True)
class Ticket:
    """One handoff. Times are aware UTC.

    Attributes:
        brief: the JSON document of handoff.brief.Brief as it stood when last written; the transcript is joined
            from the stored messages when it is read.
        first_response_due, resolve_due, close_due: the clocks.
        claimed_by: the agent's id.
        note: what the agent wrote down when resolving it.
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


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One line of the conversation; `author` is buyer, bot or agent (with the agent's id in `agent`)."""

    at: datetime
    author: str
    text: str
    type: str = "text"
    agent: str | None = None
    message_id: str | None = None
