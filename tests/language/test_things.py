"""What a shop is asked to have: a thing, and neither a variant, a service nor what is only described."""

import pytest

from app.language.things import find_wanted_thing


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("你们卖茶叶吗", "茶叶"),
        ("有没有拖鞋", "拖鞋"),
        ("油你们卖吗", "油"),
        ("鞋子有卖吗", "鞋子"),
        ("店里有雨伞吗", "雨伞"),
        ("卖不卖猫爬架", "猫爬架"),
        ("那杯垫有没有", "杯垫"),
        ("对了你家有雨伞吗", "雨伞"),
        ("顺便问下有没有拖鞋", "拖鞋"),
    ],
)
def test_a_thing_is_read(text: str, thing: str) -> None:
    assert find_wanted_thing(text) == thing


@pytest.mark.parametrize(
    "text",
    [
        "有货吗",
        "还有吗",
        "有优惠吗",
        "有大一点的吗",
        "有别的颜色吗",
        "那个还有没有",
        "有便宜的吗",
        "有现货没",
        "有多少",
        "有色差吗",
    ],
)
def test_what_asks_for_no_thing_is_left_alone(text: str) -> None:
    assert find_wanted_thing(text) is None
