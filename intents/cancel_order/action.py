"""取消订单: what the order's state allows; a paid one is recorded for people."""

import re

from app.domain.catalogue import OrderState
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from intents.base import Case
from intents.common import ORDER, CollectAction, Matter, from_policy, policy_of, reply

GONE = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED}
SELF_SERVED = {
    OrderState.UNPAID: "unpaid",
    OrderState.REFUNDING: "refunding",
    OrderState.REFUNDED: "refunded",
    OrderState.CANCELLED: "cancelled",
}


ASKS_HOW = re.compile("怎么|如何|哪里|在哪|可以取消|能取消|能不能|吗")


class CancelOrderAction(CollectAction):
    """Unpaid: the buyer's own button. Paid: people, before it leaves. Gone: after-sales people."""

    intent = "cancel_order"
    needs = (ORDER,)
    reason = Reason.AUTHORITY_EXCEEDED
    group = Group.INSALE
    states = frozenset({OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED})
    wish = "取消订单，请在发货前拦截"

    async def by_state(self, case: Case, matter: Matter) -> Outcome | None:
        """The shop's words to a question without an order, and states in which nothing is left to intercept."""
        entry = policy_of(case) if matter.order is None and matter.fresh else None
        if entry and ASKS_HOW.search(case.message.text):
            return from_policy(case, entry)
        if matter.order is None or matter.order.state is OrderState.PAID:
            return None
        if matter.order.state in GONE:
            wish = f"包裹已发出，买家要取消（买家：{matter.wish.strip()[:80]}）"
            request = self.request(case, matter, wish=wish, group=Group.AFTERSALE)
            return reply(case.replies.say("already_gone"), facts=matter.facts, handoff=request, memory={})
        said = case.replies.say(SELF_SERVED[matter.order.state])
        return reply(said, facts=matter.facts, memory={}, slots=self.slots(matter), tried="已说明订单状态与取消方法")
