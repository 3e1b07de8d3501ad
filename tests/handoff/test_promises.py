"""Promises and facts as people read them."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Promotion, PromotionKind
from app.domain.commitment import (
    BasketCommitment,
    Commitment,
    CompensationCommitment,
    CompensationKind,
    CouponCommitment,
    DiscountCommitment,
    GiftCommitment,
    PriceCommitment,
    PromotionCommitment,
    ShipByCommitment,
    StockCommitment,
)
from app.domain.fact import FactKind
from handoff.promises import is_still_valid, promise_document, promise_text
from handoff.snapshot import MOST_ITEMS, take_snapshots, titles_by_id
from tests.handoff.builders import HOURS, MORNING, a_fact, a_product, a_sku, an_order

SHANGHAI = ZoneInfo("Asia/Shanghai")
TITLES = {"S1": "胡桃木茶盘 大号", "A1": "满100减10"}


@pytest.mark.parametrize(
    ("commitment", "text"),
    [
        (
            PriceCommitment("S1", 2, Decimal("94.05"), Decimal("188.10"), MORNING + timedelta(hours=24)),
            "胡桃木茶盘 大号2件，单价94.05元，合计188.1元(有效至11月24日上午10:00)",
        ),
        (BasketCommitment((("S1", 1),), ("A1",), Decimal("89.00")), "整单合计89元"),
        (PromotionCommitment("A1"), "活动「满100减10」"),
        (DiscountCommitment("S1", Decimal("0.85")), "胡桃木茶盘 大号8.5折"),
        (CouponCommitment("c", Decimal(5), Decimal(100)), "满100减5元优惠券"),
        (CouponCommitment("c", Decimal(5), Decimal(0)), "5元无门槛优惠券"),
        (GiftCommitment("杯垫"), "赠品：杯垫"),
        (ShipByCommitment(MORNING + timedelta(hours=8)), "11月23日晚上6:00前发出"),
        (CompensationCommitment(CompensationKind.CASH, "o", Decimal("8.80")), "小额打款8.8元"),
        (CompensationCommitment(CompensationKind.COUPON, "o", Decimal(10)), "补偿优惠券10元"),
        (CompensationCommitment(CompensationKind.GIFT, "o", Decimal(0), "茶针"), "补偿赠品：茶针"),
        (StockCommitment("S1", 3, available=True), "胡桃木茶盘 大号有货(按3件)"),
        (StockCommitment("S2", 3, available=False), "S2暂时缺货"),
    ],
)
def test_every_commitment_can_be_read(commitment: Commitment, text: str):
    assert promise_document(commitment, MORNING, HOURS, TITLES)["text"] == text


def test_a_promise_ends_when_it_says():
    offer = PriceCommitment("S1", 1, Decimal(95), Decimal(95), MORNING + timedelta(hours=1))
    promise = promise_document(offer, MORNING, HOURS)

    assert is_still_valid(promise, MORNING)
    assert not is_still_valid(promise, MORNING + timedelta(hours=2))


def test_a_promise_without_an_end_holds():
    assert is_still_valid(promise_document(GiftCommitment("杯垫"), MORNING, HOURS), MORNING + timedelta(days=300))


def test_a_promise_names_its_kind():
    assert promise_document(ShipByCommitment(MORNING), MORNING, HOURS)["kind"] == "ship_by"


def test_a_promise_of_another_make_is_shown_value_by_value():
    assert promise_text({"sku": "S1", "price": "9"}) == "sku: S1，price: 9"


def test_an_amount_in_tens_is_not_written_with_an_exponent():
    promise = promise_document(CouponCommitment("c", Decimal("10.00"), Decimal("1E+2")), MORNING, HOURS)

    assert promise["text"] == "满100减10元优惠券"


@given(st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2))
def test_no_snapshot_ever_shows_a_floor_price(floor: Decimal):
    sku = a_sku(price=Decimal("100000.00"), floor_price=floor, stock=123456)

    shown = "".join(shot.model_dump_json() for shot in take_snapshots([a_fact(sku), a_fact(a_product())], SHANGHAI))

    assert f'"{floor.normalize():f}"' not in shown
    assert "83.17" not in shown


def test_a_fact_that_found_nothing_makes_no_snapshot():
    assert take_snapshots([a_fact(None)], SHANGHAI) == ()


def test_of_a_thing_looked_up_twice_the_newer_stands():
    older, newer = a_fact(an_order(), at=MORNING - timedelta(minutes=5)), a_fact(an_order())

    assert [shot.as_of for shot in take_snapshots([newer, older], SHANGHAI)] == [MORNING]


def test_a_long_list_is_cut():
    orders = tuple(an_order(order_id=f"2026081500{number:02d}") for number in range(30))

    assert len(take_snapshots([a_fact(orders)], SHANGHAI)) == MOST_ITEMS


def test_a_promotion_is_shown_with_its_times():
    promotion = Promotion("A1", "满100减10", PromotionKind.THRESHOLD, MORNING, MORNING + timedelta(days=1))

    (shot,) = take_snapshots([a_fact((promotion,), kind=FactKind.PROMOTION)], SHANGHAI)

    assert [line.label for line in shot.lines] == ["开始", "结束"]


def test_a_promotion_that_does_not_run_is_not_shown():
    ended = Promotion("A1", "旧", PromotionKind.THRESHOLD, MORNING - timedelta(days=2), MORNING)
    coming = Promotion("A2", "新", PromotionKind.THRESHOLD, MORNING + timedelta(days=2), MORNING + timedelta(days=3))

    assert take_snapshots([a_fact((ended, coming), kind=FactKind.PROMOTION)], SHANGHAI) == ()


def test_orders_and_goods_come_before_promotions():
    running = Promotion("A1", "满减", PromotionKind.THRESHOLD, MORNING, MORNING + timedelta(days=1))
    facts = [a_fact((running,), kind=FactKind.PROMOTION), a_fact(a_sku()), a_fact(an_order())]

    assert [shot.kind for shot in take_snapshots(facts, SHANGHAI)] == ["order", "sku", "promotion"]


def test_titles_are_known_by_id():
    assert titles_by_id([a_fact(a_product())]) == {"P1": "胡桃木茶盘", "S1": "胡桃木茶盘 大号"}
