"""What a buyer has is held against what is written of the goods."""

import pytest

from app.commerce.fitting import judge_fit
from app.domain.catalogue import Product
from tests.builders import a_product

BOX = a_product(details=(("尺寸", "小号48×32厘米，大号68×48厘米"), ("承重", "小号6公斤内，中号10公斤内，大号18公斤内")))
SHELF = a_product(details=(("材质", "松木"), ("承重", "约8公斤")))
HEAVY = a_product(details=(("重量", "2公斤"),))
SLEEVE = a_product(details=(("电脑", "15寸以内的笔记本"),))


@pytest.mark.parametrize(
    ("text", "chosen"), [("大概36斤", "大号"), ("8斤的猫", "小号"), ("12公斤", "大号"), ("20斤", "中号")]
)
def test_the_least_variant_that_is_enough_is_chosen(text: str, chosen: str) -> None:
    fit = judge_fit(BOX, text)

    assert fit is not None
    assert (fit.chosen, fit.is_enough) == (chosen, True)


@pytest.mark.parametrize(
    ("product", "text", "enough"),
    [
        (BOX, "50斤的狗", False),
        (SHELF, "放20斤书行吗", False),
        (SHELF, "放10斤书行吗", True),
        (SLEEVE, "14寸的放得下吗", True),
        (SLEEVE, "17寸的放得下吗", False),
    ],
)
def test_one_limit_is_kept_or_passed(product: Product, text: str, *, enough: bool) -> None:
    fit = judge_fit(product, text)

    assert fit is not None
    assert (fit.is_enough, fit.chosen) == (enough, "")


@pytest.mark.parametrize(
    ("product", "text"),
    [
        (BOX, "48厘米的放得下吗"),
        (SHELF, "我买5斤茶叶"),
        (SHELF, "多重"),
        (a_product(details=(("重量", "2公斤"),)), "3公斤的"),
    ],
)
def test_a_size_a_purchase_and_a_weight_of_its_own_are_no_limits(product: Product, text: str) -> None:
    assert judge_fit(product, text) is None
