"""The port through which the queue reads and changes stored tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.handoff import Group, Priority, TicketState
from handoff.ticket import Ticket, TranscriptLine


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """What to list; None means any. `shops=None` means every shop."""

    shops: frozenset[str] | None = None
    state: TicketState | None = None
    group: Group | None = None
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Tickets by urgency, then by deadline; `next_cursor` is None on the last page."""

    tickets: tuple[Ticket, ...]
    next_cursor: str | None
    total: int


class TicketStore(Protocol):
    """Tickets and their conversations, each change one transaction that also moves the conversation's version."""

    async def page(self, wanted: TicketFilter, *, limit: int, cursor: str | None) -> TicketPage:
        """One page of tickets."""

    async def get(self, ticket_id: str) -> Ticket | None:
        """One ticket, or None."""

    async def transcript(self, ticket: Ticket, *, limit: int) -> Sequence[TranscriptLine]:
        """The last `limit` lines of the ticket's conversation, oldest first."""

    async def claim(self, ticket_id: str, agent: str, now: datetime) -> Ticket:
        """Queued to claimed, owner to agent; raises TicketConflictError when another was first."""

    async def release(self, ticket_id: str, agent: str, now: datetime) -> Ticket:
        """Claimed back to queued, owner to queue."""

    async def reply(self, ticket_id: str, agent: str, text: str, reply_id: str, now: datetime) -> Ticket:
        """Store an agent's line and hand it to the outbox; the same `reply_id` again changes nothing."""

    async def resolve(self, ticket_id: str, agent: str, note: str, now: datetime) -> Ticket:
        """Claimed to resolved; the conversation is the bot's again when the buyer next writes."""

    async def return_to_bot(self, ticket_id: str, agent: str, now: datetime) -> Ticket:
        """Claimed (or queued) to returned; the bot owns the conversation at once."""
