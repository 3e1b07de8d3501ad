"""Heights and weights are read as buyers write them, and a question of size is heard."""

from decimal import Decimal

import pytest

from app.language.body import Body, asks_size, read_body, read_light_body, read_usual_size, tells_build


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
