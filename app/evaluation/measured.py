"""A measured file of labels: the report, its reliability and what the thresholds in force make of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.understanding import Request, Understanding
from app.evaluation.metrics import Judged, Labelled, Report, evaluate, judge
from app.evaluation.outcomes import Practice, Zones, zones
from app.shop.schema import Thresholds
from app.understanding.intent.calibration import BINS


@dataclass(frozen=True, slots=True)
class Reading:
    """A labelled message beside what was read in it."""

    judged: Judged
    request: Request

    @property
    def row(self) -> tuple[Labelled, Request]:
        """Label and reading, as the zones take them."""
        return self.judged.label, self.request


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of one stretch of confidence: their mean confidence and how many of them were right."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Names:
    """What intents and entries are called in Chinese, by id."""

    intents: Mapping[str, str]
    entries: Mapping[str, str]

    def intent(self, intent: str) -> str:
        """The intent's title; several ids joined by | are several titles."""
        return " / ".join(self.intents.get(each, each) for each in intent.split("|"))

    def any(self, name: str) -> str:
        """The title of an intent or the question of an entry."""
        return f"{name} {self.entries[name]}" if name in self.entries else self.intent(name)


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything the renderings show. `unlabelled` rows of the file were left out."""

    shop: str
    file: str
    at: datetime
    rows: int
    unlabelled: int
    report: Report
    reliability: tuple[Bin, ...]
    faq_reliability: tuple[Bin, ...]
    thresholds: Thresholds
    zones: Zones
    names: Names


def read_all(labels: Iterable[Labelled], understand: Callable[[str], Understanding]) -> Iterator[Reading]:
    """What is read in each message, one at a time."""
    for label in labels:
        understood = understand(label.text)
        (judged,) = judge([label], {label.text: understood}.__getitem__)
        yield Reading(judged, understood.whole or understood.requests[0])


def measure(
    readings: Sequence[Reading],
    thresholds: Thresholds,
    practice: Practice,
    names: Names,
    *,
    shop: str,
    file: str,
    at: datetime,
    unlabelled: int = 0,
) -> Measured:
    """The whole measurement."""
    judged = [reading.judged for reading in readings]
    return Measured(
        shop=shop,
        file=file,
        at=at,
        rows=len(judged),
        unlabelled=unlabelled,
        report=evaluate(judged),
        reliability=bins([(row.confidence, row.right) for row in judged if row.label.intents]),
        faq_reliability=bins([(row.faq_confidence, row.faq_right) for row in judged if row.label.faq]),
        thresholds=thresholds,
        zones=zones((reading.row for reading in readings), thresholds, practice),
        names=names,
    )


def bins(outcomes: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    """The filled ones of BINS equal stretches of confidence, as the calibration error counts them."""
    filled: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in outcomes:
        filled.setdefault(min(int(confidence * BINS), BINS - 1), []).append((confidence, right))
    return tuple(_bin(at, filled[at]) for at in sorted(filled))


def _bin(at: int, outcomes: Sequence[tuple[float, bool]]) -> Bin:
    rows = len(outcomes)
    sure, right = sum(confidence for confidence, _ in outcomes), sum(right for _, right in outcomes)
    return Bin(at / BINS, (at + 1) / BINS, rows, sure / rows, right / rows)
