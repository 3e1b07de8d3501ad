"""Variants by their amounts and models, however a buyer writes them, in shops of several trades."""

from decimal import Decimal

import pytest

from app.domain.catalogue import Product, Sku
from app.domain.understanding import EntityKind
from app.language.figures import find_asked_families
from app.understanding.entities.finder import EntityFinder
from app.understanding.entities.goods import GoodsFinder


def a_product(product_id: str, title: str, keyword: str, *variants: tuple[str, ...]) -> Product:
    skus = tuple(
        Sku(f"{product_id}-{at}", product_id, title, attributes, Decimal(10), None, 5)
        for at, attributes in enumerate(variants)
    )
    return Product(product_id, title, (keyword,), skus)


PRODUCTS = (
    a_product("PEAR", "砀山酥梨", "梨", ("5斤",), ("10斤",)),
    a_product("NUTS", "炭烧腰果", "腰果", ("原味", "500g"), ("蜂蜜味", "500g")),
    a_product("BANK", "磁吸充电宝", "充电宝", ("5000mAh", "白色"), ("10000mAh", "黑色")),
    a_product("DESK", "升降书桌", "书桌", ("1.2米",), ("1.4米",)),
    a_product("WIPE", "洁面巾", "洁面巾", ("60抽*3包",), ("30抽*6包",)),
    a_product("LAMP", "唇釉", "唇釉", ("03奶茶",), ("12浆果",)),
    a_product("CASE", "液态硅胶壳", "壳", ("iPhone 16",), ("iPhone 16 Pro",), ("iPhone 16 Pro Max",), ("小米15",)),
)


@pytest.fixture(scope="module")
def finder() -> EntityFinder:
    return EntityFinder({}, GoodsFinder(PRODUCTS))


@pytest.mark.parametrize(
    ("text", "product", "sku"),
    [
        ("十斤的有吗", "PEAR", "PEAR-1"),
        ("梨五斤多少钱", None, "PEAR-0"),
        ("一万毫安的充电宝", None, "BANK-1"),
        ("5000毫安的", "BANK", "BANK-0"),
        ("1米4的书桌多少钱", None, "DESK-1"),
        ("1.2的呢", "DESK", "DESK-0"),
        ("30抽的呢", "WIPE", "WIPE-1"),
        ("12号色有吗", "LAMP", "LAMP-1"),
        ("3号的唇釉", None, "LAMP-0"),
        ("16的壳有吗", None, "CASE-0"),
        ("苹果16pro的壳", None, "CASE-1"),
        ("iphone16promax有没有", "CASE", "CASE-2"),
        ("pro max呢", "CASE", "CASE-2"),
        ("16pm的", "CASE", "CASE-2"),
        ("小米 15 的壳", None, "CASE-3"),
    ],
)
def test_a_variant_is_found(finder: EntityFinder, text: str, product: str | None, sku: str) -> None:
    found = finder.find_entities(text, product_id=product)

    assert [each.value for each in found if each.kind is EntityKind.SKU] == [sku]


@pytest.mark.parametrize(
    ("text", "product", "said"),
    [("苹果14的壳有吗", None, "苹果14"), ("30斤的有吗", "PEAR", "30斤"), ("小米15pro的壳", None, "小米15pro")],
)
def test_a_variant_that_is_not_made_is_no_other(
    finder: EntityFinder, text: str, product: str | None, said: str
) -> None:
    found = finder.find_entities(text, product_id=product)

    assert [each.value for each in found if each.kind is EntityKind.ATTRIBUTE] == [said]
    assert not [each for each in found if each.kind is EntityKind.SKU]


@pytest.mark.parametrize(
    ("text", "product", "pieces"),
    [("腰果要两斤", None, [2]), ("来一公斤", "NUTS", [2]), ("两斤梨多少钱", None, []), ("要三个", "PEAR", [3])],
)
def test_a_weight_is_counted_in_packs(finder: EntityFinder, text: str, product: str | None, pieces: list[int]) -> None:
    found = finder.find_entities(text, product_id=product)

    assert [each.value for each in found if each.kind is EntityKind.QUANTITY] == pieces


@pytest.mark.parametrize("text", ["身高1米8 体重120斤穿得下吗", "14天能到吗", "买16个"])
def test_other_numbers_name_no_variant(finder: EntityFinder, text: str) -> None:
    found = finder.find_entities(text, product_id="CASE" if "16" in text else "DESK")

    assert not [each for each in found if each.kind in {EntityKind.ATTRIBUTE, EntityKind.SKU}]


@pytest.mark.parametrize(
    ("text", "families"),
    [("一盒几片", {"片"}), ("净含量多少克", {"weight"}), ("还剩几包", set()), ("多少钱", set())],
)
def test_the_amounts_that_are_asked_for(text: str, families: set[str]) -> None:
    assert find_asked_families(text) == families
