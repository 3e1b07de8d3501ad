"""Reports for programs, and copies of the tables with the problems in their cells."""

import io

import openpyxl

from app.shop.annotate import annotate_tables
from app.shop.report import FolderProblem, FolderReport, Severity
from app.shop.report_formats import report_document, sarif_document
from tests.shop.builders import csv_bytes, xlsx_bytes

CELL = FolderProblem(Severity.ERROR, "faq.csv", "写错了", 3, "答案", column="B", rule="contact", leaves_out=True)
SHEET = FolderProblem(Severity.WARNING, "faq.xlsx", "看一看", 2, "答案", sheet="售后", column="B")
WHOLE = FolderProblem(Severity.HINT, "shop.yml", "默认这样")
REPORT = FolderReport((CELL, SHEET, WHOLE), {"问答": 2})


def test_json_tells_every_place_and_whether_the_shop_opens() -> None:
    document = report_document(REPORT)

    assert (document["valid"], document["opens"], document["errors"]) == (False, True, 1)
    assert document["problems"][0] == {
        "severity": "error",
        "rule": "contact",
        "file": "faq.csv",
        "sheet": None,
        "row": 3,
        "column": "B",
        "field": "答案",
        "message": "写错了",
    }
    assert document["problems"][2]["row"] is None


def test_sarif_has_levels_rules_lines_and_columns() -> None:
    document = sarif_document(REPORT)
    (run,) = document["runs"]

    assert document["version"] == "2.1.0"
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {result["ruleId"] for result in run["results"]}
    place = run["results"][0]["locations"][0]
    assert place["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 2}
    assert "region" not in run["results"][2]["locations"][0]["physicalLocation"]
    assert "售后" in run["results"][1]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_a_csv_file_becomes_a_workbook_with_comments_and_no_formula() -> None:
    rows = [["标准问题", "答案"], ["怎么洗", "亲，水洗"], ["=1+1", "加微信"]]

    books = annotate_tables({"faq.csv": csv_bytes(rows), "shop.yml": b"name: x"}, REPORT.problems)

    page = opened(books["faq-批注.xlsx"]).active
    assert page["B3"].comment.text == "错误：写错了"
    assert (page["A3"].value, page["A3"].data_type) == ("=1+1", "s")
    assert page["B2"].comment is None
    assert set(books) == {"faq-批注.xlsx"}


def test_a_workbook_gets_its_comments_on_the_right_sheet() -> None:
    book = openpyxl.Workbook()
    book.active.title = "售前"
    for title in ("售后",):
        sheet = book.create_sheet(title)
        sheet.append(["标准问题", "答案"])
        sheet.append(["怎么退", "亲，联系我们"])
    kept = io.BytesIO()
    book.save(kept)

    books = annotate_tables({"faq.xlsx": kept.getvalue()}, (SHEET,))

    assert opened(books["faq-批注.xlsx"])["售后"]["B2"].comment.text == "提醒：看一看"


def test_a_damaged_file_gets_no_copy() -> None:
    assert annotate_tables({"faq.xlsx": b"PK\x03\x04"}, (SHEET,)) == {}
    assert set(annotate_tables({"faq.xlsx": xlsx_bytes([["a"]])}, (SHEET,))) == {"faq-批注.xlsx"}
