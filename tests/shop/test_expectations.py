"""The questions a shop wants tried are read from checks.yml, from tables, and from sheets named 测试."""

import io

import openpyxl

from app.shop.expectations import read_expectations
from app.shop.folder import ShopFiles
from app.shop.report import ProblemCollector
from app.shop.when import Calendar
from tests.shop.builders import NOW, csv_bytes


def read(**files: bytes) -> tuple[list[tuple[tuple[str, ...], str, tuple[str, ...], str]], list[str]]:
    problems = ProblemCollector()
    named = {name.replace("_", "."): content for name, content in files.items()}
    found = read_expectations(ShopFiles(named), problems, Calendar(NOW))
    told = [f"{problem.row} {problem.message}" for problem in problems.list_problems()]
    return [(each.ask, each.row, each.says, each.action) for each in found], told


def test_checks_yml_holds_messages_rows_words_and_actions() -> None:
    text = "checks:\n  - {ask: 怎么洗, row: F1, says: 清水}\n  - ask: [你好, 转人工]\n    action: 转人工\n"

    found, told = read(checks_yml=text.encode())

    assert found == [(("怎么洗",), "F1", ("清水",), ""), (("你好", "转人工"), "", (), "handoff")]
    assert told == []


def test_a_word_for_no_action_is_told_at_its_line_and_the_rest_is_tried() -> None:
    found, told = read(checks_yml="- {ask: 怎么洗, action: 乱写}\n- ask: 怎么擦\n".encode())

    assert [each[0] for each in found] == [("怎么擦",)]
    assert len(told) == 1
    assert told[0].startswith("1 看不懂“乱写”")


def test_a_table_of_checks_is_read_by_its_headings() -> None:
    rows = [["问题", "应命中", "回复包含", "处理"], ["怎么洗", "怎么洗", "清水|擦干", "答复"], ["", "", "", ""]]

    found, told = read(测试_csv=csv_bytes(rows))

    assert found == [(("怎么洗",), "怎么洗", ("清水", "擦干"), "answer")]
    assert told == []


def test_a_sheet_named_for_it_in_the_faq_is_tried_and_not_answered() -> None:
    book = openpyxl.Workbook()
    book.active.append(["标准问题", "答案"])
    book.active.append(["怎么洗", "亲，清水冲洗。"])
    sheet = book.create_sheet("测试")
    sheet.append(["问题", "应命中"])
    sheet.append(["咋洗", "怎么洗"])
    kept = io.BytesIO()
    book.save(kept)

    found, _ = read(faq_xlsx=kept.getvalue())

    assert found == [(("咋洗",), "怎么洗", (), "")]
