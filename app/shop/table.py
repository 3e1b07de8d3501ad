"""Reads a CSV or Excel file into rows of text, whatever program saved it; the columns' meaning is not its concern."""

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.utils import column_index_from_string

MAX_BYTES = 80_000_000
_MAX_UNZIPPED = 600_000_000  # a zip bomb is refused unopened
_MAX_CELL = 32_767  # Excel's own limit
_DELIMITERS = (",", "\t", ";", "，")
_TITLES = 10  # rows searched for headings below a title
_FEWEST_HEADINGS = 2  # fewer may be chance
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_BROKEN_SHARE = 0.02  # fewer bad bytes in UTF-8 text mean a damaged file, not another encoding


class UnreadableTableError(ValueError):
    """A file that cannot be read; the Chinese message says what to do, `row` is where reading stopped."""

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: `number` as Excel shows it, `cells` as text in the order of the headings."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class RawTable:
    """Headings, in row `top`, and the rows below them.

    `broken` is set when the rest could not be read; `sheet` is the worksheet's name, empty for a CSV file.
    """

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    broken: UnreadableTableError | None = None
    top: int = 1
    sheet: str = ""


def read_table(name: str, content: bytes, known: Iterable[str] = ()) -> RawTable:
    """Reads the table in `content`; `known` headings help to find the separator. Raises UnreadableTableError."""
    if len(content) > MAX_BYTES:
        raise UnreadableTableError(
            f"文件有 {len(content) // 1_000_000} MB，超过 {MAX_BYTES // 1_000_000} MB，请拆成几个文件。"
        )
    headings = frozenset(known)
    if name.lower().endswith(".xlsx"):
        return _read_excel(content, headings)
    return _read_csv(decode_text(content), headings)


def decode_text(content: bytes) -> str:
    """Decodes UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030; raises UnreadableTableError."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableTableError("这其实是 Excel 文件，请把扩展名改成 .xlsx，或在 Excel 里另存为“CSV UTF-8”。")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode_strictly(content, "utf-16")
    if content.startswith(b"\xef\xbb\xbf"):
        return _decode_strictly(content, "utf-8-sig")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_mostly_utf8(content):
            raise _damage_error(content, error) from error
    return _decode_strictly(content, "gb18030")


def _decode_strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _damage_error(content, error) from error


def _damage_error(content: bytes, error: UnicodeDecodeError) -> UnreadableTableError:
    cure = "表格请在 Excel 里另存为“CSV UTF-8”，yml 请用 UTF-8 编码保存。"
    message = f"这里的文字读不出来：文件可能没有保存完整，或编码不对。{cure}"
    return UnreadableTableError(message, content[: error.start].count(b"\n") + 1)


def _is_mostly_utf8(content: bytes) -> bool:
    text = content.decode("utf-8", errors="replace")
    foreign = sum(1 for character in text if ord(character) > 127)  # noqa: PLR2004  the end of ASCII
    return text.count("\ufffd") <= max(1, foreign * _BROKEN_SHARE) and foreign > text.count("\ufffd")


def _read_csv(text: str, known: frozenset[str]) -> RawTable:
    rows: list[TableRow] = []
    broken: UnreadableTableError | None = None
    delimiter = _guess_delimiter(text, known)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows.extend(TableRow(number, cells) for number, cells in enumerate(reader, start=1))
    except csv.Error:
        number = len(rows) + 1
        cure = "请用 Excel 打开重新保存；单元格里的引号请用中文“ ”。"
        broken = UnreadableTableError(f'从这里起读不下去：英文双引号 " 没有成对，或文件没有保存完整。{cure}', number)
    return _split_headings(rows, known, broken)


def _guess_delimiter(text: str, known: frozenset[str]) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda mark: (_count_headings(head.split(mark), known), head.count(mark), mark == ","))


def _count_headings(cells: Iterable[str], known: frozenset[str]) -> int:
    return sum(1 for cell in cells if tidy_heading(cell.strip('"')) in known)


def tidy_heading(cell: str) -> str:
    """Normalises a heading for comparison: half width, lower case, no spaces."""
    return "".join(unicodedata.normalize("NFKC", cell).strip("\ufeff").lower().split())


def _split_headings(
    rows: Sequence[TableRow], known: frozenset[str], broken: UnreadableTableError | None = None
) -> RawTable:
    filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
    if not filled:
        raise broken or UnreadableTableError("文件是空的，请至少写表头一行和内容一行。")
    at = _find_heading_row(filled, known)
    headings = tuple(tidy_heading(cell) for cell in filled[at].cells)
    return RawTable(headings, tuple(filled[at + 1 :]), broken, filled[at].number)


def _find_heading_row(filled: Sequence[TableRow], known: frozenset[str]) -> int:
    """The first row, or a later one below a title and notes."""
    likely = (at for at, row in enumerate(filled[:_TITLES]) if _count_headings(row.cells, known) >= _FEWEST_HEADINGS)
    return next(likely, 0)


def _read_excel(content: bytes, known: frozenset[str]) -> RawTable:
    try:
        _refuse_zip_bomb(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations it drops
            return _read_workbook(content, known)
    except UnreadableTableError:
        raise
    except Exception as error:  # a damaged workbook fails in zip, XML or openpyxl, with many exception types
        raise UnreadableTableError(
            "Excel 文件打不开：可能没有保存完整或加了密码。请在 Excel 里另存为 .xlsx 再试。"
        ) from error


def _refuse_zip_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MAX_UNZIPPED:
            raise UnreadableTableError("Excel 文件解压后太大，请拆成几个文件。")


def _read_workbook(content: bytes, known: frozenset[str]) -> RawTable:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        first, *others = book.worksheets
        found = _split_headings(_number_rows(_fill_merged_cells(_read_cells(first), content, first)), known)
        table = replace(found, sheet=first.title)
        meant = (
            ""
            if _count_headings(table.headings, known)
            else next((each.title for each in others if _has_headings(each, known)), "")
        )
    finally:
        book.close()
    if meant:
        raise UnreadableTableError(
            f"读的是第一个工作表“{first.title}”，里面没有认识的表头；请在 Excel 里把工作表“{meant}”拖到最前面。"
        )
    return table


def _number_rows(cells: Iterable[Sequence[str]]) -> list[TableRow]:
    return [TableRow(number, own) for number, own in enumerate(cells, start=1)]


def _read_cells(sheet: Any, most: int | None = None) -> list[list[str]]:
    sheet.reset_dimensions()
    return [list(map(_format_cell, row)) for row in sheet.iter_rows(values_only=True, max_row=most)]


def _has_headings(sheet: Any, known: frozenset[str]) -> bool:
    return any(_count_headings(row, known) >= _FEWEST_HEADINGS for row in _read_cells(sheet, _TITLES))


def _fill_merged_cells(rows: list[list[str]], content: bytes, sheet: Any) -> list[list[str]]:
    """Copies the value of cells merged downwards into every row, as Excel shows it; the file has only the first."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read(sheet._worksheet_path)  # noqa: SLF001  a read-only sheet does not tell of merged cells
    for left, top, right, bottom in _MERGED.findall(xml, max(xml.rfind(b"<mergeCells"), 0)):
        column = column_index_from_string(left.decode()) - 1
        said = [row[column] for row in rows[int(top) - 1 : int(top)] if column < len(row)]
        for row in rows[int(top) : int(bottom)] if said and left == right else ():
            row.extend([""] * (column + 1 - len(row)))
            row[column] = said[0]
    return rows


def _format_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 2**53 else f"{value:E}"
    if isinstance(value, float):
        return f"{value:.12g}"  # Excel shows a formula's 30.299999999999997 as 30.3
    return str(value)


def is_too_long(cell: str) -> bool:
    """Whether a cell holds more than Excel itself allows."""
    return len(cell) > _MAX_CELL
