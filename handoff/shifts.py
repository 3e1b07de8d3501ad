"""Handing over at the end of a shift (交接班): a note, the tickets that are still open, and who takes them on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from app.domain.handoff import Group
from app.domain.ticket import Ticket
from app.errors import ConflictError, NotFoundError, error_sentence
from handoff.agents import Agent
from handoff.ports import OPEN_STATES, TicketFilter, TicketOrder, TicketStore

MOST_TICKETS = 200


@dataclass(frozen=True, slots=True)
class Shift:
    """A handover.

    Attributes:
        group: whose open tickets are handed over; None: those that the agent holds.
        ticket_ids: the tickets that were open then, the first to answer first.
        accepted_by: who took it on.
    """

    shop: str
    id: str
    agent: str
    at: datetime
    text: str
    group: Group | None = None
    ticket_ids: tuple[str, ...] = ()
    accepted_by: str | None = None
    accepted_at: datetime | None = None

    def repeats(self, other: "Shift") -> bool:
        """Whether the other is the same handover sent again."""
        return replace(other, at=self.at, ticket_ids=self.ticket_ids) == replace(
            self, accepted_by=None, accepted_at=None
        )


@dataclass(frozen=True, slots=True)
class ShiftPage:
    """Handovers, the newest first; `next_cursor` is None on the last page."""

    shifts: tuple[Shift, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class OpenedShift:
    """A handover with its tickets as they are now; those that were deleted meanwhile are left out."""

    shift: Shift
    tickets: tuple[Ticket, ...]


class ShiftStore(Protocol):
    """Stores handovers."""

    async def add_shift(self, shift: Shift) -> Shift:
        """Keep it; the same again changes nothing, ReusedIdError when its id was another's."""

    async def find_shifts(self, shop: str, *, waiting: bool, limit: int, cursor: str | None) -> ShiftPage:
        """One page of a shop's, or of those that nobody has taken on; MalformedError for a cursor that is not ours."""

    async def get_shift(self, shop: str, shift_id: str) -> Shift | None:
        """One, or None."""

    async def accept_shift(self, shift: Shift, by: str, now: datetime) -> Shift:
        """Note who takes it on, once, ConflictError when another has; what its agent still holds of it is theirs."""


class ShiftBook:
    """Hands over and takes on, for agents; ForbiddenError for a shop that the agent does not serve."""

    def __init__(self, store: ShiftStore, tickets: TicketStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._tickets = tickets
        self._clock = clock

    async def hand_over(self, agent: Agent, shop: str, shift_id: str, text: str, group: Group | None) -> OpenedShift:
        """One's own open tickets, or those of a group."""
        shops = agent.visible_shops(frozenset({shop}))
        wanted = TicketFilter(shops, OPEN_STATES, groups=frozenset({group}) if group else None, order=TicketOrder.DUE)
        if group is None:
            wanted = replace(wanted, claimed_by=agent.id)
        page = await self._tickets.find_tickets(wanted, limit=MOST_TICKETS, cursor=None)
        ids = tuple(ticket.id for ticket in page.tickets)
        kept = await self._store.add_shift(Shift(shop, shift_id, agent.id, self._clock(), text, group, ids))
        return await self._open_shift(kept)

    async def list_shifts(self, agent: Agent, shop: str, *, waiting: bool, limit: int, cursor: str | None) -> ShiftPage:
        """A shop's handovers, the newest first."""
        agent.visible_shops(frozenset({shop}))
        return await self._store.find_shifts(shop, waiting=waiting, limit=limit, cursor=cursor)

    async def one(self, agent: Agent, shop: str, shift_id: str) -> OpenedShift:
        """One with its tickets."""
        return await self._open_shift(await self._require(agent, shop, shift_id))

    async def accept(self, agent: Agent, shop: str, shift_id: str) -> OpenedShift:
        """Take it on: the tickets that the other still holds are this agent's; once, and not by the other."""
        shift = await self._require(agent, shop, shift_id)
        if shift.agent == agent.id:
            raise ConflictError(error_sentence("own_shift"))
        return await self._open_shift(await self._store.accept_shift(shift, agent.id, self._clock()))

    async def _require(self, agent: Agent, shop: str, shift_id: str) -> Shift:
        agent.visible_shops(frozenset({shop}))
        found = await self._store.get_shift(shop, shift_id)
        if found is None:
            raise NotFoundError(error_sentence("unknown_shift", id=shift_id))
        return found

    async def _open_shift(self, shift: Shift) -> OpenedShift:
        found: Sequence[Ticket | None] = [await self._tickets.get_ticket(ticket_id) for ticket_id in shift.ticket_ids]
        return OpenedShift(shift, tuple(ticket for ticket in found if ticket is not None))
