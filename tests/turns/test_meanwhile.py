"""While a buyer waits for a person, the bot answers other matters and leaves the ticket's own to people."""

import pytest

from app.dialogue.signals import Signals
from app.domain.acts import NO_ACTS
from app.domain.conversation import Pending
from app.domain.decision import Answer, Clarify, Decision, Reason
from app.domain.intent_traits import IntentDirectory
from app.domain.outcome import HandoffRequest, Outcome, RecordUrge
from app.domain.step import Step
from app.domain.understanding import IntentScore, Request
from app.settings import Settings
from app.turns.meanwhile import binds_nothing, may_answer_meanwhile
from app.turns.plan import RequestPlan
from intents._framework.registry import load_intents
from tests.handoff.builders import a_ticket
from tests.turns.test_responder import NOW

REQUEST = Request("发什么快递", (IntentScore("courier", 0.95),), (), (), NO_ACTS)


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
        Answer("courier", 0.8),
        Answer("return_refund", 0.95),
        Answer("modify_order", 0.95),
        Answer("bargaining", 0.95),
        Answer("acknowledgement", 0.95),
        Clarify((), "courier", 0.95),
    ],
)
def test_what_is_unsure_or_the_persons_own_is_left_to_them(traits: IntentDirectory, decision: Decision) -> None:
    assert not may_answer(traits, decision)
    assert not may_answer(traits, Answer("courier", 0.95), decision)


def test_what_the_ticket_is_about_is_left_to_its_person(traits: IntentDirectory) -> None:
    assert not may_answer(traits, Answer("courier", 0.95), intent="courier")


@pytest.mark.parametrize("reason", [Reason.ASKED_FOR_HUMAN, Reason.ANGRY, Reason.RISK_WORDS, Reason.AUTHORITY_EXCEEDED])
def test_who_waits_for_a_persons_word_hears_no_other(traits: IntentDirectory, reason: Reason) -> None:
    assert not may_answer(traits, Answer("courier", 0.95), reason=reason)


@pytest.mark.parametrize(
    ("outcome", "whole"),
    [
        (Outcome("默认发圆通"), True),
        (Outcome(""), False),
        (Outcome("哪一款呢", asks=Pending("courier", "sku", "发什么快递", NOW)), False),
        (Outcome("已经催了", effects=(RecordUrge("8800100004", None, "overdue"),)), False),
        (Outcome("我查不到", handoff=HandoffRequest(Reason.FACTS_UNAVAILABLE)), False),
    ],
)
def test_only_an_answer_that_is_whole_in_itself_is_given(outcome: Outcome, *, whole: bool) -> None:
    assert binds_nothing(Step(REQUEST, Answer("courier", 0.95), outcome)) is whole
