"""Every word of the people's side is there, and none is one we must not say."""

import re

import pytest

from app.domain.catalogue import OrderState
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority, TicketState
from handoff.brief import Flag
from handoff.words import words

# Tone rules of the design: what a shop never says to a buyer.
NEVER = ("不行", "不可能", "可能", "也许", "应该是吧", "最", "第一", "国家级", "绝对", "保证")


def test_every_code_has_its_words():
    said = words()

    assert set(said.reasons) == set(Reason) == set(said.suggested)
    assert set(said.groups) == set(said.buyer_groups) == set(Group)
    assert set(said.priorities) == set(Priority)
    assert set(said.states) == set(TicketState)
    assert set(said.flags) == set(Flag)
    assert set(said.slots) == set(SlotName)
    assert set(said.order_states) == set(OrderState)


def sentences() -> list[str]:
    suggested = [text for texts in words().suggested.values() for text in texts]
    return suggested + [text for texts in words().acknowledgement.values() for text in texts]


@pytest.mark.parametrize("sentence", sentences())
def test_no_sentence_for_a_buyer_breaks_the_tone_rules(sentence: str):
    assert not [word for word in NEVER if word in sentence]
    assert sentence[-1] in "。？"


@pytest.mark.parametrize("sentence", sentences())
def test_no_sentence_for_a_buyer_names_a_time_of_its_own(sentence: str):
    assert not re.search(r"\d|分钟|小时|马上到|今天|明天", sentence)
