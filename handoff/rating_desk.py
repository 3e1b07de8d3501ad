"""Ratings that platforms collect and tell us."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from app.errors import ForbiddenError, TicketConflictError, error_sentence
from handoff.agents import Agent
from handoff.ports import ENDED_STATES
from handoff.queue import HandoffQueue, TicketView
from handoff.ratings import RatingStore, describe_follow_up


class FollowUpRules(Protocol):
    """What shops say about low ratings."""

    def follow_up_score(self, shop: str) -> int:
        """The highest score that somebody comes back to; 0: none."""


class RatingDesk:
    """Takes them; a low one opens a follow-up, as one that a buyer tells us does."""

    def __init__(
        self, queue: HandoffQueue, store: RatingStore, rules: FollowUpRules, clock: Callable[[], datetime]
    ) -> None:
        self._queue = queue
        self._store = store
        self._rules = rules
        self._clock = clock

    async def rate(self, agent: Agent, ticket_id: str, score: int, words: str) -> TicketView:
        """For supervisors' software: nobody rates their own work. TicketConflictError before the ticket has ended."""
        ticket = await self._queue.find_visible(agent, ticket_id)
        if not agent.is_lead:
            raise ForbiddenError(error_sentence("wrong_role"))
        if ticket.state not in ENDED_STATES:
            raise TicketConflictError(error_sentence("rating_too_early"))
        reminder = describe_follow_up(score, words, self._rules.follow_up_score(ticket.key.shop))
        rated = await self._store.rate(ticket.id, score, words, agent.id, self._clock(), follow_up=reminder)
        return await self._queue.open_view(agent, rated)
