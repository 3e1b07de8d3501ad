"""Proposals: a row for the shop's FAQ as an agent would write it, for whoever keeps the shop's files."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FaqProposal:
    """One proposed row. Times are aware UTC.

    Attributes:
        question: what buyers ask, without their personal data.
        answer: what the agent would have the bot say.
        agent: who proposed it.
        closed_by: who put it into the files or set it aside; None while it is open.
    """

    id: str
    shop: str
    question: str
    answer: str
    agent: str
    at: datetime
    closed_by: str | None = None
    closed_at: datetime | None = None
