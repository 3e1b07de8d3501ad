"""Reads a table with known columns: finds them by heading, cleans cells and notes every bad one."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from openpyxl.utils import get_column_letter

from app.language.units import COUNT
from app.shop.report import CellPlace, ProblemCollector
from app.shop.table import RawTable, TableRow, UnreadableTableError, is_too_long, read_table, tidy_heading
from app.shop.when import Calendar, UnreadableTimeError

T = TypeVar("T")

_MONEY = re.compile(
    r"^(?:[¥￥]|rmb|cny)?\s*(-?\d+(?:\.\d+)?|-?\d{1,3}(?:,\d{3})+(?:\.\d+)?)\s*(?:元|块|rmb)?$", re.IGNORECASE
)
_COUNT = re.compile(rf"^(-?\d{{1,9}})(?:\.0+)?\s*{COUNT}?$")
_DECIMAL_COMMA = re.compile(r"^\D{0,3}(\d+),(\d{1,2})\D?$")
_SHOWN = 20  # characters shown of an unknown heading
_SHOWN_TOGETHER = 80
_TOO_DEAR = 100_000_000
_EXCEL_ERRORS = frozenset({"#NAME?", "#REF!", "#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!"})
_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?E\+\d+$", re.IGNORECASE)
_EXPORTED = re.compile(r'^(?:="(.*)"|\'(.*))$')  # marks that keep Excel from changing a number: ="88" and '88
_MADE_A_DATE = re.compile(r"^(?:\d{1,2}月\d{1,2}日|\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{1,2}|\d{4}-\d\d-\d\d)$")
_FORMULA = re.compile(r"^(?:[=＝]|[@＠]\w+\(|[+＋-].*[(!|])", re.DOTALL)
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PART = re.compile(r"[|｜\n]")
_MARK = re.compile(r"[|｜\n,，、;；]")
_BREAKS = re.compile(r"\r\n?|\t")
_SUSPECT = frozenset("=＝@＠+＋-#")
_YES = frozenset({"", "是", "在售", "上架", "有", "y", "yes", "true", "1", "√", "✓"})
_NO = frozenset({"否", "下架", "不在售", "停售", "无", "n", "no", "false", "0", "×", "x"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its English name, its Chinese heading, other accepted headings, and whether it is required."""

    name: str
    title: str
    others: tuple[str, ...] = ()
    required: bool = False

    @property
    def known_headings(self) -> tuple[str, ...]:
        """Every accepted heading."""
        return (self.name, self.title, *self.others)


class SheetRecord:
    """One row by column name. Its readers return None for an empty or bad cell, and note why it is bad."""

    __slots__ = ("_cells", "_sheet", "row")

    def __init__(self, sheet: "Sheet", row: int, cells: Sequence[str]) -> None:
        self._sheet = sheet
        self._cells = cells
        self.row = row

    @property
    def shop_today(self) -> date:
        """The day in the shop's zone."""
        return self._sheet.calendar.today

    @property
    def read_at(self) -> datetime:
        """The time the folder is read at."""
        return self._sheet.calendar.now

    @property
    def place(self) -> "RowPlace":
        """Where the row stands."""
        return RowPlace(self._sheet.layout, self.row)

    def read_cell(self, column: str) -> str:
        """The cell without invisible marks and surrounding space; empty when missing."""
        at = self._sheet.layout.positions.get(column)
        if at is None or at >= len(self._cells):
            return ""
        cell = self._cells[at]
        if not cell.isprintable():
            cell = _INVISIBLE.sub("", _BREAKS.sub(lambda found: " " if found.group() == "\t" else "\n", cell))
        return cell.strip()

    def read_words(self, column: str) -> tuple[str, ...]:
        """The cell's parts, split at line breaks or |, without repeats."""
        cell = self.read_cell(column)
        if not cell:
            return ()
        parts = map(str.strip, _PART.split(cell))
        return tuple(dict.fromkeys(filter(None, parts)))

    def read_codes(self, column: str) -> tuple[str, ...]:
        """The cell's codes, split at any mark, since codes contain none."""
        return tuple(dict.fromkeys(filter(None, map(str.strip, _MARK.split(self.read_cell(column))))))

    def require_text(self, column: str) -> str:
        """The cell's text; an empty one is an error."""
        cell = self.read_cell(column)
        if not cell:
            self.note_error(column, "没有填写，请补上。")
        return cell

    def read_identifier(self, column: str, *, needed: bool = False) -> str:
        """A number or code; scientific notation, which Excel makes of long numbers, is an error."""
        cell = self.require_text(column) if needed else self.read_cell(column)
        cell = _EXPORTED.sub(r"\1\2", cell)
        if _SCIENTIFIC.match(cell):
            self.note_error(column, f"“{cell}”是被 Excel 改写过的长数字，请先把这一列设成“文本”格式，再填原来的号码。")
        if _MADE_A_DATE.match(cell):
            self.note_warning(
                column, f"“{cell}”像是被 Excel 改成日期的编号，请把这一列设成“文本”格式，核对原来的编号。"
            )
        return cell

    def read_money(self, column: str) -> Decimal | None:
        """An amount in 元, not negative."""
        return self._parse_cell(column, _parse_money)

    def read_count(self, column: str) -> int | None:
        """A whole number, not negative."""
        return self._parse_cell(column, _parse_count)

    def read_flag(self, column: str) -> bool:
        """是 or 否; empty is 是."""
        answer = self._parse_cell(column, _parse_yes_or_no)
        return True if answer is None else answer

    def is_marked(self, column: str) -> bool:
        """Whether the cell says 是 or anything but 否; empty says nothing."""
        cell = self.read_cell(column)
        return bool(cell) and cell.lower() not in _NO

    def read_date(self, column: str) -> date | None:
        """A date."""
        return self._parse_cell(column, self._sheet.calendar.parse_date)

    def read_moment(self, column: str) -> datetime | None:
        """A time, aware UTC."""
        return self._parse_cell(column, self._sheet.calendar.parse_moment)

    def suggest_value(self, word: str, known: Collection[str]) -> str:
        """A sentence that suggests a known name."""
        return self._sheet.problems.suggest_name(word, known)

    def note_error(self, column: str, message: str) -> None:
        """Note an error in this row."""
        self._sheet.problems.report_error(self._sheet.layout.locate_cell(self.row, column), message)

    def note_warning(self, column: str, message: str) -> None:
        """Note a warning in this row."""
        self._sheet.problems.report_warning(self._sheet.layout.locate_cell(self.row, column), message)

    def refuse_formula(self, column: str) -> None:
        """Notes an error for text that Excel would run as a formula, or the remains of one."""
        cell = self.read_cell(column)
        if cell[:1] in _SUSPECT:
            self._check_formula(column, cell)

    def _check_formula(self, column: str, cell: str) -> None:
        if cell in _EXCEL_ERRORS:
            self.note_error(column, f"单元格里是 Excel 的错误值 {cell}，请重新填写内容。")
        if _FORMULA.match(cell):
            self.note_error(
                column, f"内容以“{cell[0]}”开头，Excel 会把它当成公式运行。请去掉开头的符号，或在前面加上文字。"
            )

    def _parse_cell(self, column: str, read: Callable[[str], T]) -> T | None:
        cell = _EXPORTED.sub(r"\1\2", self.read_cell(column))
        if not cell:
            return None
        if cell in _EXCEL_ERRORS:
            self.note_error(
                column, f"单元格里是 Excel 的错误值 {cell}，请重新填写（日期可写 今天+3天，不要以 + 开头）。"
            )
            return None
        try:
            return read(cell)
        except (UnreadableCellError, UnreadableTimeError) as error:
            self.note_error(column, str(error))
            return None


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Where each known column of one sheet is: `positions` count from 0, `sheet` is empty for a CSV file."""

    file: str
    sheet: str
    columns: Mapping[str, Column]
    positions: Mapping[str, int]

    def locate_cell(self, row: int, column: str) -> CellPlace:
        """The place of a cell, under the heading by which the shopkeeper knows its column."""
        return CellPlace(self.file, row, self.columns[column].title, self.sheet, self._column_letter(column))

    def _column_letter(self, column: str) -> str:
        at = self.positions.get(column)
        return "" if at is None else get_column_letter(at + 1)


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A row of a table."""

    layout: SheetLayout
    row: int

    def locate_cell(self, column: str) -> CellPlace:
        """The place of one of its cells, by our name of the column."""
        return self.layout.locate_cell(self.row, column)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one sheet under known columns; `width` is the number of headings."""

    layout: SheetLayout
    width: int
    rows: Sequence[TableRow]
    problems: ProblemCollector
    calendar: Calendar

    def iter_records(self) -> Iterator[SheetRecord]:
        """Yields every row and notes overlong and surplus cells."""
        for row in self.rows:
            if len(row.cells) > self.width:
                self._note_surplus(row)
            if any(map(is_too_long, row.cells)):
                self._note_overlong(row)
            yield SheetRecord(self, row.number, row.cells)

    def _note_surplus(self, row: TableRow) -> None:
        if any(cell.strip() for cell in row.cells[self.width :]):
            cure = "请改成中文逗号“，”，或用 Excel 编辑。"
            message = f"这一行比表头多出几格：文字里的英文逗号把格子拆开了。{cure}"
            self._add_error(row, self.width, message)

    def _note_overlong(self, row: TableRow) -> None:
        at = next(at for at, cell in enumerate(row.cells) if is_too_long(cell))
        self._add_error(row, at, "有一格文字超过 32767 字，请缩短或拆成几条。")

    def _add_error(self, row: TableRow, at: int, message: str) -> None:
        layout = self.layout
        self.problems.add_error(layout.file, message, row.number, sheet=layout.sheet, column=get_column_letter(at + 1))


class UnreadableCellError(ValueError):
    """A cell of the wrong kind; the Chinese message says what to write."""


def load_sheet(
    file: str, content: bytes, columns: Sequence[Column], problems: ProblemCollector, calendar: Calendar
) -> Sheet | None:
    """Loads the file; notes the reason and returns None when it is unreadable or lacks a required column."""
    by_heading = {tidy_heading(heading): column.name for column in columns for heading in column.known_headings}
    try:
        table = read_table(file, content, by_heading)
    except UnreadableTableError as error:
        problems.add_error(file, str(error), error.row)
        return None
    if table.broken:
        problems.add_error(file, str(table.broken), table.broken.row, sheet=table.sheet)
    if not any(_match_heading(heading, by_heading) for heading in table.headings):
        _note_no_headings(file, table, columns, problems)
        return None
    at = _column_positions(file, table, by_heading, problems)
    if _note_missing_columns(file, columns, at, table, problems):
        return None
    layout = SheetLayout(file, table.sheet, {column.name: column for column in columns}, at)
    return Sheet(layout, len(table.headings), table.rows, problems, calendar)


def _match_heading(heading: str, by_heading: Mapping[str, str]) -> str | None:
    return by_heading.get(heading) or by_heading.get(re.sub(r"[(\[【].*?[)\]】]|\*", "", heading))


def _note_no_headings(file: str, table: RawTable, columns: Sequence[Column], problems: ProblemCollector) -> None:
    read = "、".join(f"“{heading[:_SHOWN]}”" for heading in table.headings if heading)
    needed = "、".join(f"“{column.title}”" for column in columns if column.required)
    problems.add_error(
        file,
        f"没有认识的表头，读到的是{read[:_SHOWN_TOGETHER]}。请在第一行写表头，一格一个，至少要有{needed}；"
        "这里的字要是乱码，请在 Excel 里另存为“CSV UTF-8”。",
        table.top,
        sheet=table.sheet,
    )


def _column_positions(
    file: str, table: RawTable, by_heading: Mapping[str, str], problems: ProblemCollector
) -> dict[str, int]:
    at: dict[str, int] = {}
    for position, heading in enumerate(table.headings):
        name = _match_heading(heading, by_heading)
        place = CellPlace(file, table.top, heading[:_SHOWN], table.sheet, get_column_letter(position + 1))
        if name is None:
            _note_unknown(place, heading, by_heading, problems)
        elif name in at:
            problems.report_error(place, f"表头“{heading}”和前面一列意思相同，请只留一列。")
        else:
            at[name] = position
    return at


def _note_unknown(place: CellPlace, heading: str, by_heading: Mapping[str, str], problems: ProblemCollector) -> None:
    if not heading:
        return
    hint = problems.suggest_name(heading, by_heading)
    problems.report_warning(place, f"不认识表头“{place.field}”，这一列不会用到。{hint}")


def _note_missing_columns(
    file: str, columns: Sequence[Column], at: Mapping[str, int], table: RawTable, problems: ProblemCollector
) -> bool:
    lacking = [column for column in columns if column.required and column.name not in at]
    for column in lacking:
        problems.add_error(
            file,
            f"缺少“{column.title}”这一列，请在表头（第 {table.top} 行）加上“{column.title}”（或 {column.name}）。",
            table.top,
            column.title,
            table.sheet,
        )
    return bool(lacking)


def _parse_money(cell: str) -> Decimal:
    clean = unicodedata.normalize("NFKC", cell).strip()
    comma = _DECIMAL_COMMA.match(clean)
    if comma:
        raise UnreadableCellError(
            f"“{cell}”看不出是多少钱，小数点请用英文句点，写成 {comma.group(1)}.{comma.group(2)}。"
        )
    found = _MONEY.match(clean)
    if found is None:
        raise UnreadableCellError(f"“{cell}”不是金额，请只写数字，例如 39.9。")
    amount = Decimal(found.group(1).replace(",", ""))
    if amount < 0:
        raise UnreadableCellError(f"“{cell}”是负数，请写 0 或更大的数，例如 39.9。")
    if amount >= _TOO_DEAR or amount != round(amount, 2):
        raise UnreadableCellError(f"“{cell}”请写到分为止（最多两位小数），并且小于一亿，例如 39.90。")
    return amount


def _parse_count(cell: str) -> int:
    clean = unicodedata.normalize("NFKC", cell).strip().replace(",", "")
    found = _COUNT.match(clean)
    if found is None:
        raise UnreadableCellError(f"“{cell}”不是整数，请只写数字，例如 12。")
    if int(found.group(1)) < 0:
        raise UnreadableCellError(f"“{cell}”是负数，请写 0 或更大的整数。")
    return int(found.group(1))


def _parse_yes_or_no(cell: str) -> bool:
    word = unicodedata.normalize("NFKC", cell).strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise UnreadableCellError(f"看不懂“{cell}”，请写“是”或“否”。")
