"""Which size fits a height and a weight, by what the shop wrote of its goods: 尺码建议:S 80-95斤，M 95-110斤."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.catalogue import Product
from app.language.body import Body
from app.language.size_charts import SizeRow, is_size_chart, is_worn_size, read_size_chart

_SMALLEST_HEIGHT = 80
"""A size from here on is a height in cm: children's sizes."""


@dataclass(frozen=True, slots=True)
class SizeAdvice:
    """The sizes that fit, the smaller first; none where the body is beyond the `largest`."""

    sizes: tuple[str, ...]
    largest: str
    by_height: bool = False


def has_sizes(product: Product) -> bool:
    """Whether the goods come in sizes that are worn."""
    return bool(_worn_sizes(product))


def advise_size(product: Product, body: Body) -> SizeAdvice | None:
    """The sizes that fit by the chart of the goods, or by their sizes that are heights; None where neither tells."""
    rows = _read_chart(product)
    heights = [size for size in _worn_sizes(product) if size.isdigit() and int(size) >= _SMALLEST_HEIGHT]
    if not rows and heights and body.height:
        fitting = sorted((size for size in heights if Decimal(size) >= body.height), key=int)
        return SizeAdvice(tuple(fitting[:1]), max(heights, key=int), by_height=True)
    told = [_fit(rows, body.height, "heights"), _fit(rows, body.weight, "weights")]
    places = [places for places in told if places is not None]
    if not places:
        return None
    if any(not each for each in places):
        return SizeAdvice((), rows[-1].size)
    common = set.intersection(*map(set, places)) or {max(map(max, places))}
    return SizeAdvice(tuple(rows[at].size for at in sorted(common)), rows[-1].size)


def _read_chart(product: Product) -> tuple[SizeRow, ...]:
    """The rows of the goods' size chart; empty where none is written."""
    written = next((value for name, value in product.details if is_size_chart(name)), "")
    return read_size_chart(written, _worn_sizes(product))


def _fit(rows: Sequence[SizeRow], measure: Decimal | None, column: str) -> list[int] | None:
    """Places of the rows that hold the measure, the smallest size for less; None where nothing is told of it."""
    spans = [(at, getattr(row, column)) for at, row in enumerate(rows) if getattr(row, column)]
    if measure is None or not spans:
        return None
    first, (least, _) = spans[0]
    return [at for at, (low, high) in spans if low <= measure <= high] or (
        [first] if measure < least else _between(spans, measure)
    )


def _between(spans: Sequence[tuple[int, tuple[Decimal, Decimal]]], measure: Decimal) -> list[int]:
    return [at for at, (low, _) in spans if low > measure][:1]


def _worn_sizes(product: Product) -> list[str]:
    found = (value for sku in product.skus if sku.listed for value in sku.attributes if is_worn_size(value))
    return list(dict.fromkeys(found))
