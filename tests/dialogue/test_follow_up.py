"""What the conversation adds to a message."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.dialogue.follow_up import (
    QUESTION_KEPT,
    continue_subject,
    likely_subject,
    match_pending_answer,
    pick_option,
    read_counter_offer,
)
from app.dialogue.slots import GOODS_KEPT, remember_entities, set_slots
from app.domain.conversation import Conversation, Pending
from app.domain.decision import Option
from app.domain.message import ConversationKey, MessageContext
from app.domain.understanding import Entity, EntityKind, FaqScore, IntentScore, Request, Understanding
from intents._framework.registry import load_intents
from tests.builders import acts_of

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TRAITS = load_intents().traits
KEY = ConversationKey("demo", "webhook", "c-1")
OPTIONS = (Option("库存", "stock"), Option("怎么开发票？", "invoice", "F1"))


def read(text: str, intent: str = "unclear", confidence: float = 0.9, *entities: Entity) -> Understanding:
    request = Request(text, (IntentScore(intent, confidence),), entities=entities, acts=acts_of(text))
    return Understanding(text, text, entities, (request,))


def asking(slot: str, options: tuple[Option, ...] = ()) -> Conversation:
    return Conversation(KEY, pending=Pending("logistics_status", slot, "到哪了", NOW, options))


def order(number: str) -> Entity:
    return Entity(EntityKind.ORDER_ID, number, number, 0, len(number))


def test_what_a_message_names_is_remembered_until_it_expires() -> None:
    found = remember_entities(Conversation(KEY), [order("123456789")], MessageContext(product_id="P1"), NOW)

    assert found.current_slot("order", NOW) == "123456789"
    assert found.current_slot("product", NOW) == "P1"
    assert found.current_slot("product", NOW + GOODS_KEPT) is None


def test_another_product_forgets_the_sku_of_the_first() -> None:
    first = set_slots(Conversation(KEY), {"product": "P1", "sku": "P1-2"}, NOW)

    second = set_slots(first, {"product": "P2"}, NOW)

    assert second.current_slot("sku", NOW) is None
    assert second.current_slot("product", NOW) == "P2"


def test_the_order_number_we_asked_for_resumes_the_question() -> None:
    answer = match_pending_answer(
        asking("order"),
        read("123456789", "unclear", 0.9, order("123456789")),
        MessageContext(),
        TRAITS,
        certain=0.6,
        now=NOW,
    )

    assert answer is not None
    assert answer.filled
    assert answer.pending.intent == "logistics_status"


def test_an_order_card_answers_too() -> None:
    answer = match_pending_answer(asking("order"), read(""), MessageContext(order_id="1"), TRAITS, certain=0.6, now=NOW)

    assert answer is not None
    assert answer.filled


def test_a_fragment_after_our_question_is_its_answer() -> None:
    answer = match_pending_answer(
        asking("address"), read("浙江杭州西湖区"), MessageContext(), TRAITS, certain=0.6, now=NOW
    )

    assert answer is not None
    assert not answer.filled


def test_a_new_subject_drops_our_question() -> None:
    assert (
        match_pending_answer(
            asking("order"), read("有什么优惠", "promotion"), MessageContext(), TRAITS, certain=0.6, now=NOW
        )
        is None
    )


@pytest.mark.parametrize("text", ["没有订单号", "不知道订单号", "没有照片了", "找不到单号呀"])
def test_who_has_not_what_was_asked_for_opens_no_new_subject(text: str) -> None:
    answer = match_pending_answer(
        asking("photo"), read(text, "stock", 0.95), MessageContext(), TRAITS, certain=0.6, now=NOW
    )

    assert answer is not None
    assert not answer.filled


def test_thanks_fill_no_slot() -> None:
    assert (
        match_pending_answer(
            asking("address"), read("谢谢啦", "acknowledgement"), MessageContext(), TRAITS, certain=0.6, now=NOW
        )
        is None
    )


def test_a_message_the_faq_knows_is_a_question_of_its_own() -> None:
    card = Understanding(
        "", "能写贺卡吗", (), (Request("", (IntentScore("unclear", 0.4),), (FaqScore("F1", "", 0.9),)),)
    )

    assert match_pending_answer(asking("sku"), card, MessageContext(), TRAITS, certain=0.6, now=NOW) is None


def test_an_old_question_is_forgotten() -> None:
    later = NOW + QUESTION_KEPT + timedelta(seconds=1)

    assert match_pending_answer(asking("order"), read("嗯"), MessageContext(), TRAITS, certain=0.6, now=later) is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [("1", "stock"), ("第二个", "invoice"), ("2吧", "invoice"), ("库存", "stock"), ("怎么开发票", "invoice")],
)
def test_an_option_is_chosen_by_number_or_by_its_words(text: str, intent: str) -> None:
    option = pick_option(OPTIONS, text)

    assert option is not None
    assert option.intent == intent


def test_who_tells_more_instead_of_choosing_is_understood_as_likely_meant() -> None:
    answer = match_pending_answer(
        asking("option", OPTIONS), read("收到就这样", "acknowledgement"), MessageContext(), TRAITS, certain=0.6, now=NOW
    )

    assert answer is not None
    assert answer.option == OPTIONS[0]


@pytest.mark.parametrize("text", ["都不是这个", "算了不问了", "付款成功了的", "好的谢谢", "嗯嗯", "我知道了"])
def test_who_lets_it_be_chooses_nothing(text: str) -> None:
    answered = read(text, "acknowledgement")

    assert (
        match_pending_answer(asking("option", OPTIONS), answered, MessageContext(), TRAITS, certain=0.6, now=NOW)
        is None
    )


@pytest.mark.parametrize("text", ["3", "第三个", "", "都不是", "12"])
def test_what_is_no_option_is_not_chosen(text: str) -> None:
    assert pick_option(OPTIONS, text) is None


def test_an_alternative_we_offered_is_an_answer() -> None:
    offered = (Option("接受补偿", "quality_issue"), Option("登记退换", "return_refund"))
    asked = Conversation(KEY, pending=Pending("quality_issue", "amends", "碎了", NOW, offered))

    answer = match_pending_answer(
        asked, read("我要换货", "return_refund", 0.95), MessageContext(), TRAITS, certain=0.6, now=NOW
    )

    assert answer is not None
    assert answer.pending.intent == "quality_issue"


def test_a_size_alone_does_not_carry_on_a_matter_of_orders() -> None:
    assert continue_subject(Conversation(KEY, last_intent="price_protection"), fragment(large()), TRAITS) is None


def fragment(*entities: Entity, intent: str = "unclear") -> Request:
    return Request("那大号的呢", (IntentScore(intent, 0.9),), entities=entities)


def large() -> Entity:
    return Entity(EntityKind.ATTRIBUTE, "大号", "大号", 1, 3)


def test_a_fragment_that_names_a_variant_carries_on_with_the_last_intent() -> None:
    assert (
        continue_subject(Conversation(KEY, last_intent="price_question"), fragment(large()), TRAITS) == "price_question"
    )


def picked(text: str, intent: str = "acknowledgement") -> Request:
    found = tuple(Entity(kind, "小", "小号", 0, 1) for kind in (EntityKind.ATTRIBUTE, EntityKind.SKU))
    return Request(text, (IntentScore(intent, 0.8),), entities=found)


@pytest.mark.parametrize("text", ["那就小的吧", "好的,那我要小的", "要小的", "选小的吧", "小的"])
def test_who_chooses_a_variant_hears_of_it(text: str) -> None:
    assert continue_subject(Conversation(KEY, last_intent="price_question"), picked(text), TRAITS) == "price_question"


@pytest.mark.parametrize("text", ["小的拍了", "收到小的了", "谢谢,小的很好", "小的有什么优惠"])
def test_who_says_more_of_a_variant_does_not_choose_it(text: str) -> None:
    assert continue_subject(Conversation(KEY, last_intent="price_question"), picked(text), TRAITS) is None


@pytest.mark.parametrize("last", [None, "price_protection", "product_question"])
def test_a_variant_of_the_goods_in_view_is_asked_for_where_it_changes_nothing(last: str | None) -> None:
    assert continue_subject(Conversation(KEY, last_intent=last), picked("那就小的吧"), TRAITS) == "stock"


def test_a_number_of_the_variant_spoken_of_is_a_choice_too() -> None:
    three = Entity(EntityKind.QUANTITY, "三个", 3, 3, 5)
    request = Request("那我要三个", (IntentScore("acknowledgement", 0.5),), entities=(three,))
    looking = set_slots(Conversation(KEY, last_intent="price_question"), {"product": "P1", "sku": "P1-2"}, NOW)

    assert continue_subject(looking, request, TRAITS) == "price_question"
    assert continue_subject(Conversation(KEY, last_intent="price_question"), request, TRAITS) is None


def test_a_variant_is_no_wish_to_buy_while_an_order_is_spoken_of() -> None:
    on_an_order = set_slots(Conversation(KEY), {"order": "8800100001"}, NOW)

    assert continue_subject(on_an_order, picked("那就小的吧"), TRAITS) is None


def test_a_number_after_an_answer_that_wanted_one_carries_on() -> None:
    assert (
        continue_subject(Conversation(KEY, last_intent="price_protection"), fragment(order("123456789")), TRAITS)
        is not None
    )


def test_a_fragment_that_names_nothing_carries_nothing_on() -> None:
    assert continue_subject(Conversation(KEY, last_intent="price_question"), fragment(), TRAITS) is None


def test_a_request_of_its_own_carries_nothing_on() -> None:
    assert (
        continue_subject(Conversation(KEY, last_intent="price_question"), fragment(large(), intent="stock"), TRAITS)
        is None
    )


@pytest.mark.parametrize("last", [None, "greeting", "acknowledgement", "unclear"])
def test_after_a_courtesy_there_is_nothing_to_carry_on(last: str | None) -> None:
    assert continue_subject(Conversation(KEY, last_intent=last), fragment(large()), TRAITS) is None


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("100", 100),
        ("那105呢", 105),
        ("110拿", 110),
        ("一百五卖不卖", 150),
        ("300块行不行", 300),
        ("出99.5", Decimal("99.5")),
    ],
)
def test_a_bare_number_in_a_haggle_is_a_counter_offer(text: str, price: Decimal) -> None:
    haggling = Conversation(KEY, last_intent="bargaining")

    offer = read_counter_offer(haggling, Request(text, (IntentScore("unclear", 0.6),)), TRAITS)

    assert offer is not None
    assert [(entity.kind, entity.value) for entity in offer.entities] == [(EntityKind.OFFERED_PRICE, price)]


@pytest.mark.parametrize("text", ["100个", "第二个", "M101", "100g的有吗", "好的", ""])
def test_other_words_in_a_haggle_are_none(text: str) -> None:
    assert (
        read_counter_offer(
            Conversation(KEY, last_intent="bargaining"), Request(text, (IntentScore("unclear", 0.6),)), TRAITS
        )
        is None
    )


def test_a_bare_number_elsewhere_is_no_offer() -> None:
    assert (
        read_counter_offer(
            Conversation(KEY, last_intent="stock"), Request("100", (IntentScore("unclear", 0.6),)), TRAITS
        )
        is None
    )


def test_what_may_be_a_question_of_goods_is_one_of_those_in_view() -> None:
    looking = set_slots(Conversation(KEY, last_intent="stock"), {"product": "P1"}, NOW)
    unsure = Request("密封好吗", (IntentScore("product_question", 0.4),))
    known = replace(unsure, faqs=(FaqScore("F1", "密封吗", 0.9),))

    assert likely_subject(looking, unsure, TRAITS, least=0.25, certain=0.62) == "product_question"
    assert likely_subject(looking, known, TRAITS, least=0.25, certain=0.62) is None
    assert likely_subject(Conversation(KEY, last_intent="stock"), unsure, TRAITS, least=0.25, certain=0.62) is None


def test_a_likely_continuation_goes_on_with_the_subject() -> None:
    haggling = Conversation(KEY, last_intent="bargaining")
    likely = Request("老顾客啦", (IntentScore("acknowledgement", 0.4), IntentScore("bargaining", 0.3)))
    sure = Request("什么时候发货", (IntentScore("shipping_time", 0.5), IntentScore("bargaining", 0.3)))

    assert likely_subject(haggling, likely, TRAITS, least=0.25, certain=0.62) == "bargaining"
    assert likely_subject(haggling, sure, TRAITS, least=0.25, certain=0.62) is None
    assert likely_subject(Conversation(KEY), likely, TRAITS, least=0.25, certain=0.62) is None


def test_what_was_named_too_long_ago_is_gone_when_something_else_is_named() -> None:
    begun = set_slots(Conversation(KEY), {"sku": "T1-S", "order": "8800"}, NOW)

    later = set_slots(begun, {"quantity": "2"}, NOW + GOODS_KEPT + timedelta(minutes=1))

    assert set(later.slots) == {"order", "quantity"}
