"""Re-weights a request's own candidates by what a second reader chose: log p = own·log p_model + second·log p_reader.

The reader's choice is an observation: of readers that say they are sure, four in five and more name the right one, of
those that are not, some half do; the rest is shared among the choices they passed over.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from app.domain.second_reading import Read, Unsure
from app.domain.understanding import FaqScore, IntentScore, Request

T = TypeVar("T")

RIGHT_WHEN_SURE, RIGHT_WHEN_UNSURE = 0.84, 0.55
LEAST = 1e-4
"""The probability of a choice our models left out."""
MOST_CERTAIN = 0.95
"""What re-weighting gives at most: a row whose very wording was said is told by a confidence above it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What our models' and the reader's opinions count, none below 0; `xiaoer tune` finds them."""

    own: float = 1.0
    second: float = 1.0


def reweigh_request(request: Request, unsure: Unsure, read: Read, weights: Weights) -> Request:
    """The request with its intents and entries in the order of both opinions together.

    Nothing comes in that was not among the choices: what cannot be told and what is none of ours were always among
    them, and no entry is added.
    """
    return replace(
        request,
        intents=_reweigh_intents(request.intents, unsure, read, weights),
        faqs=_reweigh_entries(request.faqs, read, weights) if unsure.faqs else request.faqs,
    )


def _reweigh_intents(
    ranked: Sequence[IntentScore], unsure: Unsure, read: Read, weights: Weights
) -> tuple[IntentScore, ...]:
    own = {score.intent: score.confidence for score in ranked}
    for choice in unsure.intents:
        own.setdefault(choice.id, LEAST)
    mass = min(sum(own.values()), 1.0)
    together = _weigh(own, read.intent, read.sure, weights)
    scored = [IntentScore(intent, _bound(share * mass, own[intent])) for intent, share in together.items()]
    return tuple(sorted(scored, key=lambda score: -score.confidence)[: max(len(ranked), 1)])


def _reweigh_entries(ranked: Sequence[FaqScore], read: Read, weights: Weights) -> tuple[FaqScore, ...]:
    """The entries beside the possibility that none of them answers."""
    own: dict[str | None, float] = {score.entry_id: score.confidence for score in ranked}
    own[None] = max(1.0 - sum(own.values()), LEAST)
    together = _weigh(own, read.faq, read.sure, weights)
    scored = [
        replace(score, confidence=_bound(together[score.entry_id], own[score.entry_id]))
        for score in ranked
        if score.entry_id in together
    ]
    return tuple(sorted(scored, key=lambda score: -score.confidence))


def _weigh(own: Mapping[T, float], chosen: T, sure: bool, weights: Weights) -> dict[T, float]:  # noqa: FBT001 (the reader's own word)
    right = RIGHT_WHEN_SURE if sure else RIGHT_WHEN_UNSURE
    passed_over = (1 - right) / max(len(own) - 1, 1)
    logs = {
        name: weights.own * math.log(max(likely, LEAST))
        + weights.second * math.log(right if name == chosen else passed_over)
        for name, likely in own.items()
    }
    highest = max(logs.values())
    raised = {name: math.exp(each - highest) for name, each in logs.items()}
    whole = sum(raised.values())
    return {name: each / whole for name, each in raised.items()}


def _bound(together: float, own: float) -> float:
    return round(min(together, max(MOST_CERTAIN, own)), 4)
