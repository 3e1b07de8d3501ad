"""Steps: each request of a turn with its decision and the outcome of its action."""

from dataclasses import dataclass

from app.domain.decision import Action, Answer, Clarify, Decision, Handoff, Verdict
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import Request

NO_OUTCOME = Outcome(text="")


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a turn, its decision and its outcome.

    Attributes:
        refused: why the gate refused the action's text; empty when it passed.
        tells_parcel: whether the intent reports where the parcel is.
    """

    request: Request
    decision: Decision
    outcome: Outcome = NO_OUTCOME
    refused: str = ""
    tells_parcel: bool = False

    @property
    def intent_id(self) -> str:
        """The id of the request's intent."""
        return self.decision.intent

    @property
    def handoff_wish(self) -> HandoffRequest | None:
        """The request for a person, whether the decision or the action made it."""
        if self.outcome.handoff:
            return self.outcome.handoff
        return HandoffRequest(self.decision.reason) if isinstance(self.decision, Handoff) else None

    @property
    def verdict(self) -> Verdict:
        """The step in short."""
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
