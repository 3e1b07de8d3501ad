"""corrections.csv is checked like every other sheet of the shop."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.correction import NO_ENTRY
from app.shop.checker import check_shop
from app.shop.loader import read_shop
from app.shop.report import format_problem
from tests.shop.builders import NOW, SHOP

Build = Callable[..., Path]
HEADINGS = ["买家的话", "意图", "问题编号"]
INTENTS = {"stock": "库存", "product_question": "商品咨询"}


def told(folder: Path) -> list[tuple[int | None, str]]:
    report = check_shop(folder, NOW, None, INTENTS)
    return [(each.row, format_problem(each)) for each in report.problems if each.file.startswith("corrections")]


@pytest.mark.parametrize("name", ["corrections.csv", "corrections-十月.xlsx", "更正.csv"])
def test_corrections_name_intents_and_entries_as_the_shopkeeper_does(a_shop: Build, name: str) -> None:
    rows = [
        HEADINGS,
        ["还有没", "库存", ""],
        ["沾水行不行", "", "怎么洗"],
        ["行不行", "stock", "无"],
        ["洗洗", "", "1"],
    ]

    shop = read_shop(a_shop({name: rows}), NOW, None, INTENTS).shop

    assert shop is not None
    assert [(each.text, each.intent, each.faq) for each in shop.corrections] == [
        ("还有没", "stock", ""),
        ("沾水行不行", "", "1"),
        ("行不行", "stock", NO_ENTRY),
        ("洗洗", "", "1"),
    ]


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (["", "库存", ""], "买家的话", "没有填写"),
        (["还有没", "", ""], "意图", "请填“意图”，或填“问题编号”"),
        (["还有没", "库存x", ""], "意图", "没有意图“库存x”。是不是想写“库存”"),
        (["还有没", "", "怎么洗呀"], "问题编号", "现在不起作用。是不是想写“怎么洗”"),
        (["我要起诉", "库存", ""], "买家的话", "一定转人工"),
        (["洗洗？", "库存", ""], "买家的话", "请只留对的那一行"),
        (["洗洗！", "", "1"], "买家的话", "留一行就够"),
    ],
)
def test_every_mistake_is_told_with_its_row_and_column(a_shop: Build, row: list[str], column: str, said: str) -> None:
    settings = SHOP + "  always_people: {risk_words: [起诉]}\n"
    rows = [HEADINGS, ["洗洗", "", "1"], row]

    found = told(a_shop({"shop.yml": settings, "corrections.csv": rows}))

    assert [place for place, _ in found] == [3]
    assert f"「{column}」" in found[0][1]
    assert said in found[0][1]


def test_a_correction_of_a_row_that_is_gone_does_not_close_the_shop(a_shop: Build) -> None:
    folder = a_shop({"corrections.csv": [HEADINGS, ["洗洗", "", "F99"], ["还有没", "库存", ""]]})

    loaded = read_shop(folder, NOW, None, INTENTS)

    assert loaded.shop is not None
    assert [each.text for each in loaded.shop.corrections] == ["还有没"]


def test_other_corrections_are_another_version_of_the_shop(a_shop: Build) -> None:
    before = read_shop(a_shop({"corrections.csv": [HEADINGS, ["洗洗", "", "1"]]}), NOW, None, INTENTS).shop
    after = read_shop(a_shop({"corrections.csv": [HEADINGS, ["洗洗", "库存", ""]]}), NOW, None, INTENTS).shop

    assert before is not None
    assert after is not None
    assert before.version != after.version
