"""Tables from every program a shopkeeper may use."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from app.shop.raw_table import UnreadableTableError
from app.shop.table import read_table

ROWS = "标准问题,答案\r\n怎么洗,用清水冲洗\r\n"
KNOWN = ("标准问题", "答案")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_excel_saves_is_read_alike(encoding: str) -> None:
    table = read_table("faq.csv", ROWS.encode(encoding), KNOWN)

    assert table.headings == KNOWN
    assert [list(row.cells) for row in table.rows] == [["怎么洗", "用清水冲洗"]]


@pytest.mark.parametrize("mark", [",", "\t", ";", "，"])
def test_the_delimiter_is_found_by_the_headings(mark: str) -> None:
    table = read_table("faq.csv", ROWS.replace(",", mark).encode(), KNOWN)

    assert table.headings == KNOWN


def test_row_numbers_are_those_excel_shows_with_blank_rows_and_line_breaks_in_cells() -> None:
    content = b'question,answer\n\na,"one\ntwo"\n,\nb,three\n'

    table = read_table("faq.csv", content)

    assert [(row.number, row.cells[0]) for row in table.rows] == [(3, "a"), (5, "b")]


def test_a_quote_that_never_closes_is_told_with_the_row_and_the_rows_before_are_kept() -> None:
    table = read_table("faq.csv", b'question,answer\na,b\nc,"d\ne,f\n')

    assert len(table.rows) == 1
    assert table.broken is not None
    assert table.broken.row == 3


def test_a_file_cut_in_the_middle_of_a_character_is_not_taken_for_another_encoding() -> None:
    content = ("question,answer\n" + "怎么洗,用清水冲洗就好\n" * 20).encode()[:-2]

    with pytest.raises(UnreadableTableError, match="没有保存完整") as refused:
        read_table("faq.csv", content)

    assert refused.value.row == 21


def test_an_excel_file_named_csv_is_told_apart() -> None:
    with pytest.raises(UnreadableTableError, match="xlsx"):
        read_table("faq.csv", b"PK\x03\x04rest")


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sheet.xml", "w") as part:
        for _ in range(620):
            part.write(bytes(1_000_000))

    with pytest.raises(UnreadableTableError, match="太大"):
        read_table("faq.xlsx", content.getvalue())


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" , ,\n"])
def test_an_empty_file_says_what_it_lacks(content: bytes) -> None:
    with pytest.raises(UnreadableTableError, match="空的"):
        read_table("faq.csv", content)


def a_book(change: Callable[[Any], object]) -> bytes:
    """A workbook with a sheet of three questions, changed."""
    book = openpyxl.Workbook()
    for row in (KNOWN, ("怎么洗", "用清水冲洗"), ("怎么擦", ""), ("怎么晾", "")):
        book.active.append(row)
    change(book)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_title_above_headings_that_nobody_knows_is_passed_over() -> None:
    content = "松果杂货 常见问答,,\n编次,客人会说,店里这样讲\n1,杯子漏吗,亲，不漏。\n"

    table = read_table("faq.csv", content.encode(), ["标准问题", "答案"])

    assert table.headings == ("编次", "客人会说", "店里这样讲")
    assert [row.number for row in table.rows] == [3]


def test_a_table_of_one_column_begins_with_its_first_row() -> None:
    assert read_table("faq.csv", "杯子\n碗\n".encode(), ["标准问题"]).headings == ("杯子",)


def test_a_title_and_notes_above_the_headings_are_passed_over() -> None:
    content = "小店常见问题,\n请按行填写,\n" + ROWS

    table = read_table("faq.csv", content.encode(), KNOWN)

    assert (table.headings, table.top) == (KNOWN, 3)
    assert [row.number for row in table.rows] == [4]


def test_cells_merged_downwards_say_the_same_in_every_row() -> None:
    table = read_table("faq.xlsx", a_book(lambda book: book.active.merge_cells("B2:B3")), KNOWN)

    assert ["".join(row.cells[1:]) for row in table.rows] == ["用清水冲洗", "用清水冲洗", ""]


def test_cells_merged_to_the_right_are_left_alone() -> None:
    table = read_table("faq.xlsx", a_book(lambda book: book.active.merge_cells("A3:B3")), KNOWN)

    assert "".join(table.rows[1].cells) == "怎么擦"


def test_a_table_on_a_later_sheet_is_found_behind_a_sheet_of_notes() -> None:
    content = a_book(lambda book: book.create_sheet("说明", 0).append(["使用说明"]))

    assert read_table("faq.xlsx", content, KNOWN).sheet == "Sheet"
