"""Reads what a shop wrote of whom its sizes fit: S 80-95斤，M 身高160-165cm 95-110斤."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

_SIZE = re.compile(r"\d?x{0,3}[sml]|均码|\d{2,3}", re.IGNORECASE)
_CHART = re.compile(r"尺码(?:建议|表|参考|对照|推荐)|身高体重|建议尺码|选码")
_RANGE = re.compile(
    r"(?P<low>\d{2,3}(?:\.\d)?)\s*[-~—至到]\s*(?P<high>\d{2,3}(?:\.\d)?)\s*(?P<unit>cm|厘米|公分|斤|公斤|千克|kg)",
    re.IGNORECASE,
)
_GRAMS = {"斤": Decimal(500), "公斤": Decimal(1000), "千克": Decimal(1000), "kg": Decimal(1000)}


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One size with the heights (cm) and weights (g) that the shop wrote for it; None where it wrote none."""

    size: str
    heights: tuple[Decimal, Decimal] | None = None
    weights: tuple[Decimal, Decimal] | None = None


def is_worn_size(name: str) -> bool:
    """Whether a variant's name is a size that is worn: M, 2XL, 28, 110."""
    return _SIZE.fullmatch(name) is not None


def is_size_chart(name: str) -> bool:
    """Whether a detail of this name tells whom the sizes fit."""
    return _CHART.search(name) is not None


def read_size_chart(written: str, sizes: Collection[str]) -> tuple[SizeRow, ...]:
    """The rows of a written chart in their order, for the sizes there are."""
    names = "|".join(map(re.escape, sorted(sizes, key=len, reverse=True)))
    if not names:
        return ()
    alone = rf"(?<![A-Za-z\d.\-~])(?:{names})(?![A-Za-z\d.\-~])(?!\s*(?:斤|cm|公斤|kg))"
    found = list(re.finditer(alone, written))
    ends = [*(each.start() for each in found[1:]), *([len(written)] if found else [])]
    return tuple(_read_row(each[0], written[each.end() : end]) for each, end in zip(found, ends, strict=True))


def _read_row(size: str, written: str) -> SizeRow:
    spans: dict[bool, tuple[Decimal, Decimal]] = {}
    for each in _RANGE.finditer(written):
        grams = _GRAMS.get(each["unit"].lower())
        factor = grams or Decimal(1)
        spans.setdefault(grams is not None, (Decimal(each["low"]) * factor, Decimal(each["high"]) * factor))
    return SizeRow(size, spans.get(False), spans.get(True))
