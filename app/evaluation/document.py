"""Encodes a measurement as JSON; docs/evaluation.md describes every key."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.evaluation.measured import Measurement, ReliabilityBin
from app.evaluation.metrics import CurvePoint, PredictionQuality

FORMAT = 1
POINTS = 101


def measurement_json(measured: Measurement) -> dict[str, Any]:
    """The measurement; shares and confidences from 0 to 1, rounded to four places."""
    report = measured.report
    body = {
        "format": FORMAT,
        "shop": measured.shop,
        "file": measured.file,
        "measured_at": measured.at.isoformat(),
        "rows": measured.rows,
        "unlabelled": measured.unlabelled,
        "thresholds": measured.thresholds.model_dump(),
        "zones": asdict(measured.zones),
        "intents": {
            **_quality_json(report.intents, measured.reliability),
            "lenient_accuracy": report.lenient,
            "macro_f1": report.macro_f1,
            "per_intent": [
                {**asdict(each), "title": measured.names.describe_intent(each.intent)} for each in report.per_intent
            ],
            "confusions": [
                {"expected": expected, "predicted": predicted, "rows": rows}
                for expected, predicted, rows in report.confusions
            ],
        },
        "faq": {**_quality_json(report.faq, measured.faq_reliability), "top3": report.faq_top3},
        "wrong_answers": [asdict(wrong) for wrong in measured.wrong_answers],
        "wrong_but_confident": [asdict(mistake) for mistake in report.wrong_but_confident],
    }
    rounded: dict[str, Any] = _round_floats(body)
    return rounded


def _quality_json(matching: PredictionQuality, reliability: Sequence[ReliabilityBin]) -> dict[str, Any]:
    return {
        "rows": matching.rows,
        "accuracy": matching.accuracy,
        "calibration_error": matching.calibration_error,
        "curve": [asdict(point) for point in thin_curve(matching.curve)],
        "reliability": [asdict(each) for each in reliability],
    }


def thin_curve(curve: Sequence[CurvePoint], most: int = POINTS) -> list[CurvePoint]:
    """Thins a curve to at most this many points, evenly spread, with both ends."""
    if len(curve) <= most:
        return list(curve)
    last = len(curve) - 1
    return [curve[round(at * last / (most - 1))] for at in range(most)]


def _round_floats(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _round_floats(each) for key, each in value.items()}
    return [_round_floats(each) for each in value] if isinstance(value, list) else value
