"""Measures a label file: the report, its reliability, and the outcomes under the thresholds in force."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.understanding import Request, Understanding
from app.evaluation.metrics import EvaluationReport, JudgedMessage, LabelledMessage, build_report, judge_message
from app.evaluation.outcomes import DecisionPolicy, OutcomeShares, WrongAnswer, list_wrong_answers, outcome_shares
from app.shop.schema import Thresholds
from app.understanding.intent.calibration import BINS


@dataclass(frozen=True, slots=True)
class LabelledRequest:
    """A labelled message with what was understood."""

    judged: JudgedMessage
    request: Request

    @property
    def label_and_request(self) -> tuple[LabelledMessage, Request]:
        """The label and the request, for `outcome_shares`."""
        return self.judged.label, self.request


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions in one range of confidence: their mean confidence and their accuracy."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class LabelTitles:
    """The Chinese names of intents and entries, by id."""

    intents: Mapping[str, str]
    entries: Mapping[str, str]

    def describe_intent(self, intent: str) -> str:
        """The intent's title; several ids joined by | are several titles."""
        return " / ".join(self.intents.get(each, each) for each in intent.split("|"))

    def describe_label(self, name: str) -> str:
        """The title of an intent or the question of an entry."""
        return f"{name} {self.entries[name]}" if name in self.entries else self.describe_intent(name)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything that reports show; `unlabelled` rows of the file were left out."""

    shop: str
    file: str
    at: datetime
    rows: int
    unlabelled: int
    report: EvaluationReport
    reliability: tuple[ReliabilityBin, ...]
    faq_reliability: tuple[ReliabilityBin, ...]
    thresholds: Thresholds
    zones: OutcomeShares
    names: LabelTitles
    wrong_answers: tuple[WrongAnswer, ...] = ()


def read_labelled_messages(
    labels: Iterable[LabelledMessage], understand: Callable[[str], Understanding]
) -> Iterator[LabelledRequest]:
    """Understands each message, one at a time."""
    for label in labels:
        understood = understand(label.text)
        yield LabelledRequest(judge_message(label, understood), understood.whole or understood.requests[0])


def measure_labels(
    readings: Sequence[LabelledRequest],
    thresholds: Thresholds,
    practice: DecisionPolicy,
    names: LabelTitles,
    *,
    shop: str,
    file: str,
    at: datetime,
    unlabelled: int = 0,
) -> Measurement:
    """Builds the whole measurement."""
    judged = [reading.judged for reading in readings]
    return Measurement(
        shop=shop,
        file=file,
        at=at,
        rows=len(judged),
        unlabelled=unlabelled,
        report=build_report(judged),
        reliability=reliability_bins([(row.confidence, row.is_right) for row in judged if row.label.intents]),
        faq_reliability=reliability_bins([(row.faq_confidence, row.is_faq_right) for row in judged if row.label.faq]),
        thresholds=thresholds,
        zones=outcome_shares((reading.label_and_request for reading in readings), thresholds, practice),
        names=names,
        wrong_answers=list_wrong_answers((reading.label_and_request for reading in readings), thresholds, practice),
    )


def reliability_bins(outcomes: Sequence[tuple[float, bool]]) -> tuple[ReliabilityBin, ...]:
    """The filled ones of BINS equal ranges of confidence, as the calibration error uses them."""
    filled: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in outcomes:
        filled.setdefault(min(int(confidence * BINS), BINS - 1), []).append((confidence, right))
    return tuple(_reliability_bin(at, filled[at]) for at in sorted(filled))


def _reliability_bin(at: int, outcomes: Sequence[tuple[float, bool]]) -> ReliabilityBin:
    rows = len(outcomes)
    sure, right = sum(confidence for confidence, _ in outcomes), sum(right for _, right in outcomes)
    return ReliabilityBin(at / BINS, (at + 1) / BINS, rows, sure / rows, right / rows)
