"""What corrections would change, before they are taken: each message's outcome without them and with them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.dialogue.policy import decide_request
from app.domain.decision import Answer, Clarify, Decision
from app.domain.understanding import Understanding
from app.evaluation.measured import LabelTitles
from app.evaluation.metrics import LabelledMessage
from app.evaluation.outcomes import DecisionPolicy, place_message
from app.shop.schema import Thresholds

Understand = Callable[[str], Understanding]


class ChangeKind(StrEnum):
    """What a change does to a labelled message; of one without a label nobody knows."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ChangedOutcome:
    """One message that would get another outcome, each in words, and whether that is better."""

    text: str
    before: str
    after: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class CorrectionEffect:
    """What changes among so many messages, worse first."""

    messages: int
    changed: tuple[ChangedOutcome, ...]

    def count_kind(self, kind: ChangeKind) -> int:
        """How many changes do this."""
        return sum(each.kind is kind for each in self.changed)


_ORDER = (ChangeKind.WORSE, ChangeKind.UNKNOWN, ChangeKind.SAME, ChangeKind.BETTER)


def measure_effect(
    messages: Iterable[LabelledMessage],
    ways: tuple[Understand, Understand],
    thresholds: Thresholds,
    practice: DecisionPolicy,
    titles: LabelTitles,
    words: "OutcomeWords",
) -> CorrectionEffect:
    """The outcomes that differ between the two ways of understanding, each message as a conversation's first."""
    asked, changed = 0, []
    for label in messages:
        asked += 1
        own = _compare_outcomes(label, ways, thresholds, practice, titles, words)
        if own is not None:
            changed.append(own)
    return CorrectionEffect(asked, tuple(sorted(changed, key=lambda each: _ORDER.index(each.kind))))


@dataclass(frozen=True, slots=True)
class OutcomeWords:
    """How outcomes are told: patterns with {what} in them."""

    answered: str
    choices: str
    asked: str
    people: str


def _compare_outcomes(
    label: LabelledMessage,
    ways: tuple[Understand, Understand],
    thresholds: Thresholds,
    practice: DecisionPolicy,
    titles: LabelTitles,
    words: OutcomeWords,
) -> ChangedOutcome | None:
    told, rights = [], []
    for understand in ways:
        read = understand(label.text)
        request = read.whole or read.requests[0]
        decision = decide_request(request, thresholds, practice.traits, misses=0, mapped=practice.intent_of)
        told.append(_describe_decision(decision, practice, titles, words))
        placed = place_message(label, request, thresholds, practice)
        rights.append(placed.is_right and isinstance(decision, Answer))
    if told[0] == told[1]:
        return None
    return ChangedOutcome(label.text, told[0], told[1], _judge_change(label, rights))


def _judge_change(label: LabelledMessage, rights: Sequence[bool]) -> ChangeKind:
    if not (label.intents or label.faq):
        return ChangeKind.UNKNOWN
    if rights[0] == rights[1]:
        return ChangeKind.SAME
    return ChangeKind.BETTER if rights[1] else ChangeKind.WORSE


def _describe_decision(decision: Decision, practice: DecisionPolicy, titles: LabelTitles, words: OutcomeWords) -> str:
    if isinstance(decision, Answer):
        pattern = words.people if decision.intent in practice.people and not decision.faq else words.answered
        return pattern.format(what=titles.describe_label(decision.faq or decision.intent))
    if isinstance(decision, Clarify) and decision.options:
        return words.choices.format(what="、".join(option.label for option in decision.options))
    return words.asked
