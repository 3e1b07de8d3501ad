"""Suggests an agent's next replies by intent and order status; never asks for what is known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.commerce.order_status import OrderStatus
from app.domain.decision import Reason
from handoff.order_fields import fill_first_template, fill_templates
from handoff.phrases import SuggestionCase, handoff_phrases

SUGGESTION_COUNT = 3
UPSET_REASONS = frozenset({Reason.ANGRY, Reason.COMPLAINT, Reason.RISK_WORDS})
FAULT_STANDINGS = frozenset({OrderStatus.LATE, OrderStatus.STUCK})


@dataclass(frozen=True, slots=True)
class SuggestionContext:
    """What suggestions depend on; `known` are the template fields."""

    reason: Reason
    intent: str
    standing: OrderStatus | None
    known: Mapping[str, str]


def suggest_replies(occasion: SuggestionContext, own: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Suggests three different replies, best first: the action's, then the case's, then the reason's."""
    sorry = occasion.reason in UPSET_REASONS or occasion.standing in FAULT_STANDINGS
    known = {**occasion.known, "sorry": handoff_phrases().sorry if sorry else ""}
    if occasion.standing:
        known["now"] = fill_first_template(handoff_phrases().situations[occasion.standing], known)
    found = dict.fromkeys((*own, *_case_replies(occasion, known)))
    if len(found) < SUGGESTION_COUNT:
        found |= dict.fromkeys(fill_templates(handoff_phrases().suggested[occasion.reason], known))
    return tuple(found)[:SUGGESTION_COUNT]


def _case_replies(occasion: SuggestionContext, known: Mapping[str, str]) -> Iterator[str]:
    for case in _find_cases(occasion.reason, occasion.intent, occasion.standing):
        if occasion.known.keys().isdisjoint(case.unless) and occasion.known.keys() >= set(case.needs):
            yield from fill_templates(case.replies, known)


@lru_cache(maxsize=4096)  # reasons × intents × statuses
def _find_cases(reason: Reason, intent: str, standing: OrderStatus | None) -> tuple[SuggestionCase, ...]:
    return tuple(
        case
        for case in handoff_phrases().cases
        if (not case.reasons or reason in case.reasons)
        and (not case.intents or intent in case.intents)
        and (not case.standings or standing in case.standings)
    )
