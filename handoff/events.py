"""What leaves the house with a change of a ticket: lines for the buyer and events for the shop's systems and desks."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.outbox import OutboxRow
from app.domain.ticket import Ticket
from handoff.ports import AgentLine


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
