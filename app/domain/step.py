"""One request of a turn: what was decided about it and what its action said."""

from dataclasses import dataclass

from app.domain.decision import Action, Answer, Clarify, Decision, Handoff, Verdict
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import Request

NO_OUTCOME = Outcome(text="")


@dataclass(frozen=True, slots=True)
class Step:
    """One request, what was decided, and what its action said.

    Attributes:
        refused: why the gate withheld the action's words; empty when it let them pass.
        tells_parcel: the intent answers with where the parcel is.
    """

    request: Request
    decision: Decision
    outcome: Outcome = NO_OUTCOME
    refused: str = ""
    tells_parcel: bool = False

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
