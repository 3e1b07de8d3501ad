"""Small real classes at our own ports, which tests can ask what happened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.handoff import TicketState
from app.domain.outbox import OutboxRow
from app.domain.ticket import Ticket, TranscriptLine
from app.errors import ConflictError, NotFoundError, TicketConflictError
from handoff.agents import AgentToken
from handoff.events import TicketEvent
from handoff.ports import AgentLine, TicketFilter, TicketPage
from handoff.urges import Urge, UrgeFilter, UrgePage, UrgeState


class FakeTickets:
    """Tickets in memory, with the states guarded as the port says."""

    def __init__(self, *tickets: Ticket) -> None:
        self.tickets = {ticket.id: ticket for ticket in tickets}
        self.lines: list[AgentLine] = []
        self.outbox: list[OutboxRow] = []
        self.said: list[TranscriptLine] = []

    async def find_tickets(self, wanted: TicketFilter, *, limit: int, cursor: str | None) -> TicketPage:
        found = [ticket for ticket in self.tickets.values() if _matches(ticket, wanted)]
        start = int(cursor or 0)
        more = str(start + limit) if len(found) > start + limit else None
        return TicketPage(tuple(found[start : start + limit]), more, len(found))

    async def get_ticket(self, ticket_id: str) -> Ticket | None:
        return self.tickets.get(ticket_id)

    async def load_transcript(self, ticket: Ticket, *, limit: int) -> Sequence[TranscriptLine]:
        del ticket
        return self.said[-limit:]

    async def claim(self, ticket_id: str, agent: str, now: datetime, *, outbox: Sequence[OutboxRow] = ()) -> Ticket:
        ticket = self._in(TicketState.QUEUED, ticket_id)
        return self._keep(replace(ticket, state=TicketState.CLAIMED, claimed_by=agent, claimed_at=now), outbox)

    async def release(self, ticket_id: str, holder: str, now: datetime, *, outbox: Sequence[OutboxRow] = ()) -> Ticket:
        del now
        ticket = self._in(TicketState.CLAIMED, ticket_id, holder)
        return self._keep(replace(ticket, state=TicketState.QUEUED, claimed_by=None, claimed_at=None), outbox)

    async def add_reply(
        self, ticket_id: str, holder: str, line: AgentLine, now: datetime, *, outbox: Sequence[OutboxRow] = ()
    ) -> Ticket:
        if any(known.id == line.id for known in self.lines):
            return self.tickets[ticket_id]
        ticket = self._in(TicketState.CLAIMED, ticket_id, holder)
        self.lines.append(line)
        return self._keep(replace(ticket, first_response_at=ticket.first_response_at or now), outbox)

    async def resolve(
        self, ticket_id: str, holder: str, note: str, now: datetime, *, outbox: Sequence[OutboxRow] = ()
    ) -> Ticket:
        ticket = self._in(TicketState.CLAIMED, ticket_id, holder)
        return self._keep(replace(ticket, state=TicketState.RESOLVED, note=note, resolved_at=now), outbox)

    async def return_to_bot(
        self, ticket_id: str, holder: str | None, now: datetime, *, outbox: Sequence[OutboxRow] = ()
    ) -> Ticket:
        ticket = self._in(TicketState.CLAIMED if holder else TicketState.QUEUED, ticket_id, holder)
        return self._keep(replace(ticket, state=TicketState.RETURNED, resolved_at=now), outbox)

    def _in(self, state: TicketState, ticket_id: str, holder: str | None = None) -> Ticket:
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            raise NotFoundError(ticket_id)
        if ticket.state is not state or (holder and ticket.claimed_by != holder):
            raise TicketConflictError(ticket.state)
        return ticket

    def _keep(self, ticket: Ticket, outbox: Sequence[OutboxRow]) -> Ticket:
        self.tickets[ticket.id] = ticket
        self.outbox.extend(outbox)
        return ticket


def _matches(ticket: Ticket, wanted: TicketFilter) -> bool:
    return (
        (wanted.shops is None or ticket.key.shop in wanted.shops)
        and wanted.state in (None, ticket.state)
        and wanted.group in (None, ticket.group)
        and wanted.priority in (None, ticket.priority)
    )


class FakeTokens:
    """Agents' tokens in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, AgentToken] = {}

    async def add_token(self, token: AgentToken) -> None:
        self.kept[token.token_hash] = token

    async def find_token(self, token_hash: str) -> AgentToken | None:
        return self.kept.get(token_hash)

    async def list_tokens(self) -> Sequence[AgentToken]:
        return tuple(self.kept.values())

    async def revoke_token(self, token_hash: str, now: datetime) -> bool:
        if token_hash not in self.kept:
            return False
        self.kept[token_hash] = replace(self.kept[token_hash], revoked_at=now)
        return True


class FakeUrges:
    """Urges in memory."""

    def __init__(self, *urges: Urge) -> None:
        self.kept = {urge.id: urge for urge in urges}

    async def find_urges(self, wanted: UrgeFilter, *, limit: int, cursor: str | None) -> UrgePage:
        del cursor
        found = [urge for urge in self.kept.values() if wanted.shops is None or urge.key.shop in wanted.shops]
        found = [urge for urge in found if wanted.state in (None, urge.state)]
        return UrgePage(tuple(found[:limit]), None, len(found))

    async def get_urge(self, urge_id: str) -> Urge | None:
        return self.kept.get(urge_id)

    async def close_urge(self, urge_id: str, agent: str, now: datetime) -> Urge:
        urge = self.kept[urge_id]
        if urge.state is UrgeState.CLOSED:
            raise ConflictError("closed before")
        self.kept[urge_id] = replace(urge, state=UrgeState.CLOSED, closed_by=agent, closed_at=now)
        return self.kept[urge_id]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> None:
        self.now += timedelta(**step)


class RecordingMeter:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.events: list[TicketEvent] = []
        self.answers: list[float] = []

    def count_change(self, event: TicketEvent, ticket: Ticket) -> None:
        del ticket
        self.events.append(event)

    def observe_first_reply(self, ticket: Ticket, seconds: float) -> None:
        del ticket
        self.answers.append(seconds)
