"""A turn before it is written: what each request came to, and from that the new conversation and the trace."""

from dataclasses import dataclass, replace

from app.domain.decision import Action, Answer, Clarify, Decision, Handoff
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import Request
from app.turns.response import Verdict
from handoff.order_in_question import orders_in

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
