"""Approvals: an agent asks, a supervisor grants, offers other terms or refuses; a grant is said and written once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.approval import OPEN_APPROVALS, Approval, ApprovalState, GrantedTerms, Terms, TermsQuote
from app.domain.handoff import TicketState
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket
from app.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    TicketConflictError,
    UndeliverableError,
    error_sentence,
)
from handoff.agents import Agent
from handoff.approval_ports import ApprovalFilter, ApprovalPage, ApprovalStore, BoundTerms
from handoff.checking import AuthorityExceededError, TextChecker
from handoff.ports import AgentLine, TicketStore

WAIT = timedelta(minutes=15)
"""A buyer who haggles does not wait longer for a yes."""


class TermsReader(TextChecker, Protocol):
    """Knows what terms are about."""

    async def quote_terms(self, ticket: Ticket, terms: Terms) -> TermsQuote:
        """What the terms come to; MalformedError for goods or an order that are not this buyer's to speak of."""

    async def bind_terms(self, ticket: Ticket, terms: Terms, now: datetime) -> BoundTerms:
        """What the shop is bound to by these terms once they are granted."""


class ApprovalDesk:
    """Checks who may ask and decide. Every method raises NotFoundError for what the agent does not serve."""

    def __init__(
        self,
        store: ApprovalStore,
        tickets: TicketStore,
        reader: TermsReader,
        clock: Callable[[], datetime],
        reaches_buyer: Callable[[ConversationKey], bool] = lambda _key: True,
    ) -> None:
        self._store = store
        self._tickets = tickets
        self._reader = reader
        self._clock = clock
        self._reaches_buyer = reaches_buyer

    async def ask(
        self, agent: Agent, ticket_id: str, request_id: str, terms: Terms, text: str, why: str = ""
    ) -> Approval:
        """A new request; the same again is a retry.

        AuthorityExceededError where the shop blocks and the text promises more than the terms.
        """
        ticket = await self._require_held(agent, ticket_id)
        quote = await self._reader.quote_terms(ticket, terms)
        now = self._clock()
        if not agent.is_lead:
            await self._require_covered(ticket, terms, text, now)
        asked = Approval(
            f"{ticket.id}~{request_id}", ticket.key, ticket.id, terms, quote, text, why, agent.id, now, now + WAIT
        )
        return await self._store.add(asked)

    async def list_visible(
        self, agent: Agent, wanted: ApprovalFilter, *, limit: int, cursor: str | None
    ) -> ApprovalPage:
        """The requests of the shops the agent serves; ForbiddenError for a shop that they do not."""
        seen = replace(wanted, shops=agent.visible_shops(wanted.shops))
        return await self._store.find(seen, limit=limit, cursor=cursor)

    async def grant(self, agent: Agent, approval_id: str, text: str = "", note: str = "") -> Approval:
        """A supervisor's yes: the sentence is said, with other words where they are given."""
        approval = await self._require_lead(agent, approval_id)
        return await self._carry_out(approval, replace(approval, text=text or approval.text, note=note), agent)

    async def counter(self, agent: Agent, approval_id: str, terms: Terms, text: str = "", note: str = "") -> Approval:
        """Other terms, which whoever asked may take.

        AuthorityExceededError where the shop blocks and the text promises more than the terms: an agent will say it.
        """
        approval = await self._require_lead(agent, approval_id)
        if type(terms) is not type(approval.terms):
            raise ConflictError(error_sentence("other_terms"))
        ticket = await self._require_ticket(agent, approval.ticket_id)
        quote = await self._reader.quote_terms(ticket, terms)
        now = self._clock()
        if text:
            await self._require_covered(ticket, terms, text, now)
        decided = replace(
            approval,
            state=ApprovalState.COUNTERED,
            counter=terms,
            counter_quote=quote,
            text=text,
            note=note,
            decided_by=agent.id,
            decided_at=now,
            expires_at=now + WAIT,
        )
        return await self._store.decide(decided, now)

    async def refuse(self, agent: Agent, approval_id: str, note: str = "") -> Approval:
        """A supervisor's no."""
        approval = await self._require_lead(agent, approval_id)
        now = self._clock()
        refused = replace(approval, state=ApprovalState.REFUSED, note=note, decided_by=agent.id, decided_at=now)
        return await self._store.decide(refused, now)

    async def accept(self, agent: Agent, approval_id: str, text: str = "") -> Approval:
        """Take the terms that a supervisor offered instead: as a grant."""
        approval = await self._require_visible(agent, approval_id)
        ticket = await self._require_held(agent, approval.ticket_id)
        if approval.state is not ApprovalState.COUNTERED and approval.state is not ApprovalState.GRANTED:
            raise ConflictError(error_sentence("approval_state", state=approval.state))
        said = text or approval.text
        if not said:
            raise ConflictError(error_sentence("nothing_to_say"))
        if not agent.is_lead:
            await self._require_covered(ticket, approval.current_terms, said, self._clock())
        return await self._carry_out(approval, replace(approval, text=said), agent)

    async def _carry_out(self, known: Approval, wanted: Approval, agent: Agent) -> Approval:
        if known.state not in OPEN_APPROVALS:
            if known.state is ApprovalState.GRANTED:
                return known  # the same yes again: its first answer was lost on the way
            raise ConflictError(error_sentence("approval_state", state=known.state))
        if not wanted.text:
            raise ConflictError(error_sentence("nothing_to_say"))
        if not self._reaches_buyer(known.key):
            raise UndeliverableError(error_sentence("undeliverable", channel=known.key.channel))
        now = self._clock()
        ticket = await self._require_ticket(agent, known.ticket_id)
        bound = await self._reader.bind_terms(ticket, wanted.current_terms, now)
        by = known.decided_by if known.state is ApprovalState.COUNTERED else agent.id
        granted = replace(wanted, state=ApprovalState.GRANTED, granted=bound.commitment, decided_by=by, decided_at=now)
        line = AgentLine(f"{known.ticket_id}:{known.id}", known.asked_by, wanted.text)
        return await self._store.grant(granted, line, bound, now)

    async def _require_covered(self, ticket: Ticket, terms: Terms, text: str, now: datetime) -> None:
        """The text promises no more than the terms, where the shop holds agents to that."""
        bound = await self._reader.bind_terms(ticket, terms, now)
        found = await self._reader.review_text(ticket, text, (bound.commitment,))
        if found.blocks and found.review.verdicts:
            raise AuthorityExceededError.showing(found.review)

    async def _require_ticket(self, agent: Agent, ticket_id: str) -> Ticket:
        ticket = await self._tickets.get_ticket(ticket_id)
        if ticket is None or not agent.serves_shop(ticket.key.shop):
            raise NotFoundError(error_sentence("unknown_ticket", id=ticket_id))
        return ticket

    async def _require_held(self, agent: Agent, ticket_id: str) -> Ticket:
        ticket = await self._require_ticket(agent, ticket_id)
        if ticket.state is not TicketState.CLAIMED:
            raise TicketConflictError(error_sentence("ticket_unclaimed", state=ticket.state))
        if ticket.claimed_by != agent.id and not agent.is_lead:
            raise ForbiddenError(error_sentence("ticket_held"))
        return ticket

    async def _require_visible(self, agent: Agent, approval_id: str) -> Approval:
        approval = await self._store.get(approval_id)
        if approval is None or not agent.serves_shop(approval.key.shop):
            raise NotFoundError(error_sentence("unknown_approval", id=approval_id))
        return approval

    async def _require_lead(self, agent: Agent, approval_id: str) -> Approval:
        if not agent.is_lead:
            raise ForbiddenError(error_sentence("wrong_role"))
        return await self._require_visible(agent, approval_id)


def list_commitments(approvals: Sequence[Approval], now: datetime) -> tuple[GrantedTerms, ...]:
    """What was granted and still binds."""
    return tuple(each.granted for each in approvals if each.granted is not None and each.binds(now))
