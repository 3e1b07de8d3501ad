"""What agents type, held against the shop's authority before it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from app.domain.commitment import Commitment
from app.domain.ticket import Ticket
from app.errors import ConflictError, error_sentence
from app.guard.people import Review, Verdict
from handoff.agents import Agent


@dataclass(frozen=True, slots=True)
class TextReview:
    """The review of a text on a ticket.

    Attributes:
        promises: what it commits the shop to, as Chinese lines.
        blocks: whether agents who are no supervisors may not send what goes past the authority.
    """

    review: Review
    promises: tuple[str, ...] = ()
    blocks: bool = False


class TextChecker(Protocol):
    """Reads texts as the gate does."""

    async def review_text(self, ticket: Ticket, text: str, allowing: Sequence[Commitment] = ()) -> TextReview:
        """What the text promises this ticket's buyer; `allowing` is taken for granted beside what was approved."""


class AuthorityExceededError(ConflictError):
    """A text promises more than its writer may; it was not sent."""

    slug = "authority-exceeded"
    title = "Past the shop's authority"

    def __init__(self, detail: str, verdicts: Sequence[Verdict] = (), instead: str = "") -> None:
        super().__init__(detail)
        self.verdicts = tuple(verdicts)
        self.instead = instead

    @classmethod
    def showing(cls, review: Review) -> Self:
        """The error that shows what is wrong."""
        why = "；".join(verdict.why for verdict in review.verdicts)
        return cls(error_sentence("exceeds_authority", why=why), review.verdicts, review.instead)


async def require_authority(checker: TextChecker, agent: Agent, ticket: Ticket, text: str) -> None:
    """Refuse what an agent may not say where the shop blocks it; raises AuthorityExceededError."""
    if agent.is_lead or not text.strip():
        return
    found = await checker.review_text(ticket, text)
    if found.blocks and found.review.verdicts:
        raise AuthorityExceededError.showing(found.review)
