"""Measures understanding against a shop's own labels. Pure: judged rows in, a report out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.domain.understanding import Understanding
from app.understanding.intent.calibration import expected_calibration_error

CONFIDENT_FROM = 0.8
"""Wrong answers from this confidence on are listed one by one."""
MOST_LISTED = 50


class LabelsError(ValueError):
    """A label file that cannot be used; the Chinese message names the row and what to write."""


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """A labelled message: any of `intents` is right, any of `also` is tolerable; `faq` is an entry's id."""

    text: str
    intents: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    faq: str = ""


@dataclass(frozen=True, slots=True)
class JudgedMessage:
    """A labelled message with the prediction; `faqs` best first."""

    label: LabelledMessage
    intent: str
    confidence: float
    faqs: tuple[str, ...] = ()
    faq_confidence: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether the intent is one of the right ones."""
        return self.intent in self.label.intents

    @property
    def is_tolerable(self) -> bool:
        """Whether the intent is right or also accepted."""
        return self.is_right or self.intent in self.label.also

    @property
    def is_faq_right(self) -> bool:
        """Whether the best FAQ entry is the labelled one."""
        return bool(self.faqs) and self.faqs[0] == self.label.faq


@dataclass(frozen=True, slots=True)
class IntentQuality:
    """Quality of one intent's predictions; each 0 to 1."""

    intent: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Answering from `threshold` on answers `share` of all messages, `precision` of them rightly."""

    threshold: float
    share: float
    precision: float


@dataclass(frozen=True, slots=True)
class PredictionQuality:
    """Quality of one kind of prediction over its labelled rows."""

    rows: int
    accuracy: float
    calibration_error: float
    curve: tuple[CurvePoint, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong prediction."""

    text: str
    expected: str
    predicted: str
    confidence: float


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Everything measured on one file of labels; a part without labels has 0 rows."""

    intents: PredictionQuality
    faq: PredictionQuality
    lenient: float = 0.0
    macro_f1: float = 0.0
    faq_top3: float = 0.0
    per_intent: tuple[IntentQuality, ...] = ()
    confusions: tuple[tuple[str, str, int], ...] = ()
    wrong_but_confident: tuple[Mistake, ...] = field(default=())


def judge_message(label: LabelledMessage, understood: Understanding) -> JudgedMessage:
    """Judges a labelled message by what was understood in the whole of it."""
    whole = understood.whole or understood.requests[0]
    faqs = tuple(score.entry_id for score in whole.faqs)
    sure = whole.faqs[0].confidence if whole.faqs else 0.0
    return JudgedMessage(label, whole.intents[0].intent, whole.intents[0].confidence, faqs, sure)


def build_report(judged: Sequence[JudgedMessage]) -> EvaluationReport:
    """Builds the report of judged rows."""
    asked = [row for row in judged if row.label.intents]
    matched = [row for row in judged if row.label.faq]
    per_intent = _intent_qualities(asked)
    return EvaluationReport(
        intents=_prediction_quality([(row.confidence, row.is_right) for row in asked]),
        faq=_prediction_quality([(row.faq_confidence, row.is_faq_right) for row in matched]),
        lenient=_true_share(row.is_tolerable for row in asked),
        macro_f1=sum(quality.f1 for quality in per_intent) / max(len(per_intent), 1),
        faq_top3=_true_share(row.label.faq in row.faqs[:3] for row in matched),
        per_intent=per_intent,
        confusions=_count_confusions(asked),
        wrong_but_confident=_confident_mistakes(asked, matched),
    )


def coverage_curve(outcomes: Sequence[tuple[float, bool]]) -> tuple[CurvePoint, ...]:
    """Share and precision at every distinct confidence, highest first."""
    points: list[CurvePoint] = []
    right = 0
    ordered = sorted(outcomes, key=lambda outcome: -outcome[0])
    for count, (confidence, correct) in enumerate(ordered, start=1):
        right += correct
        if count == len(ordered) or ordered[count][0] < confidence:
            points.append(CurvePoint(confidence, count / len(ordered), right / count))
    return tuple(points)


def _prediction_quality(outcomes: Sequence[tuple[float, bool]]) -> PredictionQuality:
    confidences = [confidence for confidence, _ in outcomes]
    right = [correct for _, correct in outcomes]
    return PredictionQuality(
        len(outcomes), _true_share(right), expected_calibration_error(confidences, right), coverage_curve(outcomes)
    )


def _true_share(right: Iterable[bool]) -> float:
    counted = list(right)
    return sum(counted) / len(counted) if counted else 0.0


def _true_intent(row: JudgedMessage) -> str:
    return row.intent if row.is_right else min(row.label.intents)


def _intent_qualities(asked: Sequence[JudgedMessage]) -> tuple[IntentQuality, ...]:
    found, hit = Counter(row.intent for row in asked), Counter(row.intent for row in asked if row.is_right)
    true = Counter(map(_true_intent, asked))
    return tuple(_intent_quality(intent, hit[intent], found[intent], true[intent]) for intent in sorted(true))


def _intent_quality(intent: str, hit: int, found: int, true: int) -> IntentQuality:
    precision, recall = hit / found if found else 0.0, hit / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return IntentQuality(intent, precision, recall, f1, true)


def _count_confusions(asked: Sequence[JudgedMessage]) -> tuple[tuple[str, str, int], ...]:
    pairs = Counter((_true_intent(row), row.intent) for row in asked if not row.is_right)
    return tuple((expected, predicted, count) for (expected, predicted), count in pairs.most_common(MOST_LISTED))


def _confident_mistakes(asked: Sequence[JudgedMessage], matched: Sequence[JudgedMessage]) -> tuple[Mistake, ...]:
    mistakes = [
        Mistake(row.label.text, "|".join(sorted(row.label.intents)), row.intent, row.confidence)
        for row in asked
        if not row.is_tolerable and row.confidence >= CONFIDENT_FROM
    ] + [
        Mistake(row.label.text, row.label.faq, row.faqs[0], row.faq_confidence)
        for row in matched
        if row.faqs and not row.is_faq_right and row.faq_confidence >= CONFIDENT_FROM
    ]
    return tuple(sorted(mistakes, key=lambda mistake: -mistake.confidence)[:MOST_LISTED])
