"""Small amends for an order, as far as the shop's authority goes and its budgets last."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from app.domain.catalogue import Order
from app.domain.commitment import CompensationCommitment, CompensationKind
from app.domain.outcome import Spend
from app.guard.authority import compensation_spends
from intents._framework.contract import Case

SHARE_OF_ORDER: Final = Decimal("0.1")
MONEY_KINDS: Final = (CompensationKind.CASH, CompensationKind.COUPON)


@dataclass(frozen=True, slots=True)
class CompensationOffer:
    """One offer: the commitment and what it takes out of the shop's budgets."""

    commitment: CompensationCommitment
    spends: tuple[Spend, ...]


def choose_compensation(case: Case, order: Order) -> CompensationOffer | None:
    """The first kind the shop allows and can still pay; None when there is none.

    A tenth of the order in whole 元, never more than the ceiling: amends are a gesture, not a price.
    """
    authority = case.shop.settings.authority
    today = case.now.astimezone(case.shop.settings.hours.zone).date()
    offers = (
        CompensationOffer(made, compensation_spends(made, authority, case.shop.shop_id, today))
        for made in _list_compensations(case, order)
    )
    return next((offer for offer in offers if _is_within_budget(case, offer)), None)


def _list_compensations(case: Case, order: Order) -> Iterator[CompensationCommitment]:
    allowed = case.shop.settings.authority.compensation
    share = (order.total_amount * SHARE_OF_ORDER).quantize(Decimal(1), ROUND_DOWN)
    for kind, limit in zip(MONEY_KINDS, (allowed.cash, allowed.coupon), strict=True):
        amount = min(share, limit.per_order) if limit else Decimal(0)
        if amount > 0:
            yield CompensationCommitment(kind, order.order_id, amount)
    if allowed.gift:
        yield CompensationCommitment(CompensationKind.GIFT, order.order_id, Decimal(0), allowed.gift.gift)


def _is_within_budget(case: Case, offer: CompensationOffer) -> bool:
    return all(spend.budget not in case.exhausted and spend.amount <= spend.limit for spend in offer.spends)
