"""Amounts that tell one variant from another, however they are written: 十斤 and 10斤, 2万毫安 and 20000mAh, 1米8."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.language.numbers import NUMBER, read_number
from app.language.sizes import speaks_of_body
from app.language.units import COUNT, MEASURES, MeasureKind

_DESCRIBING: Final = (MeasureKind.WEIGHT, MeasureKind.LENGTH, MeasureKind.VOLUME)
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "mAh": ("毫安时", "毫安", "mah"),
    "watt": ("瓦", "w"),
    "byte": ("gb", "g"),
    "terabyte": ("tb", "t"),
    "inch": ("英寸", "寸"),
    "sheet": ("抽",),
}
"""Units that have no base of their own; a memory of 256g is as well a weight."""
_SAID_TENTHS: Final = r"(?:米(?P<tenths>[\d一二三四五六七八九])(?![\d.一二三四五六七八九十]))"


def _units() -> dict[str, list[tuple[str, Decimal]]]:
    found: dict[str, list[tuple[str, Decimal]]] = {}
    for word, own in MEASURES.items():
        if own.kind in _DESCRIBING:
            found.setdefault(word, []).append((own.kind.value, own.base))
    for family, words in _WORDS.items():
        for word in words:
            found.setdefault(word, []).append((family, Decimal(1)))
    return found


_UNITS: Final = _units()
_UNIT: Final = "|".join(
    sorted((f"{re.escape(each)}(?![a-z])" if each.isascii() else each for each in _UNITS), key=len, reverse=True)
)
_FIGURE = re.compile(rf"(?<![\d.a-z])(?P<number>\d+\.\d+|{NUMBER}|半)\s*(?:{_SAID_TENTHS}|(?P<unit>{_UNIT}))")
_PACK = re.compile(rf"(?<![\d.第这那])(?P<number>{NUMBER})\s*(?P<word>{COUNT})(?=装|的|$|[*×x])")
_ASKED_AMOUNT = re.compile(rf"(?<!还有)(?<!剩)(?<!剩下)(?:几|多少)(?P<unit>{_UNIT}|{COUNT})")
_ASKED = re.compile(r"\s*(?:的|装|款)")
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount at its place in a text; what has the same `keys` in common is as much of the same thing."""

    start: int
    end: int
    text: str
    number: Decimal
    keys: frozenset[tuple[str, Decimal]]


def find_figures(text: str) -> tuple[Figure, ...]:
    """Every amount of a lower-case text by which goods are described, in order; no pieces that are ordered (要5片)."""
    if not any(each.isdigit() or each in "一二两三四五六七八九十百半" for each in text):
        return ()
    found = [figure for match in _FIGURE.finditer(text) if (figure := _read_measure(match))]
    found += [figure for match in _PACK.finditer(text) if (figure := _read_pack(match))]
    return tuple(sorted(found, key=lambda figure: figure.start))


def find_asked_families(text: str) -> frozenset[str]:
    """What amounts a lower-case text asks for: weights of 多少克, 片 of 几片; 还剩几包 is a matter of stock."""
    asked = [match["unit"] for match in _ASKED_AMOUNT.finditer(text)]
    return frozenset(family for unit in asked for each in find_figures(f"1{unit}") for family, _ in each.keys)


def asks_for_figure(text: str, figure: Figure) -> bool:
    """Whether an amount in a text stands for goods that are as much: 500ml的有吗; none for somebody's weight."""
    return _ASKED.match(text, figure.end) is not None and not speaks_of_body(text)


def _read_measure(match: re.Match[str]) -> Figure | None:
    number = read_number(match["number"])
    if number is None:
        return None
    if match["tenths"]:
        tenths = read_number(match["tenths"])
        number, unit = number + _TENTH * (tenths or 0), "米"
    else:
        unit = match["unit"]
    keys = frozenset((family, (number * base).normalize()) for family, base in _UNITS[unit])
    return Figure(match.start(), match.end(), match[0], number, keys)


def _read_pack(match: re.Match[str]) -> Figure | None:
    number = read_number(match["number"])
    if number is None:
        return None
    key = (match["word"], number.normalize())
    return Figure(match.start(), match.end(), match[0], number, frozenset({key}))
