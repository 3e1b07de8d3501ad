"""What an agent asks a supervisor to allow: a price or amends past what the shop lets agents give."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.commitment import CompensationCommitment, CompensationKind, PriceCommitment
from app.domain.message import ConversationKey


class ApprovalKind(StrEnum):
    """What may be asked for."""

    PRICE = "price"
    AMENDS = "amends"


class ApprovalState(StrEnum):
    """How far a request is."""

    ASKED = "asked"
    COUNTERED = "countered"  # other terms were offered; whoever asked may take them
    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"


OPEN_APPROVALS = frozenset({ApprovalState.ASKED, ApprovalState.COUNTERED})


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """So many pieces of a SKU for a total, 元."""

    sku_id: str
    quantity: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class AmendsTerms:
    """Amends for one order, 元; a gift has a name, and an amount of 0."""

    kind: CompensationKind
    order_id: str
    amount: Decimal
    gift: str = ""


Terms = PriceTerms | AmendsTerms
GrantedTerms = PriceCommitment | CompensationCommitment


@dataclass(frozen=True, slots=True)
class TermsQuote:
    """What the terms are about.

    Attributes:
        title: the goods or the order.
        text: the terms as one Chinese line.
        listed: what the page asks for as much, 元; None for amends.
        least: the least that the shop lets agents take, or the most of amends it lets them give, 元; None for nothing.
            For supervisors.
    """

    title: str
    text: str
    listed: Decimal | None = None
    least: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """One request and what became of it. Times are aware UTC.

    Attributes:
        text: the sentence that is said to the buyer once it is granted.
        why: for the supervisor.
        counter, counter_quote: the terms that a supervisor offered instead.
        note: what the supervisor said to whoever asked.
        granted: what the shop is bound to by it.
    """

    id: str
    key: ConversationKey
    ticket_id: str
    terms: Terms
    quote: TermsQuote
    text: str
    why: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    state: ApprovalState = ApprovalState.ASKED
    counter: Terms | None = None
    counter_quote: TermsQuote | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str = ""
    granted: GrantedTerms | None = None

    @property
    def kind(self) -> ApprovalKind:
        """What is asked for."""
        return ApprovalKind.PRICE if isinstance(self.terms, PriceTerms) else ApprovalKind.AMENDS

    @property
    def current_terms(self) -> Terms:
        """The terms as they stand now."""
        return self.counter or self.terms

    def binds(self, now: datetime) -> bool:
        """Whether what was granted still holds."""
        until = self.granted.valid_until if isinstance(self.granted, PriceCommitment) else None
        return self.granted is not None and (until is None or until > now)
