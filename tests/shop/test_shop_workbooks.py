"""Workbooks as shops keep them: many sheets, notes, hidden and struck rows, headings of other programs."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

from app.shop.loader import LoadResult, read_shop
from app.shop.raw_table import UnreadableTableError
from app.shop.workbook import MAX_ROWS, read_worksheets

Build = Callable[..., Path]
Rows = Sequence[Sequence[object]]
HEADINGS = ("标准问题", "答案")
WASH = ("怎么洗", "亲，用清水冲洗就好。")
DRY = ("怎么晾干", "亲，放在通风处阴干。")


def a_book(sheets: dict[str, Rows], change: Callable[[Any], object] | None = None) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    if change:
        change(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.fixture
def load(a_shop: Build, now: datetime) -> Callable[[bytes], LoadResult]:
    return lambda book: read_shop(a_shop({"faq.csv": None, "faq.xlsx": book}), now)


Load = Callable[[bytes], LoadResult]


def entries_of(loaded: LoadResult) -> dict[str, str]:
    assert loaded.shop is not None, loaded.report.errors
    return {entry.question: entry.answer for entry in loaded.shop.faq}


def told(loaded: LoadResult) -> list[str]:
    return [problem.message for problem in loaded.report.problems]


def test_every_sheet_is_read_and_its_title_is_the_category(load: Load) -> None:
    loaded = load(a_book({"01 洗护": [HEADINGS, WASH], "Sheet2": [HEADINGS, DRY]}))

    assert loaded.shop is not None
    assert {entry.question: entry.category for entry in loaded.shop.faq} == {"怎么洗": "洗护", "怎么晾干": ""}
    assert loaded.report.problems == ()


def test_a_rows_own_category_goes_before_the_sheets_title(load: Load) -> None:
    loaded = load(a_book({"洗护": [(*HEADINGS, "分类"), (*WASH, "商品咨询")]}))

    assert loaded.shop is not None
    assert loaded.shop.faq[0].category == "商品咨询"


def test_a_sheet_of_notes_is_told_and_left_out(load: Load) -> None:
    loaded = load(a_book({"怎么填": [["先看这里"], ["一行一条"]], "问答": [HEADINGS, WASH]}))

    assert entries_of(loaded) == dict([WASH])
    assert [(each.sheet, "当作说明" in each.message) for each in loaded.report.warnings] == [("怎么填", True)]


def test_a_hidden_sheet_is_told_and_left_out(load: Load) -> None:
    book = a_book(
        {"问答": [HEADINGS, WASH], "旧": [HEADINGS, DRY]}, lambda b: setattr(b["旧"], "sheet_state", "hidden")
    )

    loaded = load(book)

    assert entries_of(loaded) == dict([WASH])
    assert "隐藏" in told(loaded)[0]


def test_an_empty_first_sheet_is_no_matter(load: Load) -> None:
    assert entries_of(load(a_book({"Sheet1": [], "问答": [HEADINGS, WASH]}))) == dict([WASH])


def test_a_struck_row_is_told_and_left_out(load: Load) -> None:
    loaded = load(
        a_book({"问答": [HEADINGS, WASH, DRY]}, lambda b: setattr(b["问答"]["B3"], "font", Font(strike=True)))
    )

    assert entries_of(loaded) == dict([WASH])
    assert [(each.row, "删除线" in each.message) for each in loaded.report.warnings] == [(3, True)]


def test_hidden_rows_are_told_once_and_used(load: Load) -> None:
    def hide(book: Any) -> None:
        for row in (2, 3):
            book["问答"].row_dimensions[row].hidden = True

    loaded = load(a_book({"问答": [HEADINGS, WASH, DRY]}, hide))

    assert entries_of(loaded) == dict([WASH, DRY])
    assert [each.row for each in loaded.report.warnings] == [2]
    assert "第 2 到 3 行" in told(loaded)[0]


def test_a_formula_without_a_stored_value_is_told_at_its_cell_and_only_once(load: Load) -> None:
    loaded = load(a_book({"问答": [HEADINGS, WASH, ("怎么晾干", '="亲，"&"阴干"')]}))

    assert entries_of(loaded) == dict([WASH])
    assert [(each.row, each.column) for each in loaded.report.errors] == [(3, "B")]
    assert "公式" in told(loaded)[0]


def test_an_error_of_excel_keeps_its_name(load: Load) -> None:
    def spoil(book: Any) -> None:
        book["问答"]["B2"].value, book["问答"]["B2"].data_type = "#REF!", "e"

    assert "#REF!" in told(load(a_book({"问答": [HEADINGS, WASH]}, spoil)))[0]


def test_cells_are_read_as_excel_shows_them() -> None:
    rows = [[618, 1.5, True, datetime(2026, 1, 5), datetime(2026, 1, 5, 15, 30)]]  # noqa: DTZ001  Excel knows no zone

    sheet = read_worksheets(a_book({"表": [[], ["", *rows[0]]]}))[0]

    assert list(sheet.rows[1]) == ["", "618", "1.5", "TRUE", "2026-01-05", "2026-01-05 15:30:00"]


def test_titles_above_headings_that_carry_notes_are_passed_over(load: Load) -> None:
    rows = [["尺码问题汇总", ""], ["标准问题（必填）", "2.答案*"], WASH]

    loaded = load(a_book({"问答": rows}))

    assert entries_of(loaded) == dict([WASH])
    assert loaded.report.problems == ()


def test_numbers_that_every_sheet_counts_its_rows_with_are_no_ids(load: Load) -> None:
    loaded = load(a_book({"洗": [("编号", *HEADINGS), (1, *WASH)], "晾": [("编号", *HEADINGS), (1, *DRY)]}))

    assert len(entries_of(loaded)) == 2
    assert loaded.report.problems == ()


def test_a_column_of_row_numbers_is_no_id(load: Load) -> None:
    loaded = load(a_book({"问答": [("序号", *HEADINGS), (1, *WASH), (1, *DRY)]}))

    assert loaded.shop is not None
    assert all(entry.entry_id.startswith("q-") for entry in loaded.shop.faq)
    assert loaded.report.problems == ()


@pytest.mark.parametrize(
    ("question", "answer"),
    [("问", "答"), ("提问", "回复内容"), ("Q", "A"), ("问题", "分段内容（必填）"), ("问题/Question", "回复")],
)
def test_headings_of_other_programs_are_known(load: Load, question: str, answer: str) -> None:
    loaded = load(a_book({"问答": [(question, answer), WASH]}))

    assert entries_of(loaded) == dict([WASH])
    assert loaded.report.problems == ()


def test_a_keyword_column_is_taken_for_the_question_and_asked_about(load: Load) -> None:
    loaded = load(a_book({"问答": [("匹配关键词", "回复内容"), ("怎么洗|能机洗吗", "亲，用清水冲洗就好。")]}))

    assert loaded.shop is not None
    assert loaded.shop.faq[0].similar_questions == ("能机洗吗",)
    assert "把“匹配关键词”当作“标准问题”，对吗" in told(loaded)[0]


def test_headings_nobody_knows_are_found_by_content_and_asked_about(load: Load) -> None:
    loaded = load(a_book({"Sheet1": [("场景", "顾客这么说", "咱们这么回"), ("洗", *WASH), ("洗", *DRY)]}))

    assert entries_of(loaded) == dict([WASH, DRY])
    asked = {each.column: each.message for each in loaded.report.warnings if "对吗" in each.message}
    assert list(asked) == ["B", "C"]
    assert "把“咱们这么回”当作“答案”" in asked["C"]


def test_a_table_without_headings_begins_with_its_first_row(load: Load) -> None:
    first = ("这个杯子可以放进微波炉加热吗", "亲，可以微波加热，不要超过三分钟。")

    assert entries_of(load(a_book({"Sheet1": [first, WASH, DRY]}))) == dict([first, WASH, DRY])


@pytest.mark.parametrize(
    ("cell", "wordings"),
    [
        ("如何清洗\n能水洗吗", ("如何清洗", "能水洗吗")),
        ("如何清洗；能水洗吗;脏了咋办", ("如何清洗", "能水洗吗", "脏了咋办")),
        ("如何清洗、能水洗吗", ("如何清洗", "能水洗吗")),
        ("红色、蓝色能水洗吗", ("红色、蓝色能水洗吗",)),
    ],
)
def test_similar_questions_may_be_parted_in_any_way(load: Load, cell: str, wordings: Sequence[str]) -> None:
    loaded = load(a_book({"问答": [("标准问题", "相似问法", "答案"), ("怎么洗", cell, WASH[1])]}))

    assert loaded.shop is not None
    assert loaded.shop.faq[0].similar_questions == wordings


def test_an_endless_sheet_is_refused_politely() -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (row, row) for row in range(1, MAX_ROWS + 3))
    book = replace_sheet(a_book({"大": [["x"]]}), rows)

    with pytest.raises(UnreadableTableError, match=f"工作表“大”有 {MAX_ROWS + 2} 行"):
        read_worksheets(book)


def replace_sheet(book: bytes, rows: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = content[: content.index(b"<sheetData")] + b"<sheetData>" + rows + b"</sheetData></worksheet>"
            new.writestr(name, content)
    return out.getvalue()


def test_an_faq_may_be_written_in_yaml(a_shop: Build, now: datetime) -> None:
    text = (
        "- question: 怎么洗\n  similar_questions: [能水洗吗, 脏了咋办]\n  answer: 亲，用清水冲洗就好。\n"
        "- 问题: 怎么晾干\n  答案: 亲，阴干。\n"
    )

    loaded = read_shop(a_shop({"faq.csv": None, "faq.yml": text}), now)

    assert loaded.shop is not None
    assert [entry.source for entry in loaded.shop.faq] == ["faq.yml 第 1 行", "faq.yml 第 4 行"]
    assert loaded.shop.faq[0].similar_questions == ("能水洗吗", "脏了咋办")
    assert loaded.report.problems == ()


def test_a_mistake_in_a_yaml_faq_is_told_at_its_line(a_shop: Build, now: datetime) -> None:
    text = "- question: 怎么洗\n  anwser: 亲，用清水冲洗就好。\n"

    loaded = read_shop(a_shop({"faq.csv": None, "faq.yml": text}), now)

    assert [(each.row, each.column) for each in loaded.report.problems] == [(1, ""), (2, "")]
    assert any("是不是想写“answer”" in each for each in told(loaded))


def test_goods_and_orders_are_read_from_every_sheet(a_shop: Build, now: datetime) -> None:
    headings = ("商品编号", "规格编号", "标题", "价格", "库存")
    goods = a_book(
        {"茶具": [headings, ("M1", "M1-1", "茶盘", 39.9, 3)], "文具": [headings, ("M2", "M2-1", "笔筒", 19, 5)]}
    )

    loaded = read_shop(a_shop({"catalog.csv": None, "catalog.xlsx": goods}), now)

    assert loaded.shop is not None
    assert [product.title for product in loaded.shop.products] == ["茶盘", "笔筒"]


def test_a_bad_row_is_left_out_and_the_rest_opens(a_shop: Build, now: datetime) -> None:
    folder = a_shop({"faq.csv": [HEADINGS, WASH, ("怎么晾干", "")]})

    loaded = read_shop(folder, now)

    assert entries_of(loaded) == dict([WASH])
    assert [each.row for each in loaded.report.left_out] == [3]


def test_a_strict_shop_does_not_open_with_a_bad_row(a_shop: Build, now: datetime) -> None:
    folder = a_shop({"shop.yml": "name: 小店\nstrict: true\n", "faq.csv": [HEADINGS, WASH, ("怎么晾干", "")]})

    assert read_shop(folder, now).shop is None


def test_an_order_with_one_bad_row_is_left_out_whole(a_shop: Build, now: datetime) -> None:
    headings = ("订单号", "买家", "规格编号", "数量", "金额", "状态", "付款时间")

    def line(order: str, amount: str) -> Sequence[str]:
        return (order, "b1", "M1-1", "1", amount, "待发货", "昨天")

    folder = a_shop({"orders.csv": [headings, line("8001", "39.9"), line("8002", "39.9"), line("8002", "很多")]})

    loaded = read_shop(folder, now)

    assert loaded.shop is not None
    assert list(loaded.shop.orders) == ["8001"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("faq.xlsm", "带宏"),
        ("常见问题.docx", "复制到 Excel"),
        ("shop.yml.txt", "请改名为“shop.yml”"),
        ("客服话术.xlsx", "请改名为“faq.xlsx”"),
        ("常见问题.txt", "请用 Excel 存成“faq.xlsx”"),
    ],
)
def test_a_file_nobody_reads_says_what_to_do_and_closes_no_shop(
    a_shop: Build, now: datetime, name: str, says: str
) -> None:
    loaded = read_shop(a_shop({name: b"x"}), now)

    assert loaded.shop is not None
    assert [(each.file, says in each.message) for each in loaded.report.problems] == [(name, True)]


def test_tables_in_a_subfolder_are_told_of(a_shop: Build, now: datetime) -> None:
    folder = a_shop()
    (folder / "新版").mkdir()
    (folder / "新版" / "faq.xlsx").write_bytes(b"x")

    assert "把 faq.xlsx 移到上一层" in told(read_shop(folder, now))[0]


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"答案": "亲，{{发货时间}}内发出。"}, "B", "不认识变量“{{发货时间}}”"),
        ({"匹配方式": "大概"}, "C", "智能、完全一致、包含、正则"),
        ({"匹配方式": "正则", "标准问题": "(洗"}, "A", "写法有误"),
        ({"适用阶段": "睡前"}, "D", "售前、售中、售后"),
        ({"图片": "size.png"}, "E", "https://"),
    ],
)
def test_a_mistake_in_how_a_row_is_used_is_told_at_its_cell(
    load: Load, cells: dict[str, str], column: str, says: str
) -> None:
    headings = ["标准问题", "答案", "匹配方式", "适用阶段", "图片"]
    row = {"标准问题": "怎么洗", "答案": "亲，冷水洗。"} | cells

    loaded = load(a_book({"问答": [headings, [row.get(heading, "") for heading in headings]]}))

    assert [(each.row, each.column) for each in loaded.report.errors] == [(2, column)]
    assert says in told(loaded)[0]


def test_a_ship_limit_that_the_shop_did_not_promise_is_an_error(a_shop: Build, now: datetime) -> None:
    faq = [HEADINGS, ("几天发货", "亲，{{发货时限}}内发出。")]

    loaded = read_shop(a_shop({"shop.yml": "name: 店\n", "faq.csv": faq}), now)

    assert ["authority.shipping" in each.message for each in loaded.report.errors] == [True]
