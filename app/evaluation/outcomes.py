"""Applies the shop's thresholds to labelled messages, with the same decision code that answers buyers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.dialogue.policy import decide_request
from app.domain.decision import Answer, Clarify
from app.domain.intent_traits import IntentDirectory
from app.domain.understanding import Request
from app.evaluation.metrics import LabelledMessage
from app.shop.schema import Thresholds


class MessageOutcome(StrEnum):
    """The outcome of a message."""

    ANSWER = "answer"  # answered without asking
    CHOICES = "choices"  # asked back with up to three choices
    ASK = "ask"  # asked back openly
    PEOPLE = "people"  # handed to people whatever the confidence


@dataclass(frozen=True, slots=True)
class DecisionPolicy:
    """A shop's decision policy without thresholds: traits, intents of its entries, intents kept for people.

    `said` is the row that an intent's own answer told, by the message and the intent: a row is told by its wording or
    by the action of the intent it belongs to.
    """

    traits: IntentDirectory
    intent_of: Mapping[str, str]
    people: frozenset[str] = frozenset()
    said: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def find_told_row(self, text: str, answer: Answer) -> str:
        """The row that the answer tells, by id; empty for none."""
        return answer.faq or self.said.get((text, answer.intent), "")


@dataclass(frozen=True, slots=True)
class PlacedMessage:
    """A message's outcome, the confidence behind it, and whether the answer or one of the choices is right."""

    zone: MessageOutcome
    confidence: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class OutcomeShares:
    """Shares of all messages, 0 to 1; `precision` is of the answers, `helpful` of the choices."""

    rows: int
    answered: float
    precision: float
    choices: float
    helpful: float
    asked: float
    people: float


def place_message(
    label: LabelledMessage, request: Request, thresholds: Thresholds, practice: DecisionPolicy
) -> PlacedMessage:
    """The outcome of the message as the first of a conversation."""
    decision = decide_request(request, thresholds, practice.traits, misses=0, mapped=practice.intent_of)
    if isinstance(decision, Answer):
        return _place_answer(label, decision, practice)
    options = decision.options if isinstance(decision, Clarify) else ()
    right = any(_is_right_option(label, option.intent, option.faq, practice) for option in options)
    return PlacedMessage(MessageOutcome.CHOICES if options else MessageOutcome.ASK, decision.confidence, right)


def _place_answer(label: LabelledMessage, answer: Answer, practice: DecisionPolicy) -> PlacedMessage:
    zone = MessageOutcome.PEOPLE if answer.intent in practice.people else MessageOutcome.ANSWER
    return PlacedMessage(zone, answer.confidence, _is_right_answer(label, answer, practice))


def _is_right_answer(label: LabelledMessage, answer: Answer, practice: DecisionPolicy) -> bool:
    """Whether an answer is right: a labelled row has to be told; without one the intent has to be right."""
    if label.faq:
        return practice.find_told_row(label.text, answer) == label.faq
    return answer.intent in label.intents | label.also


_ANY = Thresholds(answer=0.0, clarify=0.0, gap=0.0)


def is_left_to_intent(request: Request, practice: DecisionPolicy) -> bool:
    """Whether an intent answers the request rather than a row, however low the thresholds."""
    decision = decide_request(request, _ANY, practice.traits, misses=0, mapped=practice.intent_of)
    return not (isinstance(decision, Answer) and decision.faq)


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A message answered wrongly: what was expected and what was told, an intent's id or a row's."""

    text: str
    expected: str
    told: str
    confidence: float


def list_wrong_answers(
    rows: Iterable[tuple[LabelledMessage, Request]], thresholds: Thresholds, practice: DecisionPolicy
) -> tuple[WrongAnswer, ...]:
    """Every message that is answered, and wrongly, the surest first."""
    found = []
    for label, request in rows:
        decision = decide_request(request, thresholds, practice.traits, misses=0, mapped=practice.intent_of)
        if not isinstance(decision, Answer) or decision.intent in practice.people:
            continue
        if not _is_right_answer(label, decision, practice):
            expected = label.faq or "|".join(sorted(label.intents))
            told = practice.find_told_row(label.text, decision) or decision.intent
            found.append(WrongAnswer(label.text, expected, told, decision.confidence))
    return tuple(sorted(found, key=lambda each: -each.confidence))


def _is_right_option(label: LabelledMessage, intent: str, faq: str | None, practice: DecisionPolicy) -> bool:
    """Whether a choice leads to what is meant: compares entries where both have one, else intents."""
    if faq and label.faq:
        return faq == label.faq
    if label.intents:
        return intent in label.intents | label.also
    return intent == practice.intent_of.get(label.faq)


def sum_outcomes(placed: Sequence[PlacedMessage]) -> OutcomeShares:
    """Sums outcomes into shares."""
    by_zone = {zone: [each.is_right for each in placed if each.zone is zone] for zone in MessageOutcome}
    parts = {zone: len(by_zone[zone]) / max(len(placed), 1) for zone in MessageOutcome}
    return OutcomeShares(
        rows=len(placed),
        answered=parts[MessageOutcome.ANSWER],
        precision=_right_share(by_zone[MessageOutcome.ANSWER]),
        choices=parts[MessageOutcome.CHOICES],
        helpful=_right_share(by_zone[MessageOutcome.CHOICES]),
        asked=parts[MessageOutcome.ASK],
        people=parts[MessageOutcome.PEOPLE],
    )


def outcome_shares(
    rows: Iterable[tuple[LabelledMessage, Request]], thresholds: Thresholds, practice: DecisionPolicy
) -> OutcomeShares:
    """The shares of outcomes under these thresholds."""
    return sum_outcomes([place_message(label, request, thresholds, practice) for label, request in rows])


def _right_share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 0.0
