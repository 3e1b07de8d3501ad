"""Everything one turn writes, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.conversation import Conversation
from app.domain.message import Message
from app.domain.outbox import OutboxRow
from app.domain.outcome import Effect
from app.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class OutgoingReply:
    """One line the bot says; `id` is unique and is how its echo is recognised."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything one turn writes, in one transaction.

    Attributes:
        messages: what was answered, oldest first; usually one.
        expected_version: the version the turn was computed against.
        conversation: the new state (its version is set by the store).
        body: what the message is answered with; stored for its duplicates.
        ticket: a new ticket, or the open one with its brief brought up to date.
        effects: budgets to spend and urges to record.
        trace: the stored explanation of the turn; `trace_id` is its key.
    """

    messages: tuple[Message, ...]
    expected_version: int
    conversation: Conversation
    body: Mapping[str, Any]
    trace_id: str
    trace: Mapping[str, Any]
    at: datetime
    replies: tuple[OutgoingReply, ...] = ()
    ticket: Ticket | None = None
    effects: tuple[Effect, ...] = ()
    outbox: tuple[OutboxRow, ...] = field(default_factory=tuple)
