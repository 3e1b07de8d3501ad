"""What the shop's thresholds would have done with each labelled message, by the very decision buyers meet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.dialogue.policy import IntentManner, decide
from app.domain.decision import Answer, Clarify
from app.domain.understanding import Request
from app.evaluation.metrics import Labelled
from app.shop.schema import Thresholds


class Zone(StrEnum):
    """What happens to a message."""

    ANSWER = "answer"  # answered by itself
    CHOICES = "choices"  # asked back with up to three choices
    ASK = "ask"  # asked back openly
    PEOPLE = "people"  # given to people whatever the confidence


@dataclass(frozen=True, slots=True)
class Practice:
    """How a shop decides, thresholds aside: manners of its intents, intents of its entries, intents kept for people."""

    manners: Mapping[str, IntentManner]
    intent_of: Mapping[str, str]
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a message falls, how sure its best reading is, and whether the answer, or one of the choices, is right."""

    zone: Zone
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Zones:
    """Shares of all messages, 0 to 1; `precision` is of the answers, `helpful` of the choices."""

    rows: int
    answered: float
    precision: float
    choices: float
    helpful: float
    asked: float
    people: float


def place(label: Labelled, request: Request, thresholds: Thresholds, practice: Practice) -> Placed:
    """Where the message falls as the first of its conversation."""
    decision = decide(request, thresholds, practice.manners, misses=0, mapped=practice.intent_of)
    if isinstance(decision, Answer):
        return _answered(label, decision, practice)
    options = decision.options if isinstance(decision, Clarify) else ()
    right = any(_answers(label, option.intent, option.faq, practice) for option in options)
    return Placed(Zone.CHOICES if options else Zone.ASK, decision.confidence, right)


def _answered(label: Labelled, answer: Answer, practice: Practice) -> Placed:
    zone = Zone.PEOPLE if answer.intent in practice.people else Zone.ANSWER
    return Placed(zone, answer.confidence, _answers(label, answer.intent, answer.faq, practice))


def _answers(label: Labelled, intent: str, faq: str | None, practice: Practice) -> bool:
    """Whether an answer is right: by the labelled entry where both name one, else by the intent."""
    if faq and label.faq:
        return faq == label.faq
    if label.intents:
        return intent in label.intents | label.also
    return intent == practice.intent_of.get(label.faq)


def sum_up(placed: Sequence[Placed]) -> Zones:
    """The shares."""
    by_zone = {zone: [each.right for each in placed if each.zone is zone] for zone in Zone}
    parts = {zone: len(by_zone[zone]) / max(len(placed), 1) for zone in Zone}
    return Zones(
        rows=len(placed),
        answered=parts[Zone.ANSWER],
        precision=_share(by_zone[Zone.ANSWER]),
        choices=parts[Zone.CHOICES],
        helpful=_share(by_zone[Zone.CHOICES]),
        asked=parts[Zone.ASK],
        people=parts[Zone.PEOPLE],
    )


def zones(rows: Iterable[tuple[Labelled, Request]], thresholds: Thresholds, practice: Practice) -> Zones:
    """The shares of all messages under these thresholds."""
    return sum_up([place(label, request, thresholds, practice) for label, request in rows])


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 0.0
