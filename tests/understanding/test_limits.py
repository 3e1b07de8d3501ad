"""Which row's answer forbids what is asked, though its question asks another thing."""

import pytest

from app.domain.catalogue import FaqEntry, Product
from app.turns.limits import SURELY_CONCERNS
from app.understanding.understander import ShopUnderstander, Understander

PRODUCTS = (
    Product("P1", "陶瓷电炖盅", ("炖盅",), ()),
    Product("P2", "桌面加湿器", ("加湿器",), ()),
)
ENTRIES = (
    FaqEntry("R1", "炖一次要多久", "两个半小时左右，水不要超过最高线，牛奶会溢锅别放。", products=frozenset({"P1"})),
    FaqEntry("R2", "加湿器怎么加水", "掀开盖子直接倒，别加香水和精油，会腐蚀雾化片。", products=frozenset({"P2"})),
    FaqEntry("R3", "能寄到县里吗", "乡镇也能到，海岛不能寄。"),
)


@pytest.fixture(scope="module")
def shop(understander: Understander) -> ShopUnderstander:
    return understander.build_shop_understander(ENTRIES, PRODUCTS, version="v1")


def find_row(shop: ShopUnderstander, text: str, product: str | None) -> str | None:
    limit = shop.understand(text, product_id=product).requests[0].limit
    return limit.entry_id if limit and limit.confidence >= SURELY_CONCERNS else None


@pytest.mark.parametrize(
    ("text", "product", "row"),
    [
        ("放牛奶炖可以吧", "P1", "R1"),
        ("滴两滴精油行吗", "P2", "R2"),
        ("海岛上能寄吗", None, "R3"),
    ],
)
def test_a_limit_is_found_by_its_own_words(shop: ShopUnderstander, text: str, product: str | None, row: str) -> None:
    assert find_row(shop, text, product) == row


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("滴两滴精油行吗", "P1"),  # other goods
        ("炖银耳可以吧", "P1"),  # another use
        ("牛奶要炖多久", "P1"),  # no question whether it may
    ],
)
def test_a_limit_of_something_else_is_none(shop: ShopUnderstander, text: str, product: str) -> None:
    assert find_row(shop, text, product) is None
