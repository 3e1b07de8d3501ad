"""Reads what a shop wrote of whom its sizes fit: S 80-95斤，M 身高160-165cm 95-110斤."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.language.spans import GIRTHS

_SIZE = re.compile(r"\d?x{0,3}[sml]|nb|均码|\d{2,3}", re.IGNORECASE)
_NEWBORN = "nb"
_FEWEST_ROWS = 2
_BELOW_ALL = -9
_CHART = re.compile(r"尺码(?:建议|表|参考|对照|推荐)|身高体重|建议尺码|选码")
_UNIT = "cm|厘米|公分|斤|公斤|千克|kg"
_AMOUNT = r"\d{1,3}(?:\.\d)?"
_RANGE = re.compile(
    rf"(?P<low>{_AMOUNT})\s*(?:{_UNIT})?\s*[-~—至到]+\s*(?P<high>{_AMOUNT})\s*(?P<unit>{_UNIT})"
    rf"|(?P<end>{_AMOUNT})\s*(?P<end_unit>{_UNIT})\s*及?(?:(?P<below>以下|以内|之内|内)|以上|起)",
    re.IGNORECASE,
)
_GIRTH_BEFORE = re.compile(rf"(?:{GIRTHS})[为是约:：\s]*$")
"""Before a span: it is of a part of somebody, and no height."""
_GIRTH_NAME = re.compile(GIRTHS)
_CLAUSES = re.compile(r"[，,；;。、/\n]")
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


def find_size_chart(details: Iterable[tuple[str, str]], sizes: Collection[str] = ()) -> str:
    """What the shop wrote of whom the sizes fit, among the details of its goods; empty where it wrote nothing.

    Where none is called so, one that tells a weight or a height for several of the sizes (适用体重:S 4-8kg，M 6-11kg).
    """
    written = list(details)
    named = next((value for name, value in written if is_size_chart(name)), "")
    of_body = (value for name, value in written if not _GIRTH_NAME.search(name))
    return named or next((value for value in of_body if _tells_sizes(value, sizes)), "")


def _tells_sizes(written: str, sizes: Collection[str]) -> bool:
    rows = [row for row in read_size_chart(written, sizes) if row.heights or row.weights]
    return len({row.size for row in rows}) >= _FEWEST_ROWS


def list_worn_sizes(names: Iterable[str]) -> list[str]:
    """Those of the variants' names that are sizes, each once and in their order."""
    return list(dict.fromkeys(filter(is_worn_size, names)))


def sort_worn_sizes(names: Iterable[str]) -> list[str]:
    """The sizes among the names, each once, from the smallest on; those of no known order stand as they were listed."""
    sizes = list_worn_sizes(names)
    ranks = {size: _rank_size(size) for size in sizes}
    return sorted(sizes, key=lambda size: ranks[size] or 0) if None not in ranks.values() else sizes


def _rank_size(name: str) -> int | None:
    """28 is 28; M is 0, XL 2, 2XL and XXL 3, S -1, XS -2."""
    lower = name.lower()
    if lower.isdigit():
        return int(lower)
    if lower == _NEWBORN:
        return _BELOW_ALL
    if lower == "m":
        return 0
    if lower[-1] not in "sl":
        return None
    extra = int(lower[0]) if lower[0].isdigit() else lower.count("x")
    return 1 + extra if lower[-1] == "l" else -1 - extra


def read_size_chart(written: str, sizes: Collection[str]) -> tuple[SizeRow, ...]:
    """The rows of a written chart, the smallest first, for the sizes there are; a size stands before or after its own.

    Where every clause holds one size the clause is its row; else the chart begins with what comes first throughout.
    """
    names = "|".join(map(re.escape, sorted(sizes, key=len, reverse=True)))
    if not names:
        return ()
    alone = re.compile(rf"(?<![A-Za-z\d.\-~—至到])(?:{names})(?![A-Za-z\d.\-~—至到])(?!\s*(?:{_UNIT}))")
    clauses = [each for each in _CLAUSES.split(written) if alone.search(each) or _RANGE.search(each)]
    found = [alone.findall(each) for each in clauses]
    if all(len(own) == 1 and _RANGE.search(clause) for own, clause in zip(found, clauses, strict=True)):
        return _sort_rows([_read_row(own[0], clause) for own, clause in zip(found, clauses, strict=True)])
    return _sort_rows(_read_in_turn(written, list(alone.finditer(written))))


def find_unread_sizes(written: str, sizes: Collection[str]) -> tuple[str, ...] | None:
    """The sizes of which a chart says nothing that is read; None where no row of it is read."""
    rows = [row for row in read_size_chart(written, sizes) if row.heights or row.weights]
    known = {row.size for row in rows}
    return tuple(each for each in sizes if each not in known) if rows else None


def _read_in_turn(written: str, found: Sequence[re.Match[str]]) -> list[SizeRow]:
    """Each size with the ranges up to the next one, or from the one before where the chart begins with a range."""
    first = _RANGE.search(written)
    if first and found and first.start() < found[0].start():
        starts = [0, *(each.end() for each in found)]
        return [_read_row(each[0], written[start : each.start()]) for start, each in zip(starts, found, strict=False)]
    ends = [*(each.start() for each in found[1:]), *([len(written)] if found else [])]
    return [_read_row(each[0], written[each.end() : end]) for each, end in zip(found, ends, strict=True)]


def _sort_rows(rows: Sequence[SizeRow]) -> tuple[SizeRow, ...]:
    """By the low ends, of the weights or else the heights, where every row tells them."""
    if all(row.weights for row in rows):
        return tuple(sorted(rows, key=lambda row: row.weights or ()))
    if all(row.heights for row in rows):
        return tuple(sorted(rows, key=lambda row: row.heights or ()))
    return tuple(rows)


def _read_row(size: str, written: str) -> SizeRow:
    spans: dict[bool, tuple[Decimal, Decimal]] = {}
    for each in _RANGE.finditer(written):
        if _GIRTH_BEFORE.search(written, 0, each.start()):
            continue
        grams = _GRAMS.get((each["unit"] or each["end_unit"]).lower())
        spans.setdefault(grams is not None, _read_span(each, grams or Decimal(1)))
    return SizeRow(size, spans.get(False), spans.get(True))


def _read_span(found: re.Match[str], factor: Decimal) -> tuple[Decimal, Decimal]:
    if found["end"]:
        end = Decimal(found["end"]) * factor
        return (Decimal(0), end) if found["below"] else (end, Decimal("Infinity"))
    return Decimal(found["low"]) * factor, Decimal(found["high"]) * factor
