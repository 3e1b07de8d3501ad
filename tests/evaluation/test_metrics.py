"""Measuring understanding against a shop's own labels."""

import pytest

from app.evaluation.metrics import JudgedMessage, LabelledMessage, build_report, coverage_curve, judge_message
from app.understanding.intent.calibration import expected_calibration_error
from app.understanding.understander import Understander


def a_row(truth: str, said: str, sure: float, also: str = "", text: str = "话") -> JudgedMessage:
    return JudgedMessage(LabelledMessage(text, frozenset({truth}), frozenset({also} - {""})), said, sure)


def a_faq_row(truth: str, said: tuple[str, ...], sure: float) -> JudgedMessage:
    return JudgedMessage(LabelledMessage("话", faq=truth), "other", 0.1, said, sure)


def test_accuracy_counts_the_right_and_lenient_the_tolerable() -> None:
    report = build_report([a_row("stock", "stock", 0.9), a_row("stock", "promotion", 0.5, also="promotion")])

    assert (report.intents.accuracy, report.lenient) == (0.5, 1.0)


def test_precision_and_recall_are_by_intent() -> None:
    rows = [a_row("stock", "stock", 0.9), a_row("stock", "courier", 0.6), a_row("courier", "courier", 0.8)]

    qualities = {quality.intent: quality for quality in build_report(rows).per_intent}

    assert (qualities["stock"].precision, qualities["stock"].recall) == (1.0, 0.5)
    assert (qualities["courier"].precision, qualities["courier"].recall) == (0.5, 1.0)


def test_confusions_and_confident_mistakes_are_listed() -> None:
    report = build_report([a_row("stock", "courier", 0.95, text="错的"), a_row("stock", "courier", 0.3)])

    assert report.confusions == (("stock", "courier", 2),)
    assert [mistake.text for mistake in report.wrong_but_confident] == ["错的"]


def test_faq_entries_are_measured_beside() -> None:
    rows = [a_faq_row("F1", ("F1", "F2"), 0.9), a_faq_row("F1", ("F2", "F1"), 0.4), a_faq_row("F3", (), 0.0)]

    report = build_report(rows)

    assert report.faq.accuracy == pytest.approx(1 / 3)
    assert report.faq_top3 == pytest.approx(2 / 3)


def test_calibration_error_is_zero_when_confidence_is_truth() -> None:
    assert expected_calibration_error([0.5] * 10, [True, False] * 5) == pytest.approx(0.0)
    assert expected_calibration_error([0.9] * 10, [False] * 10) == pytest.approx(0.9)


def test_the_curve_ends_with_everything_answered() -> None:
    curve = coverage_curve([(0.9, True), (0.5, False)])

    assert (curve[-1].share, curve[-1].precision) == (1.0, 0.5)


def test_messages_are_judged_as_a_whole(understander: Understander) -> None:
    shop = understander.build_shop_understander([], [], version="test")

    label = LabelledMessage("什么时候发货", frozenset({"shipping_time"}))
    judged = judge_message(label, shop.understand(label.text))

    assert (judged.intent, judged.is_right) == ("shipping_time", True)
