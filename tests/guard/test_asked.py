"""What a reply owes to the words it answers: the place, the time and the number that the buyer named."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commerce.shipping import end_of_day
from app.domain.commitment import (
    BasketCommitment,
    PostageCommitment,
    PriceCommitment,
    ShipByCommitment,
    StackingCommitment,
)
from app.domain.decision import Reason
from app.domain.outcome import HandoffRequest, Outcome, RecordUrge
from app.guard.gate import Refusal, review_outcome
from tests.builders import NOW, Situation, a_promotion, a_shop, a_sku, saying, settings_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
FEES = {
    "within_hours": 48,
    "cut_off": "16:00",
    "free_from": 59,
    "fee": 8,
    "remote_places": ["新疆", "西藏"],
    "remote_fee": 15,
}
TOWNS = ("乌鲁木齐", "喀什", "拉萨", "伊犁", "和田", "新疆", "西藏", "日喀则")
LATER = ("晚上八点", "明天", "周日", "下周三", "后天下午", "五点半")


def refused(outcome: Outcome, **situation: Any) -> bool:
    return isinstance(review_outcome(outcome, Situation(**situation)), Refusal)


def shipping_shop(**changes: Any) -> Any:
    return a_shop(settings_of(shipping={**FEES, **changes}))


@given(town=st.sampled_from(TOWNS), words=st.sampled_from(["包邮的哦", "满59元包邮，放心拍", "运费全免", "不收您运费"]))
def test_no_remote_place_is_told_free_postage(town: str, words: str) -> None:
    assert refused(saying(f"亲，{words}。"), shop=shipping_shop(), asked=f"我在{town}，包邮吗")


@pytest.mark.parametrize("town", ["上海", "杭州", "桂林"])
def test_other_places_may_be_told_of_the_threshold(town: str) -> None:
    assert not refused(saying("亲，满59元包邮。"), shop=shipping_shop(), asked=f"{town}包邮吗")


def test_a_remote_place_may_be_told_its_own_fee() -> None:
    told = saying("满59元包邮，新疆另收运费15元。", PostageCommitment(Decimal(15), "新疆"))

    assert not refused(told, shop=shipping_shop(), asked="乌鲁木齐包邮吗")


@given(fee=st.integers(0, 40), place=st.sampled_from([None, "新疆", "西藏", "上海"]), total=st.integers(1, 200))
def test_postage_is_what_the_shop_wrote(fee: int, place: str | None, total: int) -> None:
    promise = PostageCommitment(Decimal(fee), place, Decimal(total))
    due = {None: 0 if total >= 59 else 8, "新疆": 15, "西藏": 15}.get(place)

    assert refused(saying("好的亲", promise), shop=shipping_shop()) is (fee != due)


@given(when=st.sampled_from(LATER))
def test_dispatch_is_promised_for_the_time_that_was_named(when: str) -> None:
    now = saying("会尽快为您安排", ShipByCommitment(NOW + timedelta(hours=48)))

    assert refused(now, asked=f"{when}拍什么时候发")
    assert not refused(now, asked="现在拍什么时候发")


def test_in_time_is_said_only_of_an_order_that_leaves_that_day() -> None:
    assert refused(saying("赶得上的，您放心"))
    assert refused(saying("来得及哦", ShipByCommitment(NOW + timedelta(hours=48))))

    today = ShipByCommitment(end_of_day(NOW.astimezone(SHANGHAI).date(), SHANGHAI))
    assert not refused(saying("来得及哦", today), shop=shipping_shop())


@given(wanted=st.integers(2, 400))
def test_no_retail_price_answers_a_bulk_order(wanted: int) -> None:
    policy = {"rounds": 2, "max_discount": "0.10", "bulk_handoff_from": 100}
    shop = a_shop(settings_of(bargaining=policy))
    one = PriceCommitment("T1-S", 1, Decimal(100), Decimal(100))
    basket = BasketCommitment((("T1-S", 2),), (), Decimal(200))

    for made in (one, basket):
        told = saying("按页面价拍就好", made, facts=(a_sku(),))
        assert refused(told, shop=shop, asked=f"要{wanted}件多少钱") is (wanted >= 100)


def test_a_number_in_a_variants_name_is_no_number_of_pieces() -> None:
    shop = a_shop(settings_of(bargaining={"rounds": 2, "max_discount": "0.10", "bulk_handoff_from": 100}))
    sheets = replace(a_sku(), attributes=("120张",))
    told = saying("按页面价拍就好", PriceCommitment("T1-S", 1, Decimal(100), Decimal(100)), facts=(sheets,))

    assert not refused(told, shop=shop, asked="来一包120张的多少钱")
    assert refused(told, shop=shop, asked="来一百五十张多少钱")


@pytest.mark.parametrize("asked", ["一百块左右的有吗", "预算200元", "三百块以内"])
def test_a_purse_is_no_number_of_pieces(asked: str) -> None:
    told = saying("这款100元", PriceCommitment("T1-S", 1, Decimal(100), Decimal(100)), facts=(a_sku(),))

    assert not refused(told, asked=asked)


@pytest.mark.parametrize("words", ["可以叠加的", "都能一起用", "可以同时使用哦", "叠加下来更省"])
def test_promotions_stack_only_where_their_rules_say_so(words: str) -> None:
    together, alone = a_promotion(stacks=True), a_promotion(promotion_id="alone", title="单独", stacks=False)
    both = StackingCommitment((together.promotion_id, alone.promotion_id))

    assert refused(saying(words))
    assert refused(saying(words, both, facts=((together, alone),)))
    assert not refused(saying(words, StackingCommitment((together.promotion_id,)), facts=((together,),)))


@pytest.mark.parametrize("words", ["不能叠加", "可以叠加吗", "不与其他活动叠加", "单独使用"])
def test_who_denies_stacking_claims_none(words: str) -> None:
    assert not refused(saying(words))


@pytest.mark.parametrize("words", ["已经帮您登记了", "登记好了", "都记下了", "已为您备注", "已经登记催办"])
def test_recorded_is_said_only_where_something_is(words: str) -> None:
    assert refused(saying(words))
    assert not refused(saying(words, effects=(RecordUrge("8800110001", None, "迟"),)))
    assert not refused(saying(words, handoff=HandoffRequest(Reason.AFTER_SALES, "登记")))


@pytest.mark.parametrize(
    "words", ["我来帮您登记", "需要我登记吗", "请把要备注的内容发我", "说一下我登记下来", "我记录清楚"]
)
def test_what_is_only_offered_is_not_recorded_yet(words: str) -> None:
    assert not refused(saying(words))
