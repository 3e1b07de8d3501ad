"""A new shop, questions from other programs, and an FAQ that comes back as it went."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.catalogue import FaqEntry, MatchMode, SaleStage
from app.guard.gate import find_faq_promises
from app.shop.exporting import TableFormat, write_faq
from app.shop.folder import ShopFiles
from app.shop.importing import import_files, read_sources
from app.shop.loader import LoadResult, parse_shop, read_faq_entries, read_shop
from app.shop.report import ProblemCollector
from app.shop.starter import ShopPromises, list_trades, write_shop
from faq import demo_folder
from intents._framework.registry import load_intents
from tests.shop.builders import NOW, csv_bytes, write, xlsx_bytes

PROMISES = ShopPromises(48, "16:00", 7, ("韵达快递",), "广东广州")
TITLES = {intent: definition.title for intent, definition in load_intents().items()}


@pytest.fixture
def opened(tmp_path: Path, now: datetime) -> Callable[..., LoadResult]:
    def open_trade(trade: str, promises: ShopPromises = PROMISES) -> LoadResult:
        folder = write(tmp_path / trade, write_shop("新店", trade, promises, list(TITLES.values())))
        return read_shop(folder, now, find_faq_promises, TITLES)

    return open_trade


@pytest.mark.parametrize("trade", list_trades())
def test_a_new_shop_of_each_trade_opens_without_an_error_and_without_a_row_of_the_demo(
    opened: Callable[..., LoadResult], now: datetime, trade: str
) -> None:
    loaded = opened(trade)

    assert loaded.report.errors == ()
    assert {each.file for each in loaded.report.warnings} == {"catalog.xlsx", "orders.csv", "promotions.yml"}
    asked = {entry.question: entry.answer for entry in loaded.shop.faq}
    demo = {entry.answer for entry in read_faq_entries(demo_folder(), now)}
    assert "付款后48小时内发出" in asked["几天发货"]
    assert not demo & set(asked.values())
    assert len(asked) >= 10


def test_a_new_shop_says_nothing_it_did_not_promise(opened: Callable[..., LoadResult]) -> None:
    loaded = opened("food", ShopPromises())

    assert loaded.shop.settings.authority.shipping is None
    assert "几天发货" not in {entry.question for entry in loaded.shop.faq}


def test_there_are_five_trades_and_one_for_all_others() -> None:
    assert list(list_trades()) == ["beauty", "clothing", "electronics", "food", "home", "other"]


def test_the_template_explains_every_column_and_offers_the_choices() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_shop("新店", "home", PROMISES, ["发票"])["模板.xlsx"]))

    told = {row[0].value for row in book["问答各列说明"].iter_rows(min_row=2)}
    offered = {each.formula1 for each in book["问答"].data_validations.dataValidation}
    assert {"标准问题", "答案", "匹配方式", "适用阶段", "答完转人工"} <= told
    assert {'"发票"', '"是,否"', '"智能,完全一致,包含,正则"'} <= offered
    assert book["问答"]["B1"].comment.text.startswith("必填")


# Words that a cell keeps as they are: no marks that part wordings, nothing Excel would run.
PLAIN = st.text(alphabet="怎么洗能不能寄多大红色a1 ，。？", min_size=1, max_size=12).map(str.strip).filter(bool)
WORDING = PLAIN.map(lambda text: "问" + text)
DATES = st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1))
URLS = st.lists(st.from_regex(r"https://[a-z]{1,8}\.example/[a-z0-9]{0,8}", fullmatch=True), max_size=2, unique=True)


@st.composite
def entries(draw: st.DrawFn, number: int) -> FaqEntry:
    wordings = draw(st.lists(WORDING, min_size=1, max_size=4, unique=True))
    begins, ends = sorted([draw(DATES), draw(DATES)], key=lambda day: day or date.min)
    return FaqEntry(
        entry_id=f"F{number}",
        question=f"{number}号{wordings[0]}",
        answer=draw(WORDING) + draw(st.sampled_from(["", "\n第二行", '"引号"', ",逗号"])),
        similar_questions=tuple(f"{number}号{wording}" for wording in wordings[1:]),
        not_matching=tuple(f"{number}不{wording}" for wording in draw(st.lists(WORDING, max_size=2, unique=True))),
        category=draw(st.sampled_from(["", "发票", "自定的"])),
        products=frozenset(draw(st.lists(st.sampled_from(["M1", "M2"]), max_size=2))),
        valid_from=begins,
        valid_to=ends,
        match=draw(st.sampled_from([MatchMode.SMART, MatchMode.EXACT, MatchMode.CONTAINS])),
        stages=frozenset(draw(st.lists(st.sampled_from(list(SaleStage)), max_size=2))),
        then_people=draw(st.booleans()),
        images=tuple(draw(URLS)),
        links=tuple(draw(URLS)),
        confirmed=draw(st.booleans()),
    )


def read_again(content: bytes, form: TableFormat) -> list[FaqEntry]:
    files = ShopFiles({"shop.yml": b"name: x\n", f"faq.{form}": content})
    problems = ProblemCollector()
    loaded = parse_shop(files, Path("x"), NOW, problems)
    assert loaded.shop is not None, loaded.report.errors
    assert loaded.report.errors == ()
    return [replace_source(entry) for entry in loaded.shop.faq]


def replace_source(entry: FaqEntry) -> FaqEntry:
    return replace(entry, source="")


@pytest.mark.parametrize("form", list(TableFormat))
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_an_exported_faq_read_again_is_the_same(form: TableFormat, data: st.DataObject) -> None:
    written = [data.draw(entries(number)) for number in range(3)]

    assert read_again(write_faq(written, form), form) == written


def test_a_pattern_keeps_its_bars(now: datetime) -> None:
    entry = FaqEntry("F1", "发票|收据", "亲，可以开发票。", match=MatchMode.PATTERN)

    assert read_again(write_faq([entry], TableFormat.CSV), TableFormat.CSV) == [entry]


def test_the_demos_faq_comes_back_whole(now: datetime) -> None:
    before = read_faq_entries(demo_folder(), now)

    again = read_again(write_faq(before, TableFormat.XLSX), TableFormat.XLSX)

    assert again == [replace_source(entry) for entry in before]


def test_a_keyword_sheet_of_another_bot_becomes_rows_that_look_for_each_keyword(now: datetime) -> None:
    sheet = xlsx_bytes([["匹配关键词", "回复内容"], ["发票，开票", "亲，可以开发票。"]])

    (entry,) = import_files({"关键词.xlsx": sheet}, now).entries

    assert (entry.question, entry.similar_questions, entry.match) == ("发票", ("开票",), MatchMode.CONTAINS)


def test_a_book_of_questions_and_answers_is_imported_and_repeats_are_merged(now: datetime) -> None:
    book = csv_bytes(
        [["提问", "回复", "相似提问"], ["怎么洗", "冷水洗。", "能机洗吗"], ["怎么洗", "冷水洗。", "要手洗吗"]]
    )

    (entry,) = import_files({"话术.csv": book}, now).entries

    assert entry.similar_questions == ("能机洗吗", "要手洗吗")


NLU = """
version: "3.1"
nlu:
- intent: ask_invoice
  examples: |
    - 能开[发票](thing)吗
    - 开个[票]{"entity": "thing"}
- intent: faq/wash
  examples: |
    - 怎么洗
- intent: ask_joke
  examples: |
    - 讲个笑话
"""
DOMAIN = """
responses:
  utter_invoice_told:
  - text: 亲，可以开发票。
  utter_faq/wash:
  - text: 亲，冷水洗。
"""
RULES = """
rules:
- rule: invoice
  steps:
  - intent: ask_invoice
  - action: utter_invoice_told
"""


def test_rasas_examples_and_responses_become_rows(now: datetime) -> None:
    files = {"nlu.yml": NLU.encode(), "domain.yml": DOMAIN.encode(), "rules.yml": RULES.encode()}

    result = import_files(files, now)

    assert [(each.question, each.similar_questions, each.answer) for each in result.entries] == [
        ("能开发票吗", ("开个票",), "亲，可以开发票。"),
        ("怎么洗", (), "亲，冷水洗。"),
    ]
    assert ["ask_joke" in line for line in result.skipped] == [True]


def test_csv_has_the_headings_a_shopkeeper_knows() -> None:
    text = write_faq([FaqEntry("F1", "怎么洗", "冷水洗。")], TableFormat.CSV).decode("utf-8-sig")

    assert next(csv.reader(io.StringIO(text)))[:5] == ["编号", "标准问题", "相似问法", "不匹配问法", "答案"]


def test_intents_kept_for_people_may_go_by_their_chinese_titles(tmp_path: Path, now: datetime) -> None:
    text = "name: 店\nauthority:\n  always_people: {intents: [投诉, 催发货/催派送]}\n"

    loaded = read_shop(write(tmp_path / "a", {"shop.yml": text}), now, None, TITLES)

    assert loaded.shop is not None
    assert loaded.shop.settings.authority.always_people.intents == ("complaint", "delivery_urging")


def test_files_of_one_name_in_several_folders_are_all_read(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "nlu.yml").write_text(folder, encoding="utf-8")

    assert read_sources([tmp_path]) == {"a/nlu.yml": b"a", "b/nlu.yml": b"b"}
