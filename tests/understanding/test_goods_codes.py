"""Goods by the numbers that buyers paste, and numbers that count no goods."""

from decimal import Decimal

import pytest

from app.domain.understanding import EntityKind
from app.language.measures import find_quantities
from app.understanding.entities.finder import EntityFinder
from app.understanding.entities.goods import GoodsFinder
from tests.builders import a_product, a_sku

SHIRT = a_product(
    a_sku("C101-01", product_id="C101", title="纯棉短袖", attributes=("白色",)),
    a_sku("C101-02", product_id="C101", title="纯棉短袖", attributes=("黑色",)),
    product_id="C101",
    title="纯棉短袖",
)
FINDER = EntityFinder({}, GoodsFinder([SHIRT]))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("c101-02 有货吗", EntityKind.SKU, "C101-02"),
        ("c101还有吗", EntityKind.PRODUCT, "C101"),
    ],
)
def test_a_pasted_number_names_its_goods(text: str, kind: EntityKind, value: str) -> None:
    assert (kind, value) in {(each.kind, each.value) for each in FINDER.find_entities(text)}


def test_a_longer_number_names_nothing() -> None:
    kinds = {each.kind for each in FINDER.find_entities("c1017还有吗")}
    assert not kinds & {EntityKind.PRODUCT, EntityKind.SKU}


@pytest.mark.parametrize("text", ["160 100斤穿多大", "身高165体重120斤穿什么码", "我130斤 要买哪个尺码"])
def test_the_weight_of_a_body_orders_nothing(text: str) -> None:
    assert not [each for each in FINDER.find_entities(text) if each.kind is EntityKind.QUANTITY]


def test_goods_by_weight_are_ordered_by_weight() -> None:
    assert [each.value for each in FINDER.find_entities("我要100斤") if each.kind is EntityKind.QUANTITY] == [100]


def test_a_pair_counts_two_without_a_measure_word() -> None:
    assert [each.high for each in find_quantities("要是买俩呢")] == [Decimal(2)]
