"""What a buyer who has not chosen yet says: purses, people, comparisons and packs."""

from decimal import Decimal

import pytest

from app.language.doubts import restate_doubt
from app.language.materials import find_materials
from app.language.wishes import (
    Audience,
    asked_unit,
    asks_packs,
    find_budget,
    names_other_shops,
    read_audience,
    read_pack_size,
    read_wish,
    split_compared,
)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("预算两三百", 200, 300),
        ("预算500以内", 0, 500),
        ("不超过150的", 0, 150),
        ("三百左右的有吗", 240, 360),
        ("200-300的有哪些", 200, 300),
        ("一百以内有什么推荐", 0, 100),
        ("价位大概80到120元", 80, 120),
    ],
)
def test_a_purse_is_read_with_its_bounds(text: str, low: int, high: int) -> None:
    budget = find_budget(text)

    assert budget is not None
    assert (budget.low, budget.high) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize("text", ["100块卖不卖", "便宜50行吗", "满300减多少", "多少钱", "要30个"])
def test_a_bid_is_no_purse(text: str) -> None:
    assert find_budget(text) is None


@pytest.mark.parametrize("text", ["送妈妈，预算两三百", "有什么好用的推荐", "我要送人，帮我挑一款", "想给我爸买个礼物"])
def test_who_names_a_person_or_asks_for_a_choice_seeks_advice(text: str) -> None:
    assert read_wish(text).seeks_advice


@pytest.mark.parametrize("text", ["什么时候发货", "我想退货", "送货上门吗", "给我开发票"])
def test_who_asks_something_else_seeks_none(text: str) -> None:
    assert not read_wish(text).seeks_advice


def test_the_sides_of_a_comparison_come_without_its_question() -> None:
    assert split_compared("黑色的和灰色的哪个好") == ("黑色的", "灰色的")
    assert split_compared("竹的那个比木的好在哪") == ("竹的那个", "木的")


@pytest.mark.parametrize(
    ("text", "unit"),
    [("炉子多少瓦", "瓦"), ("能装几升", "升"), ("多少钱", None), ("几天发货", None), ("有多少个", None)],
)
def test_a_unit_tells_that_a_measure_is_asked(text: str, unit: str | None) -> None:
    assert asked_unit(text) == unit


@pytest.mark.parametrize(("words", "size"), [("六片装", 6), ("10包/箱", 10), ("单片", None), ("500g", None)])
def test_a_pack_tells_how_many_it_holds(words: str, size: int | None) -> None:
    assert read_pack_size(words) == size


def test_packs_are_asked_for_by_their_number() -> None:
    assert asks_packs("六片一盒的话要几盒")
    assert not asks_packs("一盒几片")


def test_goods_and_people_are_of_an_audience() -> None:
    assert read_audience("男士工装夹克") == {Audience.MEN}
    assert read_audience("老婆") == {Audience.WOMEN}
    assert read_audience("给女儿") == {Audience.CHILDREN}
    assert read_audience("爸妈") == {Audience.WOMEN}


@pytest.mark.parametrize(
    ("text", "plain"),
    [("那你保证不会裂", "会裂吗"), ("你们能保证不掉色吗", "会掉色吗"), ("保证能装下吗", "能装下吗"), ("会裂吗", None)],
)
def test_a_doubt_asks_whether_it_will(text: str, plain: str | None) -> None:
    assert restate_doubt(text) == plain


def test_materials_are_told_by_kinds() -> None:
    assert find_materials("胡桃木和竹子") == {"wood"}
    assert find_materials("电陶炉") == frozenset()
    assert find_materials("羽绒服") == frozenset()
    assert find_materials("玻璃杯") == {"glass"}


@pytest.mark.parametrize("text", ["跟拼多多的有什么不一样", "和别家的比呢", "和外面卖的有什么区别", "跟超市里的一样吗"])
def test_goods_are_held_against_those_of_other_shops(text: str) -> None:
    assert names_other_shops(text)


@pytest.mark.parametrize(
    "text",
    [
        "实物和网上图片一样吗",
        "里面和外面都是木头的吗",
        "和隔壁颜色一样吗",
        "和便宜的那款有什么区别",
        "和人家买的颜色不同",
    ],
)
def test_other_places_and_other_goods_of_ours_are_no_shops(text: str) -> None:
    assert not names_other_shops(text)
