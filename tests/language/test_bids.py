"""A price that stands alone in a haggle is read in every writing."""

from decimal import Decimal

import pytest

from app.language.bids import find_bid, is_proposal, read_bare_price


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("100", 100),
        ("那105呢", 105),
        ("一百一拿", 110),
        ("1,299呢", 1299),
        ("八八吧", 88),
        ("卅五行吗", 35),
        ("99块9吧", "99.9"),
    ],
)
def test_a_bid_is_read(text: str, price: object) -> None:
    found = find_bid(text)

    assert found is not None
    assert found.price == Decimal(str(price))
    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize("text", ["100个呢", "那100的多少钱", "好的", ""])
def test_what_says_more_is_no_bid(text: str) -> None:
    assert find_bid(text) is None


@pytest.mark.parametrize(("text", "price"), [("45块吧", 45), ("1,299", 1299), ("八八呗", None), ("那就五十元", 50)])
def test_a_bare_price_is_read(text: str, price: int | None) -> None:
    assert read_bare_price(text) == price


@pytest.mark.parametrize("text", ["80好吗", "80一个好吗", "#80可以嘛", "100出不出", "60卖么", "40能卖不", "88能不能拿"])
def test_a_sum_asked_for_is_a_proposal(text: str) -> None:
    assert is_proposal(text)
