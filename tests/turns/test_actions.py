"""What goes to people whatever was asked."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.dialogue.signals import SignalDetector, Signals
from app.domain.commitment import CompensationCommitment, CompensationKind
from app.domain.conversation import Conversation, Pending
from app.domain.decision import Handoff, Reason
from app.domain.message import ConversationKey, Message, Sender
from app.domain.understanding import IntentScore
from app.shop.schema import AlwaysPeople, Authority, ShopSettings
from app.shop.shop import Shop
from app.tenants.registry import OpenShop
from app.turns.planner import mandatory_handoff
from app.turns.scene import Scene
from handoff.promises import promise_document
from intents._framework.registry import load_intents

TRAITS = load_intents().traits

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
KEY = ConversationKey("demo", "webhook", "c-1")
SETTINGS = ShopSettings(name="店")
AMENDS = CompensationCommitment(CompensationKind.CASH, "8800100004", Decimal(5))


def a_scene(*promises: object) -> Scene:
    opened = OpenShop(Shop("demo", Path(), SETTINGS), None, None, SignalDetector(), {}, {})  # type: ignore[arg-type]  # nothing is read here
    documents = tuple(promise_document(made, NOW, SETTINGS.hours) for made in promises)  # type: ignore[arg-type]  # commitments
    conversation = Conversation(KEY, promises=documents)
    return Scene(opened, conversation, Message("m-1", KEY, Sender("b-1"), "", NOW, NOW), NOW)


@pytest.mark.parametrize("text", ["不是补偿5元吗怎么没到账", "5块也太少了", "说好的红包什么时候给"])
def test_amends_that_were_promised_are_a_persons_to_pay(text: str) -> None:
    decided = mandatory_handoff(a_scene(AMENDS), text, IntentScore("promotion", 0.9), TRAITS)

    assert isinstance(decided, Handoff)
    assert decided.reason is Reason.AFTER_SALES


@pytest.mark.parametrize("text", ["上次的红包怎么没到账", "什么时候发货"])
def test_without_such_a_promise_the_intent_answers(text: str) -> None:
    assert mandatory_handoff(a_scene(), text, IntentScore("promotion", 0.9), TRAITS) is None


def test_another_question_after_the_promise_is_answered() -> None:
    assert mandatory_handoff(a_scene(AMENDS), "什么时候发货", IntentScore("shipping_time", 0.9), TRAITS) is None


def test_an_answer_to_our_own_offer_is_the_actions_to_hear() -> None:
    scene = a_scene(AMENDS)
    asked = Pending("quality_issue", "compensation_choice", "…", NOW)
    offered = replace(scene, conversation=replace(scene.conversation, pending=asked))

    assert mandatory_handoff(offered, "5块也太少了", IntentScore("quality_issue", 0.9), TRAITS) is None


@pytest.mark.parametrize(
    ("heard", "intent", "reason"),
    [
        (Signals(risk="12315"), "shipping_time", Reason.RISK_WORDS),
        (Signals(risk="12315"), "greeting", Reason.RISK_WORDS),
        (Signals(risk="12315", anger="骗子"), "delivery_urging", Reason.RISK_WORDS),
        (Signals(anger="骗子"), "shipping_time", Reason.ANGRY),
        (Signals(anger="骗子"), "complaint", Reason.COMPLAINT),
        (Signals(anger="骗子"), "delivery_urging", None),
        (Signals(), "shipping_time", None),
    ],
)
def test_a_risk_word_and_anger_go_to_people_unless_the_action_knows_anger(
    heard: Signals, intent: str, reason: Reason | None
) -> None:
    decided = mandatory_handoff(replace(a_scene(), heard=heard), "…", IntentScore(intent, 0.9), TRAITS)

    assert (decided.reason if decided else None) is reason


@pytest.mark.parametrize(("intent", "reason"), [("shipping_time", Reason.VIP), ("greeting", None)])
def test_a_vip_speaks_with_people_but_is_greeted_by_the_bot(intent: str, reason: Reason | None) -> None:
    people = AlwaysPeople(vip_buyers=frozenset({"b-1"}))
    settings = ShopSettings(name="店", authority=Authority(always_people=people))
    scene = a_scene()
    vip = replace(scene, opened=replace(scene.opened, shop=Shop("demo", Path(), settings)))

    decided = mandatory_handoff(vip, "…", IntentScore(intent, 0.9), TRAITS)

    assert (decided.reason if decided else None) is reason
