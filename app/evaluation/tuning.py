"""Chooses a shop's thresholds from its labels: the most answers at the wanted precision, by the decision itself."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.understanding import Request
from app.evaluation.metrics import Labelled
from app.evaluation.outcomes import Placed, Practice, Zone, Zones, place, sum_up
from app.shop.schema import Thresholds

Row = tuple[Labelled, Request]
Tried = tuple[Thresholds, Zones]
Heard = Callable[[int, int], None]

ANSWERS = tuple(round(0.30 + step / 100, 2) for step in range(70))
GAPS = (0.05, 0.2)
CLARIFIES = tuple(round(0.15 + step / 20, 2) for step in range(10))
BAND = 0.1
HELPFUL = 0.5
"""Asking back with choices pays from the confidence at which the right one is among them at least so often."""
ENOUGH = 10
"""Fewer answers prove no precision."""
HALVED_FROM = 60
"""Fewer rows are not worth halving for the cross-check."""
Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was found: the thresholds, what they do, and what those in force did.

    When `reached` is False, `thresholds` are the most precise ones tried and nothing should be changed.
    `elsewhere` is the cross-check: each half measured under thresholds chosen on the other; None for too few rows.
    `low` and `high` bound the precision to expect of other messages, with 95 % certainty.
    """

    reached: bool
    thresholds: Thresholds
    before: Zones
    after: Zones
    elsewhere: Zones | None
    low: float
    high: float


def _unheard(_done: int, _whole: int) -> None:
    """Nobody waits for the progress."""


def choose(
    rows: Sequence[Row], precision: float, now: Thresholds, practice: Practice, heard: Heard = _unheard
) -> Tuning:
    """The thresholds that answer most at the precision; equals keep the gap in force. `heard` gets steps, of all."""
    reached, thresholds = _best(rows, precision, now, practice, heard)
    after = _zones(rows, thresholds, practice)
    elsewhere = _elsewhere(rows, precision, now, practice) if reached else None
    low, high = wilson(after.precision, round(after.answered * after.rows))
    return Tuning(reached, thresholds, _zones(rows, now, practice), after, elsewhere, low, high)


def _best(
    rows: Sequence[Row], precision: float, now: Thresholds, practice: Practice, heard: Heard = _unheard
) -> tuple[bool, Thresholds]:
    tried = _try_all(rows, now, practice, heard)
    reaching = [one for one in tried if one[1].answered and one[1].precision >= precision]
    if not reaching:
        return False, max(tried, key=_most_precise)[0]
    return True, max(reaching, key=lambda one: (one[1].answered, one[0].gap == now.gap, one[0].answer))[0]


def _try_all(rows: Sequence[Row], now: Thresholds, practice: Practice, heard: Heard) -> list[Tried]:
    grid = [(answer, gap) for gap in sorted({now.gap, *GAPS}) for answer in ANSWERS]
    clarify = _clarify(rows, now, practice)
    remembering = [_Remembering(label, request, practice) for label, request in rows]
    tried: list[Tried] = []
    for answer, gap in grid:
        thresholds = Thresholds(answer=answer, clarify=min(clarify, round(answer - BAND, 2)), gap=gap)
        tried.append((thresholds, sum_up([row.place(thresholds) for row in remembering])))
        heard(len(tried), len(grid))
    return tried


class _Remembering:
    """One row, placed again only when `answer` has passed one of its confidences: nothing else can move it."""

    def __init__(self, label: Labelled, request: Request, practice: Practice) -> None:
        self._label, self._request, self._practice = label, request, practice
        intents, faqs = request.intents, request.faqs
        self._confidences = sorted([*(each.confidence for each in intents), *(each.confidence for each in faqs)])
        self._placed: dict[tuple[int, float, float], Placed] = {}

    def place(self, thresholds: Thresholds) -> Placed:
        """Where the row falls."""
        key = bisect_left(self._confidences, thresholds.answer), thresholds.clarify, thresholds.gap
        if key not in self._placed:
            self._placed[key] = place(self._label, self._request, thresholds, self._practice)
        return self._placed[key]


def _clarify(rows: Sequence[Row], now: Thresholds, practice: Practice) -> float:
    """The lowest confidence from which choices hold the right one often enough; the one in force when none shows it."""
    asking = now.model_copy(update={"answer": 1.0, "clarify": CLARIFIES[0]})
    placed = [place(label, request, asking, practice) for label, request in rows]
    choices = [each for each in placed if each.zone is Zone.CHOICES]
    return next((clarify for clarify in CLARIFIES if _helps(choices, clarify)), now.clarify)


def _helps(choices: Sequence[Placed], clarify: float) -> bool:
    band = [each.right for each in choices if clarify <= each.confidence < clarify + BAND]
    return len(band) >= ENOUGH and sum(band) >= HELPFUL * len(band)


def _zones(rows: Sequence[Row], thresholds: Thresholds, practice: Practice) -> Zones:
    return sum_up([place(label, request, thresholds, practice) for label, request in rows])


def _most_precise(one: Tried) -> tuple[bool, float, float]:
    enough = one[1].answered * one[1].rows >= min(ENOUGH, one[1].rows)
    return enough, one[1].precision, one[1].answered


def _elsewhere(rows: Sequence[Row], precision: float, now: Thresholds, practice: Practice) -> Zones | None:
    if len(rows) < HALVED_FROM:
        return None
    placed: list[Placed] = []
    for seen, unseen in ((rows[::2], rows[1::2]), (rows[1::2], rows[::2])):
        _, thresholds = _best(seen, precision, now, practice)
        placed += [place(label, request, thresholds, practice) for label, request in unseen]
    return sum_up(placed)


def wilson(share: float, rows: int) -> tuple[float, float]:
    """Where the true share lies with 95 % certainty, seen `share` over `rows` (Wilson 1927)."""
    if not rows:
        return 0.0, 1.0
    spread = Z95 * math.sqrt(share * (1 - share) / rows + Z95**2 / (4 * rows**2))
    middle, whole = share + Z95**2 / (2 * rows), 1 + Z95**2 / rows
    return max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0)
