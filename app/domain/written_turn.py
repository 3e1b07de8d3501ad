"""A computed turn, ready to be written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.conversation import Conversation
from app.domain.events import Event
from app.domain.message import Message
from app.domain.outbox import OutboxRow
from app.domain.outcome import Effect
from app.domain.reply import OutgoingReply
from app.domain.second_reading import SecondReading
from app.domain.step import Step
from app.domain.ticket import BuyerWait, Ticket
from app.domain.understanding import Understanding


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything one turn writes, in one transaction.

    Attributes:
        messages: those it answers, oldest first; usually one.
        expected_version: the version the turn was computed against.
        conversation: the new state (its version is set by the store).
        body: the response in the channel's own format; stored to answer duplicates, and not read within the turn.
        trace_id: the key of the turn and of its explanation, which the store makes of `understanding` and `steps`.
        ticket: a new ticket, or the open one with its brief brought up to date.
        wait: what the buyer wrote on a ticket that is open after the turn.
        effects: budgets to spend, urges to record.
        events: for the event readers.
        outbox: rows to send besides those of the event readers.
        second: what came of asking a second reader, where one was asked; for the explanation.
    """

    messages: tuple[Message, ...]
    expected_version: int
    conversation: Conversation
    body: Mapping[str, Any]
    trace_id: str
    at: datetime
    understanding: Understanding | None = None
    steps: tuple[Step, ...] = ()
    replies: tuple[OutgoingReply, ...] = ()
    ticket: Ticket | None = None
    wait: BuyerWait | None = None
    effects: tuple[Effect, ...] = ()
    events: tuple[Event, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    second: SecondReading | None = None
