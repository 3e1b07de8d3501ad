"""Goods are proposed from stock, within the purse, for the person meant."""

from decimal import Decimal
from typing import Any

from app.commerce.advice import GoodsHints, find_kind, find_related, propose_goods, suits_audience
from app.domain.catalogue import Product, Sku
from app.language.wishes import Audience, Wish, find_budget, read_wish


def a_product(product_id: str, title: str, price: int, stock: int = 5, **more: Any) -> Product:
    sku = Sku(f"{product_id}-1", product_id, title, (), Decimal(price), None, stock)
    return Product(product_id, title, more.get("keywords", ()), (sku,), more.get("details", ()))


SHIRT = a_product("P1", "男士格子衬衫", 160, details=(("面料", "纯棉"),))
BLOUSE = a_product("P2", "女士真丝衬衫", 320, details=(("包装", "礼盒装"),))
SCARF = a_product("P3", "羊毛围巾", 190, details=(("包装", "礼盒装，附手提袋"),))
TROUSERS = a_product("P4", "儿童运动裤", 90)
GONE = a_product("P5", "羊毛手套", 180, stock=0)
CARE = a_product("P6", "羊毛洗剂", 30, details=(("用途", "洗围巾和毛衣"),))
ALL = (SHIRT, BLOUSE, SCARF, TROUSERS, GONE, CARE)


def proposed(text: str, products: tuple[Product, ...] = ALL) -> list[str]:
    return [each.product.product_id for each in propose_goods(products, read_wish(text), text)]


def test_nothing_beyond_the_purse_or_out_of_stock_is_proposed() -> None:
    assert set(proposed("送妈妈，预算100到200")) == {"P3"}


def test_a_present_comes_wrapped_before_plain_goods() -> None:
    assert proposed("送人的礼物，预算150到200")[0] == "P3"


def test_what_is_made_for_men_or_children_is_not_for_a_mother() -> None:
    assert not {"P1", "P4"} & set(proposed("给妈妈买个礼物，预算400以内"))


def test_children_are_asked_for_by_name() -> None:
    assert suits_audience(TROUSERS, {Audience.CHILDREN})
    assert not suits_audience(TROUSERS, frozenset())


def test_the_cheapest_come_first_where_they_are_asked_for() -> None:
    assert proposed("最便宜的是什么")[0] == "P6"


def test_the_words_for_a_kind_find_all_of_it() -> None:
    assert find_kind(ALL, "我想买件衬衫") == (SHIRT, BLOUSE)
    assert find_kind(ALL, "有什么裤子推荐") == (TROUSERS,)
    assert find_kind(ALL, "想买鞋子") == ()


def test_goods_that_are_written_to_belong_together_are_related_with_their_reason() -> None:
    scarf = a_product("P3", "羊毛围巾", 190, keywords=("围巾",))
    related = find_related(scarf, (*ALL[:2], CARE))

    assert [(each.product.product_id, each.reason) for each in related] == [("P6", ("用途", "洗围巾和毛衣"))]


def test_without_a_purse_the_cheapest_variant_is_named() -> None:
    dear = Sku("P3-2", "P3", "羊毛围巾", ("加大",), Decimal(260), None, 5)
    both = Product("P3", "羊毛围巾", (), (*SCARF.skus, dear))

    assert propose_goods((both,), Wish(), "")[0].sku.price == 190
    assert find_budget("预算300") is not None
    assert propose_goods((both,), Wish(budget=find_budget("预算300以内")), "")[0].sku is dear


def test_goods_are_hinted_at_by_what_one_name_begins_with() -> None:
    large = a_product("L", "大型犬通用粮", 90, keywords=("藏獒犬粮",))
    small = a_product("S", "小型犬通用粮", 90, keywords=("泰迪犬粮",))

    assert GoodsHints([large, small]).find_hinted("藏獒 两岁了") == (large, "藏獒")
    assert GoodsHints([large, small]).find_hinted("两岁了") is None
    assert (
        GoodsHints([large, a_product("S", "小型犬通用粮", 90, keywords=("藏獒幼犬粮",))]).find_hinted("藏獒 两岁了")
        is None
    )
