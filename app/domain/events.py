"""Typed events: built where something happens, and handed to every reader in the transaction that makes it true.

There is no table of events. A reader writes its own rows in the events' transaction, or is called once they are
durable. A listener that lost its connection reads the state again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from app.domain.approval import Approval
from app.domain.commitment import (
    Commitment,
    CompensationCommitment,
    CouponCommitment,
    GiftCommitment,
    PriceCommitment,
)
from app.domain.content import TEXT_ONLY, Content
from app.domain.conversation import Owner
from app.domain.decision import Verdict
from app.domain.held_reply import HeldReply
from app.domain.mention import Mention
from app.domain.message import ConversationKey, Message
from app.domain.outbox import OutboxRow
from app.domain.reply import OutgoingReply
from app.domain.ticket import Ticket

# Commitments that somebody has to carry out; public prices and dates are not among them.
GrantedCommitment = CouponCommitment | PriceCommitment | GiftCommitment | CompensationCommitment


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEvent:
    """Something happened in one conversation. `at` is aware UTC."""

    kind: ClassVar[str]
    key: ConversationKey
    at: datetime

    @property
    def shop(self) -> str:
        """The shop it happened in."""
        return self.key.shop

    @property
    def subject(self) -> str:
        """The id of the event's subject: a message, turn, ticket, line, order or outbox row."""
        raise NotImplementedError

    @property
    def detail(self) -> str:
        """What listeners hear beside the subject, because its state does not tell."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(ConversationEvent):
    """A buyer's message was stored for the first time."""

    kind: ClassVar[str] = "message.received"
    message: Message

    @property
    def subject(self) -> str:
        """The message's id."""
        return self.message.id


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerWrote(ConversationEvent):
    """A buyer wrote while people own the conversation; `ticket_id` is None where a person took it on the platform."""

    kind: ClassVar[str] = "buyer.wrote"
    messages: tuple[Message, ...]
    owner: Owner
    ticket_id: str | None

    @property
    def subject(self) -> str:
        """The ticket's id, or nothing."""
        return self.ticket_id or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnAnswered(ConversationEvent):
    """A turn was computed and written, possibly a silent one.

    Attributes:
        trace_id: names the turn.
        message_ids: the messages it answers, oldest first.
        owner: who speaks to the buyer after it.
        verdict: the decision in short.
        intents: the intent of each request of the message.
        commitments: those that the replies make.
        ticket: the open ticket, opened or brought up to date by this turn.
        received_at: when the last of the messages came in.
        waited: time from `received_at` until the turn was computed, without writing it.
        in_response: whether the response holds the replies; otherwise the outbox sends them.
    """

    kind: ClassVar[str] = "turn.answered"
    trace_id: str
    message_ids: tuple[str, ...]
    received_at: datetime
    owner: Owner
    verdict: Verdict
    intents: tuple[str, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    replies: tuple[OutgoingReply, ...] = ()
    ticket: Ticket | None = None
    waited: timedelta = timedelta()
    in_response: bool = True

    @property
    def subject(self) -> str:
        """The turn's id."""
        return self.trace_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMade(ConversationEvent):
    """Something was granted that the shop's systems have to carry out: coupon, price, gift or compensation.

    `trace_id` names the turn of the bot, or the approval of a supervisor.
    """

    kind: ClassVar[str] = "promise.made"
    buyer: str
    granted: tuple[GrantedCommitment, ...]
    trace_id: str

    @property
    def subject(self) -> str:
        """The turn's or the approval's id."""
        return self.trace_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(ConversationEvent):
    """A ticket changed; `agent` is who changed it, None for the bot."""

    ticket: Ticket
    agent: str | None = None

    @property
    def subject(self) -> str:
        """The ticket's id."""
        return self.ticket.id


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(TicketChanged):
    """The bot handed the conversation to people, in the turn `trace_id`."""

    kind: ClassVar[str] = "ticket.opened"
    trace_id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketUpdated(TicketChanged):
    """The buyer added to the brief of a waiting ticket."""

    kind: ClassVar[str] = "ticket.updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRefreshed(TicketChanged):
    """A person had the facts of the brief read again, and some have changed."""

    kind: ClassVar[str] = "ticket.refreshed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClaimed(TicketChanged):
    """A person took the ticket."""

    kind: ClassVar[str] = "ticket.claimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReleased(TicketChanged):
    """A person put the ticket back into the queue."""

    kind: ClassVar[str] = "ticket.released"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReopened(TicketChanged):
    """A person took back that the ticket had ended."""

    kind: ClassVar[str] = "ticket.reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNoted(TicketChanged):
    """A person noted something for colleagues."""

    kind: ClassVar[str] = "ticket.noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSeen(TicketChanged):
    """Its holder has seen what the buyer wrote."""

    kind: ClassVar[str] = "ticket.seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResolved(TicketChanged):
    """A person resolved the ticket."""

    kind: ClassVar[str] = "ticket.resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReturned(TicketChanged):
    """The conversation is the bot's again: a person gave it back, or its buyer wants nobody any more."""

    kind: ClassVar[str] = "ticket.returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTransferred(TicketChanged):
    """A person passed the ticket on, to another or to a group."""

    kind: ClassVar[str] = "ticket.transferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCameBack(TicketChanged):
    """Nobody took it up where it was passed on to, or its holder is gone: it is where it was before, or queued."""

    kind: ClassVar[str] = "ticket.came_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTaken(TicketChanged):
    """A supervisor took the ticket from its holder."""

    kind: ClassVar[str] = "ticket.taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketUndone(TicketChanged):
    """Who passed the ticket on took that back at once."""

    kind: ClassVar[str] = "ticket.undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSnoozed(TicketChanged):
    """Its holder put the ticket aside."""

    kind: ClassVar[str] = "ticket.snoozed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWoken(TicketChanged):
    """The time came until which it was put aside, or its holder took it up before."""

    kind: ClassVar[str] = "ticket.woken"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyHeld(TicketChanged):
    """A person wrote a reply that leaves later, unless it is taken back or stopped."""

    kind: ClassVar[str] = "ticket.reply_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWithdrawn(TicketChanged):
    """A held reply was taken back."""

    kind: ClassVar[str] = "ticket.reply_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyStopped(TicketChanged):
    """A held reply may not leave: others wrote meanwhile, or it may not be said any more; its writer has it back.

    `reply` holds their words and why.
    """

    kind: ClassVar[str] = "ticket.reply_stopped"
    reply: HeldReply


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketInvited(TicketChanged):
    """The buyer of an ended ticket was asked, in the line `text`, how they were served."""

    kind: ClassVar[str] = "ticket.invited"
    line_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRated(ConversationEvent):
    """The buyer said, from 1 to 5, how they were served on a ticket, or a platform told it."""

    kind: ClassVar[str] = "ticket.rated"
    ticket_id: str
    score: int

    @property
    def subject(self) -> str:
        """The ticket's id."""
        return self.ticket_id


class TicketClock(StrEnum):
    """What runs out on a ticket."""

    ANSWER = "answer"  # the platform's, of the buyer's message that waits
    RESOLVE = "resolve"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDue(TicketChanged):
    """So much of a clock's time is gone, in percent: nearly late, or late."""

    kind: ClassVar[str] = "ticket.due"
    clock: TicketClock
    level: int

    @property
    def detail(self) -> str:
        """The clock and the level."""
        return f"{self.clock}:{self.level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged:
    """An agent came, left, or changed their state, capacity or groups."""

    kind: ClassVar[str] = "agent.changed"
    at: datetime
    agent: str
    shop: str = ""

    @property
    def subject(self) -> str:
        """The agent's id."""
        return self.agent


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSpoke(ConversationEvent):
    """A person wrote to the buyer: on `ticket` through us, or on the platform itself, with a ticket or without.

    `on_platform` is set for a line that the buyer has already; `first` for the first line of a person on the ticket.
    """

    kind: ClassVar[str] = "person.spoke"
    line_id: str
    agent: str
    text: str
    ticket: Ticket | None = None
    first: bool = False
    content: Content = TEXT_ONLY
    on_platform: bool = False

    @property
    def subject(self) -> str:
        """The line's id."""
        return self.line_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalChanged(ConversationEvent):
    """A request for a supervisor's yes changed; `agent` is who changed it, None for the clock."""

    approval: Approval
    agent: str | None = None

    @property
    def subject(self) -> str:
        """The request's id."""
        return self.approval.id


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked(ApprovalChanged):
    """An agent asks for it."""

    kind: ClassVar[str] = "approval.asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalCountered(ApprovalChanged):
    """A supervisor offers other terms."""

    kind: ClassVar[str] = "approval.countered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGranted(ApprovalChanged):
    """It is granted, and the sentence is said."""

    kind: ClassVar[str] = "approval.granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRefused(ApprovalChanged):
    """A supervisor refused."""

    kind: ClassVar[str] = "approval.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalExpired(ApprovalChanged):
    """Nobody decided in time."""

    kind: ClassVar[str] = "approval.expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoChanged(ConversationEvent):
    """A follow-up or a task changed; `agent` is who changed it, None for the clock and the bot."""

    todo_id: str
    agent: str | None = None

    @property
    def subject(self) -> str:
        """Its id."""
        return self.todo_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoOpened(TodoChanged):
    """It was set."""

    kind: ClassVar[str] = "todo.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoMoved(TodoChanged):
    """It was put off, or brought forward."""

    kind: ClassVar[str] = "todo.moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoDue(TodoChanged):
    """Its time has come: a follow-up rings, a task is late."""

    kind: ClassVar[str] = "todo.due"


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoDone(TodoChanged):
    """It was done."""

    kind: ClassVar[str] = "todo.done"


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoCancelled(TodoChanged):
    """It is not to be done any more."""

    kind: ClassVar[str] = "todo.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionChanged(ConversationEvent):
    """A colleague was named in a note, or saw it."""

    mention: Mention

    @property
    def subject(self) -> str:
        """Its id."""
        return self.mention.id


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionMade(MentionChanged):
    """They were named."""

    kind: ClassVar[str] = "mention.made"


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionSeen(MentionChanged):
    """They saw it."""

    kind: ClassVar[str] = "mention.seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationErased(ConversationEvent):
    """Everything of the conversation was deleted, its tickets among it, because its buyer asked for it."""

    kind: ClassVar[str] = "conversation.erased"

    @property
    def subject(self) -> str:
        """Nothing: the key says it."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgeOpened(ConversationEvent):
    """A buyer urged an order; urging it again is another event of the same urge."""

    kind: ClassVar[str] = "urge.opened"
    buyer: str
    order_id: str
    sku_id: str | None
    why: str

    @property
    def subject(self) -> str:
        """The order's id."""
        return self.order_id


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgeClosed(ConversationEvent):
    """Operations closed an urge."""

    kind: ClassVar[str] = "urge.closed"
    urge_id: str
    order_id: str
    agent: str

    @property
    def subject(self) -> str:
        """The order's id."""
        return self.order_id


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed(ConversationEvent):
    """The worker gave up an outbox row; it waits until somebody redrives it. `item_kind` is the row's kind."""

    kind: ClassVar[str] = "delivery.failed"
    item_id: str
    item_kind: str
    destination: str
    why: str

    @property
    def subject(self) -> str:
        """The row's id."""
        return self.item_id


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationRested:
    """Most of what a destination was sent lately failed: it rests, and is probed. `why` is a closed set of kinds."""

    kind: ClassVar[str] = "destination.rested"
    shop: str
    at: datetime
    destination: str
    why: str

    @property
    def subject(self) -> str:
        """The destination."""
        return self.destination


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopLoaded:
    """A process opened a shop, or reopened it after its files changed; `problems` counts the report's lines."""

    kind: ClassVar[str] = "shop.loaded"
    shop: str
    at: datetime
    version: str
    problems: int = 0

    @property
    def subject(self) -> str:
        """The version of the shop's content."""
        return self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftChanged:
    """Somebody handed over at the end of a shift, or took a handover on."""

    kind: ClassVar[str] = "shift.changed"
    shop: str
    at: datetime
    shift_id: str

    @property
    def subject(self) -> str:
        """The handover's id."""
        return self.shift_id


class Serving(StrEnum):
    """What answers a shop's buyers while its files have errors."""

    THE_REST = "the_rest"  # the files as they are, without the rows that have an error
    LAST_GOOD = "last_good"  # the version before
    NOTHING = "nothing"  # its messages get 503


@dataclass(frozen=True, slots=True)
class ShopProblem:
    """One thing that is wrong with a shop's files; `row` as Excel counts, None when it is about the whole file.

    `sheet` is the worksheet and `column` the letter of the column, empty where there is none.
    """

    file: str
    row: int | None
    message: str
    sheet: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopBroken:
    """A shop's files have errors, since `since`.

    `version` names their content, and `serving` says what answers meanwhile.
    """

    kind: ClassVar[str] = "shop.broken"
    shop: str
    at: datetime
    since: datetime
    version: str
    problems: tuple[ShopProblem, ...]
    serving: Serving

    @property
    def subject(self) -> str:
        """The version of its content."""
        return self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopMended:
    """A shop's files are in order again, after having been broken since `since`."""

    kind: ClassVar[str] = "shop.mended"
    shop: str
    at: datetime
    since: datetime
    version: str

    @property
    def subject(self) -> str:
        """The version of its content."""
        return self.version


PRESENCE = "presence"
"""The kind of a notice that is no event: nothing of it is true for longer than seconds."""

Event = (
    MessageReceived
    | BuyerWrote
    | TurnAnswered
    | PromiseMade
    | TicketOpened
    | TicketUpdated
    | TicketRefreshed
    | TicketClaimed
    | TicketReleased
    | TicketReopened
    | TicketNoted
    | TicketSeen
    | TicketResolved
    | TicketReturned
    | TicketTransferred
    | TicketCameBack
    | TicketTaken
    | TicketUndone
    | TicketSnoozed
    | TicketWoken
    | TicketDue
    | ReplyHeld
    | ReplyWithdrawn
    | ReplyStopped
    | TicketInvited
    | TicketRated
    | AgentChanged
    | ShiftChanged
    | PersonSpoke
    | ApprovalAsked
    | ApprovalCountered
    | ApprovalGranted
    | ApprovalRefused
    | ApprovalExpired
    | TodoOpened
    | TodoMoved
    | TodoDue
    | TodoDone
    | TodoCancelled
    | MentionMade
    | MentionSeen
    | ConversationErased
    | UrgeOpened
    | UrgeClosed
    | DeliveryFailed
    | DestinationRested
    | ShopLoaded
    | ShopBroken
    | ShopMended
)


class EventReader:
    """Base class of event readers, each of which overrides what it needs."""

    def outbox_rows(self, event: Event) -> Sequence[OutboxRow]:
        """Outbox rows to write in the event's transaction; must be pure, because a retried transaction calls it again.

        What befalls a shop is told by every replica, so its rows need an id that is the same in all.
        """
        del event
        return ()

    def write_events(self, driver: Any, events: Sequence[Event]) -> None:
        """Writes in the events' transaction, over the database driver's connection; raising rolls it back."""

    def after_commit(self, events: Sequence[Event]) -> None:
        """Called on the event loop once the events are durable, in the order of the acknowledgements."""
