"""Which size fits a height and a weight, by what the shop wrote of its goods: 尺码建议:S 80-95斤，M 95-110斤."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.catalogue import Product
from app.language.body import Body

_SIZE = re.compile(r"\d?x{0,3}[sml]|均码|\d{2,3}", re.IGNORECASE)
_CHART = re.compile(r"尺码(?:建议|表|参考|对照|推荐)|身高体重|建议尺码|选码")
_RANGE = re.compile(
    r"(?P<low>\d{2,3}(?:\.\d)?)\s*[-~—至到]\s*(?P<high>\d{2,3}(?:\.\d)?)\s*(?P<unit>cm|厘米|公分|斤|公斤|千克|kg)",
    re.IGNORECASE,
)
_GRAMS = {"斤": Decimal(500), "公斤": Decimal(1000), "千克": Decimal(1000), "kg": Decimal(1000)}
_SMALLEST_HEIGHT = 80
"""A size from here on is a height in cm: children's sizes."""


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One size with the heights (cm) and weights (g) that the shop wrote for it; None where it wrote none."""

    size: str
    heights: tuple[Decimal, Decimal] | None = None
    weights: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class SizeAdvice:
    """The sizes that fit, the smaller first; none where the body is beyond the `largest`."""

    sizes: tuple[str, ...]
    largest: str
    by_height: bool = False


def has_sizes(product: Product) -> bool:
    """Whether the goods come in sizes that are worn."""
    return bool(_worn_sizes(product))


def is_size_chart(name: str) -> bool:
    """Whether a detail of this name tells whom the sizes fit."""
    return _CHART.search(name) is not None


def advise_size(product: Product, body: Body) -> SizeAdvice | None:
    """The sizes that fit by the chart of the goods, or by their sizes that are heights; None where neither tells."""
    rows = read_chart(product)
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


def read_chart(product: Product) -> tuple[SizeRow, ...]:
    """The rows of the goods' size chart in the order written; empty where none is written."""
    written = next((value for name, value in product.details if is_size_chart(name)), "")
    names = sorted(_worn_sizes(product), key=len, reverse=True)
    if not written or not names:
        return ()
    found = list(
        re.finditer(
            rf"(?<![A-Za-z\d.\-~])(?:{'|'.join(map(re.escape, names))})(?![A-Za-z\d.\-~])(?!\s*(?:斤|cm|公斤|kg))",
            written,
        )
    )
    ends = [*(each.start() for each in found[1:]), len(written)]
    return tuple(_read_row(each[0], written[each.end() : end]) for each, end in zip(found, ends, strict=True))


def _read_row(size: str, written: str) -> SizeRow:
    spans: dict[bool, tuple[Decimal, Decimal]] = {}
    for each in _RANGE.finditer(written):
        grams = _GRAMS.get(each["unit"].lower())
        factor = grams or Decimal(1)
        spans.setdefault(grams is not None, (Decimal(each["low"]) * factor, Decimal(each["high"]) * factor))
    return SizeRow(size, spans.get(False), spans.get(True))


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
    found = (value for sku in product.skus if sku.listed for value in sku.attributes if _SIZE.fullmatch(value))
    return list(dict.fromkeys(found))
