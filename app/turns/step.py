"""The steps of one turn beside each other: which names the turn, and what is not said twice."""

import re
from collections.abc import Iterable
from dataclasses import replace

from app.domain.catalogue import OrderState
from app.domain.content import TEXT_ONLY, Content, complete_parts
from app.domain.decision import Action
from app.domain.step import Step
from handoff.order_in_question import orders_in

_SETTLED = frozenset({OrderState.REFUNDING, OrderState.REFUNDED, OrderState.CANCELLED})
SEVERITY = {Action.HANDOFF: 3, Action.CLARIFY: 2, Action.ANSWER: 1, Action.SILENT: 0}


def drop_repeated_questions(step: Step, earlier: tuple[Step, ...]) -> Step:
    """The step without its words, where an earlier request of the same message asks for or tells the same thing."""
    asks = step.outcome.asks
    if asks is None:
        told = any(_is_same_parcel(step, each) for each in earlier)
        return replace(step, outcome=replace(step.outcome, text="", used_replies=())) if told else step
    if step.outcome.faq or not any(each.outcome.asks and each.outcome.asks.slot == asks.slot for each in earlier):
        return step
    return replace(step, outcome=replace(step.outcome, text="", asks=None, used_replies=()))


def _is_same_parcel(step: Step, earlier: Step) -> bool:
    """到哪了 and 哪天能到 of one order have the same answer: its last scan; so has one intent asked twice.

    What binds the shop is always said.
    """
    same = step.intent_id == earlier.intent_id or (_tells_settled(step) and _tells_settled(earlier))
    if step.outcome.commitments or not (same or (step.tells_parcel and earlier.tells_parcel)):
        return False
    return not _order_ids(step).isdisjoint(_order_ids(earlier))


def _tells_settled(step: Step) -> bool:
    """Whether all orders it tells of are being refunded or called off: what is told of those is that."""
    orders = [order for fact in step.outcome.facts for order in orders_in(fact.value)]
    return bool(orders) and all(order.state in _SETTLED for order in orders)


def _order_ids(step: Step) -> frozenset[str]:
    return frozenset(order.order_id for fact in step.outcome.facts for order in orders_in(fact.value))


def tells_something(step: Step, *, of_orders: bool) -> bool:
    """Whether a step tells the buyer something, and neither calls people, writes anything nor asks blindly.

    What it asks, or says in a matter that is `of_orders` alone, must be of an order that it has found.
    """
    told = step.outcome
    blind = (of_orders or told.asks is not None) and not _order_ids(step)
    return bool(told.text) and not (step.handoff_wish or told.effects or step.refused or blind)


def tells_own_order(step: Step) -> bool:
    """Whether a step says something of an order that it has looked up, and does not only ask."""
    return bool(step.outcome.text) and step.outcome.asks is None and bool(_order_ids(step))


def most_severe_step(steps: tuple[Step, ...]) -> Step:
    """The step that names the turn: a handoff before a question before an answer; the first of equals."""
    if len(steps) == 1:
        return steps[0]
    return max(steps, key=lambda step: SEVERITY[step.verdict.action])


def join_texts(texts: Iterable[str]) -> str:
    """The steps' texts as one reply, a line each; no sentence is said twice in it."""
    said: set[str] = set()
    lines: list[str] = []
    for text in texts:
        kept = [sentence for sentence in _SENTENCE.findall(text) if _bare(sentence) not in said]
        said.update(map(_bare, kept))
        if kept:
            lines.append("".join(kept).strip())
    return "\n".join(lines)


def join_contents(text: str, steps: tuple[Step, ...]) -> Content:
    """The text, and the pictures and links of every step that said something; empty where none has any."""
    contents = [step.outcome.content for step in steps if step.outcome.text and step.outcome.content]
    if not contents:
        return TEXT_ONLY
    return complete_parts(text, Content(tuple(part for content in contents for part in content.parts)))


_SENTENCE = re.compile("[^\u3002\uff01\uff1f\\n]*[\u3002\uff01\uff1f\\n]+|[^\u3002\uff01\uff1f\\n]+$")
_CALLS = ("亲，", "您好，", "您，")


def _bare(sentence: str) -> str:
    bare = sentence.strip()
    return next((bare.removeprefix(call) for call in _CALLS if bare.startswith(call)), bare)
