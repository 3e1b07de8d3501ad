"""The conversation after a turn: slots, memory, the open question, misses, promises."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.dialogue.follow_up import OPTION_SLOT
from app.dialogue.reports import remember_users
from app.dialogue.rule_states import remember_told_states
from app.dialogue.slots import update_slots
from app.domain.acts import Act
from app.domain.catalogue import Order, Sku
from app.domain.commitment import Commitment, PriceCommitment
from app.domain.conversation import Conversation, Pending, Question, Slot, SlotName
from app.domain.decision import Answer, Clarify, Silent
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.domain.step import Step
from app.domain.understanding import Request
from app.language.doubts import asks_whether
from app.language.wishes import read_wish
from app.shop.schema import Hours
from handoff.order_in_question import skus_in
from handoff.promises import MOST_PROMISES, is_still_valid, promise_document
from handoff.snapshot import titles_by_id

MOST_REPLIES = 40
MOST_TRIES = 12


def next_state(conversation: Conversation, steps: tuple[Step, ...], now: datetime, hours: Hours) -> Conversation:
    """The conversation after these steps; one that was met with silence stays as it was."""
    if all(isinstance(step.decision, Silent) for step in steps):
        return conversation
    outcomes = [step.outcome for step in steps]
    missed = [step.request.text for step in steps if isinstance(step.decision, Clarify)]
    answered = [step.decision.intent for step in steps if isinstance(step.decision, Answer)]
    said = [variant for outcome in outcomes for variant in outcome.used_replies]
    tried = [outcome.tried for outcome in outcomes if outcome.tried]
    return replace(
        conversation,
        slots=_next_slots(conversation, steps, now),
        pending=_next_pending(steps, now),
        misses=conversation.misses + 1 if missed else 0,
        missed=missed[-1] if missed else "",
        last_intent=answered[-1] if answered else conversation.last_intent,
        question=_next_question(conversation, steps, now),
        used_replies=(*conversation.used_replies, *said)[-MOST_REPLIES:],
        memory=_next_memory(conversation, steps),
        promises=_next_promises(conversation, outcomes, now, hours),
        tried=(*conversation.tried, *tried)[-MOST_TRIES:],
    )


def _next_question(conversation: Conversation, steps: tuple[Step, ...], now: datetime) -> Question | None:
    """The last request answered that asked something or for advice; a courtesy between leaves it standing."""
    asked = [
        step.request.text
        for step in steps
        if isinstance(step.decision, Answer) and step.request.text
        if Act.ASK in step.request.acts or asks_whether(step.request.text) or _seeks_goods(step.request.text)
    ]
    return Question(asked[-1], now) if asked else conversation.question


def _seeks_goods(text: str) -> bool:
    wish = read_wish(text)
    return wish.is_gift or wish.seeks_advice


def _next_slots(conversation: Conversation, steps: tuple[Step, ...], now: datetime) -> Mapping[str, Slot]:
    slots = conversation.slots
    for outcome in (step.outcome for step in steps):
        if outcome.slots:
            slots = update_slots(slots, outcome.slots, now)
        state = _seen_order_state(slots, outcome.facts)
        slots = update_slots(slots, {SlotName.ORDER_STATE: state}, now) if state else slots
    requests = [step.request for step in steps]
    remembering: Mapping[str, Callable[[str | None, Iterable[Request]], str | None]] = {
        SlotName.CONDITION: remember_told_states,
        SlotName.USERS: remember_users,
    }
    current = replace(conversation, slots=slots)
    before = {name: current.current_slot(name, now) for name in remembering}
    told = {name: remember(before[name], requests) for name, remember in remembering.items()}
    changed = {name: value for name, value in told.items() if value != before[name]}
    return update_slots(slots, changed, now) if changed else slots


def _seen_order_state(slots: Mapping[str, Slot], facts: Iterable[Fact[Any]]) -> str | None:
    """The state of the order in view, where an answer looked at it."""
    meant = slots.get(SlotName.ORDER)
    seen = (fact.value for fact in facts if isinstance(fact.value, Order))
    return next((order.state.value for order in seen if meant and order.order_id == meant.value), None)


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
        if not is_list_price(commitment, skus)
    ]
    return (*standing, *promised)[-MOST_PROMISES:]


def is_list_price(commitment: Commitment, skus: Mapping[str, Sku]) -> bool:
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
