"""A measurement as JSON; docs/evaluation.md describes every key."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.evaluation.measured import Bin, Measured
from app.evaluation.metrics import CurvePoint, Matching

FORMAT = 1
POINTS = 101


def document(measured: Measured) -> dict[str, Any]:
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
            **_matching(report.intents, measured.reliability),
            "lenient_accuracy": report.lenient,
            "macro_f1": report.macro_f1,
            "per_intent": [{**asdict(each), "title": measured.names.intent(each.intent)} for each in report.per_intent],
            "confusions": [
                {"expected": expected, "predicted": predicted, "rows": rows}
                for expected, predicted, rows in report.confusions
            ],
        },
        "faq": {**_matching(report.faq, measured.faq_reliability), "top3": report.faq_top3},
        "wrong_but_confident": [asdict(mistake) for mistake in report.wrong_but_confident],
    }
    rounded: dict[str, Any] = _rounded(body)
    return rounded


def _matching(matching: Matching, reliability: Sequence[Bin]) -> dict[str, Any]:
    return {
        "rows": matching.rows,
        "accuracy": matching.accuracy,
        "calibration_error": matching.calibration_error,
        "curve": [asdict(point) for point in thinned(matching.curve)],
        "reliability": [asdict(each) for each in reliability],
    }


def thinned(curve: Sequence[CurvePoint], most: int = POINTS) -> list[CurvePoint]:
    """At most so many points of a curve, evenly spread, both ends kept."""
    if len(curve) <= most:
        return list(curve)
    last = len(curve) - 1
    return [curve[round(at * last / (most - 1))] for at in range(most)]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value
