"""Thresholds chosen from labels."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.evaluation.outcomes import outcome_shares
from app.evaluation.tuning import Row, _try_grid, choose_thresholds, wilson_interval
from app.shop.schema import Thresholds
from tests.evaluation.builders import PRACTICE, THRESHOLDS, a_label, a_request, readings

CALM = settings(deadline=None, derandomize=True, max_examples=25)
SURE = st.floats(0.05, 1.0)
INTENTS = st.sampled_from(["stock", "bargaining", "shipping_time", "complaint", "unclear"])


def rows(right: int, wrong: int, sure: float, wrong_sure: float) -> list[Row]:
    return [reading.label_and_request for reading in readings(right, wrong, sure, wrong_sure)]


def test_the_threshold_lies_above_the_wrong_answers() -> None:
    tuning = choose_thresholds(rows(90, 10, sure=0.9, wrong_sure=0.7), 0.95, THRESHOLDS, PRACTICE)

    assert tuning.reached
    assert 0.7 < tuning.thresholds.answer <= 0.9
    assert (tuning.before.answered, tuning.before.precision) == (1.0, 0.9)
    assert (tuning.after.answered, tuning.after.precision) == (0.9, 1.0)


def test_a_needlessly_careful_shop_answers_more_afterwards() -> None:
    careful = Thresholds(answer=0.95, clarify=0.25, gap=0.12)

    tuning = choose_thresholds(rows(100, 1, sure=0.8, wrong_sure=0.8), 0.95, careful, PRACTICE)

    assert tuning.before.answered == 0
    assert tuning.after.answered == 1


def test_a_precision_nobody_reaches_changes_nothing_and_tells_the_best() -> None:
    tuning = choose_thresholds(rows(80, 20, sure=0.9, wrong_sure=0.9), 0.95, THRESHOLDS, PRACTICE)

    assert not tuning.reached
    assert tuning.after.precision == pytest.approx(0.8)
    assert tuning.cross_check is None


def test_one_row_can_be_tuned() -> None:
    right, wrong = rows(1, 0, 0.9, 0.9), rows(0, 1, 0.9, 0.9)

    assert choose_thresholds(right, 0.95, THRESHOLDS, PRACTICE).reached
    assert not choose_thresholds(wrong, 0.95, THRESHOLDS, PRACTICE).reached


def test_when_nothing_could_be_answered_nothing_is_reached() -> None:
    unclear = [(a_label(intent="unclear"), a_request("unclear", 0.9))] * 5

    tuning = choose_thresholds(unclear, 0.95, THRESHOLDS, PRACTICE)

    assert not tuning.reached
    assert tuning.after.answered == 0


def test_the_gap_in_force_stays_when_another_gains_nothing() -> None:
    odd = Thresholds(answer=0.6, clarify=0.25, gap=0.17)

    assert choose_thresholds(rows(20, 0, 0.9, 0.9), 0.95, odd, PRACTICE).thresholds.gap == 0.17


def test_choices_are_offered_from_where_they_help() -> None:
    helped = [(a_label(), a_request("stock", 0.45))] * 30
    lost = [(a_label(intent="shipping_time"), a_request("stock", 0.28))] * 30
    sure = rows(30, 0, 0.95, 0.95)

    tuning = choose_thresholds([*helped, *lost, *sure], 1.0, THRESHOLDS, PRACTICE)

    assert 0.28 < tuning.thresholds.clarify <= 0.45


def test_the_cross_check_measures_each_half_under_the_others_thresholds() -> None:
    mixed = rows(90, 10, sure=0.9, wrong_sure=0.7)

    tuning = choose_thresholds([*mixed[::2], *mixed[1::2]], 0.95, THRESHOLDS, PRACTICE)

    assert tuning.cross_check is not None
    assert tuning.cross_check.rows == 100
    assert tuning.cross_check.precision == 1.0


def test_progress_is_told_to_the_end() -> None:
    heard: list[tuple[int, int]] = []

    choose_thresholds(rows(2, 0, 0.9, 0.9), 0.95, THRESHOLDS, PRACTICE, lambda done, whole: heard.append((done, whole)))

    assert heard[-1][0] == heard[-1][1] == len(heard)


@settings(CALM)
@given(st.lists(st.tuples(INTENTS, INTENTS, SURE), min_size=1, max_size=20), st.floats(0.5, 1.0))
def test_what_is_promised_is_what_the_bot_then_does(told: list[tuple[str, str, float]], precision: float) -> None:
    labelled = [(a_label(intent=truth), a_request(read, sure)) for truth, read, sure in told]

    tuning = choose_thresholds(labelled, precision, THRESHOLDS, PRACTICE)

    assert tuning.after == outcome_shares(labelled, tuning.thresholds, PRACTICE)
    assert not tuning.reached or (tuning.after.answered > 0 and tuning.after.precision >= precision)
    assert tuning.thresholds.clarify < tuning.thresholds.answer
    assert tuning.low <= tuning.after.precision + 1e-9
    assert tuning.after.precision <= tuning.high + 1e-9


@settings(CALM)
@given(
    st.lists(st.tuples(INTENTS, SURE, st.sampled_from(["", "F1", "F2"]), SURE), min_size=1, max_size=8),
    st.sampled_from(["stock", "bargaining"]),
)
def test_placing_from_memory_is_placing_anew(told: list[tuple[str, float, str, float]], truth: str) -> None:
    labelled = [(a_label(intent=truth), a_request(*each)) for each in told]

    tried = _try_grid(labelled, THRESHOLDS, PRACTICE, lambda _done, _whole: None)

    assert [summed for _, summed in tried] == [
        outcome_shares(labelled, thresholds, PRACTICE) for thresholds, _ in tried
    ]


@pytest.mark.parametrize(("share", "seen", "low", "high"), [(0.95, 200, 0.910, 0.973), (1.0, 10, 0.722, 1.0)])
def test_the_interval_is_wilsons(share: float, seen: int, low: float, high: float) -> None:
    assert wilson_interval(share, seen) == pytest.approx((low, high), abs=5e-4)
