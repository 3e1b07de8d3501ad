"""Measures understanding against a shop's own labels, and sets thresholds from them. Pure: rows in, report out."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.understanding import Understanding
from app.understanding.intent.calibration import expected_calibration_error

_TEXT, _INTENT, _ALSO, _FAQ = (
    ("text", "文本", "消息"),
    ("intent", "意图"),
    ("also_accept", "也算对"),
    ("faq", "entry", "问题编号", "编号"),
)
CONFIDENT = 0.8
"""A wrong answer this sure is listed by itself."""
LISTED = 50


class LabelsError(ValueError):
    """A file of labels that cannot be used; says in Chinese which row and what to write."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message with what it means: any of `intents` is right, any of `also` is tolerable; `faq` is an entry's id."""

    text: str
    intents: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    faq: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled message beside what was understood; `faqs` best first."""

    label: Labelled
    intent: str
    confidence: float
    faqs: tuple[str, ...] = ()
    faq_confidence: float = 0.0

    @property
    def right(self) -> bool:
        """Whether the intent is one of the right ones."""
        return self.intent in self.label.intents

    @property
    def tolerable(self) -> bool:
        """Whether the intent is right or also accepted."""
        return self.right or self.intent in self.label.also

    @property
    def faq_right(self) -> bool:
        """Whether the best FAQ entry is the labelled one."""
        return bool(self.faqs) and self.faqs[0] == self.label.faq


@dataclass(frozen=True, slots=True)
class IntentQuality:
    """How well one intent is found; each 0 to 1."""

    intent: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Answering everything at or above `threshold` answers `share` of all, `precision` of it rightly."""

    threshold: float
    share: float
    precision: float


@dataclass(frozen=True, slots=True)
class Matching:
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
class Report:
    """Everything measured on one file of labels; a part without labels has 0 rows."""

    intents: Matching
    faq: Matching
    lenient: float = 0.0
    macro_f1: float = 0.0
    faq_top3: float = 0.0
    per_intent: tuple[IntentQuality, ...] = ()
    confusions: tuple[tuple[str, str, int], ...] = ()
    wrong_but_confident: tuple[Mistake, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Tuned:
    """The lowest threshold that reaches a precision, and what share of messages is then answered.

    `reached` is False when no threshold does; then nothing would be answered.
    """

    threshold: float
    share: float
    precision: float
    reached: bool


def read_labels(file: Path) -> list[Labelled]:
    """Labels from a tab- or comma-separated file with headings; raises LabelsError."""
    written = file.read_text(encoding="utf-8-sig")
    separator = "\t" if "\t" in written.partition("\n")[0] else ","
    rows = csv.DictReader(
        written.splitlines(), delimiter=separator, quoting=csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_NONE
    )
    headings = tuple(name.strip() for name in rows.fieldnames or ())
    if not any(name in headings for name in _TEXT) or not any(name in headings for name in (*_INTENT, *_FAQ)):
        raise LabelsError(
            f"{file.name} 第1行：需要列“text”（消息），以及“intent”（意图）或“faq”（问题编号）中的至少一列"
        )
    return [_label(file.name, number, row) for number, row in enumerate(rows, start=2) if any(row.values())]


def _label(file: str, number: int, row: dict[str, str]) -> Labelled:
    text = _cell(row, _TEXT)
    if not text:
        raise LabelsError(f"{file} 第{number}行：“text”（消息）是空的，请填买家说的话，或删掉这一行")
    return Labelled(text, _ids(_cell(row, _INTENT)), _ids(_cell(row, _ALSO)), _cell(row, _FAQ))


def _cell(row: dict[str, str], names: Iterable[str]) -> str:
    return next((row[name].strip() for name in names if row.get(name)), "")


def _ids(cell: str) -> frozenset[str]:
    return frozenset(part.strip() for part in cell.split("|") if part.strip())


def judge(labels: Iterable[Labelled], understand: Callable[[str], Understanding]) -> list[Judged]:
    """What each labelled message is understood as, taken as a whole."""
    return [_judged(label, understand(label.text)) for label in labels]


def _judged(label: Labelled, understood: Understanding) -> Judged:
    whole = understood.whole or understood.requests[0]
    faqs = tuple(score.entry_id for score in whole.faqs)
    sure = whole.faqs[0].confidence if whole.faqs else 0.0
    return Judged(label, whole.intents[0].intent, whole.intents[0].confidence, faqs, sure)


def evaluate(judged: Sequence[Judged]) -> Report:
    """The report on judged rows."""
    asked = [row for row in judged if row.label.intents]
    matched = [row for row in judged if row.label.faq]
    per_intent = _per_intent(asked)
    return Report(
        intents=_matching([(row.confidence, row.right) for row in asked]),
        faq=_matching([(row.faq_confidence, row.faq_right) for row in matched]),
        lenient=_share(row.tolerable for row in asked),
        macro_f1=sum(quality.f1 for quality in per_intent) / max(len(per_intent), 1),
        faq_top3=_share(row.label.faq in row.faqs[:3] for row in matched),
        per_intent=per_intent,
        confusions=_confusions(asked),
        wrong_but_confident=_wrong_but_confident(asked, matched),
    )


def coverage_curve(outcomes: Sequence[tuple[float, bool]]) -> tuple[CurvePoint, ...]:
    """Share and precision at every distinct confidence, from the surest down."""
    points: list[CurvePoint] = []
    right = 0
    ordered = sorted(outcomes, key=lambda outcome: -outcome[0])
    for count, (confidence, correct) in enumerate(ordered, start=1):
        right += correct
        if count == len(ordered) or ordered[count][0] < confidence:
            points.append(CurvePoint(confidence, count / len(ordered), right / count))
    return tuple(points)


def tune(outcomes: Sequence[tuple[float, bool]], precision: float) -> Tuned:
    """The threshold that answers most while still reaching the precision on these (confidence, right) pairs."""
    reaching = [point for point in coverage_curve(outcomes) if point.precision >= precision]
    if not reaching:
        return Tuned(threshold=1.0, share=0.0, precision=0.0, reached=False)
    best = reaching[-1]
    return Tuned(best.threshold, best.share, best.precision, reached=True)


def tune_intents(judged: Sequence[Judged], precision: float, *, quiet: frozenset[str] = frozenset()) -> Tuned:
    """`tune` over rows labelled with an intent; a `quiet` intent (unclear, other) is never an answer."""
    asked = [row for row in judged if row.label.intents]
    return tune([(0.0 if row.intent in quiet else row.confidence, row.tolerable) for row in asked], precision)


def _matching(outcomes: Sequence[tuple[float, bool]]) -> Matching:
    confidences = [confidence for confidence, _ in outcomes]
    right = [correct for _, correct in outcomes]
    return Matching(
        len(outcomes), _share(right), expected_calibration_error(confidences, right), coverage_curve(outcomes)
    )


def _share(right: Iterable[bool]) -> float:
    counted = list(right)
    return sum(counted) / len(counted) if counted else 0.0


def _truth(row: Judged) -> str:
    return row.intent if row.right else min(row.label.intents)


def _per_intent(asked: Sequence[Judged]) -> tuple[IntentQuality, ...]:
    found, hit = Counter(row.intent for row in asked), Counter(row.intent for row in asked if row.right)
    true = Counter(map(_truth, asked))
    return tuple(_quality(intent, hit[intent], found[intent], true[intent]) for intent in sorted(true))


def _quality(intent: str, hit: int, found: int, true: int) -> IntentQuality:
    precision, recall = hit / found if found else 0.0, hit / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return IntentQuality(intent, precision, recall, f1, true)


def _confusions(asked: Sequence[Judged]) -> tuple[tuple[str, str, int], ...]:
    pairs = Counter((_truth(row), row.intent) for row in asked if not row.right)
    return tuple((expected, predicted, count) for (expected, predicted), count in pairs.most_common(LISTED))


def _wrong_but_confident(asked: Sequence[Judged], matched: Sequence[Judged]) -> tuple[Mistake, ...]:
    mistakes = [
        Mistake(row.label.text, "|".join(sorted(row.label.intents)), row.intent, row.confidence)
        for row in asked
        if not row.tolerable and row.confidence >= CONFIDENT
    ] + [
        Mistake(row.label.text, row.label.faq, row.faqs[0], row.faq_confidence)
        for row in matched
        if row.faqs and not row.faq_right and row.faq_confidence >= CONFIDENT
    ]
    return tuple(sorted(mistakes, key=lambda mistake: -mistake.confidence)[:LISTED])
