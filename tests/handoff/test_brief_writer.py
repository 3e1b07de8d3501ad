"""Opening a ticket, its growing brief, and what the buyer is told."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.conversation import Conversation, Slot
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group, Priority
from app.domain.message import MessageType
from app.shop.schema import AlwaysPeople, Authority, ShippingPromise, Tone
from handoff.brief import Brief, Flag
from handoff.brief_updates import MOST_UPDATES, BriefAddition, add_to_brief
from handoff.brief_writer import UNTOLD_SLOTS, create_ticket, write_brief
from tests.handoff.builders import (
    KEY,
    MORNING,
    NIGHT,
    a_fact,
    a_message,
    a_request,
    a_sku,
    a_story,
    an_order,
    some_settings,
)


def an_addition(
    text: str = "在吗",
    *,
    type: MessageType = MessageType.TEXT,  # noqa: A002 - the field's own name
    now: datetime = MORNING,
    facts: tuple[Fact[Any], ...] = (),
    flags: frozenset[Flag] = frozenset(),
) -> BriefAddition:
    return BriefAddition(a_message(text, type=type), some_settings(), now, facts=facts, flags=flags)


def flags(brief: Brief) -> set[Flag]:
    return {line.code for line in brief.flags}


def with_people(**rules: object):
    return some_settings(authority=Authority(always_people=AlwaysPeople(**rules)))


def test_a_ticket_carries_the_route_and_the_clocks_of_its_brief():
    ticket = create_ticket(a_story())

    assert ticket.group is Group.SUPERVISOR
    assert ticket.priority is Priority.HIGH
    assert ticket.first_response_due == MORNING + timedelta(minutes=3)
    assert Brief.model_validate(ticket.brief).deadlines.first_response == ticket.first_response_due


def test_the_reason_is_told_in_chinese_words():
    brief = write_brief(a_story(reason=Reason.COMPLAINT))

    assert brief.reason is Reason.COMPLAINT
    assert brief.reason_text == "买家投诉"


def test_the_summary_says_in_two_lines_what_is_wanted_and_what_was_done():
    conversation = Conversation(KEY, tried=("报了活动价99元",))
    story = a_story(conversation=conversation, request=a_request(wish="80元卖不卖"), facts=(a_fact(a_sku()),))

    wanted, done = write_brief(story).summary

    assert wanted == "买家小雨咨询「议价」：80元卖不卖"
    assert "胡桃木茶盘" in done
    assert "报了活动价99元" in done


@pytest.mark.parametrize("unsure", [{"confidence": 0.3}, {"intent_title": "需上下文", "names_business": False}])
def test_the_summary_names_no_subject_that_was_only_guessed(unsure: dict[str, Any]):
    wanted, _ = write_brief(a_story(message=a_message("手被毛刺划伤了"), **unsure)).summary

    assert wanted == "买家小雨：手被毛刺划伤了"


def test_the_summary_says_where_the_order_stands():
    settings = some_settings(authority=Authority(shipping=ShippingPromise(within_hours=48)))
    late = an_order(paid_at=MORNING - timedelta(hours=53))

    _, known = write_brief(a_story(settings=settings, facts=(a_fact(late), a_fact(a_sku())))).summary

    assert "订单202608150001 胡桃木茶盘 大号，已付款未发货" in known
    assert "超时5小时" in known


def test_what_the_bot_says_in_this_turn_counts_as_an_answer():
    brief = write_brief(a_story(said="亲，取消的申请记下了。"))

    assert brief.tried == ("转接时回复「亲，取消的申请记下了。」",)
    assert "取消的申请记下了" in brief.summary[1]


@pytest.mark.parametrize(("orders", "told"), [(0, "没有查到这位买家的订单"), (None, "未关联订单或商品")])
def test_a_buyer_without_orders_is_told_apart_from_orders_nobody_could_look_up(orders: int | None, told: str):
    assert told in write_brief(a_story(buyer_orders=orders)).summary[1]


@pytest.mark.parametrize(
    ("intent", "reason"),
    [
        ("modify_order", Reason.AFTER_SALES),
        ("cancel_order", Reason.AUTHORITY_EXCEEDED),
        ("invoice", Reason.AFTER_SALES),
    ],
)
def test_work_on_an_order_is_no_buyer_who_wants_too_much(intent: str, reason: Reason):
    told = write_brief(a_story(intent=intent, reason=reason)).reason_text

    assert told.startswith("需要人工")
    assert "超出" not in told


def test_without_a_wish_the_buyers_own_words_stand_for_it():
    assert write_brief(a_story(message=a_message("能不能便宜点"))).wish == "能不能便宜点"


@pytest.mark.parametrize("name", sorted(UNTOLD_SLOTS))
def test_what_the_conversation_keeps_for_itself_is_not_shown_to_people(name: str):
    slots = {name: Slot('["P1"]', MORNING + timedelta(hours=1))}

    assert write_brief(a_story(conversation=Conversation(KEY, slots=slots))).slots == ()


def test_slots_still_remembered_are_in_the_brief_by_their_chinese_names():
    later, before = MORNING + timedelta(hours=1), MORNING - timedelta(hours=1)
    slots = {"order": Slot("202608150001", later), "quantity": Slot("3", before)}

    brief = write_brief(a_story(conversation=Conversation(KEY, slots=slots)))

    assert [(line.title, line.value) for line in brief.slots] == [("订单号", "202608150001")]


def test_the_order_is_in_the_brief_with_its_source_and_time():
    brief = write_brief(a_story(facts=(a_fact(an_order()),)))

    (shot,) = brief.snapshots
    assert (shot.kind, shot.id, shot.source, shot.as_of) == ("order", "202608150001", "files", MORNING)
    assert {line.label: line.value for line in shot.lines}["状态"] == "已付款待发货"


def test_promises_still_valid_are_in_the_brief_and_ended_ones_are_not():
    promises = (
        {"text": "满100减5元优惠券", "valid_until": (MORNING + timedelta(hours=1)).isoformat()},
        {"text": "上周的价格", "valid_until": (MORNING - timedelta(hours=1)).isoformat()},
    )

    brief = write_brief(a_story(conversation=Conversation(KEY, promises=promises)))

    assert brief.promised == ("满100减5元优惠券",)
    assert Flag.PROMISED in flags(brief)


def test_the_actions_own_suggestion_comes_first():
    brief = write_brief(a_story(request=a_request(suggested=("亲，可以给您85元包邮。",))))

    assert brief.suggested_reply == "亲，可以给您85元包邮。"


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_suggestion_and_two_different_alternatives(reason: Reason):
    brief = write_brief(a_story(reason=reason, settings=some_settings(tone=Tone(address="您"))))

    assert len({brief.suggested_reply, *brief.alternatives}) == 3
    assert "{" not in brief.suggested_reply


def test_notes_for_people_reach_the_brief():
    brief = write_brief(a_story(request=a_request(notes=("底价83.17元",), collected={"数量": "3"})))

    assert brief.notes == ("底价83.17元",)
    assert brief.collected == {"数量": "3"}


@pytest.mark.parametrize(
    ("reason", "flag"),
    [
        (Reason.ANGRY, Flag.ANGRY),
        (Reason.COMPLAINT, Flag.COMPLAINT),
        (Reason.RISK_WORDS, Flag.RISK_WORDS),
        (Reason.BULK_ORDER, Flag.BULK),
        (Reason.FACTS_STALE, Flag.STALE_FACTS),
        (Reason.REPEATED_MISS, Flag.REPEATED),
    ],
)
def test_a_grave_reason_raises_its_flag(reason: Reason, flag: Flag):
    assert flag in flags(write_brief(a_story(reason=reason)))


def test_risk_words_of_the_shop_raise_a_flag_whatever_the_reason():
    story = a_story(message=a_message("不退我就打12315"), settings=with_people(risk_words=("12315",)))

    assert Flag.RISK_WORDS in flags(write_brief(story))


def test_a_vip_is_flagged():
    assert Flag.VIP in flags(write_brief(a_story(settings=with_people(vip_buyers=("buyer-01",)))))


def test_an_order_over_the_shops_limit_is_flagged():
    settings = with_people(order_value_above=Decimal(50))

    assert Flag.HIGH_VALUE in flags(write_brief(a_story(settings=settings, facts=(a_fact(an_order()),))))
    assert Flag.HIGH_VALUE not in flags(write_brief(a_story(settings=settings)))


def test_a_photo_is_flagged_and_its_place_is_kept_in_the_wish():
    brief = write_brief(a_story(message=a_message("杯口有裂痕", type=MessageType.IMAGE)))

    assert Flag.PHOTO in flags(brief)
    assert brief.wish == "[图片]杯口有裂痕"


def test_a_ticket_of_the_night_is_flagged():
    assert Flag.OUT_OF_HOURS in flags(write_brief(a_story(now=NIGHT)))
    assert Flag.OUT_OF_HOURS not in flags(write_brief(a_story()))


def test_a_brief_survives_the_store():
    ticket = create_ticket(a_story(facts=(a_fact(an_order()),), request=a_request(notes=("底价83.17元",))))

    assert Brief.model_validate(ticket.brief).model_dump(mode="json") == ticket.brief


def test_while_the_buyer_waits_the_brief_grows():
    ticket = create_ticket(a_story())

    grown = add_to_brief(ticket, an_addition("再送个杯垫吧", facts=(a_fact(an_order()),)))

    brief = Brief.model_validate(grown.brief)
    assert [update.text for update in brief.updates] == ["再送个杯垫吧"]
    assert [shot.kind for shot in brief.snapshots] == ["order"]
    assert grown.id == ticket.id


def test_a_photo_sent_while_waiting_is_in_the_brief():
    grown = add_to_brief(create_ticket(a_story()), an_addition("", type=MessageType.IMAGE))

    brief = Brief.model_validate(grown.brief)
    assert brief.updates[0].type == "image"
    assert Flag.PHOTO in flags(brief)


def test_a_newer_fact_takes_the_older_ones_place():
    ticket = create_ticket(a_story(facts=(a_fact(a_sku(stock=7)),)))
    later = MORNING + timedelta(minutes=5)

    grown = add_to_brief(ticket, an_addition(now=later, facts=(a_fact(a_sku(stock=2), at=later),)))

    (shot,) = Brief.model_validate(grown.brief).snapshots
    assert shot.as_of == later


@pytest.mark.parametrize("trouble", [Flag.ANGRY, Flag.COMPLAINT, Flag.RISK_WORDS])
def test_trouble_while_waiting_makes_the_ticket_urgent(trouble: Flag):
    grown = add_to_brief(create_ticket(a_story()), an_addition("你们骗人", flags=frozenset({trouble})))

    assert grown.priority is Priority.URGENT
    assert trouble in flags(Brief.model_validate(grown.brief))


def test_a_photo_while_waiting_is_no_trouble():
    ticket = create_ticket(a_story())

    assert add_to_brief(ticket, an_addition("", type=MessageType.IMAGE)).priority is ticket.priority


def test_what_is_known_is_called_by_its_name():
    slots = {"sku": Slot("S1", MORNING + timedelta(hours=1))}
    story = a_story(conversation=Conversation(KEY, slots=slots), facts=(a_fact(a_sku()),))

    (line,) = write_brief(story).slots

    assert (line.value, line.text) == ("S1", "胡桃木茶盘 大号")


def test_times_of_an_order_are_the_shops_own():
    story = a_story(facts=(a_fact(an_order(paid_at=NIGHT)), a_fact(a_sku())))

    order = write_brief(story).snapshots[0]

    told = {line.label: line.value for line in order.lines}
    assert told["付款时间"] == "2026-11-23 23:00"
    assert told["明细"] == "胡桃木茶盘 大号×2"


def test_a_promise_made_twice_is_told_once():
    promises = ({"text": "整单合计99元"}, {"text": "整单合计99元"})

    assert write_brief(a_story(conversation=Conversation(KEY, promises=promises))).promised == ("整单合计99元",)


def test_a_flood_while_waiting_does_not_grow_the_brief_without_end():
    ticket = create_ticket(a_story())

    for number in range(MOST_UPDATES + 20):
        ticket = add_to_brief(ticket, an_addition(f"在吗{number}" * 500))

    updates = Brief.model_validate(ticket.brief).updates
    assert len(updates) == MOST_UPDATES
    assert max(len(update.text) for update in updates) <= 200


@given(st.text(max_size=400), st.sampled_from(Reason), st.floats(-1, 2))
def test_whatever_the_buyer_writes_there_is_a_brief(text: str, reason: Reason, confidence: float):
    brief = write_brief(a_story(message=a_message(text), reason=reason, confidence=confidence))

    assert len(brief.summary) == 2
    assert brief.wish
