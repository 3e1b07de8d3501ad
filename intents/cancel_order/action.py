"""取消订单: what the order's state allows; a paid one is recorded for people."""

from app.domain.catalogue import Order, OrderState
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply, find_policy, quote_faq_entry
from intents._kit.forms import ORDER, CollectAction, FormState
from intents._kit.orders import OrdersFound, find_sole_order, number_tail, resolve_order_number

note = load_notes(__file__)

GONE = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED}
SELF_SERVED = {
    OrderState.UNPAID: "unpaid",
    OrderState.REFUNDING: "refunding",
    OrderState.REFUNDED: "refunded",
    OrderState.CANCELLED: "cancelled",
}


class CancelOrderAction(CollectAction):
    """Unpaid: the buyer's own button. Paid: people, before it leaves. Gone: after-sales people."""

    intent = "cancel_order"
    needs = (ORDER,)
    group = Group.INSALE
    states = frozenset({OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED})
    wish = note("wish")

    async def answer_by_state(self, case: Case, matter: FormState) -> Outcome | None:
        """The shop's words to a question without an order, and states in which nothing is left to intercept."""
        if case.hears_in_message("not_me") and matter.fresh:
            return await self._investigate_cancellation(case, matter)
        if case.hears_in_message("wants_kept") and matter.fresh:
            return compose_reply(case.replies.render_reply("keep"), memory={}, tried=note("kept_order"))
        entry = find_policy(case) if matter.sole_order is None and matter.fresh else None
        if entry and case.hears_in_message("asks_how"):
            return quote_faq_entry(case, entry)
        if matter.sole_order is None or matter.sole_order.state is OrderState.PAID:
            return None
        if matter.sole_order.state in GONE:
            wish = note("sent_already", words=matter.wish.strip()[:80])
            request = self.build_form_handoff(case, matter, wish=wish, group=Group.AFTERSALE)
            return compose_reply(
                case.replies.render_reply("already_gone"), facts=matter.order_facts, handoff=request, memory={}
            )
        wants_back = matter.sole_order.state is OrderState.CANCELLED and case.cues.hears("wants_revival", matter.wish)
        said = case.replies.render_reply("order_anew" if wants_back else SELF_SERVED[matter.sole_order.state])
        return compose_reply(
            said, facts=matter.order_facts, memory={}, slots=self.order_slots(matter), tried=note("told_status")
        )

    async def _investigate_cancellation(self, case: Case, matter: FormState) -> Outcome | None:
        """An order gone without the buyer's doing, as they say: what the shop sees, and a person where it is gone."""
        gone = await self._find_cancelled_order(case, matter)
        if gone is None and isinstance(matter.search, OrdersFound):
            return None
        if matter.sole_order and gone is None:
            said = case.replies.render_reply("still_there", tail=number_tail(matter.sole_order.order_id))
            return compose_reply(
                said,
                facts=matter.order_facts,
                memory={},
                slots=self.order_slots(matter),
                tried=note("told_not_cancelled"),
            )
        wish = note("not_cancelled", words=matter.wish[:80])
        request = self.build_form_handoff(case, matter, wish=wish)
        number = gone.value.order_id if gone else None
        said = (
            case.replies.render_reply("not_me_seen", tail=number_tail(number))
            if number
            else case.replies.render_reply("not_me")
        )
        facts = (gone,) if gone else ()
        return compose_reply(said, facts=facts, handoff=request, memory={}, slots={"order": number} if number else {})

    async def _find_cancelled_order(self, case: Case, matter: FormState) -> Fact[Order] | None:
        """The cancelled order that is meant; a number that was given is meant and no other."""
        if resolve_order_number(case) and matter.sole_order and matter.sole_order.state is not OrderState.CANCELLED:
            return None
        return await find_sole_order(case, {OrderState.CANCELLED})
