"""Writes workbooks for shopkeepers: headings with notes, drop-downs, text cells, and the template that explains all."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from app.shop import goods
from app.shop.faq_columns import COLUMNS as FAQ_COLUMNS
from app.shop.faq_columns import MATCH_WORDS, STAGE_WORDS
from app.shop.sheet import Column

TRADES = Path(__file__).with_name("trades")
TEMPLATE_FILE = "模板.xlsx"
_YES_NO = "是,否"
_CHOICES = {
    "match": MATCH_WORDS.replace("、", ","),
    "stages": STAGE_WORDS.replace("、", ","),
    "then_people": _YES_NO,
    "confirmed": _YES_NO,
    "listed": _YES_NO,
}
_OPEN_CHOICES = frozenset({"stages"})  # several may stand in one cell
_LAST_ROW = 2000
_WIDTHS = {"question": 28, "similar_questions": 40, "answer": 60, "title": 28, "details": 30, "attributes": 24}
_USUAL_WIDTH = 14
_NEEDED = PatternFill("solid", fgColor="F8CBAD")
_OPTIONAL = PatternFill("solid", fgColor="DDEBF7")
_TEXT_FORMAT = "@"


@dataclass(frozen=True, slots=True)
class TableSheet:
    """One worksheet to write: its columns, and rows of cells in their order."""

    title: str
    part: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]] = ()


def write_workbook(sheets: Sequence[TableSheet], categories: Sequence[str] = ()) -> bytes:
    """A workbook of these sheets; `categories` are offered in the column of categories."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _fill_sheet(book.create_sheet(sheet.title), sheet, categories)
    return _save_book(book)


def write_template(categories: Sequence[str]) -> bytes:
    """模板.xlsx: how to fill in, every column explained with an example, and empty sheets with drop-downs."""
    book = openpyxl.Workbook()
    notes = book.active
    notes.title = "填写说明"
    for line in _column_notes()["notes"]:
        notes.append([line])
    notes.column_dimensions["A"].width = 100
    for title, part, columns in (("问答", "faq", FAQ_COLUMNS), ("商品", "catalog", goods.COLUMNS)):
        _explain_columns(book.create_sheet(f"{title}各列说明"), part, columns)
        example = [_column_note(part, column.name)[1] for column in columns]
        _fill_sheet(book.create_sheet(title), TableSheet(title, part, columns, [example]), categories)
    return _save_book(book)


def _save_book(book: Any) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@cache
def _column_notes() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((TRADES / "columns.yml").read_text(encoding="utf-8"))
    return found


def _column_note(part: str, column: str) -> tuple[str, str]:
    """The explanation and the example of a column."""
    told, example = _column_notes()[part][column]
    return str(told), str(example)


def _explain_columns(page: Any, part: str, columns: Sequence[Column]) -> None:
    page.append(["列", "必须填吗", "怎么填", "例子"])
    for column in columns:
        told, example = _column_note(part, column.name)
        page.append([column.title, "是" if column.required else "", told, example])
    for letter, width in zip("ABCD", (14, 10, 70, 40), strict=True):
        page.column_dimensions[letter].width = width
    for cell in page[1]:
        cell.font = Font(bold=True)


def _fill_sheet(page: Any, sheet: TableSheet, categories: Sequence[str]) -> None:
    page.append([column.title for column in sheet.columns])
    for at, column in enumerate(sheet.columns, start=1):
        _dress_heading(page.cell(1, at), column, _column_note(sheet.part, column.name)[0])
        page.column_dimensions[get_column_letter(at)].width = _WIDTHS.get(column.name, _USUAL_WIDTH)
        page.column_dimensions[get_column_letter(at)].number_format = _TEXT_FORMAT
        _offer_choices(page, at, column.name, categories)
    for row in sheet.rows:
        page.append(list(row))
    for cells in page.iter_rows(min_row=2):
        for cell in cells:
            cell.number_format = _TEXT_FORMAT
            cell.data_type = "s" if cell.value is not None else cell.data_type  # "=x" stays the text it is
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "A2"


def _dress_heading(cell: Any, column: Column, told: str) -> None:
    cell.font = Font(bold=True)
    cell.fill = _NEEDED if column.required else _OPTIONAL
    cell.comment = Comment(f"{'必填。' if column.required else ''}{told}", "xiaoer")


def _offer_choices(page: Any, at: int, name: str, categories: Sequence[str]) -> None:
    listed = ",".join(categories) if name == "category" else _CHOICES.get(name, "")
    if not listed:
        return
    choice = DataValidation(type="list", formula1=f'"{_fit_list(listed)}"', allow_blank=True)
    choice.showErrorMessage = name not in _OPEN_CHOICES and name != "category"
    letter = get_column_letter(at)
    choice.add(f"{letter}2:{letter}{_LAST_ROW}")
    page.add_data_validation(choice)


def _fit_list(listed: str, most: int = 255) -> str:
    """As many choices as Excel takes in one list: 255 characters."""
    while len(listed) > most:
        listed = listed.rpartition(",")[0]
    return listed
