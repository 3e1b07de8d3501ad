"""Intents that collect: each thing is asked for once, and everything given reaches the person."""

from datetime import timedelta

import pytest

from app.domain.catalogue import FaqEntry, OrderState
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.message import MessageType
from app.domain.understanding import EntityKind, FaqScore
from tests.intents.cases import NOW, a_case, a_shop, an_entity, an_open_matter, an_order, answered, asked

DELIVERED = an_order(state=OrderState.DELIVERED)


async def test_an_unknown_order_is_asked_for_first():
    outcome = await answered(a_case("wrong_or_missing_item", "少了一个", a_shop()))

    assert outcome.asks is not None
    assert outcome.asks.slot == "order"
    assert "订单号" in outcome.text
    assert outcome.handoff is None


async def test_several_orders_are_offered_as_choices():
    shop = a_shop(DELIVERED, an_order("8800100002", OrderState.COMPLETED))

    outcome = await answered(a_case("wrong_or_missing_item", "少了一个", shop))

    assert outcome.asks is not None
    assert [option.label for option in outcome.asks.options] == ["尾号0001的胡桃木茶盘", "尾号0002的胡桃木茶盘"]
    assert "8800100001" not in outcome.text


async def test_trouble_with_goods_is_about_an_order_the_buyer_has():
    shop = a_shop(DELIVERED, an_order("8800100002", OrderState.UNPAID, paid_at=None))

    outcome = await answered(a_case("wrong_or_missing_item", "少了一个", shop))

    assert outcome.slots == {"order": "8800100001"}


async def test_a_number_nobody_knows_is_asked_for_a_second_time_and_not_a_third():
    unknown = (an_entity(EntityKind.ORDER_ID, "99990000"),)
    again = await answered(
        a_case("price_protection", "99990000", entities=unknown, memory={"price_protection": an_open_matter("order")})
    )
    enough = await answered(
        a_case(
            "price_protection",
            "99990000",
            entities=unknown,
            memory={"price_protection": an_open_matter("order", "order")},
        )
    )

    assert again.asks is not None
    assert again.slots == {"order": None}
    assert "0000" in again.text
    assert enough.handoff is not None
    assert enough.handoff.collected["订单号"].startswith("99990000")


async def test_who_has_no_number_is_handed_over_without_one():
    memory = {"wrong_or_missing_item": an_open_matter("order", "photo", wish="少了一个")}

    outcome = await answered(a_case("wrong_or_missing_item", "没有订单号", memory=memory))

    assert outcome.handoff is not None
    assert outcome.handoff.reason is Reason.AFTER_SALES
    assert outcome.handoff.collected == {}


async def test_a_photo_is_collected_and_ends_the_asking():
    outcome = await answered(
        a_case(
            "wrong_or_missing_item",
            "",
            a_shop(DELIVERED),
            kind=MessageType.IMAGE,
            memory={"wrong_or_missing_item": an_open_matter("photo", wish="少了一个")},
            pending=asked("wrong_or_missing_item", "photo"),
        )
    )

    assert outcome.handoff is not None
    assert outcome.handoff.collected == {"订单号": "8800100001", "照片": "买家已发图片"}
    assert outcome.memory == {}


async def test_the_words_asked_for_are_collected():
    outcome = await answered(
        a_case(
            "return_refund",
            "尺寸买小了",
            a_shop(DELIVERED),
            memory={"return_refund": an_open_matter("detail", wish="我要退货")},
            pending=asked("return_refund", "detail"),
        )
    )

    assert outcome.handoff is not None
    assert outcome.handoff.collected == {"订单号": "8800100001", "情况说明": "尺寸买小了"}
    assert "我要退货" in outcome.handoff.wish


async def test_words_that_answer_no_question_are_not_taken_for_an_answer():
    memory = {"return_refund": an_open_matter("detail", wish="我要退货")}

    outcome = await answered(a_case("return_refund", "我要退货", a_shop(DELIVERED), memory=memory))

    assert outcome.handoff is not None
    assert "情况说明" not in outcome.handoff.collected


async def test_a_matter_of_hours_ago_begins_anew():
    stale = an_open_matter("order") | {"at": (NOW - timedelta(hours=3)).isoformat()}

    outcome = await answered(a_case("price_protection", "降价了", memory={"price_protection": stale}))

    assert outcome.asks is not None
    assert outcome.asks.slot == "order"


async def test_what_was_collected_for_a_kindred_matter_is_not_asked_again():
    outcome = await answered(
        a_case(
            "return_refund",
            "不要补偿 我要换货",
            a_shop(DELIVERED),
            memory={"quality_issue": an_open_matter("photo", wish="壶嘴裂了", photo="买家已发图片")},
        )
    )

    assert outcome.handoff is not None
    assert outcome.handoff.collected["照片"] == "买家已发图片"
    assert "壶嘴裂了" in outcome.handoff.wish


@pytest.mark.parametrize(
    ("text", "slot"),
    [("地址填错了", "address"), ("手机号换了", "phone"), ("想换个颜色", "variant"), ("帮我备注一下", "remark")],
)
async def test_only_what_is_to_be_changed_is_asked_for(text, slot):
    outcome = await answered(a_case("modify_order", text, a_shop(an_order())))

    assert outcome.asks is not None
    assert outcome.asks.slot == slot


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("地址改成浙江省宁波市学士路100号3单元", "新地址"),
        ("备注一下要白色包装袋", "备注内容"),
        ("换成大号的", "新规格"),
    ],
)
async def test_what_came_along_is_not_asked_for(text, title):
    outcome = await answered(a_case("modify_order", text, a_shop(an_order())))

    assert outcome.handoff is not None
    assert outcome.handoff.group is Group.INSALE
    assert title in outcome.handoff.collected


async def test_a_new_address_is_taken_without_the_words_around_it_and_is_no_variant():
    outcome = await answered(a_case("modify_order", "帮我把收货地址改成杭州市西湖区文三路1号 张三", a_shop(an_order())))

    assert outcome.handoff is not None
    assert outcome.handoff.collected["新地址"] == "杭州市西湖区文三路1号 张三"
    assert "新规格" not in outcome.handoff.collected


async def test_an_address_we_asked_for_is_taken_without_the_words_around_it():
    waiting = {"memory": {"modify_order": an_open_matter("address", wish="改地址")}}

    outcome = await answered(
        a_case(
            "modify_order",
            "改成杭州市西湖区文三路1号 张三",
            a_shop(an_order()),
            pending=asked("modify_order", "address"),
            **waiting,
        )
    )

    assert outcome.handoff is not None
    assert outcome.handoff.collected["新地址"] == "杭州市西湖区文三路1号 张三"


async def test_a_new_phone_number_is_collected():
    phone = (an_entity(EntityKind.PHONE, "13912345678"),)

    outcome = await answered(a_case("modify_order", "电话改成13912345678", a_shop(an_order()), entities=phone))

    assert outcome.handoff is not None
    assert outcome.handoff.collected["新电话"] == "13912345678"


async def test_a_parcel_that_left_is_not_changed_by_the_bot():
    shop = a_shop(an_order(state=OrderState.SHIPPED, shipped_at=NOW - timedelta(hours=5)))

    outcome = await answered(a_case("modify_order", "改地址", shop))

    assert outcome.handoff is not None
    assert outcome.asks is None


@pytest.mark.parametrize(
    ("state", "handed", "group"),
    [
        (OrderState.UNPAID, False, None),
        (OrderState.PAID, True, Group.INSALE),
        (OrderState.SHIPPED, True, Group.AFTERSALE),
        (OrderState.DELIVERED, True, Group.AFTERSALE),
        (OrderState.REFUNDING, False, None),
        (OrderState.REFUNDED, False, None),
        (OrderState.CANCELLED, False, None),
    ],
)
async def test_cancelling_follows_the_orders_state(state, handed, group):
    outcome = await answered(
        a_case("cancel_order", "取消", a_shop(an_order(state=state)), slots={"order": "8800100001"})
    )

    assert (outcome.handoff is not None) is handed
    assert (outcome.handoff.group if outcome.handoff else None) is group


async def test_an_invoice_needs_its_title():
    first = await answered(a_case("invoice", "开发票", a_shop(an_order())))
    second = await answered(
        a_case(
            "invoice",
            "杭州测试有限公司 91330100MA27XXXX1X",
            a_shop(an_order()),
            memory={"invoice": first.memory or {}},
            pending=first.asks,
        )
    )

    assert first.asks is not None
    assert first.asks.slot == "invoice_title"
    assert second.handoff is not None
    assert second.handoff.collected["抬头与税号"].startswith("杭州测试")


async def test_price_protection_gives_the_agent_both_prices():
    outcome = await answered(a_case("price_protection", "刚买就降价了", a_shop(an_order())))

    assert outcome.handoff is not None
    assert outcome.handoff.notes == ("胡桃木茶盘（小号）买时 1 件 128 元，现在页面单价 128 元",)
    assert "元" not in outcome.text


@pytest.mark.parametrize("state", [OrderState.REFUNDING, OrderState.REFUNDED])
async def test_a_refund_under_way_is_told_and_goes_to_a_person_for_who_presses(state):
    told = await answered(a_case("return_refund", "退款呢", a_shop(an_order(state=state))))
    pressed = await answered(a_case("return_refund", "退款怎么还没到", a_shop(an_order(state=state))))

    assert (told.handoff, told.asks, told.commitments) == (None, None, ())
    assert pressed.handoff is not None
    assert pressed.asks is None


async def test_return_days_are_said_to_who_wants_to_return_whole_goods():
    whole = await answered(a_case("return_refund", "我不喜欢想退", a_shop()))
    broken = await answered(a_case("return_refund", "碎了我要退", a_shop()))
    progress = await answered(a_case("return_refund", "为什么拒绝售后", a_shop()))

    assert "7天" in whole.text
    assert "7天" not in broken.text
    assert "7天" not in progress.text


async def test_a_bare_order_number_is_no_wish():
    number = an_entity(EntityKind.ORDER_ID, "8800100001")

    outcome = await answered(a_case("price_protection", "8800100001", a_shop(an_order()), entities=(number,)))

    assert outcome.handoff is not None
    assert "买家" not in outcome.handoff.wish


@pytest.mark.parametrize(("text", "handed_over"), [("退我差价", True), ("降价了差价能退吗", False)])
async def test_the_difference_is_a_persons_where_it_is_wanted_and_the_shops_words_where_it_is_asked(text, handed_over):
    entry = FaqEntry("F1", "可以退差价吗", "签收前降价的可以申请。", category="价保/补差价")
    asked_for = (FaqScore("F1", entry.question, 0.9),)

    outcome = await answered(a_case("price_protection", text, a_shop(an_order(), faq=(entry,)), faqs=asked_for))

    assert bool(outcome.handoff) is handed_over


@pytest.mark.parametrize("intent", ["greeting", "acknowledgement"])
async def test_a_rolled_eye_is_met_with_an_apology(intent):
    outcome = await answered(a_case(intent, "🙄"))

    assert outcome.used_replies[0].startswith(f"{intent}/annoyed/")
