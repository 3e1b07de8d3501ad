"""Recognises the headings of a table: their spelling, the notes they carry, and the row they stand in."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from app.shop.raw_table import TableRow

_TITLES = 10  # rows searched for headings below a title
_FEWEST_HEADINGS = 2  # fewer may be chance
_NOTES = re.compile(r"[(\[【<].*?[)\]】>]|[*★:]")
_NUMBERED = re.compile(r"^\d+[.、)]")
_ASCII = re.compile(r"[!-~]+")

_UNUSED = frozenset(
    ("序号", "序", "no", "no.", "行号", "备注", "remark", "更新时间", "创建时间", "修改时间", "操作人", "修改人")
)
_NOTES_TITLES = ("说明", "目录", "字典", "帮助", "须知", "模板", "readme", "help", "填写")

_CHECKS_TITLES = frozenset(("测试", "测试题", "测试用例", "自测", "checks", "tests"))

_UNNAMED = frozenset(
    ("问答", "常见问题", "faq", "知识库", "问题", "答案", "全部", "汇总", "快捷短语", "话术", "客服话术", "qa")
)
_UNNAMED_TITLE = re.compile(r"^(?:sheet|工作表|表)\s*\d*$|^\d+$", re.IGNORECASE)
_LEADING_NUMBER = re.compile(r"^\d+\s*[-_.、)]?\s*")


def tidy_heading(cell: str) -> str:
    """Normalises a heading for comparison: half width, lower case, no spaces."""
    return "".join(unicodedata.normalize("NFKC", cell).strip("\ufeff").lower().split())


def match_heading(heading: str, by_heading: Mapping[str, str]) -> str | None:
    """The column of a tidy heading, whatever notes it carries: 标准问题(必填), 答案*, 2.回复, 问题/question."""
    return next((by_heading[form] for form in _heading_forms(heading) if form in by_heading), None)


def _heading_forms(heading: str) -> Iterator[str]:
    yield heading
    plain = _NUMBERED.sub("", _NOTES.sub("", heading))
    yield plain
    yield from plain.split("/")
    yield _ASCII.sub("", plain)


def is_heading(heading: str, known: Collection[str]) -> bool:
    """Whether a tidy heading is one of the known ones, with or without notes."""
    return any(form in known for form in _heading_forms(heading))


def count_headings(cells: Iterable[str], known: Collection[str]) -> int:
    """How many of the cells are known headings."""
    return sum(1 for cell in cells if cell and is_heading(tidy_heading(cell.strip('"')), known))


def find_heading_row(filled: Sequence[TableRow], known: Collection[str]) -> int:
    """The index of the headings: the first row, or a later one below a title and notes."""
    likely = (at for at, row in enumerate(filled[:_TITLES]) if count_headings(row.cells, known) >= _FEWEST_HEADINGS)
    wide = (at for at, row in enumerate(filled[:_TITLES]) if not _is_title(row, known))
    return next(likely, next(wide, 0))


def _is_title(row: TableRow, known: Collection[str]) -> bool:
    """Whether the row is one cell that is no heading, as above a table whose headings are all of its own making."""
    return sum(1 for cell in row.cells if cell.strip()) == 1 and not count_headings(row.cells, known)


def is_unused_heading(heading: str) -> bool:
    """Whether a tidy heading is of the shop's own book-keeping, which no step reads: numbers of rows, remarks."""
    return is_heading(heading, _UNUSED)


def is_notes_title(title: str) -> bool:
    """Whether a worksheet's title says that it explains the others."""
    return any(word in title.lower() for word in _NOTES_TITLES)


def is_checks_title(title: str) -> bool:
    """Whether a worksheet's title says that it holds questions to try, not to answer."""
    return _LEADING_NUMBER.sub("", title.strip()).lower() in _CHECKS_TITLES


def sheet_category(title: str) -> str:
    """The category that a worksheet's title names: 03 售后 is 售后; empty for titles such as Sheet1 and 问答."""
    plain = _LEADING_NUMBER.sub("", unicodedata.normalize("NFKC", title).strip())
    return "" if plain.lower() in _UNNAMED or _UNNAMED_TITLE.match(title.strip()) else plain
