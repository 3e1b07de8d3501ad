"""Where tickets are passed on to, and the port through which that is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.handoff import Group, TicketState
from app.domain.ticket import Snooze, Ticket, Transfer


@dataclass(frozen=True, slots=True)
class TransferTo:
    """Where a ticket goes: to a person or to a group."""

    agent: str | None = None
    group: Group | None = None

    def has(self, ticket: Ticket) -> bool:
        """Whether the ticket is there."""
        if self.group:
            return ticket.state is TicketState.QUEUED and ticket.group is self.group
        return ticket.state is TicketState.CLAIMED and ticket.claimed_by == self.agent


@dataclass(frozen=True, slots=True)
class TransferTarget:
    """The same, with the group's name as the shop has it."""

    to: TransferTo
    title: str = ""


class PassingStore(Protocol):
    """Stores what happens between people; each change is one transaction, as in TicketStore."""

    async def transfer(self, ticket_id: str, holder: str | None, target: TransferTarget, transfer: Transfer) -> Ticket:
        """Claimed (by `holder`) or, with None, queued, to its new place."""

    async def take(self, ticket_id: str, by: str, now: datetime) -> Ticket:
        """From whoever holds it to `by`."""

    async def snooze(self, ticket_id: str, holder: str, snooze: Snooze, now: datetime) -> Ticket:
        """Put aside; TicketConflictError while its buyer waits."""

    async def wake(self, ticket_id: str, by: str | None, now: datetime) -> Ticket:
        """Put aside no more; without `by` only when its time has come."""

    async def undo_transfer(self, ticket_id: str, by: str, since: datetime, now: datetime) -> Ticket:
        """Back to where it was before `by` passed it on, not before `since`."""
