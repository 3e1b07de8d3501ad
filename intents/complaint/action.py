"""投诉: a person at once, with the order if one is known; no defence, no offer."""

from app.domain.decision import Reason
from app.domain.outcome import HandoffRequest, Outcome
from intents._framework.contract import Case, IntentAction
from intents._kit.forms import reply
from intents._kit.orders import order_in_view


class ComplaintAction(IntentAction):
    """Hears the buyer and steps aside."""

    intent = "complaint"

    async def answer(self, case: Case) -> Outcome:
        """An apology and an urgent handoff."""
        found = await order_in_view(case)
        request = HandoffRequest(
            reason=Reason.COMPLAINT,
            wish=f"投诉：{case.message.text.strip()[:80]}",
            collected={"订单号": found.value.order_id} if found else {},
            urgent=True,
        )
        return reply(case.replies.say("sorry"), handoff=request, facts=(found,) if found else ())
