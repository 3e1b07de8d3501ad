"""Damage that is only supposed: the shop's rule is told, and nobody apologises for what has not happened."""

import pytest

from app.domain.catalogue import FaqEntry, OrderState
from app.domain.understanding import EntityKind, FaqScore
from intents._kit.hypothetical import DAMAGE_POLICY_TOLD, is_hypothetical
from tests.intents.cases import a_case, a_shop, an_entity, an_open_matter, an_order, answered

REPORT = FaqEntry("F1", "收到破损怎么办", "亲，实在抱歉，请把照片和订单号发过来。", category="质量/破损")
RULE = FaqEntry("F2", "路上碎了算谁的", "亲，您放心，破损的拍照发给我们就好。", category="质量/破损")
NO_REASON = FaqEntry("F3", "包退吗", "亲，支持签收后7天内的退货。", category="退换货")


@pytest.mark.parametrize("text", ["裂了包退吗", "碎了包赔吗", "要是收到是坏的怎么办", "万一碎了呢", "路上坏了算谁的"])
def test_a_rule_is_asked_for(text: str) -> None:
    assert is_hypothetical(text)


@pytest.mark.parametrize(
    "text", ["我的杯子裂了包退吗", "刚收到就碎了，包赔吗", "杯子裂了怎么办", "质量问题的退货运费算谁的", "包退吗"]
)
def test_damage_that_happened_is_reported(text: str) -> None:
    assert not is_hypothetical(text)


@pytest.mark.parametrize("intent", ["quality_issue", "return_refund"])
@pytest.mark.parametrize("likely", [REPORT, NO_REASON])
async def test_nobody_apologises_for_damage_that_is_only_supposed(intent: str, likely: FaqEntry) -> None:
    scores = (FaqScore(likely.entry_id, likely.question, 0.9),)

    outcome = await answered(a_case(intent, "裂了包退吗", a_shop(faq=(likely,)), faqs=scores))

    assert "抱歉" not in outcome.text
    assert "7天" not in outcome.text
    assert "登记" in outcome.text
    assert outcome.asks is None


@pytest.mark.parametrize("intent", ["quality_issue", "return_refund"])
async def test_the_shops_own_rule_goes_first(intent: str) -> None:
    scores = (FaqScore("F2", RULE.question, 0.9),)

    outcome = await answered(a_case(intent, "裂了包退吗", a_shop(faq=(RULE,)), faqs=scores))

    assert outcome.text == RULE.answer


async def test_who_comes_back_has_damage_to_report() -> None:
    first = await answered(a_case("quality_issue", "裂了包赔吗"))

    again = await answered(a_case("quality_issue", "万一裂了呢", tried=(first.tried,)))

    assert again.asks is not None


async def test_damaged_goods_of_an_own_order_are_no_matter_of_unused_goods() -> None:
    unused = FaqEntry("F4", "包装拆了还能退吗", "亲，没有使用痕迹就可以退。", category="退换货")
    shop = a_shop(an_order(state=OrderState.DELIVERED), faq=(unused,))

    outcome = await answered(
        a_case("return_refund", "杯子裂了能退吗", shop, faqs=(FaqScore("F4", unused.question, 0.9),))
    )

    assert "使用痕迹" not in outcome.text
    assert outcome.asks is not None
    assert outcome.asks.slot == "photo"


async def test_who_says_more_after_the_rule_is_not_apologised_to_either():
    first = await answered(a_case("quality_issue", "裂了包赔吗"))

    more = await answered(a_case("quality_issue", "我在东北，家里有暖气", tried=(first.tried,)))

    assert more.asks is None
    assert "抱歉" not in more.text


async def test_in_the_middle_of_a_matter_its_next_question_goes_on() -> None:
    reported = {"quality_issue": an_open_matter("order", wish="杯子碎了")}

    outcome = await answered(a_case("quality_issue", "要是再寄来又碎了怎么办", memory=reported))

    assert outcome.tried != DAMAGE_POLICY_TOLD
    assert outcome.asks or outcome.handoff


async def test_an_order_number_after_the_rule_opens_the_matter() -> None:
    number = an_entity(EntityKind.ORDER_ID, "8800100001")
    shop = a_shop(an_order(state=OrderState.DELIVERED))

    outcome = await answered(
        a_case("quality_issue", "8800100001", shop, entities=(number,), tried=(DAMAGE_POLICY_TOLD,))
    )

    assert outcome.tried != DAMAGE_POLICY_TOLD
    assert outcome.asks is not None


async def test_who_says_more_after_the_shops_own_rule_is_heard_kindly_too() -> None:
    scores = (FaqScore("F2", RULE.question, 0.9),)
    first = await answered(a_case("quality_issue", "裂了包赔吗", a_shop(faq=(RULE,)), faqs=scores))

    more = await answered(a_case("quality_issue", "我在东北，家里有暖气", tried=(first.tried,)))

    assert first.faq == "F2"
    assert more.tried == DAMAGE_POLICY_TOLD


async def test_damage_told_of_after_the_rule_is_a_report() -> None:
    outcome = await answered(a_case("quality_issue", "刚收到就裂了", tried=(DAMAGE_POLICY_TOLD,)))

    assert outcome.asks is not None


async def test_where_damaged_goods_go_back_to_is_told_in_the_shops_words() -> None:
    address = FaqEntry("F5", "退货寄到哪里", "亲，退货地址在售后页面里。", category="退换货")
    scores = (FaqScore("F5", address.question, 0.9),)

    outcome = await answered(a_case("return_refund", "裂了能退吗，寄到哪里", a_shop(faq=(address,)), faqs=scores))

    assert outcome.faq == "F5"
