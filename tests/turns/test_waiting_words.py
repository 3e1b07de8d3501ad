"""What a buyer hears who waits for a person and is answered nothing: once what is new, where they stand, or nothing."""

from dataclasses import replace
from typing import Any

import pytest

from app.dialogue.act_moves import CONFIRM_SLOT
from app.dialogue.signals import Signals
from app.domain.acts import NO_ACTS, Act, ActSpan, DialogueActs
from app.domain.conversation import Conversation, Pending
from app.domain.decision import Answer
from app.domain.intent_traits import IntentDirectory
from app.domain.message import MessageType
from app.domain.outcome import Outcome
from app.domain.step import Step
from app.domain.understanding import IntentScore, Request, Understanding
from app.turns.scene import Scene
from app.turns.waiting_words import choose_word, note_word
from handoff.acknowledgement import AcknowledgementKind as Word
from intents._framework.registry import load_intents
from tests.handoff.builders import KEY, MORNING, a_message, a_ticket
from tests.turns.test_escalation import FewFacts, a_scene

TICKET = a_ticket(intent="return_refund")
UNWRITTEN = Outcome("资料里没有写。", asks=Pending("product_question", CONFIRM_SLOT, "能用吗", MORNING))


@pytest.fixture(scope="module", name="traits")
def their_traits() -> IntentDirectory:
    return load_intents().traits


def doing(*acts: Act) -> DialogueActs:
    return DialogueActs(frozenset(acts), (ActSpan(0, 1, frozenset(acts)),))


def waiting(text: str, acts: DialogueActs = NO_ACTS, *, heard: Signals | None = None, **kept: Any) -> Scene:
    scene = a_scene(FewFacts(), text)
    conversation = replace(scene.conversation, **{"queue_acknowledged": True, **kept})
    return replace(scene, conversation=conversation, acts=acts, heard=heard or scene.heard)


def read(text: str, intent: str = "unclear", confidence: float = 0.9) -> Understanding:
    return Understanding(text, text, (), (Request(text, (IntentScore(intent, confidence),)),))


def test_the_first_that_comes_meanwhile_is_said_to_be_noted(traits: IntentDirectory) -> None:
    first = waiting("尺寸也不对", queue_acknowledged=False)

    assert choose_word(first, read("尺寸也不对"), TICKET, traits) is Word.MORE
    assert choose_word(waiting("尺寸也不对"), read("尺寸也不对"), TICKET, traits) is None


def test_a_photo_is_noted_once(traits: IntentDirectory) -> None:
    shown = a_message("", type=MessageType.IMAGE)

    assert (
        choose_word(replace(waiting("", queue_acknowledged=False), message=shown), read(""), TICKET, traits)
        is Word.MORE
    )
    assert choose_word(replace(waiting(""), message=shown), read(""), TICKET, traits) is None


def test_another_matter_for_people_is_passed_on_once(traits: IntentDirectory) -> None:
    asked = read("开发票", "invoice")

    assert choose_word(waiting("开发票"), asked, TICKET, traits) is Word.MATTER
    assert choose_word(waiting("开发票", queue_matters=("invoice",)), asked, TICKET, traits) is None
    assert choose_word(waiting("我要退货"), read("我要退货", "return_refund"), TICKET, traits) is None
    assert choose_word(waiting("开发票"), read("开发票", "invoice", 0.3), TICKET, traits) is None


def test_what_is_not_written_is_passed_on_where_it_was_asked(traits: IntentDirectory) -> None:
    asked = read("能用吗")
    tried = (Step(asked.requests[0], Answer("product_question", 0.9), UNWRITTEN),)

    assert choose_word(waiting("能用吗", doing(Act.ASK)), asked, TICKET, traits, tried) is Word.MATTER
    assert choose_word(waiting("能用吗", doing(Act.TELL)), asked, TICKET, traits, tried) is None


def test_a_second_question_without_an_answer_hears_the_queue(traits: IntentDirectory) -> None:
    asks = doing(Act.ASK)

    assert choose_word(waiting("那咋办呢", asks), read("那咋办呢"), TICKET, traits) is None
    assert choose_word(waiting("那咋办呢", asks, misses=1), read("那咋办呢"), TICKET, traits) is Word.AGAIN


@pytest.mark.parametrize(
    ("text", "intent", "heard"),
    [
        ("??", "unclear", None),
        ("人呢", "unclear", None),
        ("转人工", "human_agent", None),
        ("你们太过分", "complaint", None),
        ("说了半天", "unclear", Signals(anger="气死了")),
    ],
)
def test_who_presses_hears_the_queue_each_time(
    traits: IntentDirectory, text: str, intent: str, heard: Signals | None
) -> None:
    for acknowledged in (False, True):
        scene = waiting(text, heard=heard, queue_acknowledged=acknowledged)
        assert choose_word(scene, read(text, intent), TICKET, traits) is Word.AGAIN


def test_thanks_are_returned_and_a_yes_needs_no_word(traits: IntentDirectory) -> None:
    thanked = waiting("谢谢", doing(Act.THANK), queue_acknowledged=False)
    agreed = waiting("好的", doing(Act.AFFIRM), queue_acknowledged=False)

    assert choose_word(thanked, read("谢谢", "acknowledgement"), TICKET, traits) is Word.THANKS
    assert choose_word(agreed, read("好的", "acknowledgement"), TICKET, traits) is None


def test_an_automatic_reply_hears_nothing(traits: IntentDirectory) -> None:
    sent = waiting("您好，我现在不在", doing(Act.AUTOMATIC), queue_acknowledged=False)

    assert choose_word(sent, read("您好，我现在不在"), TICKET, traits) is None


def test_two_questions_met_with_silence_are_two_misses() -> None:
    before = Conversation(KEY, misses=1)

    assert note_word(before, None, read("那咋办呢"), doing(Act.ASK)).misses == 2
    assert note_word(before, None, read("我在等"), doing(Act.TELL)) == before


def test_what_was_passed_on_is_remembered_and_where_one_stands_is_not() -> None:
    before = Conversation(KEY, misses=1)

    passed = note_word(before, Word.MATTER, read("开发票", "invoice"), NO_ACTS)
    pressed = note_word(before, Word.AGAIN, read("人呢"), NO_ACTS)

    assert (passed.queue_acknowledged, passed.queue_matters, passed.misses) == (True, ("invoice",), 0)
    assert (pressed.queue_acknowledged, pressed.queue_matters, pressed.misses) == (False, (), 0)
