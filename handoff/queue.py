"""The queue as people work it: who may see and change which ticket, and what follows from a change."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.handoff import TicketState
from app.domain.ticket import Ticket
from app.errors import ForbiddenError, NotFoundError, TicketConflictError
from handoff.agents import Agent
from handoff.brief import Brief, attach_transcript
from handoff.ports import AgentLine, TicketFilter, TicketPage, TicketStore

TRANSCRIPT_LINES = 200


@dataclass(frozen=True, slots=True)
class SecondsLeft:
    """Until each clock runs out; negative when late, None when it was met."""

    first_response: int | None
    resolve: int | None
    close: int | None


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket as a person opens it."""

    ticket: Ticket
    brief: Brief
    left: SecondsLeft


class HandoffQueue:
    """Tickets for the people of some shops; every method raises NotFoundError for a ticket out of their sight."""

    def __init__(self, tickets: TicketStore, clock: Callable[[], datetime]) -> None:
        self._tickets = tickets
        self._clock = clock

    async def list_visible_tickets(
        self, agent: Agent, wanted: TicketFilter, *, limit: int, cursor: str | None
    ) -> TicketPage:
        """The tickets this person may see; ForbiddenError when a shop was named that is not theirs."""
        seen = replace(wanted, shops=agent.visible_shops(wanted.shops))
        return await self._tickets.find_tickets(seen, limit=limit, cursor=cursor)

    def time_left(self, ticket: Ticket) -> SecondsLeft:
        """The ticket's clocks now."""
        return seconds_left(ticket, self._clock())

    async def one(self, agent: Agent, ticket_id: str) -> TicketView:
        """The ticket with its brief, its conversation and the time left."""
        ticket = await self._require_visible(agent, ticket_id)
        return await self._build_view(ticket)

    async def claim(self, agent: Agent, ticket_id: str) -> TicketView:
        """The ticket is this person's; TicketConflictError for everyone but the first."""
        ticket = await self._require_visible(agent, ticket_id)
        return await self._build_view(await self._tickets.claim(ticket.id, agent.id, self._clock()))

    async def release(self, agent: Agent, ticket_id: str) -> TicketView:
        """Back into the queue for somebody else."""
        ticket = await self._require_visible(agent, ticket_id)
        holder = _require_holder(agent, ticket)
        return await self._build_view(await self._tickets.release(ticket.id, holder, self._clock(), by=agent.id))

    async def reply(self, agent: Agent, ticket_id: str, text: str, reply_id: str) -> TicketView:
        """The text reaches the buyer; the same `reply_id` on this ticket again says nothing twice."""
        ticket = await self._require_visible(agent, ticket_id)
        # Of a ticket nobody holds the store knows whether this line was said before: a late retry is no conflict.
        holder = _require_holder(agent, ticket) if ticket.state is TicketState.CLAIMED else agent.id
        line = AgentLine(f"{ticket.id}:{reply_id}", agent.id, text)
        return await self._build_view(await self._tickets.add_reply(ticket.id, holder, line, self._clock()))

    async def resolve(self, agent: Agent, ticket_id: str, note: str = "") -> TicketView:
        """The matter is settled; when the buyer writes again, the bot answers."""
        ticket = await self._require_visible(agent, ticket_id)
        holder = _require_holder(agent, ticket)
        return await self._build_view(await self._tickets.resolve(ticket.id, holder, note, self._clock(), by=agent.id))

    async def return_to_bot(self, agent: Agent, ticket_id: str) -> TicketView:
        """The bot speaks again at once."""
        ticket = await self._require_visible(agent, ticket_id)
        holder = None if ticket.state is TicketState.QUEUED else _require_holder(agent, ticket)
        return await self._build_view(await self._tickets.return_to_bot(ticket.id, holder, self._clock(), by=agent.id))

    async def _require_visible(self, agent: Agent, ticket_id: str) -> Ticket:
        ticket = await self._tickets.get_ticket(ticket_id)
        if ticket is None or not agent.serves_shop(ticket.key.shop):
            raise NotFoundError(f"没有编号为 {ticket_id} 的工单")
        return ticket

    async def _build_view(self, ticket: Ticket) -> TicketView:
        lines = await self._tickets.load_transcript(ticket, limit=TRANSCRIPT_LINES)
        brief = attach_transcript(Brief.model_validate(ticket.brief), lines)
        return TicketView(ticket, brief, self.time_left(ticket))


def seconds_left(ticket: Ticket, now: datetime) -> SecondsLeft:
    """The three clocks at `now`."""
    ended = ticket.state in {TicketState.RESOLVED, TicketState.RETURNED}
    answered = ended or ticket.first_response_at is not None
    return SecondsLeft(
        first_response=None if answered else _seconds_until(ticket.first_response_due, now),
        resolve=None if ended else _seconds_until(ticket.resolve_due, now),
        close=None if ended else _seconds_until(ticket.close_due, now),
    )


def _seconds_until(due: datetime, now: datetime) -> int:
    return int((due - now).total_seconds())


def _require_holder(agent: Agent, ticket: Ticket) -> str:
    """Who holds the ticket, when this person may act for them."""
    if ticket.state is not TicketState.CLAIMED or ticket.claimed_by is None:
        raise TicketConflictError(f"工单当前状态为 {ticket.state}，需要先认领")
    if ticket.claimed_by != agent.id and not agent.is_lead:
        raise ForbiddenError("工单由其他同事处理中")
    return ticket.claimed_by
