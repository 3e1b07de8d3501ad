"""The port through which approvals are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.approval import Approval, ApprovalState, GrantedTerms
from app.domain.outcome import Spend
from handoff.ports import AgentLine


@dataclass(frozen=True, slots=True)
class ApprovalFilter:
    """Which requests; None means any."""

    shops: frozenset[str] | None = None
    states: frozenset[ApprovalState] | None = None
    ticket_id: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """A page of requests, the oldest first; `next_cursor` is None on the last page."""

    approvals: tuple[Approval, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class BoundTerms:
    """Terms as they bind the shop.

    Attributes:
        promise: as the conversation keeps it.
        spends: budgets that they take from, so that the bot does not give the same again.
    """

    commitment: GrantedTerms
    promise: Mapping[str, object]
    spends: tuple[Spend, ...] = ()


class ApprovalStore(Protocol):
    """Keeps requests. Each change is one transaction; the same change again changes nothing.

    A change raises ConflictError for a request that was decided otherwise or has expired, and a grant
    TicketConflictError when nobody works the ticket any more.
    """

    async def add(self, approval: Approval) -> Approval:
        """Keep a new request; ReusedIdError when its id was another's."""

    async def get(self, approval_id: str) -> Approval | None:
        """One request, or None."""

    async def find(self, wanted: ApprovalFilter, *, limit: int, cursor: str | None) -> ApprovalPage:
        """One page; MalformedError for a cursor that is not ours."""

    async def decide(self, decided: Approval, now: datetime) -> Approval:
        """Write that it was countered or refused."""

    async def grant(self, granted: Approval, line: AgentLine, bound: BoundTerms, now: datetime) -> Approval:
        """Write that it was granted: the promise to the conversation, the line to the buyer, the event to the shop."""
