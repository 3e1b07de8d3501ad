"""Names of goods and what an answer speaks of decide what rows may be told: measured on a shop of garden goods."""

import pytest

from app.domain.catalogue import FaqEntry, Product
from app.understanding.understander import ShopUnderstander, Understander

SURE = 0.62
HOSE = Product("G1", "伸缩浇花水管", ("水管",), ())
SHEARS = Product("G2", "省力修枝剪", ("修枝剪",), ())
ROWS = (
    FaqEntry("HOSE", "水管冬天会冻裂吗", "零下的时候把水放空收进屋里，就不会冻裂。", products=frozenset({"G1"})),
    FaqEntry(
        "SHEARS", "修枝剪能剪多粗的树枝", "两厘米以内的活枝都剪得动，再粗的请用锯子。", products=frozenset({"G2"})
    ),
    FaqEntry("RUST", "修枝剪会生锈吗", "用完擦干，抹一点油，不会生锈。", products=frozenset({"G2"})),
)


@pytest.fixture(scope="module")
def garden(understander: Understander) -> ShopUnderstander:
    return understander.build_shop_understander(ROWS, (HOSE, SHEARS), version="garden")


def confidence(shop: ShopUnderstander, asked: str, row: str) -> float:
    request = shop.understand(asked).requests[0]
    return next((each.confidence for each in request.faqs if each.entry_id == row), 0.0)


@pytest.mark.parametrize(
    ("asked", "row"),
    [("水管有没有绿色的", "HOSE"), ("修枝剪是哪个国家产的", "RUST"), ("修枝剪有没有左手用的", "SHEARS")],
)
def test_goods_alone_carry_no_row(garden: ShopUnderstander, asked: str, row: str) -> None:
    assert confidence(garden, asked, row) < SURE


@pytest.mark.parametrize(
    ("asked", "row"),
    [("水管零下几度会裂开吗", "HOSE"), ("修枝剪几厘米的枝子剪得动", "SHEARS"), ("剪刀容易生锈不", "RUST")],
)
def test_what_is_asked_of_them_does(garden: ShopUnderstander, asked: str, row: str) -> None:
    assert confidence(garden, asked, row) >= SURE


def test_who_names_no_goods_is_heard_without_those_of_the_row(understander: Understander) -> None:
    """The row's own 修枝剪 is no word that the question lacks."""
    with_names = understander.build_shop_understander(ROWS, (HOSE, SHEARS), version="named")
    without = understander.build_shop_understander(ROWS, (), version="nameless")
    asked = "能剪多粗的"
    assert confidence(with_names, asked, "SHEARS") >= confidence(without, asked, "SHEARS")


def test_an_answer_that_speaks_of_nothing_asked_counts_against_its_row(understander: Understander) -> None:
    question, asked = "能放烤箱吗", "能放冰箱冷冻吗"
    speaking = FaqEntry("ROW", question, "两百度以内进烤箱没问题，陶瓷盖子要取下来，烤完等凉透再碰水。")
    mute = FaqEntry("ROW", question, "可以的。")
    told = [
        confidence(understander.build_shop_understander((row,), (), version=str(at)), asked, "ROW")
        for at, row in enumerate((speaking, mute))
    ]
    assert told[0] < told[1]
