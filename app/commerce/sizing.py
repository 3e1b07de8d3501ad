"""Which size fits a height and a weight, by what the shop wrote of its goods: 尺码建议:S 80-95斤，M 95-110斤."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.catalogue import Product
from app.language.body import Body
from app.language.size_charts import SizeRow, find_size_chart, list_worn_sizes, read_size_chart

_SMALLEST_HEIGHT = 80
"""A size from here on is a height in cm: children's sizes."""
_STEP = Decimal(10)
"""From one of them to the next."""


_LEAST_MARGIN = Decimal("0.05")
_ONE_ROW = 1
"""A height and a weight of neighbouring rows agree: the larger of the two is worn."""


class Measure(StrEnum):
    """What of a body a chart tells sizes by: a column of it."""

    HEIGHT = "heights"
    WEIGHT = "weights"


@dataclass(frozen=True, slots=True)
class SizeAdvice:
    """The sizes that fit, the smaller first; none where the body is beyond the `largest` or `below` the `smallest`.

    Where the height and the weight lie far apart, `by_height` and `by_weight` are the sizes for each of them.
    """

    sizes: tuple[str, ...]
    smallest: str
    largest: str
    is_height: bool = False
    below: bool = False
    by_height: str | None = None
    by_weight: str | None = None


def has_sizes(product: Product) -> bool:
    """Whether the goods come in sizes that are worn."""
    return bool(_list_sizes(product))


def advise_size(product: Product, body: Body) -> SizeAdvice | None:
    """The sizes that fit by the chart of the goods, or by their sizes that are heights; None where neither tells."""
    rows = _read_chart(product)
    heights = sorted((size for size in _list_sizes(product) if _is_height(size)), key=int)
    if not rows and heights and body.height:
        return _advise_by_height(heights, body.height)
    tall = _fit(rows, body.height, Measure.HEIGHT)
    heavy = _fit(rows, body.weight, Measure.WEIGHT)
    places = [each for each in (tall, heavy) if each is not None]
    if not places:
        return None
    smallest, largest = rows[0].size, rows[-1].size
    if any(not each for each in places):
        return SizeAdvice((), smallest, largest)
    if _is_far_below(rows, body.height, Measure.HEIGHT) or _is_far_below(rows, body.weight, Measure.WEIGHT):
        return SizeAdvice((), smallest, largest, below=True)
    if tall and heavy and (min(heavy) - max(tall) > _ONE_ROW or min(tall) - max(heavy) > _ONE_ROW):
        both = tuple(rows[at].size for at in sorted({max(tall), max(heavy)}))
        return SizeAdvice(both, smallest, largest, by_height=rows[max(tall)].size, by_weight=rows[max(heavy)].size)
    common = set.intersection(*map(set, places)) or {max(map(max, places))}
    return SizeAdvice(tuple(rows[at].size for at in sorted(common)), smallest, largest)


def list_measures(product: Product) -> tuple[Measure, ...]:
    """What the goods' chart goes by, the weight first; for sizes that are heights the height; empty without a chart."""
    rows = _read_chart(product)
    if not rows and any(map(_is_height, _list_sizes(product))):
        return (Measure.HEIGHT,)
    return tuple(each for each in (Measure.WEIGHT, Measure.HEIGHT) if any(getattr(row, each) for row in rows))


def find_missing_measure(product: Product, body: Body) -> Measure | None:
    """The measure that a chart goes by and the buyer did not tell; None without a chart, or where nothing lacks."""
    told = {Measure.HEIGHT: body.height, Measure.WEIGHT: body.weight}
    needed = list_measures(product)
    return None if any(told[each] for each in needed) else next(iter(needed), None)


def _is_height(size: str) -> bool:
    return size.isdigit() and int(size) >= _SMALLEST_HEIGHT


def _advise_by_height(heights: Sequence[str], height: Decimal) -> SizeAdvice:
    least = Decimal(heights[0])
    below = height < least - max(_STEP, least * _LEAST_MARGIN)
    fitting = () if below else tuple(size for size in heights if Decimal(size) >= height)[:1]
    return SizeAdvice(fitting, heights[0], heights[-1], is_height=bool(fitting), below=below)


def _read_chart(product: Product) -> tuple[SizeRow, ...]:
    """The rows of the goods' size chart; empty where none is written."""
    sizes = _list_sizes(product)
    return read_size_chart(find_size_chart(product.details, sizes), sizes)


def _list_sizes(product: Product) -> list[str]:
    return list_worn_sizes(value for sku in product.listed_skus for value in sku.attributes)


def _fit(rows: Sequence[SizeRow], measure: Decimal | None, column: Measure) -> list[int] | None:
    """Places of the rows that hold the measure, the smallest size for less; None where nothing is told of it."""
    spans = [(at, getattr(row, column)) for at, row in enumerate(rows) if getattr(row, column)]
    if measure is None or not spans:
        return None
    first, (least, _) = spans[0]
    return [at for at, (low, high) in spans if low <= measure <= high] or (
        [first] if measure < least else _between(spans, measure)
    )


def _is_far_below(rows: Sequence[SizeRow], measure: Decimal | None, column: Measure) -> bool:
    """Whether a measure lies more than a whole row under the smallest size."""
    low, high = next((getattr(row, column) for row in rows if getattr(row, column)), (Decimal(0), Decimal(0)))
    return measure is not None and measure < low - max(high - low, low * _LEAST_MARGIN)


def _between(spans: Sequence[tuple[int, tuple[Decimal, Decimal]]], measure: Decimal) -> list[int]:
    return [at for at, (low, _) in spans if low > measure][:1]
