"""A turn before it is written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.dialogue.rule_states import ToldStates
from app.dialogue.slots import dialogue_context, set_slots
from app.domain.catalogue import OrderState
from app.domain.commitment import PriceCommitment
from app.domain.conversation import Conversation, Pending, SlotName
from app.domain.decision import Answer, Reason
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.step import Step
from app.domain.understanding import IntentScore, Request
from app.language.conditions import GoodsState
from app.turns.state import next_state
from app.turns.step import drop_repeated_questions, tells_something
from tests.handoff.builders import KEY, a_fact, a_sku, an_order, some_settings

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def a_step(intent: str, slot: str | None = None) -> Step:
    """One request; it asks for `slot` if that is given."""
    asks = Pending(intent, slot, "…", NOW) if slot else None
    outcome = Outcome(text=f"{intent}说的话", asks=asks, used_replies=(f"{intent}/ask/0",))
    return Step(Request("…", (IntentScore(intent, 0.9),)), Answer(intent, 0.9), outcome)


def test_a_second_question_for_the_same_thing_is_not_asked() -> None:
    step = drop_repeated_questions(a_step("logistics_status", "order"), (a_step("cancel_order", "order"),))

    assert step.outcome.text == ""
    assert step.outcome.asks is None


def test_a_question_for_something_else_is_asked() -> None:
    step = a_step("quality_issue", "photo")

    assert drop_repeated_questions(step, (a_step("cancel_order", "order"),)) is step


def test_an_answer_stays_whatever_was_asked_before() -> None:
    step = a_step("shipping_fee")

    assert drop_repeated_questions(step, (a_step("cancel_order", "order"),)) is step


def a_word_on(intent: str, order_id: str, *, bound: bool = False) -> Step:
    """What one request of a message told of an order."""
    facts = (a_fact(an_order(order_id=order_id)),)
    made = (PriceCommitment("S1", 1, Decimal(1), Decimal(1)),) if bound else ()
    outcome = Outcome(text=f"{intent}说的话", facts=facts, commitments=made)
    parcel = intent in {"logistics_status", "arrival_time", "delivery_urging"}
    return Step(Request("…", (IntentScore(intent, 0.9),)), Answer(intent, 0.9), outcome, tells_parcel=parcel)


def test_where_one_parcel_is_is_told_once() -> None:
    first = a_word_on("logistics_status", "1")

    assert drop_repeated_questions(a_word_on("arrival_time", "1"), (first,)).outcome.text == ""


@pytest.mark.parametrize(
    "other",
    [
        a_word_on("arrival_time", "2"),
        a_word_on("shipping_fee", "1"),
        a_word_on("delivery_urging", "1", bound=True),
    ],
)
def test_another_parcel_another_matter_and_what_binds_the_shop_is_told_too(other: Step) -> None:
    assert drop_repeated_questions(other, (a_word_on("logistics_status", "1"),)) is other


def test_a_price_below_the_pages_is_remembered_as_a_promise_and_the_pages_own_is_not() -> None:
    listed, less = (PriceCommitment("S1", 2, unit, unit * 2) for unit in (Decimal(99), Decimal(90)))
    outcome = Outcome(text="…", commitments=(listed, less), facts=(a_fact(a_sku()),))
    step = Step(Request("…", (IntentScore("bargaining", 0.9),)), Answer("bargaining", 0.9), outcome)

    after = next_state(Conversation(KEY), (step,), NOW, some_settings().hours)

    assert [made["text"] for made in after.promises] == ["胡桃木茶盘 大号2件，单价90元，合计180元"]


def test_a_promise_that_has_ended_is_not_carried_on() -> None:
    promises = tuple(
        {"kind": "price", "text": text, "valid_until": (NOW + timedelta(minutes=left)).isoformat()}
        for text, left in (("还有效的价格", 1), ("过期的价格", -1))
    )

    after = next_state(Conversation(KEY, promises=promises), (a_step("stock"),), NOW, some_settings().hours)

    assert [made["text"] for made in after.promises] == ["还有效的价格"]


def test_the_state_of_the_order_in_view_is_known_to_the_next_message() -> None:
    order = an_order(state=OrderState.SHIPPED)
    outcome = Outcome("在路上", facts=(a_fact(order),), slots={SlotName.ORDER: order.order_id})
    step = replace(a_step("logistics_status"), outcome=outcome)

    after = next_state(Conversation(KEY), (step,), NOW, some_settings().hours)

    assert dialogue_context(after, NOW).order_state == OrderState.SHIPPED


TAG_OFF = ToldStates(frozenset({GoodsState.TAG_OFF})).to_slot()


def test_what_was_done_to_goods_before_they_were_named_is_of_those_named_first() -> None:
    told = set_slots(Conversation(KEY), {SlotName.CONDITION: TAG_OFF}, NOW)
    named = set_slots(told, {SlotName.PRODUCT: "T1"}, NOW)

    assert named.current_slot(SlotName.CONDITION, NOW) == TAG_OFF
    assert set_slots(named, {SlotName.PRODUCT: "P1"}, NOW).current_slot(SlotName.CONDITION, NOW) is None


def test_what_was_done_to_goods_is_not_added_to_others_that_an_answer_brings_up() -> None:
    told = set_slots(Conversation(KEY), {SlotName.PRODUCT: "T1", SlotName.CONDITION: TAG_OFF}, NOW)
    request = Request("洗过一次了", (IntentScore("product_question", 0.9),))
    step = Step(request, Answer("product_question", 0.9), Outcome("还有这款", slots={SlotName.PRODUCT: "P1"}))

    after = next_state(told, (step,), NOW, some_settings().hours)

    assert after.current_slot(SlotName.CONDITION, NOW) == ToldStates(frozenset({GoodsState.WASHED})).to_slot()


def test_the_state_of_another_order_is_forgotten() -> None:
    seen = set_slots(Conversation(KEY), {SlotName.ORDER: "1", SlotName.ORDER_STATE: "paid"}, NOW)

    assert dialogue_context(set_slots(seen, {SlotName.ORDER: "2"}, NOW), NOW).order_state is None


def test_a_blind_question_tells_nothing() -> None:
    assert not tells_something(a_step("logistics_status", "order"), of_orders=False)


def test_an_answer_tells_something_but_of_an_order_that_nobody_found() -> None:
    assert tells_something(a_step("shipping_fee"), of_orders=False)
    assert not tells_something(a_step("quality_issue"), of_orders=True)
    assert tells_something(a_word_on("logistics_status", "8800100001"), of_orders=True)


def test_what_calls_people_is_not_tried() -> None:
    step = a_step("shipping_fee")
    handed = replace(step, outcome=replace(step.outcome, handoff=HandoffRequest(Reason.COMPLAINT)))

    assert not tells_something(handed, of_orders=False)
