"""Things that are wanted or priced by name, and wishes that name none."""

import pytest

from app.language.things import find_asked_feature, find_named_thing, find_plain_goods, find_wanted_thing


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("我要买电饭锅", "电饭锅"),
        ("想买个锁", "锁"),
        ("给我来两斤瓜子", "瓜子"),
        ("我要不粘的家用的平底锅", "平底锅"),
        ("榨汁机怎么卖", "榨汁机"),
        ("我要一套螺丝刀", "螺丝刀"),
        ("店里有雨伞吗", "雨伞"),
    ],
)
def test_a_thing_is_named(text: str, thing: str) -> None:
    assert find_named_thing(text) == thing


@pytest.mark.parametrize(
    "text",
    [
        "我要退货",
        "我要两个",
        "我想买了",
        "我想买一斤装的",
        "买给妈妈",
        "要黑色的",
        "我要这个",
        "我要加急",
        "买二送一",
        "我想买东西",
        "大号怎么卖",
    ],
)
def test_no_thing_is_named(text: str) -> None:
    assert find_named_thing(text) is None


@pytest.mark.parametrize(
    ("text", "goods"),
    [
        ("299的湿巾和399的湿巾有什么区别", "湿巾"),
        ("枣子甜吗", "枣子"),
        ("洗衣液多少钱一桶", "洗衣液"),
        ("可以放冰箱吗", None),
        ("洗衣机能洗吗", None),
        ("手机上看不到", None),
        ("能用微波炉吗", None),
        ("咖啡杯多少钱", None),
        ("手机支架多少钱", None),
        ("苹果手机能用吗", None),
        ("小米手机能下单吗", None),
        ("苹果15能用吗", None),
        ("下单要手机号吗", None),
        ("有不锈钢的咖啡杯吗", None),
        ("咖啡多少钱", "咖啡"),
        ("有咖啡吗", "咖啡"),
        ("这个面膜的保质期多久", "面膜"),
    ],
)
def test_plain_goods_are_known_but_no_place_and_no_means(text: str, goods: str | None) -> None:
    assert find_plain_goods(text) == goods


@pytest.mark.parametrize("text", ["加厚的有吗", "有加绒的吗", "有没有加长的"])
def test_how_goods_are_made_is_no_thing(text: str) -> None:
    assert find_wanted_thing(text) is None


@pytest.mark.parametrize(
    ("text", "feature"), [("哪款是竹子的", "竹"), ("哪款是可以机洗的", "可以机洗"), ("哪个是最好的", None)]
)
def test_a_feature_is_asked_of_some_of_the_goods(text: str, feature: str | None) -> None:
    assert find_asked_feature(text) == feature
