"""What agents would have the FAQ say: proposed at the desk, put into the files by whoever keeps them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.catalogue import FaqEntry
from app.domain.proposal import FaqProposal
from app.errors import ForbiddenError, NotFoundError, error_sentence
from app.observability.masking import mask_persons, mask_text
from app.shop.checks.answer import AnswerProblem
from app.shop.shop import Shop
from handoff.agents import Agent

Judge = Callable[[FaqEntry, Shop], Sequence[AnswerProblem]]


class ProposalStore(Protocol):
    """Keeps proposals."""

    async def add(self, proposal: FaqProposal) -> FaqProposal:
        """As it is kept; ReusedIdError when its id was another's, ConflictError for one too many."""

    async def list_open(self, shop: str) -> tuple[FaqProposal, ...]:
        """Those nobody closed, the oldest first."""

    async def find(self, shop: str, proposal_id: str) -> FaqProposal | None:
        """One, open or closed, or None."""

    async def close(self, shop: str, proposal_id: str, by: str, now: datetime) -> FaqProposal:
        """Close it; again changes nothing."""


@dataclass(frozen=True, slots=True)
class ProposalBox:
    """Everything raises ForbiddenError for a shop that the agent does not serve; NotFoundError for one not here."""

    store: ProposalStore
    get_shop: Callable[[str], Shop]
    judge: Judge
    clock: Callable[[], datetime]

    async def propose(
        self, agent: Agent, shop: str, proposal_id: str, question: str, answer: str
    ) -> tuple[FaqProposal, tuple[str, ...]]:
        """Keep a row without personal data; what a check of the shop's answers would say of it."""
        opened = self._require_shop(agent, shop)
        asked, said = mask_text(question), mask_persons(answer)
        kept = await self.store.add(FaqProposal(proposal_id, shop, asked, said, agent.id, self.clock()))
        found = self.judge(FaqEntry(proposal_id, asked, said), opened)
        return kept, tuple(each.message for each in found)

    async def list_open(self, agent: Agent, shop: str) -> tuple[FaqProposal, ...]:
        """Those nobody closed, the oldest first."""
        self._require_shop(agent, shop)
        return await self.store.list_open(shop)

    async def close(self, agent: Agent, shop: str, proposal_id: str) -> FaqProposal:
        """It is in the files or is not wanted: for its author and for supervisors."""
        self._require_shop(agent, shop)
        found = await self.store.find(shop, proposal_id)
        if found is None:
            raise NotFoundError(error_sentence("unknown_proposal", id=proposal_id))
        if found.agent != agent.id and not agent.is_lead:
            raise ForbiddenError(error_sentence("not_own_proposal"))
        return await self.store.close(shop, proposal_id, agent.id, self.clock())

    def _require_shop(self, agent: Agent, shop: str) -> Shop:
        if not agent.serves_shop(shop):
            raise ForbiddenError(error_sentence("foreign_shop", shop=shop))
        return self.get_shop(shop)
