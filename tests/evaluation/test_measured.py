"""The measurement, and its JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.evaluation.document import POINTS, measurement_json, thin_curve
from app.evaluation.measured import reliability_bins
from app.evaluation.metrics import CurvePoint
from app.understanding.intent.calibration import expected_calibration_error
from tests.evaluation.builders import a_label, a_reading, a_request, measured, readings

CALM = settings(deadline=None, derandomize=True)
OUTCOMES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@settings(CALM)
@given(OUTCOMES)
def test_the_bins_drawn_are_the_bins_the_calibration_error_counts(outcomes: list[tuple[float, bool]]) -> None:
    found = reliability_bins(outcomes)

    apart = sum(each.rows * abs(each.confidence - each.accuracy) for each in found) / len(outcomes)
    counted = expected_calibration_error([sure for sure, _ in outcomes], [right for _, right in outcomes])
    assert apart == pytest.approx(counted, abs=1e-6)
    assert sum(each.rows for each in found) == len(outcomes)
    assert all(each.low - 1e-9 <= each.confidence <= each.high + 1e-9 for each in found)


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    curve = [CurvePoint(1 - at / 1000, at / 1000, 1.0) for at in range(1000)]

    short = thin_curve(curve)

    assert (len(short), short[0], short[-1]) == (POINTS, curve[0], curve[-1])


def test_the_json_holds_every_number_of_the_report() -> None:
    body = json.loads(json.dumps(measurement_json(measured(readings(right=3, wrong=1), unlabelled=2)), allow_nan=False))

    assert (body["format"], body["shop"], body["file"], body["rows"], body["unlabelled"]) == (
        1,
        "demo",
        "标注.tsv",
        4,
        2,
    )
    assert body["measured_at"] == "2026-11-11T12:00:00+00:00"
    assert body["thresholds"] == {"answer": 0.6, "clarify": 0.25, "gap": 0.12}
    assert (body["zones"]["answered"], body["zones"]["precision"]) == (1.0, 0.75)
    assert (body["intents"]["accuracy"], body["intents"]["calibration_error"]) == (0.75, 0.15)
    assert body["intents"]["macro_f1"] == 0.4286
    assert body["intents"]["confusions"] == [{"expected": "bargaining", "predicted": "stock", "rows": 1}]
    assert body["intents"]["per_intent"][1] == {
        "intent": "stock", "title": "库存", "precision": 0.75, "recall": 1.0, "f1": 0.8571, "support": 3,
    }  # fmt: skip
    assert body["intents"]["reliability"][0]["rows"] == 4
    assert [wrong["text"] for wrong in body["wrong_but_confident"]] == ["便宜点0"]
    assert body["faq"]["rows"] == 0


def keys_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for each in value.values() for key in keys_in(each)}
    return {key for each in value for key in keys_in(each)} if isinstance(value, list) else set()


def test_every_key_of_the_json_is_explained_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")

    keys = keys_in(measurement_json(measured(readings(right=3, wrong=1))))

    assert {key for key in keys if f"`{key}`" not in guide and f"{key}[]`" not in guide} == set()


def test_a_file_of_entries_only_has_no_intent_rows() -> None:
    right = a_reading(a_label(intent="", faq="F1"), a_request("stock", 0.5, faq="F1", faq_sure=0.7))

    body = measurement_json(measured([right]))

    assert (body["intents"]["rows"], body["intents"]["curve"], body["intents"]["per_intent"]) == (0, [], [])
    assert (body["faq"]["accuracy"], body["faq"]["top3"], body["zones"]["precision"]) == (1.0, 1.0, 1.0)
