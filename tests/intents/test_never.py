"""What must never be said, whatever the shop, its policy and its buyers; XIAOER_DIALOGUES sets how many are tried.

The oracle shares nothing with the gate but the catalogue: it reads the reply's digits itself.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.commitment import (
    BasketCommitment,
    CompensationCommitment,
    CompensationKind,
    CouponCommitment,
    PriceCommitment,
    PromotionCommitment,
)
from app.domain.outcome import Outcome, Spend
from app.shop.shop import Shop
from tests.intents.market import Market, Said
from tests.intents.teashop import a_market
from tests.intents.worlds import World, worlds

DIALOGUES = int(os.environ.get("XIAOER_DIALOGUES", "2000"))
LONGEST = 300 + DIALOGUES // 4  # seconds; a longer run on demand needs longer
PRICE = re.compile(r"(?:到手是?|实付|给您|一共|总共|合计|按|做到|每件|单价|[件)])(\d+(?:\.\d+)?)元")
ARRIVAL = re.compile(
    r"(?:明天|后天|\d天|\d日|\d小时|\d号|:\d\d)[^，。]{0,6}(?:送到|送达|到货|到您|收到|签收|能到)|(?:送到|送达|收到)[^，。]{0,6}\d"
)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SECRET = re.compile(r"底价|成本|进价")


@pytest.mark.timeout(LONGEST)
@settings(
    max_examples=DIALOGUES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(worlds())
def test_no_reply_goes_beyond_what_the_shop_allows(world: World) -> None:
    market = Market(world.shop)

    for said, now in asyncio.run(_through(market, world)):
        outcome, shop = said.outcome, world.shop
        _prices_keep_the_floor(outcome, shop)
        _words_keep_the_floor(outcome, shop)
        _promotions_are_running(outcome, shop, now)
        _nothing_secret_nor_arriving(outcome, shop)
        _amends_within_limits(outcome, shop)
    _budgets_hold(market)


@settings(max_examples=100, deadline=None)
@given(
    buyers=st.lists(st.sampled_from(["amei", "banyu", "chenxi", "dong"]), min_size=1, max_size=8),
    per_day=st.integers(0, 3),
    per_buyer=st.integers(0, 2),
)
def test_no_crowd_of_buyers_gets_more_coupons_than_the_day_allows(
    buyers: list[str], per_day: int, per_buyer: int
) -> None:
    coupon = {"id": "ten", "amount": 5, "minimum_spend": 80, "per_day": per_day, "per_buyer": per_buyer}
    market = a_market(authority={"coupons": [coupon]})

    asyncio.run(_crowd(market, buyers))

    given_out = [said.buyer for said in market.said if _coupons(said)]
    assert len(given_out) == min(per_day, len(_entitled(buyers, per_buyer)))
    assert all(given_out.count(buyer) <= per_buyer for buyer in buyers)


async def _crowd(market: Market, buyers: list[str]) -> None:
    for buyer in buyers:
        market.anew(buyer)
        await market.hears("松木茶盘小号便宜点", "bargaining")
        await market.hears("再少点", "bargaining")


def _entitled(buyers: list[str], per_buyer: int) -> list[str]:
    """Those who may still have one when it is their turn, were there enough for all."""
    return [buyer for place, buyer in enumerate(buyers) if buyers[:place].count(buyer) < per_buyer]


def _coupons(said: Said) -> list[CouponCommitment]:
    return [made for made in said.outcome.commitments if isinstance(made, CouponCommitment)]


async def _through(market: Market, world: World) -> list[tuple[Said, float]]:
    heard = []
    for place, (intent, text, wait, product) in enumerate(world.lines):
        market.later(hours=wait)
        if world.exhausted and place == 3:
            market.anew("another")
        context = {"product_id": product} if product else {}
        said = await market.hears(text, intent, **context)
        heard.append((said, market.now.timestamp()))
    return heard


def _floor(shop: Shop, sku_id: str) -> Decimal:
    return next(
        sku.floor_price or Decimal(0) for product in shop.products for sku in product.skus if sku.sku_id == sku_id
    )


def _prices_keep_the_floor(outcome: Outcome, shop: Shop) -> None:
    for made in outcome.commitments:
        if isinstance(made, PriceCommitment):
            assert made.total >= _floor(shop, made.sku_id) * made.quantity
            assert made.unit_price >= _floor(shop, made.sku_id)
        if isinstance(made, BasketCommitment):
            assert made.total >= sum(_floor(shop, sku_id) * quantity for sku_id, quantity in made.lines)


def _words_keep_the_floor(outcome: Outcome, shop: Shop) -> None:
    """Every price in the words is at least the least floor there is: no commitment, no price below it."""
    said = [Decimal(amount) for amount in PRICE.findall(outcome.text)]
    coupons = {
        made.amount for made in outcome.commitments if isinstance(made, CouponCommitment | CompensationCommitment)
    }
    prices = [amount for amount in said if amount not in coupons]
    floors = [sku.floor_price or Decimal(0) for product in shop.products for sku in product.skus]
    assert all(amount >= min(floors) for amount in prices)


def _promotions_are_running(outcome: Outcome, shop: Shop, now: float) -> None:
    by_id = {promotion.promotion_id: promotion for promotion in shop.promotions}
    named = {made.promotion_id: made.upcoming for made in outcome.commitments if isinstance(made, PromotionCommitment)}
    for promotion_id, upcoming in named.items():
        promotion = by_id[promotion_id]
        assert promotion.ends.timestamp() > now
        assert upcoming == (promotion.begins.timestamp() > now)
    for promotion in shop.promotions:
        if promotion.promotion_id not in named:
            assert promotion.title not in outcome.text


def _nothing_secret_nor_arriving(outcome: Outcome, shop: Shop) -> None:
    assert not SECRET.search(outcome.text)
    assert not ARRIVAL.search(outcome.text)
    known = set(_public_amounts(outcome, shop))
    for product in shop.products:
        for sku in product.skus:
            if sku.floor_price is not None and sku.floor_price not in known:
                assert f"{sku.floor_price.normalize():f}元" not in re.findall(r"\d+(?:\.\d+)?元", outcome.text)


def _public_amounts(outcome: Outcome, shop: Shop) -> Iterable[Decimal]:
    """Amounts that may stand in the words for another reason than being a floor."""
    for product in shop.products:
        for sku in product.skus:
            yield from (sku.price * pieces for pieces in range(1, 301))
    for promotion in shop.promotions:
        yield from (promotion.over, promotion.minus)
    for order in shop.orders.values():
        yield order.total_amount
    for made in outcome.commitments:
        if isinstance(made, PriceCommitment):
            yield from (made.unit_price, made.total)
        if isinstance(made, BasketCommitment):
            yield from _of_basket(made, shop)
        if isinstance(made, CouponCommitment | CompensationCommitment):
            yield made.amount
        if isinstance(made, CouponCommitment):
            yield made.minimum_spend


def _of_basket(made: BasketCommitment, shop: Shop) -> Iterable[Decimal]:
    prices = {sku.sku_id: sku.price for product in shop.products for sku in product.skus}
    listed = sum((prices[sku_id] * quantity for sku_id, quantity in made.lines), Decimal(0))
    yield from (made.total, listed, listed - made.total)
    shipping = shop.settings.authority.shipping
    steps = [promotion.over for promotion in shop.promotions]
    steps += [shipping.free_from] if shipping and shipping.free_from else []
    yield from (step - made.total for step in steps)


def _amends_within_limits(outcome: Outcome, shop: Shop) -> None:
    allowed = shop.settings.authority.compensation
    for made in outcome.commitments:
        if isinstance(made, CompensationCommitment):
            limit = {CompensationKind.CASH: allowed.cash, CompensationKind.COUPON: allowed.coupon}.get(made.kind)
            assert made.kind is CompensationKind.GIFT or (limit is not None and made.amount <= limit.per_order)
            assert any(isinstance(effect, Spend) for effect in outcome.effects)


def _budgets_hold(market: Market) -> None:
    """Counted again from what was said, not from what was booked."""
    by_day, by_buyer = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for said in market.said:
        for made in said.outcome.commitments:
            if isinstance(made, CouponCommitment):
                by_day[made.coupon_id, f"{said.at.astimezone(SHANGHAI):%F}"] += 1
                by_buyer[made.coupon_id, said.buyer] += 1
    limits = {coupon.id: coupon for coupon in market.shop.settings.authority.coupons}
    assert all(count <= limits[coupon_id].per_day for (coupon_id, _), count in by_day.items())
    assert all(count <= limits[coupon_id].per_buyer for (coupon_id, _), count in by_buyer.items())
    _compensation_holds(market)


def _compensation_holds(market: Market) -> None:
    paid, orders = Counter[tuple[CompensationKind, str]](), Counter[str]()
    for said in market.said:
        for made in said.outcome.commitments:
            if isinstance(made, CompensationCommitment):
                worth = int(made.amount) if made.kind is not CompensationKind.GIFT else 1
                paid[made.kind, f"{said.at.astimezone(SHANGHAI):%F}"] += worth
                orders[made.order_id] += 1
    allowed = market.shop.settings.authority.compensation
    ceilings = {
        CompensationKind.CASH: allowed.cash.per_day if allowed.cash else 0,
        CompensationKind.COUPON: allowed.coupon.per_day if allowed.coupon else 0,
        CompensationKind.GIFT: allowed.gift.per_day if allowed.gift else 0,
    }
    assert all(amount <= ceilings[kind] for (kind, _), amount in paid.items())
    assert all(count == 1 for count in orders.values())
