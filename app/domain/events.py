"""What happened, typed: built where it happens, and handed to every reader in the transaction that makes it true.

There is no table of events. A reader writes what it keeps in the events' own transaction, or is told once they are
durable; whoever lost the connection on which notices come reads the state again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from app.domain.commitment import (
    Commitment,
    CompensationCommitment,
    CouponCommitment,
    GiftCommitment,
    PriceCommitment,
)
from app.domain.conversation import Owner
from app.domain.decision import Verdict
from app.domain.message import ConversationKey, Message
from app.domain.outbox import OutboxRow
from app.domain.reply import OutgoingReply
from app.domain.ticket import Ticket

# Public prices and dates need nobody to act; these do.
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
        """The id of what it is about: a message, a turn, a ticket, a line, an order or a row of the outbox."""
        raise NotImplementedError


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
    """A turn was made, a silent one too.

    Attributes:
        trace_id: names the turn.
        message_ids: what it answers, oldest first.
        owner: who speaks to the buyer after it.
        verdict: what was decided, in one line.
        intents: what each request of the message was taken for.
        commitments: what the replies bind the shop to.
        ticket: the open ticket, opened or brought up to date by this turn.
        received_at: when the last of the messages came in.
        waited: from then until the turn was computed; writing it is not in it.
        in_response: whether the replies go back in the response; if not, they have to be sent.
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
    """A turn granted what the shop's systems have to carry out: coupons, prices, gifts, compensation."""

    kind: ClassVar[str] = "promise.made"
    buyer: str
    granted: tuple[GrantedCommitment, ...]
    trace_id: str

    @property
    def subject(self) -> str:
        """The turn's id."""
        return self.trace_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(ConversationEvent):
    """A ticket as it stands after a change; `agent` made it, None for the bot."""

    ticket: Ticket
    agent: str | None = None

    @property
    def subject(self) -> str:
        """The ticket's id."""
        return self.ticket.id


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(TicketChanged):
    """The bot gave the conversation to people, in the turn `trace_id`."""

    kind: ClassVar[str] = "ticket.opened"
    trace_id: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketUpdated(TicketChanged):
    """The brief of a waiting ticket has grown."""

    kind: ClassVar[str] = "ticket.updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClaimed(TicketChanged):
    """A person took the ticket."""

    kind: ClassVar[str] = "ticket.claimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReleased(TicketChanged):
    """The ticket is back in the queue."""

    kind: ClassVar[str] = "ticket.released"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResolved(TicketChanged):
    """The matter is settled."""

    kind: ClassVar[str] = "ticket.resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReturned(TicketChanged):
    """The bot owns the conversation again."""

    kind: ClassVar[str] = "ticket.returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSpoke(ConversationEvent):
    """A person wrote to the buyer: on `ticket` through us, or on the platform itself, where the buyer has it already.

    `first` is set for the first line of a person on the ticket.
    """

    kind: ClassVar[str] = "person.spoke"
    line_id: str
    agent: str
    text: str
    ticket: Ticket | None = None
    first: bool = False

    @property
    def subject(self) -> str:
        """The line's id."""
        return self.line_id


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgeOpened(ConversationEvent):
    """A buyer presses for an order; pressing again is one more event of the same urge."""

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
    """Operations have dealt with an urge."""

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
    """A row of the outbox was given up: it waits for somebody to drive it again. `item_kind` is the row's own kind."""

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
class ShopLoaded:
    """A process opened a shop, or opened it anew after its files changed; `problems` is how many its report lists."""

    kind: ClassVar[str] = "shop.loaded"
    shop: str
    at: datetime
    version: str
    problems: int = 0

    @property
    def subject(self) -> str:
        """The version of its content."""
        return self.version


Event = (
    MessageReceived
    | BuyerWrote
    | TurnAnswered
    | PromiseMade
    | TicketOpened
    | TicketUpdated
    | TicketClaimed
    | TicketReleased
    | TicketResolved
    | TicketReturned
    | PersonSpoke
    | UrgeOpened
    | UrgeClosed
    | DeliveryFailed
    | ShopLoaded
)


class EventReader:
    """One use of events. A reader overrides what it needs; a later use is one more reader, and nothing else changes."""

    def outbox_rows(self, event: Event) -> Sequence[OutboxRow]:
        """Rows to send, written in the event's own transaction; pure, for it is asked again when that is tried again.

        What happens outside a conversation has no outbox.
        """
        del event
        return ()

    def write_events(self, driver: Any, events: Sequence[Event]) -> None:
        """Write in the events' own transaction, over the database driver's connection; raising undoes all of it."""

    def after_commit(self, events: Sequence[Event]) -> None:
        """Told on the event loop, once the events are durable and in the order of their transactions' answers."""
