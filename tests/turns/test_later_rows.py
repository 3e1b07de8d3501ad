"""In a later turn a row of the FAQ is certain only where it is nearly word for word."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.domain.conversation import Conversation, Question
from app.domain.message import ConversationKey
from app.domain.understanding import FaqScore, IntentScore, Request, Understanding
from app.tenants.registry import OpenShop
from app.turns.resolution import LATER_ROW, QUESTION_KEPT, doubt_rows

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ANSWER = 0.62
OPENED = cast(
    "OpenShop",
    SimpleNamespace(shop=SimpleNamespace(settings=SimpleNamespace(thresholds=SimpleNamespace(answer=ANSWER)))),
)


def heard(*confidences: float) -> Understanding:
    rows = tuple(FaqScore(f"F{at}", "怎么洗", each) for at, each in enumerate(confidences))
    request = Request("怎么弄", (IntentScore("unclear", 0.9),), rows)
    return Understanding("怎么弄", "怎么弄", (), (request,), whole=request)


def a_conversation(**more: Any) -> Conversation:
    return Conversation(ConversationKey("demo", "webhook", "c-1"), **more)


def confidences(understanding: Understanding) -> list[float]:
    assert understanding.whole is not None
    assert understanding.whole.faqs == understanding.requests[0].faqs
    return [each.confidence for each in understanding.requests[0].faqs]


def test_a_row_that_only_resembles_a_later_turn_falls_under_the_threshold_in_its_order() -> None:
    later = a_conversation(question=Question("多大", NOW))

    first, second = confidences(doubt_rows(OPENED, later, heard(0.87, 0.3), NOW))

    assert second < first < ANSWER


@pytest.mark.parametrize("sure", [LATER_ROW, 1.0])
def test_a_row_nearly_word_for_word_is_as_certain_as_ever(sure: float) -> None:
    later = a_conversation(question=Question("多大", NOW))

    assert confidences(doubt_rows(OPENED, later, heard(sure, 0.1), NOW))[0] == sure


@pytest.mark.parametrize("question", [None, Question("多大", NOW - QUESTION_KEPT - timedelta(seconds=1))])
def test_a_first_question_and_one_after_a_pause_are_read_as_they_are(question: Question | None) -> None:
    assert confidences(doubt_rows(OPENED, a_conversation(question=question), heard(0.7), NOW)) == [0.7]
