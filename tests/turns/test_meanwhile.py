"""While a buyer waits for a person, the bot answers other matters and leaves the ticket's own to people."""

from decimal import Decimal

import pytest

from app.dialogue.signals import Signals
from app.domain.acts import NO_ACTS
from app.domain.commitment import PriceCommitment
from app.domain.conversation import Pending
from app.domain.decision import Answer, Clarify, Decision, Reason
from app.domain.fact import FactKind
from app.domain.intent_traits import IntentDirectory
from app.domain.outcome import HandoffRequest, Outcome, RecordUrge
from app.domain.step import Step
from app.domain.understanding import IntentScore, Request
from app.settings import Settings
from app.turns.meanwhile import binds_nothing, may_answer_meanwhile
from app.turns.plan import RequestPlan
from intents._framework.registry import load_intents
from tests.handoff.builders import a_fact, a_sku, a_ticket
from tests.turns.test_responder import NOW

REQUEST = Request("发什么快递", (IntentScore("courier", 0.95),), (), (), NO_ACTS)
LISTED = a_fact(a_sku(price=Decimal(128)), kind=FactKind.CATALOGUE)


def may_answer(
    traits: IntentDirectory,
    *decisions: Decision,
    reason: Reason = Reason.AFTER_SALES,
    intent: str = "quality_issue",
) -> bool:
    plans = [RequestPlan(REQUEST, decision) for decision in decisions]
    return may_answer_meanwhile(a_ticket(reason=reason, intent=intent), plans, Signals(), traits, certain=0.7)


@pytest.fixture(scope="module")
def traits() -> IntentDirectory:
    return load_intents(Settings().intents_dir).traits


def test_another_matter_that_is_surely_read_is_answered(traits: IntentDirectory) -> None:
    assert may_answer(traits, Answer("courier", 0.95))


@pytest.mark.parametrize(
    "decision",
    [
        Answer("courier", 0.6),
        Answer("return_refund", 0.95),
        Answer("modify_order", 0.95),
        Answer("delivery_urging", 0.95),
        Answer("acknowledgement", 0.95),
        Clarify((), "courier", 0.95),
    ],
)
def test_what_is_unsure_or_the_persons_own_is_left_to_them(traits: IntentDirectory, decision: Decision) -> None:
    assert not may_answer(traits, decision)
    assert not may_answer(traits, Answer("courier", 0.95), decision)


def test_an_order_in_a_talk_of_returns_is_told_only_where_surely_meant(traits: IntentDirectory) -> None:
    assert may_answer(traits, Answer("logistics_status", 0.95))
    assert not may_answer(traits, Answer("logistics_status", 0.75))
    assert may_answer(traits, Answer("logistics_status", 0.75), intent="stock")


def test_a_matter_after_the_sale_is_told_only_in_the_shops_words_and_beside_another(traits: IntentDirectory) -> None:
    assert may_answer(traits, Answer("quality_issue", 0.95, "F007"), intent="modify_order")
    assert not may_answer(traits, Answer("quality_issue", 0.95), intent="modify_order")
    assert not may_answer(traits, Answer("quality_issue", 0.95, "F007"), intent="return_refund")


def test_what_the_ticket_is_about_is_left_to_its_person(traits: IntentDirectory) -> None:
    assert not may_answer(traits, Answer("courier", 0.95), intent="courier")
    assert may_answer(traits, Answer("courier", 0.95), intent="courier", reason=Reason.REPEATED_MISS)


@pytest.mark.parametrize("reason", [Reason.ASKED_FOR_HUMAN, Reason.AUTHORITY_EXCEEDED])
def test_who_waits_for_a_persons_word_hears_only_what_is_sure(traits: IntentDirectory, reason: Reason) -> None:
    assert may_answer(traits, Answer("courier", 0.95), reason=reason)
    assert not may_answer(traits, Answer("courier", 0.8), reason=reason)


@pytest.mark.parametrize("reason", [Reason.ANGRY, Reason.COMPLAINT, Reason.RISK_WORDS])
def test_who_is_upset_hears_no_other_word(traits: IntentDirectory, reason: Reason) -> None:
    assert not may_answer(traits, Answer("courier", 0.95), reason=reason)


@pytest.mark.parametrize(
    ("outcome", "whole"),
    [
        (Outcome("默认发圆通"), True),
        (Outcome(""), False),
        (Outcome("页面价128元", (PriceCommitment("S1", 1, Decimal(128), Decimal(128), NOW),), (LISTED,)), True),
        (Outcome("给您100元", (PriceCommitment("S1", 1, Decimal(100), Decimal(100), NOW),), (LISTED,)), False),
        (Outcome("哪一款呢", asks=Pending("courier", "sku", "发什么快递", NOW)), False),
        (Outcome("已经催了", effects=(RecordUrge("8800100004", None, "overdue"),)), False),
        (Outcome("我查不到", handoff=HandoffRequest(Reason.FACTS_UNAVAILABLE)), False),
    ],
)
def test_only_an_answer_that_is_whole_in_itself_is_given(outcome: Outcome, *, whole: bool) -> None:
    assert binds_nothing(Step(REQUEST, Answer("courier", 0.95), outcome)) is whole
