"""The last door: commitments against authority, then the words themselves against what backs them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import FaqEntry, OrderState, PromotionKind
from app.domain.commitment import BasketCommitment, PriceCommitment, PromotionCommitment, ShipByCommitment
from app.domain.decision import Reason
from app.domain.fact import FactKind
from app.domain.outcome import HandoffRequest, Outcome
from app.guard.gate import Approval, Refusal, review_outcome
from tests.builders import (
    NOW,
    SETTINGS,
    Situation,
    a_fact,
    a_product,
    a_promotion,
    a_shop,
    a_sku,
    an_order,
    saying,
    settings_of,
)

TOMORROW = NOW + timedelta(hours=24)
NINETY_FIVE = PriceCommitment("T1-S", 1, Decimal(95), Decimal(95), TOMORROW)


def refused(outcome: Outcome, **situation: Any) -> bool:
    return isinstance(review_outcome(outcome, Situation(**situation)), Refusal)


def test_a_sentence_without_promises_passes() -> None:
    outcome = saying("亲，在的呢，有什么可以帮您？")

    assert review_outcome(outcome, Situation()) == Approval(outcome)


@pytest.mark.parametrize(
    "text",
    [
        "给您95元",
        "给您９５元",
        "给您九十五元",
        "给您玖拾伍元",
        "给您95块",
        "九五折给您",
        "95折给您",
        "只要95",
        "便宜5元给您",
    ],
)
def test_an_approved_price_may_be_said_in_any_writing(text: str) -> None:
    assert not refused(saying(text, NINETY_FIVE, facts=(a_sku(),)))


@pytest.mark.parametrize(
    "text",
    [
        "给您90元",
        "给您九十元",
        "给您玖拾元",
        "给您９０元",
        "90拿走",
        "九折给您",
        "90折给您",
        "半价给您",
        "对折给您",
        "便宜10块",
        "优惠10%",
        "再减十块",
        "两百五给您",
        "五十块",
    ],
)
def test_a_price_that_no_commitment_backs_is_stopped_in_any_writing(text: str) -> None:
    assert refused(saying(text, NINETY_FIVE, facts=(a_sku(),)))


def test_the_page_price_is_a_fact() -> None:
    assert not refused(saying("页面价是100元哦", facts=(a_sku(),)))


def test_a_floor_is_never_told() -> None:
    assert refused(saying("底价是88元", facts=(a_sku(),)))
    assert refused(saying("给您88元", facts=(a_sku(),)))
    assert refused(saying("我们的底价是95元", NINETY_FIVE, facts=(a_sku(),)))


@pytest.mark.parametrize("text", ["明天到", "后天就能送到", "12月5日前送达", "三天左右到货", "48小时内送达"])
def test_no_time_of_arrival_passes_whatever_backs_it(text: str) -> None:
    order = an_order(delivered_at=NOW + timedelta(days=1), paid_at=NOW - timedelta(hours=2))

    assert refused(saying(text, ShipByCommitment(NOW + timedelta(hours=46), order.order_id), facts=(order,)))


def test_a_ship_by_time_may_be_said_when_committed() -> None:
    promise = ShipByCommitment(NOW + timedelta(hours=45), "8800110001")

    assert not refused(saying("会在11月27日07:30前发出", promise, facts=(an_order(),)))
    assert refused(saying("会在11月27日07:30前发出", facts=(an_order(),)))


@pytest.mark.parametrize(
    "text", ["付款后48小时内发出", "16:00前付款当天发出", "满59元包邮", "运费8元", "收到货后7天内可以退换"]
)
def test_the_shops_own_policy_may_be_said(text: str) -> None:
    assert not refused(saying(text))


@pytest.mark.parametrize(
    "text", ["付款后24小时内发出", "15:00前付款当天发出", "满39元包邮", "运费5元", "收到货后15天内可以退换"]
)
def test_another_policy_than_the_shops_is_stopped(text: str) -> None:
    assert refused(saying(text))


@pytest.mark.parametrize("text", ["给您包邮", "当天发出", "7天内可以退换"])
def test_a_policy_left_out_is_not_allowed(text: str) -> None:
    assert refused(saying(text), shop=a_shop(settings_of(shipping=None)))


@pytest.mark.parametrize("text", ["送您一张优惠券", "随单赠送杯垫", "给您补偿", "马上给您退款", "给您发红包"])
def test_a_promise_without_a_number_needs_its_commitment_too(text: str) -> None:
    assert refused(saying(text))


def test_a_running_promotion_may_be_told_once_committed() -> None:
    promotion = a_promotion()

    assert not refused(saying("满199元减20元，11月28日10:30结束", PromotionCommitment("full"), facts=(promotion,)))
    assert refused(saying("满199元减20元", facts=(promotion,)))
    assert refused(saying("满199元减30元", PromotionCommitment("full"), facts=(promotion,)))


def test_free_shipping_without_a_word_of_the_threshold_needs_goods_that_reach_it() -> None:
    assert refused(saying("给您包邮"))
    assert refused(saying("给您包邮", facts=(a_sku(price=Decimal(30)),)))
    assert not refused(saying("这款包邮", facts=(a_sku(),)))


def test_a_reduction_is_not_paid_back_nor_half_of_a_piece_half_of_the_price() -> None:
    full, second = (
        a_promotion(),
        a_promotion(
            "second", kind=PromotionKind.NTH_PIECE, over=Decimal(0), minus=Decimal(0), quantity=2, rate=Decimal("0.5")
        ),
    )
    told = (PromotionCommitment("full"), PromotionCommitment("second"))

    assert not refused(saying("满199元减20元，第2件5折", *told, facts=(full, second)))
    assert refused(saying("满199元返现20元", *told, facts=(full, second)))
    assert refused(saying("现在5折", *told, facts=(full, second)))


def test_an_ended_promotion_is_never_told() -> None:
    ended = a_promotion(ends=NOW - timedelta(hours=1))

    assert refused(saying("满199元减20元", PromotionCommitment("full"), facts=(ended,)))


def test_a_coupon_word_needs_a_coupon() -> None:
    coupon = a_promotion(kind=PromotionKind.COUPON)

    assert not refused(saying("可以领优惠券", PromotionCommitment("full"), facts=(coupon,)))
    assert refused(saying("可以领优惠券", PromotionCommitment("full"), facts=(a_promotion(),)))


def test_a_count_of_pieces_must_be_true() -> None:
    assert not refused(saying("还剩30件", facts=(a_sku(),)))
    assert refused(saying("还剩3件", facts=(a_sku(),)))


def test_refunding_may_be_said_of_an_order_that_is() -> None:
    refunding = an_order(state=OrderState.REFUNDING)

    assert not refused(saying("这笔补偿和退款正在处理", facts=(refunding,)))
    assert refused(saying("这笔补偿正在处理", facts=(an_order(),)))


def test_what_is_refused_says_why_and_what_could_be_given() -> None:
    low = replace(NINETY_FIVE, unit_price=Decimal(80), total=Decimal(80))

    verdict = review_outcome(saying("给您80元", low, facts=(a_sku(),)), Situation())

    assert isinstance(verdict, Refusal)
    assert verdict.reason is Reason.AUTHORITY_EXCEEDED
    assert "90.00 元" in verdict.nearest_offer
    request = verdict.build_handoff_request("买家出 80")
    assert request.reason is Reason.AUTHORITY_EXCEEDED
    assert request.wish == "买家出 80"
    assert any("90.00" in note for note in request.notes)


class TestAnswersOfTheShop:
    def test_an_answer_the_shop_wrote_may_be_quoted_with_its_own_numbers(self) -> None:
        entry = FaqEntry("F1", "怎么保养", "每3个月上一次油，用20元左右的木蜡油就够，浸泡10分钟。")

        assert refused(saying("用30元的油就够", facts=(entry,)))
        assert not refused(saying("每3个月上一次油就够。", facts=(replace(entry, answer="每3个月上一次油就够。"),)))

    def test_an_answer_that_promises_what_has_ended_is_not(self) -> None:
        entry = FaqEntry("F1", "有优惠吗", "现在满199元减20元哦。")
        ended = a_shop(promotions=(a_promotion(ends=NOW - timedelta(hours=1)),))
        running = a_shop(promotions=(a_promotion(),))

        assert refused(saying(entry.answer, facts=(entry,)), shop=ended)
        assert not refused(saying(entry.answer, facts=(entry,)), shop=running)

    def test_what_is_added_to_an_answer_is_read_as_ever(self) -> None:
        entry = FaqEntry("F1", "怎么保养", "每3个月上一次油就够。")

        assert refused(saying(entry.answer + "给您便宜10元。", facts=(entry,)))


class TestPeopleOnly:
    def shop(self) -> Any:
        return a_shop(settings_of(always_people={"order_value_above": 150}))

    def test_a_dear_order_goes_to_a_person(self) -> None:
        dear = an_order(lines=(replace(an_order().lines[0], amount=Decimal(151)),))

        verdict = review_outcome(saying("您的订单正在备货", facts=(dear,)), Situation(shop=self.shop()))

        assert isinstance(verdict, Refusal)
        assert verdict.reason is Reason.AUTHORITY_EXCEEDED
        assert "订单金额超过 150 元" in verdict.why[0]

    def test_only_a_vip_is_called_one(self) -> None:
        dear = an_order(lines=(replace(an_order().lines[0], amount=Decimal(151)),))
        people = {"order_value_above": 150, "vip_buyers": ["amei"]}

        verdict = review_outcome(
            saying("正在备货", facts=(dear,)), Situation(shop=a_shop(settings_of(always_people=people)))
        )

        assert isinstance(verdict, Refusal)
        assert verdict.reason is Reason.VIP

    def test_the_public_sum_of_a_dear_basket_may_be_told(self) -> None:
        listed = PriceCommitment("T1-S", 2, Decimal(100), Decimal(200))
        basket = BasketCommitment((("T1-S", 3),), ("full",), Decimal(280))

        assert not refused(saying("一共200元", listed, facts=(a_sku(),)), shop=self.shop())
        assert not refused(saying("3件共280元", basket, facts=(a_sku(), a_promotion())), shop=self.shop())

    def test_a_price_granted_for_a_dear_basket_goes_to_a_person_as_a_bulk_order(self) -> None:
        granted = PriceCommitment("T1-S", 2, Decimal(95), Decimal(190), TOMORROW)

        verdict = review_outcome(saying("给您190元", granted, facts=(a_sku(),)), Situation(shop=self.shop()))

        assert isinstance(verdict, Refusal)
        assert verdict.reason is Reason.BULK_ORDER

    def test_what_goes_to_a_person_already_may_say_its_sentence(self) -> None:
        dear = an_order(lines=(replace(an_order().lines[0], amount=Decimal(151)),))
        outcome = saying("我请同事帮您看看", facts=(dear,), handoff=HandoffRequest(Reason.AFTER_SALES))

        assert review_outcome(outcome, Situation(shop=self.shop())) == Approval(outcome)


class TestFreshness:
    def outcome(self, **changes: Any) -> Outcome:
        return Outcome("还剩30件", facts=(a_fact(a_sku(), **changes),))

    def test_an_old_fact_from_a_live_source_is_refused_as_stale(self) -> None:
        verdict = review_outcome(self.outcome(source="http", as_of=NOW - timedelta(seconds=901)), Situation())

        assert isinstance(verdict, Refusal)
        assert verdict.reason is Reason.FACTS_STALE

    def test_the_shops_own_files_stand_until_they_change(self) -> None:
        assert not refused(self.outcome(as_of=NOW - timedelta(days=30)))

    def test_a_limit_the_shop_wrote_binds_its_files_too(self) -> None:
        strict = settings_of()
        limited = type(strict).model_validate({**SETTINGS, "freshness": {"stock": 3600}})

        assert refused(self.outcome(as_of=NOW - timedelta(hours=2)), shop=a_shop(limited))

    def test_each_kind_has_its_own_limit(self) -> None:
        old = NOW - timedelta(minutes=30)
        outcome = Outcome("活动进行中", facts=(a_fact((a_promotion(),), FactKind.PROMOTION, source="http", as_of=old),))

        assert not refused(outcome)


SCRIPTS = st.sampled_from(["{n}", "{n}元", "{n}块", "¥{n}", "{n}块钱"])
WRITINGS = st.sampled_from([str, cn2an.an2cn, lambda n: cn2an.an2cn(n, "up"), lambda n: str(n).translate(FULL_WIDTH)])
SENTENCES = st.sampled_from(
    [
        "给您{p}",
        "{p}卖给您",
        "到手{p}",
        "好的,{p}成交",
        "老板同意{p}了",
        "只要{p}",
        "实付{p}哦",
        "按{p}给您改价",
        "便宜到{p}",
    ]
)
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@given(number=st.integers(11, 9999), script=SCRIPTS, writing=WRITINGS, sentence=SENTENCES)
def test_no_number_without_backing_passes_in_any_writing(
    number: int, script: str, writing: Callable[[int], str], sentence: str
) -> None:
    backed = {95, 100, 5, 1}

    outcome = saying(sentence.format(p=script.format(n=writing(number))), NINETY_FIVE, facts=(a_sku(stock=1),))

    assert refused(outcome) == (number not in backed)


@given(share=st.integers(11, 99), writing=WRITINGS)
def test_no_share_without_backing_passes_in_any_writing(share: int, writing: Callable[[int], str]) -> None:
    allowed = {95}

    for text in (f"打{writing(share)}折给您", f"{writing(share)}折"):
        assert refused(saying(text, NINETY_FIVE, facts=(a_sku(),))) == (share not in allowed)


def test_the_same_words_are_judged_by_the_shop_that_says_them() -> None:
    outcome = Outcome(text="付款后48小时内发出哦。")
    slower = a_shop(settings_of(shipping={"within_hours": 72}))

    verdicts = [review_outcome(outcome, Situation(shop=shop)) for shop in (a_shop(), slower, a_shop())]

    assert [isinstance(verdict, Approval) for verdict in verdicts] == [True, False, True]


@pytest.mark.parametrize("price", ["59", "59元", "五十九", "¥59", "59块钱"])
@pytest.mark.parametrize("sentence", ["只要{p}", "到手{p}哦", "{p}卖您", "老板同意{p}了", "{p}给您", "优惠后只要{p}"])
def test_the_threshold_of_free_shipping_is_nobodys_price(sentence: str, price: str) -> None:
    assert refused(saying(sentence.format(p=price), NINETY_FIVE, facts=(a_sku(stock=1),)))


@pytest.mark.parametrize("text", ["一件就够59元的包邮门槛了", "满59元包邮", "不满59元运费只要8元", "偏远地区也只要8元"])
def test_what_delivery_costs_and_from_where_it_is_free_may_be_said(text: str) -> None:
    assert not refused(saying(text, NINETY_FIVE, facts=(a_sku(stock=1),)))


def test_a_gift_named_after_goods_in_view_is_the_registered_gift() -> None:
    scarf = a_product(a_sku(), title="羊毛围巾")
    promotion = a_promotion(
        kind=PromotionKind.GIFT, title="满129送羊毛围巾一条", gift="羊毛围巾一条", over=Decimal(129)
    )
    outcome = saying(
        "「满129送羊毛围巾一条」满129元赠送羊毛围巾一条。",
        PromotionCommitment(promotion.promotion_id),
        facts=(scarf, promotion),
    )
    assert isinstance(review_outcome(outcome, Situation()), Approval)
