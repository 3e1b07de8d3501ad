"""Finds what a second reader's opinion counts, on labelled messages that our models are unsure of."""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from app.dialogue.policy import decide_request
from app.domain.second_reading import Read, SecondReading, Unsure
from app.domain.understanding import Request
from app.evaluation.metrics import LabelledMessage
from app.evaluation.outcomes import DecisionPolicy, OutcomeShares, outcome_shares
from app.second_reader.choices import is_unsure, list_entries, list_intents
from app.second_reader.weighing import LEAST, Weights, reweigh_request
from app.shop.schema import ReaderWeights, ShopSettings

OWN = (0.5, 0.75, 1.0, 1.25, 1.5)
SECOND = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
FEWEST_READ = 20
"""Answers below which two numbers cannot be told from chance."""
AskReader = Callable[[Unsure], Awaitable[SecondReading]]


@dataclass(frozen=True, slots=True)
class SecondRow:
    """A labelled message that the reader was asked about, and what it chose; None where nothing came."""

    label: LabelledMessage
    request: Request
    question: Unsure
    read: Read | None

    def reweigh(self, weights: Weights) -> Request:
        """The request by both opinions."""
        return reweigh_request(self.request, self.question, self.read, weights) if self.read else self.request


@dataclass(frozen=True, slots=True)
class ReaderTuning:
    """The weights, and the outcomes of the messages asked about without the reader and with it.

    `asked` messages were, of which `answered` got a usable answer.
    """

    weights: ReaderWeights
    asked: int
    answered: int
    before: OutcomeShares
    after: OutcomeShares

    @property
    def is_enough(self) -> bool:
        """Whether there were answers enough to say anything."""
        return self.answered >= FEWEST_READ


async def ask_about_unsure(
    rows: Sequence[tuple[LabelledMessage, Request]],
    settings: ShopSettings,
    practice: DecisionPolicy,
    ask: AskReader,
    heard: Callable[[int, int], None],
) -> list[SecondRow]:
    """What the reader says of each message that it would be asked about as the first of a conversation, in order."""
    unsure = [(label, request) for label, request in rows if _would_ask(request, settings, practice)]
    asked: list[SecondRow] = []
    for label, request in unsure:
        choices = list_intents(request, practice.traits)
        question = Unsure("", "", request.text, choices, list_entries(request))
        asked.append(SecondRow(label, request, question, (await ask(question)).read))
        heard(len(asked), len(unsure))
    return asked


def choose_weights(rows: Sequence[SecondRow], settings: ShopSettings, practice: DecisionPolicy) -> ReaderTuning:
    """The weights under which the labels are likeliest; on ties those nearest to trusting both alike."""
    grid = [Weights(own, second) for own in OWN for second in SECOND]
    answered = [row for row in rows if row.read]
    best = max(grid, key=lambda weights: (round(_likelihood(answered, weights), 9), -_distance(weights)))
    before = outcome_shares([(row.label, row.request) for row in rows], settings.thresholds, practice)
    after = outcome_shares([(row.label, row.reweigh(best)) for row in rows], settings.thresholds, practice)
    return ReaderTuning(ReaderWeights(own=best.own, second=best.second), len(rows), len(answered), before, after)


def _would_ask(request: Request, settings: ShopSettings, practice: DecisionPolicy) -> bool:
    decision = decide_request(request, settings.thresholds, practice.traits, misses=0, mapped=practice.intent_of)
    return is_unsure(request, decision, settings, practice.traits)


def _likelihood(rows: Sequence[SecondRow], weights: Weights) -> float:
    return sum(_label_likelihood(row.label, row.reweigh(weights)) for row in rows)


def _label_likelihood(label: LabelledMessage, request: Request) -> float:
    """The logarithm of what is given to the label: its intents together, its entry, or both."""
    intents = sum(score.confidence for score in request.intents if score.intent in label.intents)
    entry = sum(score.confidence for score in request.faqs if score.entry_id == label.faq)
    return (math.log(max(intents, LEAST)) if label.intents else 0.0) + (
        math.log(max(entry, LEAST)) if label.faq else 0.0
    )


def _distance(weights: Weights) -> float:
    return abs(weights.own - 1) + abs(weights.second - 1)
