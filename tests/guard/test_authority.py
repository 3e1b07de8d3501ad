"""A line left out of the policy is not allowed, an explicit 0 is zero, and what is given is written in its budgets."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.catalogue import OrderState, PromotionKind
from app.domain.commitment import (
    BasketCommitment,
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
from app.guard.authority import AuthorityContext, compensation_spends, coupon_spends, refusal_reason
from tests.builders import NOW, SETTINGS, a_promotion, a_sku, an_order, settings_of

TOMORROW = NOW + timedelta(hours=24)
TODAY = date(2026, 11, 25)


def ground(**changes: Any) -> AuthorityContext:
    sku, order, promotion = a_sku(), an_order(), a_promotion()
    given: dict[str, Any] = {
        "settings": settings_of(),
        "shop_id": "songxia",
        "now": NOW,
        "buyer": "amei",
        "skus": {sku.sku_id: sku},
        "orders": {order.order_id: order},
        "promotions": {promotion.promotion_id: promotion},
    }
    return AuthorityContext(**(given | changes))


def a_price(
    unit: str, quantity: int = 1, total: str | None = None, until: datetime | None = TOMORROW
) -> PriceCommitment:
    whole = Decimal(total) if total else Decimal(unit) * quantity
    return PriceCommitment("T1-S", quantity, Decimal(unit), whole, until)


def bargaining(**changes: Any) -> Any:
    return settings_of(bargaining={**SETTINGS["authority"]["bargaining"], **changes})


class TestPrice:
    def test_the_page_price_needs_no_authority(self) -> None:
        assert refusal_reason(a_price("100", until=None), ground(settings=settings_of(bargaining=None))) is None

    def test_down_to_the_greatest_discount_is_allowed(self) -> None:
        assert refusal_reason(a_price("90"), ground()) is None

    @pytest.mark.parametrize("pieces", [0, -1])
    def test_there_is_no_price_for_no_pieces(self, pieces: int) -> None:
        assert refusal_reason(a_price("100", pieces), ground()) == "报价的件数不对"

    def test_past_the_greatest_discount_is_refused(self) -> None:
        assert refusal_reason(a_price("89.99"), ground()) is not None

    def test_under_the_floor_is_refused_whatever_the_discount_allows(self) -> None:
        wide = bargaining(max_discount="0.5")

        assert refusal_reason(a_price("88"), ground(settings=wide)) is None
        assert refusal_reason(a_price("87.99"), ground(settings=wide)) is not None

    def test_a_total_under_the_floor_of_all_pieces_is_refused(self) -> None:
        wide = bargaining(max_discount="0.12", round_down=5)

        assert refusal_reason(a_price("88", 2, "176"), ground(settings=wide)) is None
        assert refusal_reason(a_price("88", 2, "175"), ground(settings=wide)) is not None

    def test_the_odd_yuan_come_off_only_as_far_as_allowed(self) -> None:
        assert refusal_reason(a_price("100", 1, "98"), ground()) is None
        assert refusal_reason(a_price("100", 1, "97"), ground()) is not None

    def test_without_a_bargaining_block_no_price_moves(self) -> None:
        assert refusal_reason(a_price("99"), ground(settings=settings_of(bargaining=None))) is not None

    def test_without_a_floor_no_price_moves(self) -> None:
        sku = a_sku(floor_price=None)

        assert refusal_reason(a_price("99"), ground(skus={sku.sku_id: sku})) is not None

    def test_a_discount_of_zero_is_zero(self) -> None:
        assert refusal_reason(a_price("99"), ground(settings=bargaining(max_discount=0, round_down=0))) is not None

    def test_a_floor_of_zero_is_zero_and_the_discount_still_holds(self) -> None:
        sku = a_sku(floor_price=Decimal(0))

        assert refusal_reason(a_price("90"), ground(skus={sku.sku_id: sku})) is None
        assert refusal_reason(a_price("89"), ground(skus={sku.sku_id: sku})) is not None

    def test_a_tier_is_allowed_from_its_quantity_only(self) -> None:
        tiers = bargaining(max_discount=0, bulk_tiers=[{"quantity": 10, "rate": "0.9"}])

        assert refusal_reason(a_price("90", 10), ground(settings=tiers)) is None
        assert refusal_reason(a_price("90", 9), ground(settings=tiers)) is not None

    def test_so_many_pieces_go_to_a_person(self) -> None:
        assert refusal_reason(a_price("95", 49), ground()) is None
        assert refusal_reason(a_price("95", 50), ground()) is not None

    def test_an_offer_says_until_when_and_not_too_long(self) -> None:
        assert refusal_reason(a_price("95", until=None), ground()) is not None
        assert refusal_reason(a_price("95", until=NOW + timedelta(hours=25)), ground()) is not None
        assert refusal_reason(a_price("95", until=NOW - timedelta(hours=1)), ground()) is not None

    def test_a_price_needs_the_fact_it_rests_on(self) -> None:
        assert refusal_reason(a_price("100"), ground(skus={})) is not None

    def test_what_is_not_listed_has_no_price(self) -> None:
        sku = a_sku(listed=False)

        assert refusal_reason(a_price("100"), ground(skus={sku.sku_id: sku})) is not None


class TestBasket:
    def test_the_sum_must_be_what_the_promotions_make_it(self) -> None:
        lines = (("T1-S", 2),)

        assert refusal_reason(BasketCommitment(lines, ("full",), Decimal(180)), ground()) is None
        assert refusal_reason(BasketCommitment(lines, ("full",), Decimal(179)), ground()) is not None

    def test_an_ended_promotion_makes_no_sum(self) -> None:
        ended = {"full": a_promotion(ends=NOW)}

        assert (
            refusal_reason(BasketCommitment((("T1-S", 2),), ("full",), Decimal(180)), ground(promotions=ended))
            is not None
        )

    def test_promotions_that_together_undercut_the_floor_go_to_a_person(self) -> None:
        deep = {"full": a_promotion(over=Decimal(100), minus=Decimal(30))}

        assert (
            refusal_reason(BasketCommitment((("T1-S", 1),), ("full",), Decimal(70)), ground(promotions=deep))
            is not None
        )


class TestPromotion:
    def test_a_running_one_may_be_named(self) -> None:
        assert refusal_reason(PromotionCommitment("full"), ground()) is None

    def test_an_ended_or_unknown_one_may_not(self) -> None:
        ended = {"full": a_promotion(ends=NOW)}

        assert refusal_reason(PromotionCommitment("full"), ground(promotions=ended)) is not None
        assert refusal_reason(PromotionCommitment("other"), ground()) is not None

    def test_a_coming_one_may_only_be_named_as_coming(self) -> None:
        coming = {"full": a_promotion(begins=TOMORROW)}

        assert refusal_reason(PromotionCommitment("full"), ground(promotions=coming)) is not None
        assert refusal_reason(PromotionCommitment("full", upcoming=True), ground(promotions=coming)) is None
        assert refusal_reason(PromotionCommitment("full", upcoming=True), ground()) is not None

    def test_a_gift_needs_a_running_promotion_that_gives_it(self) -> None:
        gift = {"gift": a_promotion("gift", kind=PromotionKind.GIFT, gift="杯垫")}

        assert refusal_reason(GiftCommitment("杯垫"), ground(promotions=gift)) is None
        assert refusal_reason(GiftCommitment("茶杯"), ground(promotions=gift)) is not None
        assert refusal_reason(GiftCommitment("杯垫"), ground()) is not None


class TestDiscount:
    def test_a_share_within_the_greatest_discount_is_allowed(self) -> None:
        assert refusal_reason(DiscountCommitment("T1-S", Decimal("0.9")), ground()) is None
        assert refusal_reason(DiscountCommitment("T1-S", Decimal("0.89")), ground()) is not None

    def test_no_share_without_a_floor_or_a_policy(self) -> None:
        sku = a_sku(floor_price=None)

        assert refusal_reason(DiscountCommitment("T1-S", Decimal("0.95")), ground(skus={"T1-S": sku})) is not None
        assert refusal_reason(
            DiscountCommitment("T1-S", Decimal("0.95")), ground(settings=settings_of(bargaining=None))
        )
        assert refusal_reason(DiscountCommitment("T9", Decimal("0.95")), ground()) is not None


class TestCoupon:
    def coupon(self, **changes: Any) -> CouponCommitment:
        return replace(CouponCommitment("ten", Decimal(5), Decimal(80), TOMORROW), **changes)

    def spends(self, buyer: str = "amei") -> Any:
        return coupon_spends(settings_of().authority.coupons[0], "songxia", buyer, TODAY)

    def test_an_authorised_coupon_written_with_its_budgets_is_allowed(self) -> None:
        assert refusal_reason(self.coupon(), ground(effects=self.spends())) is None

    def test_a_coupon_without_its_budgets_is_refused(self) -> None:
        assert refusal_reason(self.coupon(), ground()) is not None
        assert refusal_reason(self.coupon(), ground(effects=self.spends()[:1])) is not None
        assert refusal_reason(self.coupon(), ground(effects=self.spends("another"))) is not None

    def test_a_budget_known_to_be_gone_is_not_spent_again(self) -> None:
        gone = frozenset({self.spends()[0].budget})

        assert refusal_reason(self.coupon(), ground(effects=self.spends(), exhausted=gone)) is not None

    @pytest.mark.parametrize("changes", [{"amount": Decimal(6)}, {"minimum_spend": Decimal(50)}, {"coupon_id": "big"}])
    def test_a_coupon_other_than_the_authorised_is_refused(self, changes: dict[str, Any]) -> None:
        assert refusal_reason(self.coupon(**changes), ground(effects=self.spends())) is not None

    def test_a_coupon_that_undercuts_the_floor_is_refused(self) -> None:
        near = a_sku(floor_price=Decimal(96))

        assert refusal_reason(self.coupon(), ground(effects=self.spends(), skus={near.sku_id: near})) is not None

    def test_a_coupon_on_goods_without_a_floor_is_refused(self) -> None:
        fixed = a_sku(floor_price=None)

        assert refusal_reason(self.coupon(), ground(effects=self.spends(), skus={fixed.sku_id: fixed})) is not None

    def test_zero_a_day_is_none(self) -> None:
        none = settings_of(coupons=[{"id": "ten", "amount": 5, "minimum_spend": 80, "per_day": 0}])
        spends = coupon_spends(none.authority.coupons[0], "songxia", "amei", TODAY)

        assert refusal_reason(self.coupon(), ground(settings=none, effects=spends)) is not None


class TestShipBy:
    def test_the_promise_of_an_order_counts_from_its_payment(self) -> None:
        due = NOW - timedelta(hours=3) + timedelta(hours=48)

        assert (
            refusal_reason(
                ShipByCommitment(due, "8800110001"), ground(settings=settings_of(shipping={"within_hours": 48}))
            )
            is None
        )

    def test_earlier_than_the_promise_is_refused(self) -> None:
        early, late = NOW + timedelta(hours=30), an_order(paid_at=NOW - timedelta(hours=16))
        given = ground(orders={late.order_id: late})

        assert refusal_reason(ShipByCommitment(early, late.order_id), given) is not None
        assert refusal_reason(ShipByCommitment(early + timedelta(hours=3), late.order_id), given) is None

    def test_today_is_promised_only_to_what_was_paid_before_the_cut_off(self) -> None:
        tonight = datetime(2026, 11, 25, 15, 59, tzinfo=UTC)
        late = an_order(paid_at=NOW - timedelta(hours=15))

        assert refusal_reason(ShipByCommitment(tonight, "8800110001"), ground()) is None
        assert refusal_reason(ShipByCommitment(tonight, "8800110001"), ground(orders={late.order_id: late})) is not None

    def test_without_a_promise_no_time_is_said(self) -> None:
        late = NOW + timedelta(days=30)

        assert refusal_reason(ShipByCommitment(late), ground(settings=settings_of(shipping=None))) is not None

    def test_a_presale_is_not_promised_before_its_date(self) -> None:
        presale = a_sku(presale_ship_on=date(2026, 12, 10))
        given = ground(skus={presale.sku_id: presale})

        assert refusal_reason(ShipByCommitment(NOW + timedelta(days=5), sku_id="T1-S"), given) is not None
        assert refusal_reason(ShipByCommitment(NOW + timedelta(days=16), sku_id="T1-S"), given) is None

    def test_a_time_already_past_is_no_promise(self) -> None:
        old = an_order(paid_at=NOW - timedelta(days=5))

        assert refusal_reason(
            ShipByCommitment(NOW - timedelta(days=3), "8800110001"), ground(orders={old.order_id: old})
        )

    def test_an_order_that_does_not_wait_gets_no_time(self) -> None:
        unpaid = an_order(state=OrderState.UNPAID, paid_at=None)

        assert refusal_reason(
            ShipByCommitment(NOW + timedelta(days=9), "8800110001"), ground(orders={unpaid.order_id: unpaid})
        )


class TestCompensation:
    def cash(self, amount: str) -> CompensationCommitment:
        return CompensationCommitment(CompensationKind.CASH, "8800110001", Decimal(amount))

    def spends(self, amends: CompensationCommitment) -> Any:
        return compensation_spends(amends, settings_of().authority, "songxia", TODAY)

    def test_up_to_the_ceiling_of_an_order_is_allowed(self) -> None:
        five, more = self.cash("5"), self.cash("5.01")

        assert refusal_reason(five, ground(effects=self.spends(five))) is None
        assert refusal_reason(more, ground(effects=self.spends(more))) is not None

    def test_amends_without_their_budget_are_refused(self) -> None:
        assert refusal_reason(self.cash("5"), ground()) is not None

    def test_a_kind_left_out_is_not_allowed(self) -> None:
        coupon = CompensationCommitment(CompensationKind.COUPON, "8800110001", Decimal(1))
        gift = CompensationCommitment(CompensationKind.GIFT, "8800110001", Decimal(0), "杯垫")

        assert refusal_reason(coupon, ground(effects=self.spends(coupon))) is not None
        assert refusal_reason(gift, ground(effects=self.spends(gift))) is not None

    def test_a_gift_is_the_one_the_shop_named(self) -> None:
        policy = settings_of(compensation={"gift": {"gift": "杯垫", "per_day": 3}})
        named = CompensationCommitment(CompensationKind.GIFT, "8800110001", Decimal(0), "杯垫")
        other = replace(named, gift="茶壶")

        def of(amends: CompensationCommitment) -> AuthorityContext:
            return ground(settings=policy, effects=compensation_spends(amends, policy.authority, "songxia", TODAY))

        assert refusal_reason(named, of(named)) is None
        assert refusal_reason(other, of(other)) is not None

    def test_zero_is_zero(self) -> None:
        policy = settings_of(compensation={"cash": {"per_order": 0, "per_day": 0}})
        amends = self.cash("1")
        effects = compensation_spends(amends, policy.authority, "songxia", TODAY)

        assert refusal_reason(amends, ground(settings=policy, effects=effects)) is not None

    def test_amends_need_the_order_they_are_for(self) -> None:
        amends = self.cash("5")

        assert refusal_reason(amends, ground(effects=self.spends(amends), orders={})) is not None


class TestStock:
    def test_what_is_held_may_be_said_and_no_more(self) -> None:
        assert refusal_reason(StockCommitment("T1-S", 30, available=True), ground()) is None
        assert refusal_reason(StockCommitment("T1-S", 31, available=True), ground()) is not None

    def test_out_of_stock_is_said_only_when_true(self) -> None:
        assert refusal_reason(StockCommitment("T1-S", 31, available=False), ground()) is None
        assert refusal_reason(StockCommitment("T1-S", 1, available=False), ground()) is not None

    def test_stock_is_not_guessed(self) -> None:
        assert refusal_reason(StockCommitment("T9-S", 1, available=True), ground()) is not None
