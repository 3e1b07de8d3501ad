"""投诉: a person at once, with the order if one is known; no defence, no offer."""

from app.domain.decision import Reason
from app.domain.outcome import HandoffRequest, Outcome
from intents._framework.contract import Case, IntentAction
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.hypothetical import is_hypothetical, state_damage_policy
from intents._kit.orders import find_sole_order

note = load_notes(__file__)


class ComplaintAction(IntentAction):
    """Hears the buyer and steps aside."""

    intent = "complaint"

    async def answer(self, case: Case) -> Outcome:
        """An apology and an urgent handoff; who only supposes that something breaks hears the shop's rule."""
        if is_hypothetical(case.request.text) and not case.angry:
            told = state_damage_policy(case)
            if told:
                return told
        found = await find_sole_order(case)
        request = HandoffRequest(
            reason=Reason.COMPLAINT,
            wish=note("wish", words=case.message.text.strip()[:80]),
            collected={note("field_order"): found.value.order_id} if found else {},
            urgent=True,
        )
        return compose_reply(case.replies.render_reply("sorry"), handoff=request, facts=(found,) if found else ())
