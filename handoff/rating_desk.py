"""Ratings that platforms collect and tell us."""

from collections.abc import Callable
from datetime import datetime

from app.errors import ForbiddenError, TicketConflictError, error_sentence
from handoff.agents import Agent
from handoff.ports import ENDED_STATES
from handoff.queue import HandoffQueue, TicketView
from handoff.ratings import RatingStore


class RatingDesk:
    """Takes them."""

    def __init__(self, queue: HandoffQueue, store: RatingStore, clock: Callable[[], datetime]) -> None:
        self._queue = queue
        self._store = store
        self._clock = clock

    async def rate(self, agent: Agent, ticket_id: str, score: int, words: str) -> TicketView:
        """For supervisors' software: nobody rates their own work. TicketConflictError before the ticket has ended."""
        ticket = await self._queue.find_visible(agent, ticket_id)
        if not agent.is_lead:
            raise ForbiddenError(error_sentence("wrong_role"))
        if ticket.state not in ENDED_STATES:
            raise TicketConflictError(error_sentence("rating_too_early"))
        rated = await self._store.rate(ticket.id, score, words, agent.id, self._clock())
        return await self._queue.open_view(agent, rated)
