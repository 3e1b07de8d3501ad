"""What an agent could send next, by the intent and where the order stands; what is known is never asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.commerce.order_status import Standing
from app.domain.decision import Reason
from handoff.order_fields import filled, first_filled
from handoff.phrases import SuggestedCase, words

SUGGESTIONS = 3
UPSET = frozenset({Reason.ANGRY, Reason.COMPLAINT, Reason.RISK_WORDS})
OUR_FAULT = frozenset({Standing.LATE, Standing.STUCK})


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the next sentence depends on; `known` are the words there are for it."""

    reason: Reason
    intent: str
    standing: Standing | None
    known: Mapping[str, str]


def suggestions(occasion: Occasion, own: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Three different replies, best first: the action's own, those for the case, those for the reason."""
    sorry = occasion.reason in UPSET or occasion.standing in OUR_FAULT
    known = {**occasion.known, "sorry": words().sorry if sorry else ""}
    if occasion.standing:
        known["now"] = first_filled(words().situations[occasion.standing], known)
    found = dict.fromkeys((*own, *_of_cases(occasion, known)))
    if len(found) < SUGGESTIONS:
        found |= dict.fromkeys(filled(words().suggested[occasion.reason], known))
    return tuple(found)[:SUGGESTIONS]


def _of_cases(occasion: Occasion, known: Mapping[str, str]) -> Iterator[str]:
    for case in _cases(occasion.reason, occasion.intent, occasion.standing):
        if occasion.known.keys().isdisjoint(case.unless) and occasion.known.keys() >= set(case.needs):
            yield from filled(case.replies, known)


@lru_cache(maxsize=4096)  # reasons by intents by standings
def _cases(reason: Reason, intent: str, standing: Standing | None) -> tuple[SuggestedCase, ...]:
    return tuple(
        case
        for case in words().cases
        if (not case.reasons or reason in case.reasons)
        and (not case.intents or intent in case.intents)
        and (not case.standings or standing in case.standings)
    )
