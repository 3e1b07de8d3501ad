"""Writes copies of a shop's tables with every problem as a comment in its cell, for whoever mends them in Excel."""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import column_index_from_string

from app.shop.raw_table import UnreadableTableError
from app.shop.report import FolderProblem, Severity
from app.shop.table import read_table

_AUTHOR = "小二"
_TITLES = {Severity.ERROR: "错误", Severity.WARNING: "提醒", Severity.HINT: "提示"}
_COLOURS = {Severity.ERROR: "FFC7CE", Severity.WARNING: "FFEB9C", Severity.HINT: "DDEBF7"}
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.HINT)
_WIDTH, _LINE = 360, 22  # points

Place = tuple[str, int, int]
"""Sheet, row and column, both counted from 1."""


def annotate_tables(contents: Mapping[str, bytes], problems: Iterable[FolderProblem]) -> dict[str, bytes]:
    """A workbook by name for each table with a problem: faq.csv becomes faq-批注.xlsx."""
    by_file: defaultdict[str, list[FolderProblem]] = defaultdict(list)
    for problem in problems:
        by_file[problem.file].append(problem)
    found = {name: _annotate_table(name, contents[name], own) for name, own in by_file.items() if name in contents}
    return {f"{name.rpartition('.')[0]}-批注.xlsx": book for name, book in found.items() if book is not None}


def _annotate_table(name: str, content: bytes, problems: Sequence[FolderProblem]) -> bytes | None:
    """The workbook with its comments; None where the file is no table or cannot be opened."""
    book = _open_book(name, content)
    if book is None:
        return None
    for (sheet, row, column), own in _group_by_cell(problems).items():
        page = book[sheet] if sheet in book.sheetnames else book.worksheets[0]
        _mark_cell(page.cell(row=row, column=column), own)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _open_book(name: str, content: bytes) -> Any:
    lower = name.lower()
    if lower.endswith((".xlsx", ".xlsm")):
        try:
            return openpyxl.load_workbook(io.BytesIO(content))
        except Exception:  # noqa: BLE001  a damaged workbook fails in zip, XML or openpyxl; the report says so
            return None
    return _convert_csv(name, content) if lower.endswith(".csv") else None


def _convert_csv(name: str, content: bytes) -> Any:
    """A CSV file as a workbook with every row at its number."""
    try:
        table = read_table(name, content)
    except UnreadableTableError:
        return None
    book = openpyxl.Workbook()
    page = book.active
    rows = [(table.top, table.first or table.headings), *((row.number, row.cells) for row in table.rows)]
    for number, cells in rows:
        for at, text in enumerate(cells, start=1):
            cell = page.cell(row=number, column=at, value=openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", text))
            cell.data_type = "s"  # text stays text: no formula of a shop's file is ever run
    return book


def _group_by_cell(problems: Iterable[FolderProblem]) -> dict[Place, list[FolderProblem]]:
    cells: defaultdict[Place, list[FolderProblem]] = defaultdict(list)
    for problem in problems:
        column = column_index_from_string(problem.column) if problem.column else 1
        cells[problem.sheet, problem.row or 1, column].append(problem)
    return dict(cells)


def _mark_cell(cell: Any, problems: Sequence[FolderProblem]) -> None:
    worst = min((problem.severity for problem in problems), key=_ORDER.index)
    text = "\n".join(f"{_TITLES[problem.severity]}：{problem.message}" for problem in problems)
    if isinstance(cell, openpyxl.cell.cell.MergedCell):
        return
    cell.comment = Comment(text, _AUTHOR, width=_WIDTH, height=_LINE * (2 + len(text) // 24 + len(problems)))
    cell.fill = PatternFill("solid", start_color=_COLOURS[worst])
