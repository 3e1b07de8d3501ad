"""Finds where public promotions together sell below the shop's own floors, before a buyer does."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from app.commerce.pricing import BasketLine, Quote, best_quote, covers_product, undercuts_floor
from app.domain.catalogue import Product, Promotion, Sku
from app.shop.checks.promotions import FloorBreach

_MOST_PIECES = 30  # larger baskets are bulk orders, which a person quotes


def find_promotions_under_floor(
    products: Sequence[Product], promotions: Sequence[Promotion], now: datetime
) -> Sequence[FloorBreach]:
    """A breach for each product that promotions sell below its floor, now or when a later promotion begins.

    Looks at baskets of one SKU.
    """
    moments = sorted({now, *(promotion.begins for promotion in promotions if promotion.begins > now)})
    found = (_check_product_floor(product, promotions, moments) for product in products)
    return [breach for breach in found if breach]


def _check_product_floor(
    product: Product, promotions: Sequence[Promotion], moments: Sequence[datetime]
) -> FloorBreach | None:
    ours = [promotion for promotion in promotions if covers_product(promotion, product.product_id)]
    quotes = (
        best_quote([BasketLine(sku, quantity)], ours, moment)
        for sku in product.listed_skus
        if sku.floor_price is not None and sku.price
        for quantity in _threshold_quantities(sku, ours)
        for moment in moments
    )
    below = [quote for quote in quotes if undercuts_floor(quote)]
    if not below:
        return None
    worst = min(below, key=_paid_share)
    return FloorBreach(worst.savings[0].promotion.promotion_id if worst.savings else "", _undercut_message(worst))


def _threshold_quantities(sku: Sku, promotions: Iterable[Promotion]) -> list[int]:
    """The quantities at which a promotion just becomes valid, where it reduces the price by the largest share."""
    pieces = {1}
    for promotion in promotions:
        pieces.add(max(1, promotion.quantity))
        pieces.add(int((promotion.over / sku.price).to_integral_value(ROUND_CEILING)))
    return sorted(count for count in pieces if 1 <= count <= _MOST_PIECES)


def _paid_share(quote: Quote) -> Decimal:
    return quote.total / quote.full_price


def _undercut_message(quote: Quote) -> str:
    line = quote.lines[0]
    floor = (line.sku.floor_price or Decimal(0)) * line.quantity
    names = "、".join(saving.promotion.title for saving in quote.savings)
    what = " ".join([line.sku.title, *line.sku.attributes])
    return (
        f"“{what}”买 {line.quantity} 件，用上{names}后是 {quote.total} 元，低于底价合计 {floor} 元，机器人会转给主管。"
        "请让活动不叠加、提高门槛，或调低底价。"
    )
