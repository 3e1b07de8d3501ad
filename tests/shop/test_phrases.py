"""phrases.csv is read and checked like the answers of the FAQ."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.guard.answers import judge_answer
from app.shop.loader import read_shop
from app.shop.report import format_problem
from tests.shop.builders import NOW

Build = Callable[..., Path]
HEADINGS = ["标题", "内容"]
GOOD = ["在的", "亲，在的，{{买家}}请说，订单{{订单号}}"]


@pytest.mark.parametrize("name", ["phrases.csv", "短语-客服.xlsx"])
def test_phrases_are_read_from_their_files(a_shop: Build, name: str) -> None:
    shop = read_shop(a_shop({name: [HEADINGS, GOOD]}), NOW, judge_answer).shop

    assert shop is not None
    assert [(each.id, each.title, each.text, each.owner) for each in shop.phrases] == [("在的", *GOOD, "")]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["", "在的"], "没有填写"),
        (["赔", "亲，补偿您50元"], "没有授权"),
        (["到货", "亲，明天就能送到"], "不能承诺到货时间"),
        (["名字", "亲，{{昵称}}您好"], "不认识变量"),
        (["在的", "又一句"], "重复"),
    ],
)
def test_a_bad_row_is_told_and_left_out(a_shop: Build, row: list[str], said: str) -> None:
    loaded = read_shop(a_shop({"phrases.csv": [HEADINGS, GOOD, row]}), NOW, judge_answer)

    told = [format_problem(each) for each in loaded.report.problems if each.file == "phrases.csv"]
    assert any(said in each for each in told), told
    assert loaded.shop is not None
    assert [each.title for each in loaded.shop.phrases] == ["在的"]
