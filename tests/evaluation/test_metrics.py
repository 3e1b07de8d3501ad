"""Measuring understanding against a shop's own labels."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.metrics import (
    JudgedMessage,
    LabelledMessage,
    LabelsError,
    build_report,
    coverage_curve,
    judge_messages,
    read_label_file,
    tune_intent_threshold,
    tune_threshold,
)
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


def test_tuning_finds_the_threshold_that_answers_most() -> None:
    outcomes = [(0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.5, False)]

    tuned = tune_threshold(outcomes, 0.75)

    assert (tuned.threshold, tuned.share, tuned.precision) == (0.6, 0.8, 0.75)


def test_tuning_says_when_no_threshold_reaches_the_precision() -> None:
    assert not tune_threshold([(0.9, False)], 0.95).reached


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.floats(0.1, 1))
def test_a_tuned_threshold_keeps_its_precision_on_the_same_rows(
    outcomes: list[tuple[float, bool]], precision: float
) -> None:
    tuned = tune_threshold(outcomes, precision)

    answered = [right for sure, right in outcomes if tuned.reached and sure >= tuned.threshold]

    assert sum(answered) >= precision * len(answered) - 1e-9
    assert not tuned.reached or tuned.share == pytest.approx(len(answered) / len(outcomes))


def test_the_curve_ends_with_everything_answered() -> None:
    curve = coverage_curve([(0.9, True), (0.5, False)])

    assert (curve[-1].share, curve[-1].precision) == (1.0, 0.5)


def test_an_intent_that_is_no_answer_does_not_count_as_answered() -> None:
    rows = [a_row("unclear", "unclear", 0.99), a_row("stock", "stock", 0.9)]

    assert tune_intent_threshold(rows, 1.0, quiet=frozenset({"unclear"})).threshold in (0.0, 0.9)


def test_labels_are_read_with_english_or_chinese_headings(tmp_path: Path) -> None:
    file = tmp_path / "labels.tsv"
    file.write_text("消息\t意图\t编号\n有货吗\tstock|product_question\tF1\n", encoding="utf-8")

    assert read_label_file(file) == [
        LabelledMessage("有货吗", frozenset({"stock", "product_question"}), frozenset(), "F1")
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [("句子\t意图\n有货吗\tstock\n", "第1行"), ("text\tintent\n\tstock\n", "第2行"), ("text\n有货吗\n", "intent")],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, written: str, told: str) -> None:
    file = tmp_path / "labels.tsv"
    file.write_text(written, encoding="utf-8")

    with pytest.raises(LabelsError, match=told):
        read_label_file(file)


def test_messages_are_judged_as_a_whole(understander: Understander) -> None:
    shop = understander.build_shop_understander([], [], version="test")

    judged = judge_messages([LabelledMessage("什么时候发货", frozenset({"shipping_time"}))], shop.understand)

    assert [(row.intent, row.is_right) for row in judged] == [("shipping_time", True)]
