"""Which of several goods has more of a quality, by their prices or by the measures written of them."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.catalogue import Product
from app.language.measures import find_quantities
from app.language.qualities import Quality


def rank_by_quality(products: Sequence[Product], quality: Quality) -> list[Product]:
    """Those that have most of it first; empty where it is not known of all, or the first two are alike."""
    measured = [(amount, each) for each in products if (amount := measure_quality(each, quality)) is not None]
    if len(measured) < len(products) or len({amount for amount, _ in measured}) < len(measured):
        return []
    measured.sort(key=lambda pair: pair[0], reverse=quality.highest)
    return [each for _, each in measured]


def measure_quality(product: Product, quality: Quality) -> Decimal | None:
    """How much of the quality's measure the goods have: 元 of their cheapest SKU, else the base unit of the measure."""
    if not quality.details:
        return min((sku.price for sku in product.skus if sku.listed), default=None)
    written = (value for name, value in product.details if any(known in name for known in quality.details))
    amounts = [
        each.in_base[1]
        for value in written
        for each in find_quantities(value)
        if quality.measure is None or each.kind is quality.measure
    ]
    return amounts[0] if amounts else None
