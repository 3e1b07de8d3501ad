"""库存: the SKU meant, the quantity asked against the quantity held, and what to do when there is none."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.catalogue import Product
from app.domain.commitment import StockCommitment
from app.domain.decision import Reason
from tests.intents.market import Market, Said
from tests.intents.teashop import CUP_BLACK, CUP_WHITE, PRODUCTS, a_market

ASKED = "stock"


def claims(said: Said) -> list[StockCommitment]:
    return [made for made in said.outcome.commitments if isinstance(made, StockCommitment)]


async def test_what_can_be_bought_is_in_stock() -> None:
    said = await a_market().hears("松木茶盘小号有货吗", ASKED)

    assert claims(said) == [StockCommitment("T1-S", 1, available=True)]
    assert "现货" in said.text or "库存" in said.text


async def test_low_stock_is_said_only_when_it_is_low() -> None:
    low = await a_market().hears("松木茶盘大号还有吗", ASKED)
    plenty = await a_market().hears("松木茶盘小号还有吗", ASKED)

    assert "3件" in low.text
    assert "件" not in plenty.text


async def test_a_quantity_held_is_confirmed() -> None:
    said = await a_market().hears("松木茶盘小号要10个有吗", ASKED)

    assert claims(said) == [StockCommitment("T1-S", 10, available=True)]
    assert "10件" in said.text


async def test_a_quantity_not_held_is_answered_with_what_is() -> None:
    said = await a_market().hears("松木茶盘大号要8个有吗", ASKED)

    assert claims(said) == [StockCommitment("T1-L", 8, available=False)]
    assert "3件" in said.text
    assert said.handoff is None


async def test_three_hundred_go_to_a_person_with_the_stock() -> None:
    said = await a_market().hears("松木茶盘小号要300个有货吗", ASKED)

    assert said.handoff is not None
    assert said.handoff.reason is Reason.BULK_ORDER
    assert said.handoff.collected["数量"] == "300"
    assert "30件" in said.text


async def test_of_a_few_each_is_told_with_the_day_what_is_gone_comes_back() -> None:
    said = await a_market().hears("粗陶杯有货吗", ASKED)

    assert said.outcome.asks is None
    assert {made.sku_id: made.available for made in claims(said)} == {"C1-W": True, "C1-B": False}
    assert "12月5日" in said.text


async def test_what_is_made_to_order_in_every_make_is_told_by_its_day() -> None:
    table = replace(
        PRODUCTS[0], skus=tuple(replace(sku, presale_ship_on=date(2026, 12, 10)) for sku in PRODUCTS[0].skus)
    )

    said = await a_market(products=(table,)).hears("有没有现货的松木茶盘", ASKED)

    assert said.outcome.asks is None
    assert "12月10日" in said.text
    assert len(claims(said)) == len(table.skus)


@pytest.mark.parametrize("day", [None, date(2026, 12, 10)])
@pytest.mark.parametrize("stock", [0, 5])
async def test_what_is_made_to_order_is_never_told_with_what_can_be_had_or_not(day: date | None, stock: int) -> None:
    ready = replace(CUP_WHITE, presale_ship_on=day)
    made = replace(CUP_BLACK, stock=stock, presale_ship_on=date(2026, 12, 10 if stock == 0 else 20))
    cups = replace(PRODUCTS[1], skus=(ready, made))

    said = await a_market(products=(cups,)).hears("粗陶杯有货吗", ASKED)

    assert said.outcome.asks is not None
    assert claims(said) == []


async def test_of_several_that_are_gone_no_day_is_told_that_is_not_everyones() -> None:
    green = replace(CUP_BLACK, sku_id="C1-G", attributes=("青绿",), restock_on=date(2026, 12, 20))
    cups = replace(PRODUCTS[1], skus=(CUP_WHITE, CUP_BLACK, green))

    said = await a_market(products=(cups,)).hears("粗陶杯有货吗", ASKED)

    assert len(claims(said)) == len(cups.skus)
    assert "12月" not in said.text


def a_market_with_one_black_cup() -> Market:
    """Where two black cups are one too many, and none are sold out."""
    cups = replace(PRODUCTS[1], skus=(CUP_WHITE, replace(CUP_BLACK, stock=1)))
    return a_market(products=(cups, *_others(cups)))


async def test_of_a_few_colours_it_is_told_which_can_be_had_in_the_number_wanted() -> None:
    said = await a_market().hears("粗陶杯要两个有货吗", ASKED)

    assert said.outcome.asks is None
    assert claims(said) == [StockCommitment("C1-W", 2, available=True), StockCommitment("C1-B", 2, available=False)]


async def test_which_colour_is_asked_when_it_matters_and_the_answer_resumes() -> None:
    market = a_market_with_one_black_cup()

    asked = await market.hears("粗陶杯要两个有货吗", ASKED)
    answered = await market.hears("米白", "unclear")

    assert asked.outcome.asks is not None
    assert "米白" in asked.text
    assert claims(answered) == [StockCommitment("C1-W", 2, available=True)]


async def test_a_choice_may_be_made_by_its_place() -> None:
    market = a_market_with_one_black_cup()
    await market.hears("粗陶杯要两个有货吗", ASKED)

    answered = await market.hears("第二个", "unclear")

    assert claims(answered) == [StockCommitment("C1-B", 1, available=True)]


async def test_when_all_can_be_had_nothing_needs_to_be_asked() -> None:
    said = await a_market().hears("松木茶盘有货吗", ASKED)

    assert {made.sku_id for made in claims(said)} == {"T1-S", "T1-L"}
    assert "小号、大号" in said.text


async def test_which_colours_there_are_is_told_by_what_can_be_had() -> None:
    said = await a_market().hears("粗陶杯有哪些颜色有货", ASKED)

    assert {(made.sku_id, made.available) for made in claims(said)} == {("C1-W", True), ("C1-B", False)}


async def test_out_of_stock_names_the_day_it_comes_back() -> None:
    said = await a_market().hears("粗陶杯墨黑还有吗", ASKED)

    assert "12月5日" in said.text
    assert "补货" in said.text


async def test_without_a_day_something_alike_that_can_be_had_is_named() -> None:
    said = await a_market().hears("竹茶叶罐有货吗", ASKED)

    assert "陶瓷茶叶罐" in said.text
    assert StockCommitment("J1-A", 1, available=True) in claims(said)


async def test_a_restock_day_already_past_is_not_told() -> None:
    market = a_market()
    market.later(days=20)

    said = await market.hears("粗陶杯墨黑还有吗", ASKED)

    assert "补货" not in said.text
    assert "米白" in said.text


async def test_presale_goods_are_told_as_such() -> None:
    said = await a_market().hears("紫砂壶有现货吗", ASKED)

    assert "预售" in said.text
    assert "12月10日" in said.text


async def test_what_is_not_listed_is_not_for_sale() -> None:
    said = await a_market().hears("老款茶漏还有吗", ASKED)

    assert "售" in said.text
    assert "现货" not in said.text


async def test_which_product_is_asked_once() -> None:
    market = a_market()

    first = await market.hears("还有货吗", ASKED)
    second = await market.hears("紫砂壶", "unclear")

    assert first.outcome.asks is not None
    assert "预售" in second.text


async def test_the_product_looked_at_is_meant() -> None:
    said = await a_market().hears("这个小号还有吗", ASKED, product_id="T1")

    assert claims(said)[0].sku_id == "T1-S"


async def test_the_product_spoken_of_before_is_meant() -> None:
    market = a_market()
    await market.hears("松木茶盘小号有货吗", ASKED)

    said = await market.hears("那大号呢", ASKED)

    assert claims(said)[0].sku_id == "T1-L"


async def test_the_black_ones_back_in_stock_are_sold_again() -> None:
    cups = replace(PRODUCTS[1], skus=(PRODUCTS[1].skus[0], replace(CUP_BLACK, stock=9)))
    market: Market = a_market(products=(cups, *_others(cups)))

    said = await market.hears("粗陶杯墨黑还有吗", ASKED)

    assert claims(said) == [StockCommitment("C1-B", 1, available=True)]


def _others(product: Product) -> tuple[Product, ...]:
    return tuple(other for other in PRODUCTS if other.product_id != product.product_id)


async def test_so_many_of_a_product_go_to_people_before_the_size_is_asked() -> None:
    said = await a_market().hears("松木茶盘要300个", ASKED)

    assert not said.refused
    assert said.handoff is not None
    assert said.handoff.reason is Reason.BULK_ORDER
    assert said.handoff.collected == {"商品": "松木茶盘", "数量": "300"}


async def test_so_many_of_something_go_to_people_before_the_product_is_asked() -> None:
    said = await a_market().hears("要300套礼品", ASKED)

    assert not said.refused
    assert said.handoff is not None
    assert said.handoff.reason is Reason.BULK_ORDER


async def test_a_colour_it_does_not_come_in_is_answered_with_those_it_does() -> None:
    said = await a_market().hears("松木茶盘米白有货吗", ASKED)

    assert claims(said) == []
    assert "小号" in said.text
    assert "大号" in said.text
