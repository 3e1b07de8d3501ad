"""Tables from every program a shopkeeper may use."""

import zipfile
from io import BytesIO

import pytest

from app.shop.table import UnreadableTableError, read_table

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
