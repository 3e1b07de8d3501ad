"""支付: what stands in the way of the buyer's own unpaid order, else the shop's words."""

from app.domain.catalogue import Order, OrderState
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import PolicyAction, build_handoff, compose_reply, find_best_entry, quote_faq_entry
from intents._kit.orders import find_sole_order, number_tail

note = load_notes(__file__)


class PaymentAction(PolicyAction):
    """Money that left without the order knowing it is for people; how to pay is the shop's to say."""

    intent = "payment"

    async def answer(self, case: Case) -> Outcome:
        """The own order's state where it is asked about, else the FAQ's words."""
        if case.hears_in_message("paid_in_vain"):
            return await self._answer_unseen_payment(case)
        if case.hears_in_message("shows_unpaid"):
            own = await self._answer_unpaid_question(case, "shown_unpaid")
            if own:
                return own
        if case.hears_in_message("not_paid_yet"):
            own = await self._answer_unpaid_question(case)
            if own:
                return own
        entry = find_best_entry(case)
        return quote_faq_entry(case, entry) if entry else self.answer_generally(case)

    async def _answer_unseen_payment(self, case: Case) -> Outcome:
        seen = await _find_unpaid_order(case)
        wish = build_handoff(case, Reason.AFTER_SALES, note("unseen_payment"), group=Group.INSALE)
        if seen is None:
            return compose_reply(case.replies.render_reply("unknown"), handoff=wish)
        number = seen.value.order_id
        said = case.replies.render_reply("paid_not_seen", tail=number_tail(number))
        return compose_reply(said, facts=(seen,), slots={"order": number}, handoff=wish)

    async def _answer_unpaid_question(self, case: Case, key: str = "not_paid") -> Outcome | None:
        seen = await _find_unpaid_order(case)
        if seen is None:
            return None
        number = seen.value.order_id
        said = case.replies.render_reply(key, tail=number_tail(number))
        return compose_reply(said, facts=(seen,), slots={"order": number}, tried=note("told_unpaid"))


async def _find_unpaid_order(case: Case) -> Fact[Order] | None:
    """The buyer's one unpaid order; an order spoken of before that is in another state is none."""
    seen = await find_sole_order(case, {OrderState.UNPAID})
    return seen if seen and seen.value.state is OrderState.UNPAID else None
