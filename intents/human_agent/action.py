"""转人工: who asks for a person gets one, without a counter-question."""

from app.domain.decision import Reason
from app.domain.outcome import HandoffRequest, Outcome
from intents.base import Case, IntentAction
from intents.common import reply


class HumanAgentAction(IntentAction):
    """Hands over at once."""

    intent = "human_agent"

    async def answer(self, case: Case) -> Outcome:
        """A word of understanding and the handoff."""
        request = HandoffRequest(Reason.ASKED_FOR_HUMAN, wish=f"要求人工：{case.message.text.strip()[:80]}")
        return reply(case.replies.say("understood"), handoff=request)
