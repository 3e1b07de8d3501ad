"""Heights and weights are read as buyers write them, and a question of size is heard."""

from decimal import Decimal

import pytest

from app.language.body import (
    Body,
    asks_own_size,
    asks_size,
    read_bare_body,
    read_body,
    read_light_body,
    read_usual_size,
    tells_build,
)


@pytest.mark.parametrize(
    ("text", "height", "jin"),
    [
        ("身高165体重60公斤穿什么码", 165, 120),
        ("160 105斤拍几码", 160, 105),
        ("172/70kg选多大", 172, 140),
        ("一米六五，体重98", 165, 98),
        ("1米7 130斤", 170, 130),
        ("1.58米", 158, None),
        ("孩子118穿多大", 118, None),
        ("身高118cm", 118, None),
        ("我120斤", None, 120),
        ("体重55", None, 110),
        ("一百二十斤", None, 120),
        ("身高一米七五体重一百四十斤", 175, 140),
        ("我1米8九十公斤", 180, 180),
        ("170-175 130-140斤", 175, 140),
        ("孩子身高118体重45", 118, 45),
        ("158cm穿什么码", 158, None),
        ("价格150 100斤", None, 100),
    ],
)
def test_measures_are_read(text: str, height: int | None, jin: int | None) -> None:
    body = read_body(text)

    assert body is not None
    assert body.height == (None if height is None else Decimal(height))
    assert body.weight == (None if jin is None else Decimal(jin) * 500)


@pytest.mark.parametrize(
    "text",
    [
        *("128元一件", "孩子6岁", "要160码", "买两件", "尾号0165的订单"),
        *("外套胸围100cm穿什么码", "腰围80cm", "快递高度80cm放不进柜子", "外套,重量240克吗", "这箱重20斤吗"),
        *("1米5的窗帘", "桌子高80cm", "我要80cm的"),
    ],
)
def test_other_numbers_are_no_measures(text: str) -> None:
    assert read_body(text) is None


@pytest.mark.parametrize("text", ["穿什么码", "拍几码", "选多大的", "多大码合适", "该穿多大呢"])
def test_a_size_is_asked(text: str) -> None:
    assert asks_size(text)


@pytest.mark.parametrize("text", ["有什么颜色", "二维码在哪", "多少钱"])
def test_no_size_is_asked(text: str) -> None:
    assert not asks_size(text)


def test_the_usual_size_is_read() -> None:
    assert read_usual_size("我平时穿L码") == "l"
    assert read_usual_size("平时穿什么都行") is None


def test_a_build_is_told() -> None:
    assert tells_build("孩子有点胖")
    assert not tells_build("显胖吗")


def test_the_weight_of_an_animal_is_told_where_a_size_is_asked_for():
    assert read_light_body("狗狗8斤穿什么码") == Body(weight=Decimal(4000))
    assert read_light_body("8斤装多少钱") is None


@pytest.mark.parametrize(
    ("text", "asked", "height", "weight"),
    [
        ("120", (False, True), None, 60000),
        ("118左右吧", (True, False), 118, None),
        ("170", (True, True), 170, None),
        ("105", (True, True), None, 52500),
        ("165 120", (False, True), 165, 60000),
        ("58,160", (True, True), 160, 58000),
    ],
)
def test_numbers_alone_answer_what_was_asked(
    text: str, asked: tuple[bool, bool], height: int | None, weight: int | None
) -> None:
    of_height, of_weight = asked
    expected = Body(Decimal(height) if height else None, Decimal(weight) if weight else None)
    assert read_bare_body(text, of_height=of_height, of_weight=of_weight) == expected


@pytest.mark.parametrize("text", ["要120的", "1", "120还是125好", "160 100 90"])
def test_what_says_more_than_numbers_is_no_bare_answer(text: str) -> None:
    assert read_bare_body(text, of_height=True, of_weight=True) is None


@pytest.mark.parametrize(("text", "own"), [("我穿几码", True), ("还有什么码", False), ("模特穿的几码", False)])
def test_ones_own_size_is_not_the_sizes_there_are(text: str, own: bool) -> None:
    assert asks_own_size(text) is own
