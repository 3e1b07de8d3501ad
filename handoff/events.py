"""What leaves the house with a change of a ticket: lines for the buyer and events for the shop's systems and desks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.domain.ticket import Ticket
from handoff.ports import AgentLine

MICROSECONDS = 1_000_000


class TicketEvent(StrEnum):
    """What can happen to a ticket."""

    OPENED = "opened"
    CLAIMED = "claimed"
    RELEASED = "released"
    RESOLVED = "resolved"
    RETURNED = "returned"


class TicketNotices(Protocol):
    """Turns a change of a ticket into rows to send."""

    def reply_rows(self, ticket: Ticket, line: AgentLine, now: datetime) -> Sequence[OutboxRow]:
        """The rows that bring an agent's line to the buyer."""

    def event_rows(
        self, event: TicketEvent, ticket: Ticket, now: datetime, agent: str | None = None
    ) -> Sequence[OutboxRow]:
        """The rows that tell others of the change; `ticket` as it stood before it."""


@dataclass(frozen=True, slots=True)
class OutboxWriter:
    """Outgoing through the outbox.

    Attributes:
        buyer_destination: where lines for this conversation's buyer go; None when the channel cannot be written to.
        event_destinations: where a shop's ticket events go.
    """

    buyer_destination: Callable[[ConversationKey], str | None]
    event_destinations: Callable[[str], Sequence[str]]

    def reply_rows(self, ticket: Ticket, line: AgentLine, now: datetime) -> Sequence[OutboxRow]:
        """One row to the buyer's channel."""
        destination = self.buyer_destination(ticket.key)
        if destination is None:
            return ()
        payload = reply_payload(ticket.key, line.id, line.text, now, agent=line.agent)
        return (OutboxRow(line.id, "reply", destination, payload),)

    def event_rows(
        self, event: TicketEvent, ticket: Ticket, now: datetime, agent: str | None = None
    ) -> Sequence[OutboxRow]:
        """One row a destination."""
        stamp = f"{ticket.id}:{event}:{int(now.timestamp() * MICROSECONDS)}"
        payload = event_payload(event, ticket, now, agent)
        return tuple(
            OutboxRow(f"{stamp}:{place}", f"handoff.{event}", destination, payload)
            for place, destination in enumerate(self.event_destinations(ticket.key.shop))
        )


def reply_payload(
    key: ConversationKey, reply_id: str, text: str, now: datetime, *, agent: str | None = None
) -> Mapping[str, Any]:
    """A line for the buyer as our callback's receivers read it."""
    return {
        "type": "reply",
        "timestamp": now.isoformat(),
        "data": {
            "shop": key.shop,
            "channel": key.channel,
            "conversation": key.conversation,
            "author": "agent" if agent else "bot",
            "agent": agent,
            "reply": {"id": reply_id, "type": "text", "text": text},
        },
    }


def event_payload(event: TicketEvent, ticket: Ticket, now: datetime, agent: str | None) -> Mapping[str, Any]:
    """A ticket's change as desks and the shop's systems read it; an opened ticket comes with its brief."""
    data: dict[str, Any] = {
        "id": ticket.id,
        "shop": ticket.key.shop,
        "channel": ticket.key.channel,
        "conversation": ticket.key.conversation,
        "reason": ticket.reason,
        "group": ticket.group,
        "priority": ticket.priority,
        "deadline": ticket.first_response_due.isoformat(),
        "agent": agent,
    }
    if event is TicketEvent.OPENED:
        data["brief"] = dict(ticket.brief)
    return {"type": f"handoff.{event}", "timestamp": now.isoformat(), "data": data}
