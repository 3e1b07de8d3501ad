"""A turn before it is written: what each request came to, and from that the new conversation and the trace."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from app.dialogue.follow_up import OPTION_SLOT, update_slots
from app.domain.catalogue import Sku
from app.domain.commitment import Commitment, PriceCommitment
from app.domain.conversation import Conversation, Pending, Slot
from app.domain.decision import Action, Answer, Clarify, Decision, Handoff
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import Request, Understanding
from app.shop.schema import Hours
from app.turns.response import Verdict
from handoff.order_in_question import orders_in, skus_in
from handoff.promises import is_still_valid, promise_document
from handoff.snapshot import titles_by_id

MOST_REPLIES = 40
MOST_TRIES = 12
MOST_PROMISES = 12
SEVERITY = {Action.HANDOFF: 3, Action.CLARIFY: 2, Action.ANSWER: 1, Action.SILENT: 0}
NO_OUTCOME = Outcome(text="")
PARCEL_INTENTS = frozenset({"arrival_time", "logistics_status", "delivery_urging"})
"""Intents that tell where the buyer's parcel is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request, what was decided, and what its action said (before the gate changed anything: `refused`)."""

    request: Request
    decision: Decision
    outcome: Outcome = NO_OUTCOME
    refused: str = ""

    @property
    def intent_id(self) -> str:
        """What the request was taken for."""
        return self.decision.intent

    @property
    def handoff_wish(self) -> HandoffRequest | None:
        """The wish for a person, whether decided or made by the action."""
        if self.outcome.handoff:
            return self.outcome.handoff
        return HandoffRequest(self.decision.reason) if isinstance(self.decision, Handoff) else None

    @property
    def verdict(self) -> Verdict:
        """This step in one line."""
        decision = self.decision
        wish = self.handoff_wish
        if wish:
            told = _decision_faq(decision) or self.outcome.faq
            return Verdict(Action.HANDOFF, decision.intent, decision.confidence, told, wish.reason)
        if isinstance(decision, Clarify):
            return Verdict(Action.CLARIFY, decision.intent, decision.confidence, None, decision.reason)
        if isinstance(decision, Answer):
            return Verdict(Action.ANSWER, decision.intent, decision.confidence, decision.faq or self.outcome.faq)
        return Verdict(Action.SILENT, decision.intent, decision.confidence)


def _decision_faq(decision: Decision) -> str | None:
    return decision.faq if isinstance(decision, Answer | Handoff) else None


def drop_repeated_questions(step: Step, earlier: tuple[Step, ...]) -> Step:
    """The step without its words, where an earlier request of the same message asks for or tells the same thing."""
    asks = step.outcome.asks
    if asks is None:
        told = any(_is_same_parcel(step, each) for each in earlier)
        return replace(step, outcome=replace(step.outcome, text="", used_replies=())) if told else step
    if not any(each.outcome.asks and each.outcome.asks.slot == asks.slot for each in earlier):
        return step
    return replace(step, outcome=replace(step.outcome, text="", asks=None, used_replies=()))


def _is_same_parcel(step: Step, earlier: Step) -> bool:
    """到哪了 and 哪天能到 of one order have the same answer: its last scan. What binds the shop is always said."""
    if step.outcome.commitments or not {step.intent_id, earlier.intent_id} <= PARCEL_INTENTS:
        return False
    return not _order_ids(step).isdisjoint(_order_ids(earlier))


def _order_ids(step: Step) -> frozenset[str]:
    return frozenset(order.order_id for fact in step.outcome.facts for order in orders_in(fact.value))


def most_severe_step(steps: tuple[Step, ...]) -> Step:
    """The step that names the turn: a handoff before a question before an answer; the first of equals."""
    if len(steps) == 1:
        return steps[0]
    return max(steps, key=lambda step: SEVERITY[step.verdict.action])


def next_state(conversation: Conversation, steps: tuple[Step, ...], now: datetime, hours: Hours) -> Conversation:
    """The conversation after these steps: slots, memory, the open question, misses, promises."""
    outcomes = [step.outcome for step in steps]
    missed = any(isinstance(step.decision, Clarify) for step in steps)
    answered = [step.decision.intent for step in steps if isinstance(step.decision, Answer)]
    said = [variant for outcome in outcomes for variant in outcome.used_replies]
    tried = [outcome.tried for outcome in outcomes if outcome.tried]
    return replace(
        conversation,
        slots=_next_slots(conversation, outcomes, now),
        pending=_next_pending(steps, now),
        misses=conversation.misses + 1 if missed else 0,
        last_intent=answered[-1] if answered else conversation.last_intent,
        used_replies=(*conversation.used_replies, *said)[-MOST_REPLIES:],
        memory=_next_memory(conversation, steps),
        promises=_next_promises(conversation, outcomes, now, hours),
        tried=(*conversation.tried, *tried)[-MOST_TRIES:],
    )


def _next_slots(conversation: Conversation, outcomes: list[Outcome], now: datetime) -> Mapping[str, Slot]:
    slots = conversation.slots
    for outcome in outcomes:
        if outcome.slots:
            slots = update_slots(slots, outcome.slots, now)
    return slots


def _next_memory(conversation: Conversation, steps: tuple[Step, ...]) -> Mapping[str, Mapping[str, Any]]:
    new = {step.decision.intent: step.outcome.memory for step in steps if step.outcome.memory is not None}
    return {**conversation.memory, **new} if new else conversation.memory


def _next_promises(
    conversation: Conversation, outcomes: list[Outcome], now: datetime, hours: Hours
) -> tuple[Mapping[str, Any], ...]:
    withdrawn = frozenset[str]().union(*(outcome.withdraws for outcome in outcomes))
    standing = [
        promise
        for promise in conversation.promises
        if is_still_valid(promise, now) and promise.get("kind") not in withdrawn
    ]
    promised = [
        promise_document(commitment, now, hours, names)
        for outcome in outcomes
        if outcome.commitments
        for names, skus in ((titles_by_id(outcome.facts), skus_in(outcome.facts)),)
        for commitment in outcome.commitments
        if not _is_list_price(commitment, skus)
    ]
    return (*standing, *promised)[-MOST_PROMISES:]


def _is_list_price(commitment: Commitment, skus: Mapping[str, Sku]) -> bool:
    """A price everybody sees on the page is no promise of ours."""
    if not isinstance(commitment, PriceCommitment) or commitment.sku_id not in skus:
        return False
    return commitment.total >= skus[commitment.sku_id].price * commitment.quantity


def _next_pending(steps: tuple[Step, ...], now: datetime) -> Pending | None:
    for step in reversed(steps):
        if step.outcome.asks:
            return step.outcome.asks
        if isinstance(step.decision, Clarify) and step.decision.options:
            return Pending(step.decision.intent, OPTION_SLOT, step.request.text, now, step.decision.options)
    return None


def encode_dataclass(value: Any) -> dict[str, Any]:
    """A frozen dataclass as a JSON document that names its own type; money as text, times in ISO form."""
    fields = {field.name: _encode_value(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return {"type": type(value).__name__, **fields}


def _encode_value(value: Any) -> Any:  # noqa: PLR0911 (one return a kind of value)
    match value:
        case Enum():
            return value.value
        case Decimal():
            return str(value)
        case datetime():
            return value.isoformat()
        case tuple() | list() | frozenset():
            return [_encode_value(item) for item in value]
        case Mapping():
            return {str(key): _encode_value(item) for key, item in value.items()}
        case None | str() | int() | float() | bool():
            return value
        case _ if dataclasses.is_dataclass(value):
            return encode_dataclass(value)
        case _:
            return str(value)


def build_trace(understanding: Understanding | None, steps: tuple[Step, ...]) -> dict[str, Any]:
    """The stored explanation: what was read, what could have answered, what was decided and on which facts."""
    read = understanding
    return {
        "normalised": read.normalised if read else "",
        "entities": [_encode_value(entity) for entity in read.entities] if read else [],
        "versions": dict(read.versions) if read else {},
        "steps": [_step_trace(step) for step in steps],
    }


def _step_trace(step: Step) -> dict[str, Any]:
    verdict = step.verdict
    return {
        "text": step.request.text,
        "intents": [[score.intent, round(score.confidence, 4)] for score in step.request.intents[:5]],
        "faqs": [[score.entry_id, round(score.confidence, 4)] for score in step.request.faqs[:5]],
        "zone": verdict.action.value,
        "intent": verdict.intent,
        "confidence": round(verdict.confidence, 4),
        "faq": verdict.faq,
        "reason": verdict.reason.value if verdict.reason else None,
        "facts": [
            {"kind": fact.kind.value, "source": fact.source, "as_of": fact.as_of.isoformat()}
            for fact in step.outcome.facts
        ],
        "commitments": [encode_dataclass(commitment) for commitment in step.outcome.commitments],
        "refused": step.refused,
    }
