"""Reads a CSV or Excel file into tables of text, whatever program saved it; the columns' meaning is not its concern."""

import csv
import io
from collections.abc import Collection, Iterable, Sequence

from app.shop.headings import count_headings, find_heading_row, tidy_heading
from app.shop.raw_table import RawTable, TableRow, UnreadableTableError
from app.shop.workbook import Worksheet, read_worksheets

MAX_BYTES = 80_000_000
_MAX_CELL = 32_767  # Excel's own limit
_DELIMITERS = (",", "\t", ";", "，")
_BROKEN_SHARE = 0.02  # fewer bad bytes in UTF-8 text mean a damaged file, not another encoding


def read_table(name: str, content: bytes, known: Iterable[str] = ()) -> RawTable:
    """Reads the one table in `content`: of a workbook the first sheet with a known heading, else the first.

    `known` headings help to find the separator and the row of the headings. Raises UnreadableTableError.
    """
    headings = frozenset(known)
    tables = read_tables(name, content, headings)
    return next((table for table in tables if count_headings(table.headings, headings)), tables[0])


def read_tables(name: str, content: bytes, known: Iterable[str] = ()) -> list[RawTable]:
    """Reads every worksheet that is not empty, or the CSV file; at least one. Raises UnreadableTableError."""
    if len(content) > MAX_BYTES:
        raise UnreadableTableError(
            f"文件有 {len(content) // 1_000_000} MB，超过 {MAX_BYTES // 1_000_000} MB，请拆成几个文件。"
        )
    headings = frozenset(known)
    if name.lower().endswith(".xlsx"):
        return _read_excel(content, headings)
    return [_read_csv(decode_text(content), headings)]


def _read_excel(content: bytes, known: frozenset[str]) -> list[RawTable]:
    tables = [table for sheet in read_worksheets(content) if (table := _convert_worksheet(sheet, known)) is not None]
    if not tables:
        raise _empty_error()
    return tables


def _convert_worksheet(sheet: Worksheet, known: frozenset[str]) -> RawTable | None:
    filled = [TableRow(number, row) for number, row in enumerate(sheet.rows, start=1) if any(map(str.strip, row))]
    if not filled:
        return None
    at = find_heading_row(filled, known)
    return RawTable(
        headings=tuple(tidy_heading(cell) for cell in filled[at].cells),
        rows=tuple(filled[at + 1 :]),
        top=filled[at].number,
        sheet=sheet.title,
        first=filled[at].cells,
        concealed=sheet.concealed,
        marks=sheet.marks,
    )


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


def _guess_delimiter(text: str, known: Collection[str]) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda mark: (count_headings(head.split(mark), known), head.count(mark), mark == ","))


def _split_headings(rows: Sequence[TableRow], known: frozenset[str], broken: UnreadableTableError | None) -> RawTable:
    filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
    if not filled:
        raise broken or _empty_error()
    at = find_heading_row(filled, known)
    headings = tuple(tidy_heading(cell) for cell in filled[at].cells)
    return RawTable(headings, tuple(filled[at + 1 :]), broken, filled[at].number, first=filled[at].cells)


def _empty_error() -> UnreadableTableError:
    return UnreadableTableError("文件是空的，请至少写表头一行和内容一行。")


def is_too_long(cell: str) -> bool:
    """Whether a cell holds more than Excel itself allows."""
    return len(cell) > _MAX_CELL
