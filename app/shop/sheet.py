"""Reads a table with known columns: finds them by heading, cleans cells and notes every bad one."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from openpyxl.utils import get_column_letter

from app.language.units import COUNT
from app.language.wordings import split_wordings
from app.shop.headings import is_checks_title, is_notes_title, is_unused_heading, match_heading, tidy_heading
from app.shop.raw_table import NO_MARKS, CellMarks, RawTable, TableRow, UnreadableTableError
from app.shop.report import CellPlace, ProblemCollector
from app.shop.table import is_too_long, read_tables
from app.shop.when import Calendar, UnreadableTimeError

T = TypeVar("T")
ColumnGuess = Callable[[RawTable, Mapping[str, int]], tuple[RawTable, Mapping[str, int]] | None]
"""Finds required columns by content: the table, perhaps without headings, and where the columns are; or None."""

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
    """One column: its English name, its Chinese heading, other accepted headings, and whether it is required.

    A `loose` heading may mean another thing, too: it counts where no better one is found, and the shop is asked.
    """

    name: str
    title: str
    others: tuple[str, ...] = ()
    required: bool = False
    loose: tuple[str, ...] = ()

    @property
    def known_headings(self) -> tuple[str, ...]:
        """Every heading that means this column alone."""
        return (self.name, self.title, *self.others)


class SheetRecord:
    """One row by column name. Its readers return None for an empty or bad cell, and note why it is bad."""

    __slots__ = ("_cells", "_sheet", "has_failed", "row")

    def __init__(self, sheet: "Sheet", row: int, cells: Sequence[str]) -> None:
        self._sheet = sheet
        self._cells = cells
        self.row = row
        self.has_failed = False

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

    def read_wordings(self, column: str) -> tuple[str, ...]:
        """The cell's wordings of one question, without repeats."""
        cell = self.read_cell(column)
        return split_wordings(cell) if cell else ()

    def read_codes(self, column: str) -> tuple[str, ...]:
        """The cell's codes, split at any mark, since codes contain none."""
        return tuple(dict.fromkeys(filter(None, map(str.strip, _MARK.split(self.read_cell(column))))))

    def require_text(self, column: str) -> str:
        """The cell's text; an empty one is an error."""
        cell = self.read_cell(column)
        if not cell and not self._is_uncomputed(column):
            self.note_error(column, "没有填写，请补上。")
        return cell

    def _is_uncomputed(self, column: str) -> bool:
        at = self._sheet.layout.positions.get(column)
        return at is not None and (self.row, at) in self._sheet.marks.uncomputed

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

    def describe_row(self, other: "SheetRecord") -> str:
        """This row as a problem of `other` names it: 第 3 行, with the worksheet where that is another one."""
        own, beside = self._sheet.layout, other._sheet.layout  # noqa: SLF001  of the same class
        return f"{describe_sheet(own, beside)}第 {self.row} 行"

    def suggest_value(self, word: str, known: Collection[str]) -> str:
        """A sentence that suggests a known name."""
        return self._sheet.problems.suggest_name(word, known)

    def note_error(self, column: str, message: str) -> None:
        """Notes an error in this row, which the shop opens without."""
        self.has_failed = True
        self._sheet.problems.report_error(self._sheet.layout.locate_cell(self.row, column), message)

    def note_warning(self, column: str, message: str) -> None:
        """Notes a warning in this row."""
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
    """Where each known column of one sheet is: `positions` count from 0, `sheet` is empty for a CSV file.

    `has_letters` is False for what is no table in Excel.
    """

    file: str
    sheet: str
    columns: Mapping[str, Column]
    positions: Mapping[str, int]
    has_letters: bool = True

    def locate_cell(self, row: int, column: str) -> CellPlace:
        """The place of a cell, under the heading by which the shopkeeper knows its column."""
        return CellPlace(self.file, row, self.columns[column].title, self.sheet, self._column_letter(column))

    def _column_letter(self, column: str) -> str:
        at = self.positions.get(column)
        return "" if at is None or not self.has_letters else get_column_letter(at + 1)


def describe_sheet(layout: SheetLayout, beside: SheetLayout) -> str:
    """The file and worksheet, as far as a problem in the sheet `beside` has to name them."""
    if layout.file != beside.file:
        return f" {layout.file} {describe_worksheet(layout)}"
    return describe_worksheet(layout) if layout.sheet != beside.sheet else ""


def describe_worksheet(layout: SheetLayout) -> str:
    """The worksheet in words; empty for a CSV file."""
    return f"工作表“{layout.sheet}”" if layout.sheet else ""


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
    """The rows of one sheet under known columns; `width` is the number of headings, which are as written but tidy."""

    layout: SheetLayout
    width: int
    rows: Sequence[TableRow]
    problems: ProblemCollector
    calendar: Calendar
    marks: CellMarks = NO_MARKS
    headings: tuple[str, ...] = ()

    def iter_records(self) -> Iterator[SheetRecord]:
        """Yields every row that is not struck out; notes what Excel hides, and overlong and surplus cells."""
        self._note_hidden()
        for row in self.rows:
            if self.marks.struck and self._is_struck(row):
                self._note_struck(row)
                continue
            record = SheetRecord(self, row.number, row.cells)
            if len(row.cells) > self.width:
                record.has_failed |= self._note_surplus(row)
            if any(map(is_too_long, row.cells)):
                record.has_failed |= self._note_overlong(row)
            if self.marks.uncomputed:
                record.has_failed |= self._note_uncomputed(row)
            yield record

    def _is_struck(self, row: TableRow) -> bool:
        """Whether a required cell, or every filled one, is struck out."""
        needed = {at for name, at in self.layout.positions.items() if self.layout.columns[name].required}
        filled = {at for at, cell in enumerate(row.cells) if cell.strip()}
        struck = {at for at in filled if (row.number, at) in self.marks.struck}
        return bool(struck & needed) or (bool(filled) and struck == filled)

    def _note_struck(self, row: TableRow) -> None:
        told = "这一行画了删除线，当作作废，不会用到。还要用请去掉删除线；不用了请删掉这一行。"
        self.problems.add_warning(self.layout.file, told, row.number, sheet=self.layout.sheet)

    def _note_hidden(self) -> None:
        hidden = [row.number for row in self.rows if row.number in self.marks.hidden] if self.marks.hidden else []
        for first, last in _find_runs(hidden):
            rows = f"第 {first} 行" if first == last else f"第 {first} 到 {last} 行"
            told = f"{rows}在 Excel 里被隐藏或筛选掉了，机器人仍然会用。不要用请取消隐藏、删掉这几行。"
            self.problems.add_warning(self.layout.file, told, first, sheet=self.layout.sheet)

    def _note_uncomputed(self, row: TableRow) -> bool:
        found = sorted(at for number, at in self.marks.uncomputed if number == row.number and at < self.width)
        for at in found:
            cure = "请用 Excel 打开、等它算完再保存一次，或把公式换成文字（复制，再“选择性粘贴”为数值）。"
            self._add_error(row, at, f"这一格是公式，文件里没有存下它的结果。{cure}")
        return bool(found)

    def _note_surplus(self, row: TableRow) -> bool:
        found = any(cell.strip() for cell in row.cells[self.width :])
        if found:
            cure = "请改成中文逗号“，”，或用 Excel 编辑。"
            message = f"这一行比表头多出几格：文字里的英文逗号把格子拆开了。{cure}"
            self._add_error(row, self.width, message)
        return found

    def _note_overlong(self, row: TableRow) -> bool:
        at = next(at for at, cell in enumerate(row.cells) if is_too_long(cell))
        self._add_error(row, at, "有一格文字超过 32767 字，请缩短或拆成几条。")
        return True

    def _add_error(self, row: TableRow, at: int, message: str) -> None:
        layout = self.layout
        title = next((layout.columns[name].title for name, own in layout.positions.items() if own == at), "")
        place = CellPlace(layout.file, row.number, title, layout.sheet, get_column_letter(at + 1))
        self.problems.report_error(place, message)


class UnreadableCellError(ValueError):
    """A cell of the wrong kind; the Chinese message says what to write."""


def load_sheets(
    file: str,
    content: bytes,
    columns: Sequence[Column],
    problems: ProblemCollector,
    calendar: Calendar,
    guess: ColumnGuess | None = None,
) -> list[Sheet]:
    """Loads every worksheet with the known columns; notes the reason where a file or a sheet cannot be used.

    `guess` finds required columns by their content, for sheets with headings nobody foresaw.
    """
    by_heading = {tidy_heading(heading): column.name for column in columns for heading in column.known_headings}
    loose = {tidy_heading(heading): column.name for column in columns for heading in column.loose}
    try:
        tables = read_tables(file, content, {*by_heading, *loose})
    except UnreadableTableError as error:
        problems.add_error(file, str(error), error.row)
        return []
    loading = _SheetLoader(file, columns, by_heading, loose, problems, calendar)
    return loading.load_tables([table for table in tables if not is_checks_title(table.sheet)], guess)


def load_check_sheets(
    file: str, content: bytes, columns: Sequence[Column], problems: ProblemCollector, calendar: Calendar
) -> list[Sheet]:
    """Loads the worksheets of questions to try; a CSV file is one as a whole."""
    by_heading = {tidy_heading(heading): column.name for column in columns for heading in column.known_headings}
    try:
        tables = read_tables(file, content, by_heading)
    except UnreadableTableError:
        return []  # told of where the file is read for its other sheets
    chosen = [table for table in tables if is_checks_title(table.sheet) or not table.sheet]
    loading = _SheetLoader(file, columns, by_heading, {}, problems, calendar)
    return loading.load_tables(chosen, None) if chosen else []


class _SheetLoader:
    """Loads the tables of one file."""

    def __init__(
        self,
        file: str,
        columns: Sequence[Column],
        by_heading: Mapping[str, str],
        loose: Mapping[str, str],
        problems: ProblemCollector,
        calendar: Calendar,
    ) -> None:
        self._file = file
        self._columns = {column.name: column for column in columns}
        self._by_heading = by_heading
        self._loose = loose
        self._problems = problems
        self._calendar = calendar

    def load_tables(self, tables: Sequence[RawTable], guess: ColumnGuess | None) -> list[Sheet]:
        """The sheets among the tables; notes sheets and sheets without a tab are told of and left out."""
        open_tables = [table for table in tables if not self._is_concealed(table)]
        named = [self._has_known_heading(table) for table in open_tables]
        sheets = []
        for table, is_named in zip(open_tables, named, strict=True):
            if is_named:
                sheet = self._load_table(table, {}, guess)
            elif guess and not is_notes_title(table.sheet) and (found := guess(table, {})):
                sheet = self._load_table(*found)
            elif any(named):
                self._note_unread(table)
                continue
            else:
                sheet = None
            sheets += [sheet] if sheet else []
        if not any(named) and not sheets and tables:
            _note_no_headings(self._file, (open_tables or tables)[0], tuple(self._columns.values()), self._problems)
        return sheets

    def _is_concealed(self, table: RawTable) -> bool:
        if table.concealed:
            told = f"工作表“{table.sheet}”在 Excel 里是隐藏的，没有读。要用请右键任一工作表标签，选“取消隐藏”。"
            self._problems.add_warning(self._file, told, sheet=table.sheet)
        return table.concealed

    def _note_unread(self, table: RawTable) -> None:
        needed = "、".join(f"“{column.title}”" for column in self._columns.values() if column.required)
        told = f"工作表“{table.sheet}”没有认识的表头，当作说明，没有读。里面要是有内容，请在表头写上{needed}。"
        self._problems.add_warning(self._file, told, sheet=table.sheet)

    def _has_known_heading(self, table: RawTable) -> bool:
        return any(
            match_heading(heading, self._by_heading) or match_heading(heading, self._loose)
            for heading in table.headings
            if heading
        )

    def _load_table(
        self, table: RawTable, guessed: Mapping[str, int], guess: ColumnGuess | None = None
    ) -> Sheet | None:
        if table.broken:
            self._problems.add_error(self._file, str(table.broken), table.broken.row, sheet=table.sheet)
        at = self._find_columns(table, guessed)
        lacking = [column for column in self._columns.values() if column.required and column.name not in at]
        if lacking and guess and (found := guess(table, at)):
            return self._load_table(*found)
        for name, position in guessed.items():
            self._ask_about(table, name, position)
        if lacking:
            _note_missing_columns(self._file, lacking, table, self._problems)
            return None
        layout = SheetLayout(self._file, table.sheet, self._columns, at)
        return Sheet(
            layout, len(table.headings), table.rows, self._problems, self._calendar, table.marks, table.headings
        )

    def _find_columns(self, table: RawTable, guessed: Mapping[str, int]) -> dict[str, int]:
        """Where each column is, by its heading; `guessed` ones are taken as given."""
        at = dict(guessed)
        unknown: list[int] = []
        for position, heading in enumerate(table.headings):
            if position in guessed.values():
                continue
            name = match_heading(heading, self._by_heading)
            if name is None:
                unknown.append(position)
            elif name in at:
                self._add_heading_error(table, position, f"表头“{heading}”和前面一列意思相同，请只留一列。")
            else:
                at[name] = position
        for position in unknown:
            self._place_loosely(table, position, at)
        return at

    def _place_loosely(self, table: RawTable, position: int, at: dict[str, int]) -> None:
        heading = table.headings[position]
        name = match_heading(heading, self._loose)
        if name is not None and name not in at:
            at[name] = position
            self._ask_about(table, name, position)
        elif heading and not is_unused_heading(heading):
            self._note_unknown(table, position)

    def _ask_about(self, table: RawTable, name: str, position: int) -> None:
        heading, title = table.first[position].strip()[:_SHOWN], self._columns[name].title
        place = CellPlace(self._file, table.top, heading, table.sheet, get_column_letter(position + 1))
        told = f"没有“{title}”这一列，把“{heading}”当作“{title}”，对吗？对的话请把表头改成“{title}”；不对请改正。"
        self._problems.report_warning(place, told)

    def _note_unknown(self, table: RawTable, position: int) -> None:
        heading = table.headings[position][:_SHOWN]
        place = CellPlace(self._file, table.top, heading, table.sheet, get_column_letter(position + 1))
        hint = self._problems.suggest_name(table.headings[position], self._by_heading)
        self._problems.report_warning(place, f"不认识表头“{heading}”，这一列不会用到。{hint}")

    def _add_heading_error(self, table: RawTable, position: int, message: str) -> None:
        heading, letter = table.headings[position], get_column_letter(position + 1)
        self._problems.add_error(self._file, message, table.top, heading, table.sheet, letter)


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


def _note_missing_columns(file: str, lacking: Sequence[Column], table: RawTable, problems: ProblemCollector) -> None:
    for column in lacking:
        problems.add_error(
            file,
            f"缺少“{column.title}”这一列，请在表头（第 {table.top} 行）加上“{column.title}”（或 {column.name}）。",
            table.top,
            column.title,
            table.sheet,
        )


def _find_runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The runs of consecutive numbers, as their first and last."""
    for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        found = [number for _, number in run]
        yield found[0], found[-1]


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
