"""What the thresholds in force make of labelled messages."""

from dataclasses import replace

import pytest

from app.evaluation.outcomes import (
    MessageOutcome,
    is_left_to_intent,
    list_wrong_answers,
    outcome_shares,
    place_message,
)
from tests.evaluation.builders import PRACTICE, THRESHOLDS, a_label, a_request


@pytest.mark.parametrize(
    ("intent", "sure", "zone"),
    [
        ("stock", 0.6, MessageOutcome.ANSWER),
        ("stock", 0.5, MessageOutcome.CHOICES),
        ("stock", 0.59, MessageOutcome.CHOICES),  # one likely reading is asked about
        ("stock", 0.2, MessageOutcome.ASK),
        ("unclear", 0.9, MessageOutcome.ASK),
        ("complaint", 0.9, MessageOutcome.PEOPLE),
    ],
)
def test_a_message_falls_where_the_bot_would_put_it(intent: str, sure: float, zone: MessageOutcome) -> None:
    assert place_message(a_label(), a_request(intent, sure), THRESHOLDS, PRACTICE).zone is zone


def test_choices_are_right_when_one_of_them_is() -> None:
    request = a_request("stock", 0.5)

    assert place_message(a_label(intent="stock"), request, THRESHOLDS, PRACTICE).is_right
    assert not place_message(a_label(intent="shipping_time"), request, THRESHOLDS, PRACTICE).is_right


@pytest.mark.parametrize(
    ("intent", "faq", "also", "right"),
    [
        ("stock", "", "", True),
        ("bargaining", "", "", False),
        ("bargaining", "", "stock", True),
        ("", "F1", "", True),
        ("", "F2", "", False),
        ("stock", "F2", "", False),
        ("bargaining", "F1", "", True),
    ],
)
def test_an_entrys_answer_is_judged_by_the_entry_where_labelled_else_by_its_intent(
    intent: str, faq: str, also: str, *, right: bool
) -> None:
    request = a_request("stock", 0.5, faq="F1", faq_sure=0.9)

    placed = place_message(a_label(intent=intent, faq=faq, also=also), request, THRESHOLDS, PRACTICE)

    assert (placed.zone, placed.is_right) == (MessageOutcome.ANSWER, right)


def test_a_labelled_row_is_right_only_when_it_was_told() -> None:
    label, request = a_label("怎么付款", intent="stock", faq="F1"), a_request("stock")
    telling = replace(PRACTICE, said={("怎么付款", "stock"): "F1"})

    assert not place_message(label, request, THRESHOLDS, PRACTICE).is_right
    assert place_message(label, request, THRESHOLDS, telling).is_right
    assert is_left_to_intent(request, PRACTICE)
    assert not is_left_to_intent(a_request("unclear", 0.5, faq="F1", faq_sure=0.9), PRACTICE)


def test_every_wrong_answer_is_listed_the_surest_first() -> None:
    rows = [(a_label(f"便宜{at}", intent="bargaining"), a_request("stock", 0.7 + at / 1000)) for at in range(120)]

    wrong = list_wrong_answers([*rows, (a_label(), a_request("stock"))], THRESHOLDS, PRACTICE)

    assert len(wrong) == 120
    assert (wrong[0].text, wrong[0].expected, wrong[0].told) == ("便宜119", "bargaining", "stock")


def test_the_shares_add_up() -> None:
    rows = [
        (a_label(), a_request("stock", 0.9)),
        (a_label(intent="bargaining"), a_request("stock", 0.9)),
        (a_label(), a_request("stock", 0.5)),
        (a_label(), a_request("complaint", 0.9)),
    ]

    summed = outcome_shares(rows, THRESHOLDS, PRACTICE)

    assert (summed.answered, summed.precision) == (0.5, 0.5)
    assert (summed.choices, summed.helpful, summed.asked, summed.people) == (0.25, 1.0, 0.0, 0.25)


def test_no_rows_are_no_shares() -> None:
    assert outcome_shares([], THRESHOLDS, PRACTICE).answered == 0
