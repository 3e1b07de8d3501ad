"""Promotions that together sell below a floor are found before a buyer finds them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.commerce.undercut import find_promotions_under_floor
from app.domain.catalogue import Product, Promotion, PromotionKind, Sku

NOW = datetime(2026, 1, 10, tzinfo=UTC)


def a_product(price: str = "100", floor: str | None = "85", product_id: str = "M1") -> Product:
    sku = Sku(f"{product_id}-1", product_id, "茶盘", ("中号",), Decimal(price), Decimal(floor) if floor else None, 9)
    return Product(product_id, "茶盘", (), (sku,))


def ten_percent(*, stacks: bool = True) -> Promotion:
    return Promotion(
        "a",
        "九折",
        PromotionKind.PERCENT,
        NOW - timedelta(days=1),
        NOW + timedelta(days=1),
        rate=Decimal("0.9"),
        stacks=stacks,
    )


def coupon(over: str = "100", begins: datetime = NOW) -> Promotion:
    ends = begins + timedelta(days=1)
    return Promotion(
        "b", "领券减10", PromotionKind.COUPON, begins, ends, over=Decimal(over), minus=Decimal(10), stacks=True
    )


def test_promotions_that_stack_below_the_floor_are_named_with_the_sum() -> None:
    ((_, message),) = find_promotions_under_floor([a_product()], [ten_percent(), coupon(over="90")], NOW)

    assert "茶盘 中号" in message
    assert "九折、领券减10" in message
    assert "80" in message
    assert "底价合计 85" in message


def test_promotions_that_do_not_stack_keep_the_floor() -> None:
    assert find_promotions_under_floor([a_product()], [ten_percent(stacks=False), coupon(over="90")], NOW) == []


def test_a_threshold_reached_by_more_pieces_is_tried_too() -> None:
    deal = Promotion(
        "c", "第二件半价", PromotionKind.NTH_PIECE, NOW, NOW + timedelta(days=1), quantity=2, rate=Decimal("0.5")
    )

    ((_, message),) = find_promotions_under_floor([a_product()], [deal], NOW)

    assert "买 2 件" in message


def test_a_promotion_that_begins_later_is_tried_at_its_time() -> None:
    running = Promotion(
        "a", "九折", PromotionKind.PERCENT, NOW, NOW + timedelta(days=9), rate=Decimal("0.9"), stacks=True
    )

    assert find_promotions_under_floor([a_product()], [running, coupon(over="90", begins=NOW + timedelta(days=3))], NOW)


def test_goods_without_a_floor_and_promotions_for_other_goods_are_left_alone() -> None:
    other = Promotion(
        "d",
        "五折",
        PromotionKind.PERCENT,
        NOW,
        NOW + timedelta(days=1),
        products=frozenset({"M2"}),
        rate=Decimal("0.5"),
    )

    assert find_promotions_under_floor([a_product(), a_product(floor=None, product_id="M2")], [other], NOW) == []
