"""Chooses the thresholds that answer most labelled messages at a wanted precision, with the decision code itself."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.understanding import Request
from app.evaluation.metrics import LabelledMessage
from app.evaluation.outcomes import (
    DecisionPolicy,
    MessageOutcome,
    OutcomeShares,
    PlacedMessage,
    place_message,
    sum_outcomes,
)
from app.shop.schema import Thresholds

Row = tuple[LabelledMessage, Request]
Trial = tuple[Thresholds, OutcomeShares]
ProgressCallback = Callable[[int, int], None]

ANSWERS = tuple(round(0.30 + step / 100, 2) for step in range(70))
GAPS = (0.05, 0.2)
CLARIFIES = tuple(round(0.15 + step / 20, 2) for step in range(10))
BAND = 0.1
HELPFUL = 0.5
"""A question with choices pays if the right one is among them at least this often."""
LEAST_ANSWERS = 10
"""The minimum number of answers that proves a precision."""
LEAST_ROWS_TO_HALVE = 60
"""The minimum number of rows for the cross-check."""
Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Tuning:
    """The chosen thresholds, with the outcomes under them and under those in force.

    When `reached` is False, `thresholds` are the most precise ones tried and nothing should be changed.
    `cross_check` measures each half under thresholds chosen on the other; None for too few rows.
    `low` and `high` are the 95 % confidence interval of the precision on other messages.
    """

    reached: bool
    thresholds: Thresholds
    before: OutcomeShares
    after: OutcomeShares
    cross_check: OutcomeShares | None
    low: float
    high: float


def _ignore_progress(_done: int, _whole: int) -> None:
    """Ignores progress."""


def choose_thresholds(
    rows: Sequence[Row],
    precision: float,
    now: Thresholds,
    practice: DecisionPolicy,
    heard: ProgressCallback = _ignore_progress,
) -> Tuning:
    """Chooses the thresholds that answer most at the precision; on ties keeps the gap in force."""
    reached, thresholds = _best_thresholds(rows, precision, now, practice, heard)
    after = _outcomes_under(rows, thresholds, practice)
    elsewhere = _cross_check(rows, precision, now, practice) if reached else None
    low, high = wilson_interval(after.precision, round(after.answered * after.rows))
    return Tuning(reached, thresholds, _outcomes_under(rows, now, practice), after, elsewhere, low, high)


def _best_thresholds(
    rows: Sequence[Row],
    precision: float,
    now: Thresholds,
    practice: DecisionPolicy,
    heard: ProgressCallback = _ignore_progress,
) -> tuple[bool, Thresholds]:
    tried = _try_grid(rows, now, practice, heard)
    reaching = [one for one in tried if one[1].answered and one[1].precision >= precision]
    if not reaching:
        return False, max(tried, key=_precision_rank)[0]
    return True, max(reaching, key=lambda one: (one[1].answered, one[0].gap == now.gap, one[0].answer))[0]


def _try_grid(rows: Sequence[Row], now: Thresholds, practice: DecisionPolicy, heard: ProgressCallback) -> list[Trial]:
    grid = [(answer, gap) for gap in sorted({now.gap, *GAPS}) for answer in ANSWERS]
    clarify = _choose_clarify(rows, now, practice)
    remembering = [_MemoisedPlacement(label, request, practice) for label, request in rows]
    tried: list[Trial] = []
    for answer, gap in grid:
        thresholds = Thresholds(answer=answer, clarify=min(clarify, round(answer - BAND, 2)), gap=gap)
        tried.append((thresholds, sum_outcomes([row.place_under(thresholds) for row in remembering])))
        heard(len(tried), len(grid))
    return tried


class _MemoisedPlacement:
    """One row, placed anew only when `answer` passes one of its confidences, since nothing else changes its outcome."""

    def __init__(self, label: LabelledMessage, request: Request, practice: DecisionPolicy) -> None:
        self._label, self._request, self._practice = label, request, practice
        intents, faqs = request.intents, request.faqs
        self._confidences = sorted([*(each.confidence for each in intents), *(each.confidence for each in faqs)])
        self._placed: dict[tuple[int, float, float], PlacedMessage] = {}

    def place_under(self, thresholds: Thresholds) -> PlacedMessage:
        """The row's outcome."""
        key = bisect_left(self._confidences, thresholds.answer), thresholds.clarify, thresholds.gap
        if key not in self._placed:
            self._placed[key] = place_message(self._label, self._request, thresholds, self._practice)
        return self._placed[key]


def _choose_clarify(rows: Sequence[Row], now: Thresholds, practice: DecisionPolicy) -> float:
    """The lowest confidence from which choices contain the right one often enough; by default the one in force."""
    asking = now.model_copy(update={"answer": 1.0, "clarify": CLARIFIES[0]})
    placed = [place_message(label, request, asking, practice) for label, request in rows]
    choices = [each for each in placed if each.zone is MessageOutcome.CHOICES]
    return next((clarify for clarify in CLARIFIES if _is_helpful(choices, clarify)), now.clarify)


def _is_helpful(choices: Sequence[PlacedMessage], clarify: float) -> bool:
    band = [each.is_right for each in choices if clarify <= each.confidence < clarify + BAND]
    return len(band) >= LEAST_ANSWERS and sum(band) >= HELPFUL * len(band)


def _outcomes_under(rows: Sequence[Row], thresholds: Thresholds, practice: DecisionPolicy) -> OutcomeShares:
    return sum_outcomes([place_message(label, request, thresholds, practice) for label, request in rows])


def _precision_rank(one: Trial) -> tuple[bool, float, float]:
    enough = one[1].answered * one[1].rows >= min(LEAST_ANSWERS, one[1].rows)
    return enough, one[1].precision, one[1].answered


def _cross_check(
    rows: Sequence[Row], precision: float, now: Thresholds, practice: DecisionPolicy
) -> OutcomeShares | None:
    if len(rows) < LEAST_ROWS_TO_HALVE:
        return None
    placed: list[PlacedMessage] = []
    for seen, unseen in ((rows[::2], rows[1::2]), (rows[1::2], rows[::2])):
        _, thresholds = _best_thresholds(seen, precision, now, practice)
        placed += [place_message(label, request, thresholds, practice) for label, request in unseen]
    return sum_outcomes(placed)


def wilson_interval(share: float, rows: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share observed over `rows` (Wilson 1927)."""
    if not rows:
        return 0.0, 1.0
    spread = Z95 * math.sqrt(share * (1 - share) / rows + Z95**2 / (4 * rows**2))
    middle, whole = share + Z95**2 / (2 * rows), 1 + Z95**2 / rows
    return max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0)
