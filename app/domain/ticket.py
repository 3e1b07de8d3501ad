"""Tickets: conversations handed to people, from the queue until they are settled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.domain.content import TEXT_ONLY, Content
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority, TicketState
from app.domain.message import ConversationKey


@dataclass(frozen=True, slots=True)
class LastLine:
    """The last line that the buyer or a person wrote, in short; `author` is buyer or agent."""

    author: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BuyerWait:
    """What a buyer just wrote on an open ticket, and by when a person should answer.

    Attributes:
        since: when the first of the messages came.
        due: the platform's deadline for it, in wall-clock time.
        closing: whether the buyer only thanks, agrees or takes leave.
        messages: how many there were.
        line: the last of them, in short.
    """

    ticket_id: str
    since: datetime
    due: datetime
    closing: bool
    messages: int
    line: LastLine


@dataclass(frozen=True, slots=True)
class Transfer:
    """A ticket was passed on, to its holder or to its group, and nobody there has taken it up yet: it rings.

    Attributes:
        by: who passed it on.
        note: what they wrote with it.
        at: when.
        returns_at: when it goes back to where it was, unless somebody takes it up before.
    """

    by: str
    note: str
    at: datetime
    returns_at: datetime


@dataclass(frozen=True, slots=True)
class Snooze:
    """Its holder put the ticket aside; it wakes when the buyer writes, at the latest at `until` where one is named."""

    by: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketRating:
    """How the buyer says they were served.

    Attributes:
        asked_at: when they were invited to say so; None where a platform tells it uninvited.
        score: from 1 to 5; None until they answer.
        words: what they wrote beside.
        via: buyer, who wrote it to us, or platform.
    """

    asked_at: datetime | None = None
    score: int | None = None
    words: str = ""
    at: datetime | None = None
    via: str = ""


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
        version: grows by one with every change.
        trace_id: the turn that opened it.
        buyer, buyer_name: the buyer's id and name on the platform.
        waiting_since: when the first of the buyer's messages came that no person has answered; None when none waits.
            A line of the bot does not answer it.
        answer_due: until when the platform expects a person's answer to it.
        closing: whether all that waits is thanks or a farewell; it still counts.
        unread: how many of the buyer's messages its holder has not seen.
        transfer: set while the ticket rings at whom it was passed on to.
        snooze: set while it is put aside.
        answers, answers_in_time, misses: how many of the buyer's waits people ended, how many of these when they were
            due, and how many were over with the ticket, unanswered.
        rating: what is known of how the buyer was served; None while nobody asked or told.
        escalated: how late the answer was when people were last told: a share of its time in percent, 0 before that.
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
    version: int = 1
    trace_id: str = ""
    buyer: str = ""
    buyer_name: str | None = None
    waiting_since: datetime | None = None
    answer_due: datetime | None = None
    closing: bool = False
    unread: int = 0
    last_line: LastLine | None = None
    transfer: Transfer | None = None
    snooze: Snooze | None = None
    escalated: int = 0
    rating: TicketRating | None = None
    answers: int = 0
    answers_in_time: int = 0
    misses: int = 0

    def answered(self) -> "Ticket":
        """The ticket with nothing of the buyer's waiting for an answer; a person is at it."""
        return replace(self, waiting_since=None, answer_due=None, closing=False, unread=0, escalated=0, transfer=None)

    def taken_up(self) -> "Ticket":
        """The ticket neither ringing anywhere nor put aside."""
        return replace(self, transfer=None, snooze=None)

    def ended(self, state: TicketState, at: datetime) -> "Ticket":
        """The ticket in its last state: what still waits for a person's answer is missed."""
        missed = self.misses + (self.answer_due is not None)
        return replace(self.answered().taken_up(), state=state, resolved_at=at, misses=missed)

    def repeats_change(self, change: str, agent: str | None) -> bool:
        """Whether this person made this change just now: asked for again, it is a retry."""
        return self.last_change == change and self.changed_by == agent


@dataclass(frozen=True, slots=True)
class TicketEntry:
    """What a person did to a ticket (`change` is the event's kind, `text` what they wrote with it), or noted on it."""

    id: str
    at: datetime
    agent: str
    change: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person has typed to the buyer of a ticket and not sent."""

    text: str
    at: datetime


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
class OlderLines:
    """Lines, oldest first; `cursor` stands before the first of them, None where nothing is older."""

    lines: tuple[TranscriptLine, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines, oldest first; `cursor` stands after the last of them, `more` says that others follow already."""

    lines: tuple[TranscriptLine, ...]
    cursor: str | None
    more: bool
