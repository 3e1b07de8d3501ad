"""Matching to a shop's FAQ: scope, dates, not-matching wordings, confidence, size."""

from datetime import date

import pytest

from app.domain.catalogue import FaqEntry, Product
from app.understanding.understander import ShopUnderstander, Understander

ENTRIES = (
    FaqEntry("发货", "什么时候发货", "答", ("几天发货", "多久能发出", "啥时候寄")),
    FaqEntry("发票", "可以开发票吗", "答", ("能开票吗", "有没有发票", "怎么开发票")),
    FaqEntry("退货", "支持七天无理由退货吗", "答", ("不喜欢可以退吗", "能退吗"), not_matching=("退货运费谁出",)),
    FaqEntry("春节", "春节期间发货吗", "答", ("过年发货吗",), valid_from=date(2026, 2, 1), valid_to=date(2026, 2, 20)),
    FaqEntry("壶", "这个壶多少毫升", "答", ("容量多大",), products=frozenset({"P1"})),
)
PRODUCTS = (Product("P1", "紫砂壶", (), ()), Product("P2", "盖碗", (), ()))


@pytest.fixture(scope="module")
def shop(understander: Understander) -> ShopUnderstander:
    return understander.build_shop_understander(ENTRIES, PRODUCTS, version="test")


def best(shop: ShopUnderstander, text: str, **known: object) -> str | None:
    faqs = shop.understand(text, **known).requests[0].faqs  # type: ignore[arg-type]  # keyword arguments of the test's choice
    return faqs[0].entry_id if faqs else None


@pytest.mark.parametrize(
    ("text", "entry"),
    [("亲啥时候能发货呀", "发货"), ("几时寄出", "发货"), ("给开票不", "发票"), ("不合适能退么", "退货")],
)
def test_another_wording_finds_its_entry(shop: ShopUnderstander, text: str, entry: str) -> None:
    assert best(shop, text) == entry


def test_the_very_wording_is_certain(shop: ShopUnderstander) -> None:
    assert shop.understand("亲，几天发货？").requests[0].faqs[0].entry_id == "发货"
    assert shop.understand("几天发货？").requests[0].faqs[0].confidence >= 0.99


def test_of_no_goods_in_view_an_entry_speaks_for_its_own(shop: ShopUnderstander) -> None:
    assert best(shop, "能装多少毫升呀") == "壶"
    assert best(shop, "能装多少毫升呀", product_id="P1") == "壶"
    assert best(shop, "能装多少毫升呀", product_id="P2") != "壶"


def test_what_no_entry_speaks_of_is_not_confident(shop: ShopUnderstander) -> None:
    faqs = shop.understand("明天北京天气怎么样").requests[0].faqs

    assert all(faq.confidence < 0.62 for faq in faqs)


def test_a_not_matching_wording_keeps_its_entry_out(shop: ShopUnderstander) -> None:
    faqs = shop.understand("退货的运费谁出").requests[0].faqs

    assert "退货" not in [faq.entry_id for faq in faqs if faq.confidence > 0.05]


@pytest.mark.parametrize(("today", "entry"), [(date(2026, 2, 20), "春节"), (date(2026, 2, 21), "发货")])
def test_an_entry_speaks_only_on_its_days(shop: ShopUnderstander, today: date, entry: str) -> None:
    assert best(shop, "过年期间发货吗", today=today) == entry


@pytest.mark.parametrize(
    ("known", "text", "found"),
    [
        ({"product_id": "P1"}, "容量多大", True),
        ({"product_id": "P2"}, "容量多大", False),
        ({}, "容量多大", True),  # its own words, and no other goods in view
        ({}, "紫砂壶容量多大", True),
        ({"product_id": "P1"}, "盖碗容量多大", False),
    ],
)
def test_an_entry_speaks_only_for_its_products(
    shop: ShopUnderstander, known: dict[str, str], text: str, found: bool
) -> None:
    faqs = shop.understand(text, product_id=known.get("product_id")).requests[0].faqs

    assert ("壶" in [faq.entry_id for faq in faqs]) is found


def test_a_shop_without_faq_has_no_faq_scores(understander: Understander) -> None:
    assert (
        understander.build_shop_understander([], [], version="without FAQ").understand("什么时候发货").requests[0].faqs
        == ()
    )


def test_confidences_fall_and_stay_between_0_and_1(shop: ShopUnderstander) -> None:
    faqs = shop.understand("发货开票退货").requests[0].faqs

    confidences = [faq.confidence for faq in faqs]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)


def test_a_very_large_faq_is_matched_without_its_own_model(understander: Understander) -> None:
    many = [FaqEntry(str(number), f"第{number}号商品的第{number % 97}种用法是什么", "答") for number in range(12_100)]
    shop = understander.build_shop_understander([*many, *ENTRIES[:2]], [], version="test")

    assert shop.faq.index.ranker is None
    assert shop.faq.index.vectors is None
    assert best(shop, "啥时候能发货呀") == "发货"
