"""The shopkeeper's labelled file: many ways to save it, every mistake named by its row."""

import io
import os
import tempfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.evaluation.labels import SHOWN, LabelSet, read_labels
from app.evaluation.metrics import LabelledMessage, LabelsError
from app.evaluation.page import render_page
from tests.evaluation.builders import NAMES, a_label, a_reading, a_request, measured

CALM = settings(deadline=None, derandomize=True)
NASTY = st.sampled_from(
    ["\x00", '"', '""', "\t", "\n", "\r", "|", "=1+1", "\ufeff", "，", "\u202e", "stock", "库存", "F1"]
)
CELLS = NASTY | st.text(max_size=8)


def read(content: str | bytes, name: str = "标注.tsv") -> LabelSet:
    """The labels of a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_labels(file, NAMES)


def refused(content: str | bytes, name: str = "标注.tsv") -> list[str]:
    """What is said of a file that cannot be used, a line each."""
    with pytest.raises(LabelsError) as caught:
        read(content, name)
    return str(caught.value).splitlines()


def test_ids_and_chinese_names_mean_the_same() -> None:
    by_id = read("text\tintent\talso_accept\tfaq\n有货吗\tstock\tbargaining\tF1\n")

    by_name = read("消息\t意图\t也算对\t问题编号\n有货吗\t库存\t议价\t茶盘有货吗\n")

    assert by_id == by_name == LabelSet((a_label("有货吗", "stock", "F1", "bargaining"),))


@pytest.mark.parametrize("mark", ["|", "｜", "、", "；"])
def test_several_right_intents_are_parted_by_any_usual_mark(mark: str) -> None:
    labels = read(f"text\tintent\n有货吗\tstock{mark}议价\n")

    assert labels.rows[0].intents == {"stock", "bargaining"}


def test_a_title_that_holds_a_mark_is_one_intent() -> None:
    assert read("text\tintent\n我要投诉\t投诉/纠纷\n").rows[0].intents == {"complaint"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_way_a_spreadsheet_saves_text_is_read(encoding: str, line_end: str) -> None:
    content = line_end.join(["消息\t意图", "还有货吗亲", "能便宜点吗\t议价", ""]).replace("亲", "亲\t库存")

    labels = read(content.encode(encoding))

    assert labels.rows == (a_label("还有货吗亲"), a_label("能便宜点吗", "bargaining"))


def test_excel_and_csv_are_read_like_tsv() -> None:
    book = openpyxl.Workbook()
    for row in (["消息", "意图"], ["有货吗", "库存"]):
        book.active.append(row)
    saved = io.BytesIO()
    book.save(saved)

    assert (
        read(saved.getvalue(), "标注.xlsx") == read('消息,意图\n"有货吗",库存\n', "标注.csv") == LabelSet((a_label(),))
    )


def test_quotes_a_buyer_typed_stay_and_quotes_a_spreadsheet_added_go() -> None:
    labels = read('text\tintent\n"大"号有吗\tstock\n"他说""有货"""\tstock\n"\tstock\n')

    assert [label.text for label in labels.rows] == ['"大"号有吗', '他说"有货"', '"']


def test_a_cell_of_two_lines_in_quotes_is_one_message() -> None:
    assert read('text\tintent\n"在吗\n有货吗"\tstock\n').rows[0].text == "在吗\n有货吗"


def test_rows_not_labelled_yet_are_counted_and_left_out() -> None:
    labels = read("text\tintent\n有货吗\tstock\n在吗\t\n好的\t\n")

    assert (len(labels.rows), labels.unlabelled) == (1, 2)


def test_a_file_may_hold_only_entries() -> None:
    assert read("text\tfaq\n有货吗\tF1\n").rows == (LabelledMessage("有货吗", faq="F1"),)


def test_all_mistakes_are_told_at_once_each_with_its_row_and_a_guess() -> None:
    said = refused("text\tintent\tfaq\n有货吗\tstok\t\n\tstock\t\n便宜点\t议价\tF22\n")

    assert said == [
        "标注.tsv 第2行：没有意图“stok”。是不是想写“stock”？",
        "标注.tsv 第3行：“text”（消息）是空的，请填买家说的话，或删掉这一行。",
        "标注.tsv 第4行：店铺的常见问题里没有“F22”。是不是想写“F2”？",
    ]


def test_an_intent_like_none_is_told_which_there_are_once_a_file() -> None:
    said = refused("text\tintent\n有货吗\t随便写写\n在吗\t乱填一气\n")

    assert said == [
        "标注.tsv 第2行：没有意图“随便写写”。可以写：库存、议价、发货时间、投诉/纠纷、需上下文；拿不准就留空。",
        "标注.tsv 第3行：没有意图“乱填一气”。可以写的见上面，也可以留空。",
    ]


def test_a_long_list_of_mistakes_is_cut() -> None:
    said = refused("text\tintent\n" + "有货吗\t没有这个\n" * (SHOWN + 5))

    assert len(said) == SHOWN + 1
    assert "还有 5 处" in said[-1]


@pytest.mark.parametrize("content", ["", "\n\n", "有货吗\tstock\n", "text\n有货吗\n", "intent\nstock\n"])
def test_a_file_without_the_columns_says_which_are_needed(content: str) -> None:
    said = refused(content)

    assert "标注.tsv" in said[0]
    assert "text" in said[0] or "空的" in said[0]


def test_headings_without_a_labelled_row_are_told() -> None:
    assert "没有一行标注" in refused("text\tintent\n有货吗\t\n")[0]


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for place, said in ((tmp_path / "没有.tsv", "没有这个文件"), (tmp_path, "打不开")):
        with pytest.raises(LabelsError, match=said):
            read_labels(place, NAMES)


def test_a_file_name_of_odd_bytes_can_be_told(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"\xff\x1b[2J.tsv")
    file.write_text("text\tintent\n\tstock\n", encoding="utf-8")

    with pytest.raises(LabelsError) as caught:
        read_labels(file, NAMES)

    assert "第2行" in str(caught.value).encode().decode()
    assert "\x1b" not in str(caught.value)


def said_of(content: bytes, name: str) -> list[str]:
    """What is said of the file, a line each; nothing when it can be measured and shown."""
    try:
        render_all(read(content, name))
    except LabelsError as error:
        return str(error).splitlines()
    return []


def render_all(labels: LabelSet) -> None:
    """Everything after reading takes what was read."""
    render_page(measured([a_reading(label, a_request()) for label in labels.rows])).encode()


@settings(CALM)
@given(st.sampled_from(["a.tsv", "a.csv", "a.xlsx", "a"]), st.binary(max_size=200))
def test_any_bytes_are_labels_or_a_chinese_sentence(name: str, content: bytes) -> None:
    said = said_of(content, name)

    assert all(line.startswith(name) and any("一" <= each <= "鿿" for each in line) for line in said)


@settings(CALM)
@given(st.sampled_from("\t,;"), st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5))
def test_any_cells_under_good_headings_are_labels_or_sentences_with_rows(
    mark: str, rows: list[tuple[str, str, str]]
) -> None:
    lines = [mark.join(("text", "intent", "faq")), *(mark.join(row) for row in rows)]

    said = said_of("\n".join(lines).encode("utf-8", "replace"), "标注.tsv")

    assert all(line.startswith("标注.tsv") for line in said)
