"""Reads every worksheet of an Excel file as text, with what only Excel shows: hidden, struck and merged cells."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from xml.etree import ElementTree as ET

from openpyxl.utils import column_index_from_string
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.shop.raw_table import NO_MARKS, Cell, CellMarks, UnreadableTableError

MAX_ROWS = 200_000
"""Rows of one worksheet; a shop's longest FAQ has a few thousand."""
_MAX_UNZIPPED = 600_000_000  # a zip bomb is refused unopened
_CHUNK = 1 << 20
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_TAG = rb"<(?:\w+:)?"
_CELL = re.compile(rb'\br="([A-Z]+)(\d+)"')
_HIDDEN_ROW = re.compile(_TAG + rb'row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')
_WITHOUT_VALUE = re.compile(
    _TAG
    + rb"c\b([^>]*)>\s*"
    + _TAG
    + rb"f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<v></v>)?</(?:\w+:)?c>"
)
_ERROR = re.compile(_TAG + rb'c\b(?=[^>]*\bt="e")([^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One worksheet as text; `rows[0]` is Excel's row 1.

    Attributes:
        concealed: whether Excel shows no tab for it.
    """

    title: str
    rows: Sequence[Sequence[str]]
    concealed: bool = False
    marks: CellMarks = NO_MARKS


def read_worksheets(content: bytes) -> list[Worksheet]:
    """Reads the worksheets in the order of their tabs; raises UnreadableTableError."""
    try:
        _refuse_zip_bomb(content)
        return list(_read_worksheets(content))
    except UnreadableTableError:
        raise
    except Exception as error:  # a damaged workbook fails in zip, XML or calamine, with many exception types
        raise UnreadableTableError(
            "Excel 文件打不开：可能没有保存完整或加了密码。请在 Excel 里另存为 .xlsx 再试。"
        ) from error


def _refuse_zip_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MAX_UNZIPPED:
            raise UnreadableTableError("Excel 文件解压后太大，请拆成几个文件。")


def _read_worksheets(content: bytes) -> Iterator[Worksheet]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = _map_parts(archive)
        for title, part in parts.items():
            _refuse_endless_sheet(archive, title, part)
        struck_styles = _find_struck_styles(archive)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet in book.sheets_metadata:
            if sheet.typ is SheetTypeEnum.WorkSheet and sheet.name in parts:
                concealed = sheet.visible is not SheetVisibleEnum.Visible
                xml = archive.read(parts[sheet.name])
                yield _read_worksheet(book, sheet.name, xml, struck_styles, concealed=concealed)


def _map_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The archive's part of each worksheet, by the worksheet's title."""
    targets = {
        relation.get("Id", ""): posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
        for relation in ET.fromstring(archive.read(_RELATIONS))  # noqa: S314  expat limits entity expansion
    }
    found = {}
    for element in ET.fromstring(archive.read(_WORKBOOK)).iter():  # noqa: S314  as above
        if element.tag.rpartition("}")[2] == "sheet":
            relation = next((value for key, value in element.items() if key.endswith("}id")), "")
            found[element.get("name", "")] = targets.get(relation, "")
    return {title: part for title, part in found.items() if part in archive.NameToInfo}


def _refuse_endless_sheet(archive: zipfile.ZipFile, title: str, part: str) -> None:
    """Counts rows while the sheet is unpacked piece by piece, before anything holds all of it."""
    rows = values = 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            rows += chunk.count(b"<row ") + chunk.count(b":row ")
            values += chunk.count(b"<v>") + chunk.count(b"<is>") + chunk.count(b":v>")
    if rows > MAX_ROWS and values > MAX_ROWS:
        raise UnreadableTableError(
            f"工作表“{title}”有 {rows} 行，最多读 {MAX_ROWS} 行。多半是公式或内容被拉到了最下面："
            "请删掉多余的行再保存，或拆成几个文件。"
        )


def _find_struck_styles(archive: zipfile.ZipFile) -> frozenset[bytes]:
    """The numbers of the cell styles whose font is struck out."""
    if _STYLES not in archive.NameToInfo:
        return frozenset()
    root = ET.fromstring(archive.read(_STYLES))  # noqa: S314  expat limits entity expansion
    space = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
    fonts = root.findall(f"{space}fonts/{space}font")
    struck = {
        str(number)
        for number, font in enumerate(fonts)
        if (mark := font.find(f"{space}strike")) is not None and mark.get("val", "1") not in ("0", "false")
    }
    styles = enumerate(root.findall(f"{space}cellXfs/{space}xf"))
    return frozenset(str(number).encode() for number, style in styles if style.get("fontId") in struck)


def _read_worksheet(
    book: CalamineWorkbook, title: str, xml: bytes, struck_styles: frozenset[bytes], *, concealed: bool
) -> Worksheet:
    sheet = book.get_sheet_by_name(title)
    indent = [""] * sheet.start[1] if sheet.start else []
    rows = [indent + list(map(_format_value, row)) for row in sheet.iter_rows()]
    for mark, error in _ERROR.findall(xml) if b't="e"' in xml else ():
        _place_text(rows, _parse_reference(mark), error.decode(errors="replace"))
    _fill_merged_cells(rows, sheet.merged_cell_ranges or ())
    return Worksheet(title, rows, concealed, _read_marks(xml, struck_styles))


def _read_marks(xml: bytes, struck_styles: frozenset[bytes]) -> CellMarks:
    has_formulas = b"<f" in xml or b":f" in xml
    return CellMarks(
        hidden=frozenset(map(int, _HIDDEN_ROW.findall(xml))) if b'hidden="' in xml else frozenset(),
        struck=_find_struck_cells(xml, struck_styles),
        uncomputed=frozenset(map(_parse_reference, _WITHOUT_VALUE.findall(xml))) if has_formulas else frozenset(),
    )


def _find_struck_cells(xml: bytes, styles: frozenset[bytes]) -> frozenset[Cell]:
    if not styles:
        return frozenset()
    cell = re.compile(_TAG + rb'c\b(?=[^>]*\bs="(?:' + b"|".join(styles) + rb')")([^>]*)>')
    return frozenset(map(_parse_reference, cell.findall(xml)))


def _parse_reference(attributes: bytes) -> Cell:
    """The cell that an element's attributes name; row 0, which no sheet has, where they name none."""
    found = _CELL.search(attributes)
    return (int(found[2]), column_index_from_string(found[1].decode()) - 1) if found else (0, 0)


def _place_text(rows: list[list[str]], cell: Cell, text: str) -> None:
    row, column = cell
    if 0 < row <= len(rows):
        own = rows[row - 1]
        own.extend([""] * (column + 1 - len(own)))
        own[column] = text


def _fill_merged_cells(rows: list[list[str]], merged: Sequence[tuple[Cell, Cell]]) -> None:
    """Copies the value of cells merged downwards into every row, as Excel shows it; the file has only the first.

    The ranges count rows and columns from 0.
    """
    for (top, left), (bottom, right) in merged:
        if left == right and top < len(rows) and left < len(rows[top]) and (text := rows[top][left]):
            rows.extend([] for _ in range(bottom + 1 - len(rows)))
            for row in range(top + 1, bottom + 1):
                _place_text(rows, (row + 1, left), text)


def _format_value(value: object) -> str:
    """The text of a cell as Excel shows it, where it can be known."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return _format_number(value)
    if isinstance(value, datetime):
        return _format_datetime(value)
    return value.isoformat("minutes") if isinstance(value, time) and not value.second else str(value)


def _format_datetime(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")


def _format_number(value: float) -> str:
    if value.is_integer():
        return str(int(value)) if abs(value) < 2**53 else f"{value:E}"
    return f"{value:.12g}"  # Excel shows a formula's 30.299999999999997 as 30.3
