"""Names and words of the trade inside other words: what a buyer says is cut into words where characters mislead."""

from decimal import Decimal

import pytest

from app.domain.catalogue import Product, Sku
from app.domain.understanding import EntityKind
from app.understanding.understander import ShopUnderstander, Understander

ELSEWHERE = frozenset({EntityKind.PLACE, EntityKind.COURIER})


@pytest.fixture(scope="module")
def shop(understander: Understander) -> ShopUnderstander:
    sofa = Product("P1", "布艺沙发", ("沙发",), (Sku("S1", "P1", "布艺沙发", (), Decimal(999), None, 1),))
    return understander.build_shop_understander([], [sofa], version="words")


@pytest.mark.parametrize(
    "text",
    [
        "长沙发多少钱",
        "晚上海鲜还新鲜吗",
        "什么颜色都能做成都行",
        "集中通知一下",
        "其中通用的是哪个",
        "其中通风好的是哪款",
        "有没有海口味的",
        "大连衣裙有吗",
        "今天水果新鲜吗",
        "这几天津贴活动还有吗",
        "小中山装有吗",
        "人民币能付吗",
        "上海拔三千米能用吗",
        "鞋底西安装方便吗",
        "开封后怎么保存",
        "日照多的阳台能放吗",
        "和图上大同小异吧",
        "长春花种子有吗",
    ],
)
def test_no_place_or_courier_is_made_of_parts_of_two_words(shop: ShopUnderstander, text: str) -> None:
    assert [entity.text for entity in shop.understand(text).entities if entity.kind in ELSEWHERE] == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("能寄到长沙吗", "长沙"),
        ("上海几天能到", "上海"),
        ("发成都要多少邮费", "成都"),
        ("用中通发可以吗", "中通"),
        ("从北京发的吗", "北京"),
        ("山东烟台能送到吗", "山东"),
    ],
)
def test_the_same_names_by_themselves_are_found(shop: ShopUnderstander, text: str, named: str) -> None:
    assert named in [entity.text for entity in shop.understand(text).entities]
