"""Every word of the people's side is there, and none is one we must not say."""

import re
from collections.abc import Mapping

import pytest

from app.commerce.order_status import OrderStatus
from app.domain.catalogue import OrderState
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority, TicketState
from handoff.brief import Flag
from handoff.order_fields import template_fields
from handoff.phrases import SuggestionCase, handoff_phrases
from intents._framework.registry import load_intents

# What sentences may use, beside what intents collect under Chinese names.
KNOWN = {
    "address",
    "sorry",
    "now",
    "which",
    "order",
    "tail",
    "tails",
    "state",
    "product",
    "goods",
    "courier",
    "number",
    "place",
    "moved",
    "still",
    "paid",
    "shipped",
    "signed",
    "signer",
    "ship_by",
    "late",
    "returns",
    "promised",
    "stranger",
    "asked",
}
COLLECTED = {"新地址", "新电话", "新规格", "备注内容", "商品", "数量", "商品与数量", "照片", "买家选择"}
# Tone rules of the design: what a shop never says to a buyer.
NEVER = ("不行", "不可能", "可能", "也许", "应该是吧", "最", "第一", "国家级", "绝对", "保证")


def test_every_code_has_its_words():
    said = handoff_phrases()

    assert set(said.reasons) == set(Reason) == set(said.suggested)
    assert set(said.groups) == set(said.buyer_groups) == set(Group)
    assert set(said.priorities) == set(Priority)
    assert set(said.states) == set(TicketState)
    assert set(said.flags) == set(Flag)
    assert set(said.slots) == set(SlotName)
    assert set(said.order_states) == set(OrderState)


def sentences() -> list[str]:
    suggested = [text for texts in handoff_phrases().suggested.values() for text in texts]
    suggested += [text for case in handoff_phrases().cases for text in case.replies]
    return suggested + [text for texts in handoff_phrases().acknowledgement.values() for text in texts]


@pytest.mark.parametrize("sentence", sentences())
def test_no_sentence_for_a_buyer_breaks_the_tone_rules(sentence: str):
    assert not [word for word in NEVER if word in sentence]
    assert sentence[-1] in "。？"


@pytest.mark.parametrize("sentence", sentences())
def test_no_sentence_for_a_buyer_names_a_time_of_its_own(sentence: str):
    assert not re.search(r"\d|分钟|小时|马上到|今天|明天", sentence)


@pytest.mark.parametrize("case", handoff_phrases().cases)
def test_a_case_names_only_intents_and_words_there_are(case: SuggestionCase):
    needed = {name for text in case.replies for name in template_fields(text)} | set(case.needs) | set(case.unless)

    assert needed <= KNOWN | COLLECTED
    assert set(case.intents) <= set(load_intents())


@pytest.mark.parametrize("texts", [handoff_phrases().standings, handoff_phrases().situations])
def test_every_standing_can_be_told_with_nothing_else_known(texts: Mapping[OrderStatus, tuple[str, ...]]):
    assert set(texts) == set(OrderStatus)
    assert not [sentences for sentences in texts.values() if template_fields(sentences[-1])]


def test_reasons_are_worded_anew_only_for_intents_there_are():
    assert set(handoff_phrases().reasons_by_intent) <= set(load_intents())


@pytest.mark.parametrize("reason", list(Reason))
def test_what_is_said_without_knowing_the_case_asks_for_no_order_and_no_photo(reason: Reason):
    assert not [text for text in handoff_phrases().suggested[reason] if "订单号" in text or "照片" in text]
