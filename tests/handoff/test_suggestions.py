"""What an agent could send next: true of the case, and nothing asked that is known."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.commerce.order_status import OrderStatus
from app.domain.catalogue import OrderState
from app.domain.conversation import Conversation, Slot
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.message import MessageType
from app.shop.schema import Authority, ShippingPromise
from handoff.brief import Brief
from handoff.brief_writer import write_brief
from handoff.suggestions import SuggestionContext, suggest_replies
from tests.handoff.builders import KEY, MORNING, a_fact, a_message, a_request, a_sku, a_story, an_order, some_settings

PROMISING = some_settings(
    authority=Authority(shipping=ShippingPromise(within_hours=48, stuck_hours=48, returns_days=7))
)
ORDER = "202608150001"


def ago(**time: float) -> datetime:
    return MORNING - timedelta(**time)


def the_brief(intent: str, order: dict[str, Any], reason: Reason = Reason.AFTER_SALES, **story: Any) -> Brief:
    given: dict[str, Any] = {
        "intent": intent,
        "reason": reason,
        "group": Group.INSALE,
        "settings": PROMISING,
        "message": a_message("您好"),
        "request": a_request(reason=reason, collected={"订单号": ORDER}),
        "facts": (a_fact(an_order(**order)), a_fact(a_sku())),
        "of_orders": True,
    }
    return write_brief(a_story(**given | story))


def replies(brief: Brief) -> str:
    return "".join((brief.suggested_reply, *brief.alternatives))


SIGNED = {
    "state": OrderState.DELIVERED,
    "delivered_at": ago(days=1),
    "courier": "圆通速递",
    "last_place": "已签收，签收人：菜鸟驿站",
}
STUCK = {"state": OrderState.SHIPPED, "courier": "圆通速递", "last_moved_at": ago(days=4), "last_place": "武汉转运中心"}
MOVING = {
    "state": OrderState.SHIPPED,
    "courier": "圆通速递",
    "last_moved_at": ago(hours=4),
    "last_place": "武汉转运中心",
}


@pytest.mark.parametrize(
    ("intent", "order", "holds"),
    [
        ("logistics_status", SIGNED, ["0001", "11月22日上午10:00", "菜鸟驿站", "圆通速递", "取件记录"]),
        ("logistics_status", STUCK, ["0001", "武汉转运中心", "4天", "圆通速递"]),
        ("delivery_urging", {"paid_at": ago(hours=75)}, ["0001", "11月22日早上7:00前发出", "27小时", "抱歉"]),
        ("delivery_urging", {"paid_at": ago(hours=20)}, ["0001", "11月24日下午2:00前发出"]),
        ("cancel_order", {"paid_at": ago(hours=20)}, ["0001", "还没有发出", "拦截"]),
        ("cancel_order", MOVING, ["0001", "已经由圆通速递发出", "拦截退回"]),
        ("return_refund", {"state": OrderState.REFUNDING}, ["0001", "退款正在办理"]),
        (
            "return_refund",
            {"state": OrderState.COMPLETED, "delivered_at": ago(days=9)},
            ["0001", "过了店里7天的退换期"],
        ),
    ],
)
def test_the_suggestion_is_made_of_what_is_known_of_the_order(intent: str, order: dict[str, Any], holds: list[str]):
    brief = the_brief(intent, order)

    assert [word for word in holds if word not in brief.suggested_reply] == []


@pytest.mark.parametrize("intent", ["logistics_status", "quality_issue", "return_refund", "cancel_order", "invoice"])
@pytest.mark.parametrize("order", [SIGNED, STUCK, MOVING, {"paid_at": ago(hours=75)}])
@pytest.mark.parametrize("reason", list(Reason))
def test_an_order_that_is_known_is_never_asked_for(intent: str, order: dict[str, Any], reason: Reason):
    assert "订单号" not in replies(the_brief(intent, order, reason))


@pytest.mark.parametrize("order", [{"paid_at": ago(hours=20)}, {"paid_at": ago(hours=75)}])
def test_of_a_parcel_that_has_not_left_nobody_says_it_has(order: dict[str, Any]):
    for intent in ("cancel_order", "modify_order", "return_refund", "delivery_urging"):
        assert "已经发出" not in replies(the_brief(intent, order))


def test_a_parcel_not_received_needs_no_photo():
    assert "照片" not in replies(the_brief("logistics_status", SIGNED))


def test_a_photo_that_came_is_not_asked_for_again():
    asked = the_brief("quality_issue", SIGNED)
    given = the_brief("quality_issue", SIGNED, message=a_message("", type=MessageType.IMAGE))

    assert "拍一张" in asked.suggested_reply
    assert "照片我看到了" in given.suggested_reply
    assert "拍一张" not in replies(given)


def test_the_new_address_is_said_back():
    request = a_request(reason=Reason.AFTER_SALES, collected={"订单号": ORDER, "新地址": "宁波市学士路100号"})

    brief = the_brief("modify_order", {"paid_at": ago(hours=20)}, request=request)

    assert "宁波市学士路100号" in brief.suggested_reply


def test_what_the_bot_promised_is_kept():
    promised = ({"kind": "compensation", "text": "小额打款5元"}, {"kind": "stock", "text": "有货"})

    brief = the_brief("delivery_urging", {"paid_at": ago(hours=75)}, conversation=Conversation(KEY, promises=promised))

    assert "小额打款5元" in brief.suggested_reply


def test_who_asks_for_a_person_hears_that_the_order_was_seen():
    brief = the_brief("human_agent", STUCK, Reason.ASKED_FOR_HUMAN)

    assert "武汉转运中心" in brief.suggested_reply


def test_of_several_orders_it_is_asked_which():
    orders = a_fact((an_order(order_id="10001"), an_order(order_id="10002")))

    brief = the_brief("human_agent", {}, Reason.ASKED_FOR_HUMAN, facts=(orders,), request=None)

    assert "尾号0001、0002" in brief.suggested_reply


def test_an_order_of_before_has_no_place_in_the_answer_to_a_question_before_buying():
    slots = {"order": Slot(ORDER, MORNING + timedelta(hours=1))}
    story = {"conversation": Conversation(KEY, slots=slots), "request": None, "of_orders": False}

    brief = the_brief("stock", {}, Reason.LOW_CONFIDENCE, **story | {"facts": (a_fact((an_order(),)),)})

    assert "0001" not in replies(brief)


def test_of_goods_that_have_not_left_nobody_owns_a_fault():
    brief = the_brief("wrong_or_missing_item", {"paid_at": ago(hours=20)})

    assert "另一笔" in brief.suggested_reply
    assert "我们的问题" not in replies(brief)


def test_an_order_that_is_late_is_noted_though_something_else_is_asked():
    late = a_fact((an_order(paid_at=ago(hours=75)),))

    brief = the_brief("stock", {}, Reason.LOW_CONFIDENCE, request=None, facts=(late,), of_orders=False)

    assert [note for note in brief.notes if "尾号0001" in note and "超时27小时" in note]


def test_to_a_stranger_nothing_private_of_the_order_is_suggested():
    order = {**STUCK, "buyer": "buyer-99", "tracking_no": "YT2000000002"}

    brief = the_brief("logistics_status", order)

    assert "核对" in brief.suggested_reply
    assert not [word for word in ("武汉转运中心", "YT2000000002") if word in replies(brief)]
    assert [note for note in brief.notes if "另一位买家" in note]


def test_who_signed_for_a_parcel_is_told_to_its_buyer_and_to_nobody_else():
    own, foreign = (the_brief("logistics_status", {**SIGNED, "buyer": buyer}) for buyer in ("buyer-01", "buyer-99"))

    assert "菜鸟驿站" in replies(own)
    assert "菜鸟驿站" not in replies(foreign)


def test_another_buyers_late_order_is_not_named():
    late = an_order(paid_at=ago(hours=75))
    mine, theirs = (a_fact((replace(late, buyer=buyer),)) for buyer in ("buyer-01", "buyer-99"))

    def noted(*facts: Fact[Any]) -> list[str]:
        brief = the_brief("stock", {}, Reason.LOW_CONFIDENCE, request=None, facts=facts, of_orders=False)
        return [note for note in brief.notes if "0001" in note]

    assert noted(mine)
    assert noted(theirs) == []


def test_three_different_replies_for_whatever_is_known():
    for reason in Reason:
        for standing in (None, *OrderStatus):
            for known in ({}, {"tail": "0001", "which": "尾号0001的订单"}, {"tails": "0001、0002"}):
                occasion = SuggestionContext(
                    reason, "other", standing if known.get("tail") else None, {"address": "亲", **known}
                )
                assert len(set(suggest_replies(occasion))) == 3


def test_a_promise_that_has_ended_is_not_repeated_to_the_buyer() -> None:
    def suggested(left: timedelta) -> str:
        promise = {"kind": "compensation", "text": "小额打款5元", "valid_until": (MORNING + left).isoformat()}
        paid = {"state": OrderState.PAID, "paid_at": ago(days=4)}
        return replies(the_brief("delivery_urging", paid, conversation=Conversation(KEY, promises=(promise,))))

    assert "小额打款5元" in suggested(timedelta(hours=1))
    assert "小额打款5元" not in suggested(timedelta(hours=-1))
