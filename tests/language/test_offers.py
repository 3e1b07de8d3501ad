"""What a buyer would pay is read in every writing, and a shop's own rule is no offer."""

from decimal import Decimal

import pytest

from app.language.offers import OfferKind, find_offers, write_figures


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1,299卖不卖", OfferKind.PRICE, 1299),
        ("八八卖不卖", OfferKind.PRICE, 88),
        ("卅五块行不行", OfferKind.PRICE, 35),
        ("2百我就拍", OfferKind.PRICE, 200),
        ("1.2万卖吗", OfferKind.PRICE, 12000),
        ("3k行吗", OfferKind.PRICE, 3000),
        ("99块9能卖吗", OfferKind.PRICE, "99.9"),
        ("算我一百五吧", OfferKind.PRICE, 150),
        ("两三百行不行", OfferKind.PRICE, 300),
        ("便宜10块", OfferKind.REDUCTION, 10),
        ("少个三块呗", OfferKind.REDUCTION, 3),
        ("抹两毛吧", OfferKind.REDUCTION, "0.2"),
        ("半价卖吗", OfferKind.RATE, "0.5"),
        ("对折", OfferKind.RATE, "0.5"),
        ("打八五折", OfferKind.RATE, "0.85"),
        ("便宜10%", OfferKind.RATE, "0.9"),
        ("抹个零", OfferKind.ROUND_DOWN, None),
    ],
)
def test_an_offer_is_read(text: str, kind: OfferKind, value: object) -> None:
    (found,) = find_offers(text)

    assert (found.kind, found.value) == (kind, None if value is None else Decimal(str(value)))


@pytest.mark.parametrize(
    "text",
    [
        "满199减20是吗",
        "少发了2件",
        "便宜一点",
        "都8天了",
        "含棉80%",
        "折腾半天",
        "预算两三百",
        "便宜点吧",
        "M101-01可以吗",
        "四角有气囊",
    ],
)
def test_what_offers_nothing_is_left_alone(text: str) -> None:
    assert find_offers(text) == ()


def test_an_offer_ends_with_its_sum() -> None:
    (found,) = find_offers("便宜五块呗")

    assert found.text == "便宜五块"


@pytest.mark.parametrize(
    ("text", "figures"),
    [("八八卖不卖", "88卖不卖"), ("卅五卖不卖吗", "35卖不卖吗"), ("五十块卖不卖", "五十块卖不卖"), ("你好", "你好")],
)
def test_a_bare_price_is_written_in_figures(text: str, figures: str) -> None:
    assert write_figures(text) == figures
