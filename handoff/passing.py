"""Passing tickets on: to a person, to a group, to oneself as a supervisor, or to later."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.events import TicketTransferred
from app.domain.handoff import Group, TicketState
from app.domain.ticket import Snooze, Ticket, Transfer
from app.errors import ConflictError, ForbiddenError, MalformedError, NotFoundError, TicketConflictError, error_sentence
from handoff.agents import Agent
from handoff.ports import ENDED_STATES
from handoff.queue import HandoffQueue, TicketView, require_holder
from handoff.roster import AgentStatus, Roster
from handoff.transfers import PassingStore, TransferTarget, TransferTo

UNDO_WITHIN = timedelta(seconds=10)
"""Eight are shown; two are the network's."""
LONGEST_SNOOZE = timedelta(days=30)


class ReceiverAwayError(ConflictError):
    """Whom the ticket was to go to is not there."""

    slug = "receiver-away"
    title = "Receiver not online"


class ShopRules(Protocol):
    """What a shop says about passing on."""

    def transfer_minutes(self, shop: str) -> int:
        """How long a transfer rings before it goes back."""

    def group_title(self, shop: str, group: Group) -> str | None:
        """The group's name; None when the shop has no such group."""


class TicketPasser:
    """Passes tickets on, for agents; raises NotFoundError for a ticket of a shop the agent does not serve."""

    def __init__(
        self,
        queue: HandoffQueue,
        store: PassingStore,
        roster: Roster,
        rules: ShopRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._store = store
        self._roster = roster
        self._rules = rules
        self._clock = clock

    async def transfer(self, agent: Agent, ticket_id: str, to: TransferTo, note: str) -> TicketView:
        """To a person who is online, or to a group; it goes back when nobody takes it up in time.

        ReceiverAwayError when the person is not there, TicketConflictError when the ticket is with them already.
        """
        ticket = await self._queue.find_visible(agent, ticket_id)
        repeated = to.has(ticket) and ticket.repeats_change(TicketTransferred.kind, agent.id)
        change = TicketTransferred.kind if repeated else None
        holder = None if ticket.state is TicketState.QUEUED else require_holder(agent, ticket, change)
        target = await self._resolve_target(agent, ticket, to, repeated=repeated)
        now = self._clock()
        returns_at = now + timedelta(minutes=self._rules.transfer_minutes(ticket.key.shop))
        transfer = Transfer(agent.id, note, now, returns_at)
        return await self._queue.open_view(agent, await self._store.transfer(ticket.id, holder, target, transfer))

    async def take(self, agent: Agent, ticket_id: str) -> TicketView:
        """To oneself: for supervisors, whoever holds it; ForbiddenError for others."""
        ticket = await self._queue.find_visible(agent, ticket_id)
        if not agent.is_lead:
            raise ForbiddenError(error_sentence("ticket_held"))
        return await self._queue.open_view(agent, await self._store.take(ticket.id, agent.id, self._clock()))

    async def snooze(self, agent: Agent, ticket_id: str, until: datetime | None) -> TicketView:
        """Aside until a time or until the buyer writes, whichever comes first; None: until the buyer writes."""
        now = self._clock()
        if until is not None and not now < until <= now + LONGEST_SNOOZE:
            raise MalformedError(error_sentence("snooze_in_past", days=LONGEST_SNOOZE.days))
        ticket = await self._queue.find_visible(agent, ticket_id)
        holder = require_holder(agent, ticket)
        return await self._queue.open_view(
            agent, await self._store.snooze(ticket.id, holder, Snooze(agent.id, until), now)
        )

    async def wake(self, agent: Agent, ticket_id: str) -> TicketView:
        """Take it up again."""
        ticket = await self._queue.find_visible(agent, ticket_id)
        require_holder(agent, ticket)
        return await self._queue.open_view(agent, await self._store.wake(ticket.id, agent.id, self._clock()))

    async def undo(self, agent: Agent, ticket_id: str) -> TicketView:
        """Take back what this agent did last: resolved, returned to the bot, or passed on seconds ago."""
        ticket = await self._queue.find_visible(agent, ticket_id)
        if ticket.state in ENDED_STATES:
            return await self._queue.reopen(agent, ticket_id)
        now = self._clock()
        undone = await self._store.undo_transfer(ticket.id, agent.id, now - UNDO_WITHIN, now)
        return await self._queue.open_view(agent, undone)

    async def _resolve_target(self, agent: Agent, ticket: Ticket, to: TransferTo, *, repeated: bool) -> TransferTarget:
        shop = ticket.key.shop
        if to.group:
            title = self._rules.group_title(shop, to.group)
            if title is None:
                raise MalformedError(error_sentence("no_such_group"))
            return TransferTarget(to, title)
        name = to.agent or ""
        if ticket.claimed_by == name and not repeated:
            raise TicketConflictError(error_sentence("receiver_holds_it", agent=name))
        try:
            receiver = await self._roster.find_colleague(agent, name)
        except NotFoundError as error:
            raise ReceiverAwayError(error_sentence("receiver_away", agent=name)) from error
        if not receiver.serves_shop(shop):
            raise ReceiverAwayError(error_sentence("receiver_of_other_shops", agent=name))
        if receiver.status is not AgentStatus.ONLINE:
            raise ReceiverAwayError(error_sentence("receiver_away", agent=name))
        return TransferTarget(to)
