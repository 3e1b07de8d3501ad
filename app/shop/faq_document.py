"""Reads an FAQ written in YAML as the sheet it would be in Excel."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.shop.document import KeyPath, YamlDocument
from app.shop.faq_columns import COLUMNS
from app.shop.headings import match_heading, tidy_heading
from app.shop.raw_table import TableRow
from app.shop.report import CellPlace, ProblemCollector
from app.shop.sheet import Sheet, SheetLayout
from app.shop.when import Calendar

YAML_ENDINGS = (".yml", ".yaml")
_NAMES = {column.name: column for column in COLUMNS}
_POSITIONS = {column.name: at for at, column in enumerate(COLUMNS)}
_BY_HEADING = {tidy_heading(heading): column.name for column in COLUMNS for heading in column.known_headings}
_LIST_KEYS = ("faq", "问答")


def convert_faq_document(document: YamlDocument, problems: ProblemCollector, calendar: Calendar) -> Sheet | None:
    """The document's entries as rows numbered by their lines; keys are our names of the columns or their headings."""
    items, at = _list_entries(document.value)
    if items is None:
        told = "请写成列表：每条问答以“- question:”开头，下面写 answer:，前面缩进两个空格。"
        problems.add_error(document.file, told, 1)
        return None
    reading = _EntryReader(document, problems)
    rows = tuple(row for number, item in enumerate(items) if (row := reading.read_entry(item, (*at, number))))
    layout = SheetLayout(document.file, "", _NAMES, _POSITIONS, has_letters=False)
    return Sheet(layout, len(COLUMNS), rows, problems, calendar)


def _list_entries(value: Any) -> tuple[Sequence[Any] | None, KeyPath]:
    if isinstance(value, list) or value is None:
        return value or [], ()
    if isinstance(value, dict) and len(value) == 1:
        key, inner = next(iter(value.items()))
        if key in _LIST_KEYS and isinstance(inner, list):
            return inner, (key,)
    return None, ()


class _EntryReader:
    """Reads the entries of one document."""

    def __init__(self, document: YamlDocument, problems: ProblemCollector) -> None:
        self._document = document
        self._problems = problems

    def read_entry(self, item: object, at: KeyPath) -> TableRow | None:
        """The entry as a row; notes the reason and returns None when it is none."""
        line = self._document.line_number(at) or 1
        if not isinstance(item, Mapping):
            told = "这一条要写成“- question: 问题”，下一行缩进两个空格写“answer: 答案”。"
            self._problems.report_error(CellPlace(self._document.file, line, ""), told)
            return None
        cells = [""] * len(COLUMNS)
        for key, value in item.items():
            name = match_heading(tidy_heading(str(key)), _BY_HEADING)
            if name is None:
                self._note_unknown(str(key), (*at, key))
            else:
                cells[_POSITIONS[name]] = _write_cell(value)
        return TableRow(line, cells)

    def _note_unknown(self, key: str, at: KeyPath) -> None:
        line = self._document.line_number(at) or 1
        hint = self._problems.suggest_name(key, _BY_HEADING)
        place = CellPlace(self._document.file, line, key)
        self._problems.report_warning(place, f"不认识“{key}”，这一项不会用到。{hint}")


def _write_cell(value: object) -> str:
    """The value as a cell says it: lists by line, true and false in Chinese."""
    if isinstance(value, list):
        return "\n".join(map(_write_cell, value))
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)
