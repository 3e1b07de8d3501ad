"""取消订单: what the order's state allows; a paid one is recorded for people."""

import re

from app.domain.catalogue import Order, OrderState
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.policy import compose_reply, find_policy, quote_faq_entry
from intents._kit.forms import ORDER, CollectAction, FormState
from intents._kit.orders import OrdersFound, find_sole_order, number_tail, resolve_order_number

GONE = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED}
SELF_SERVED = {
    OrderState.UNPAID: "unpaid",
    OrderState.REFUNDING: "refunding",
    OrderState.REFUNDED: "refunded",
    OrderState.CANCELLED: "cancelled",
}


# Said of an order that is gone without the buyer's doing.
NOT_ME = re.compile(
    "(?<!有)(没有?|并未|不是我)(点|操作|申请|说|让|要|想|自己)*过?取消(?!按钮|的?选项|不了)"
    "|(谁|(怎么|为什么|为啥|咋)(就?被|给我)|自己就?|被自动)[^，。]{0,5}取消|自动取消了(?!吗|没)"
    "|(单子?|订单)[^，。]{0,4}(没了|没有了|不见|消失|找不到)"
)
# A closed order does not come back; who wants the goods after all orders them anew.
WANTS_REVIVAL = re.compile("恢复|撤[回销]取消|重新(激活|打开|生效)|还能.{0,4}(要|买)回来")
WANTS_KEEP = re.compile("(不|别|不要|不用|先别)取消(了|啊|哦|呀|吧|哈|$)")
ASKS_HOW = re.compile("怎么|如何|哪里|在哪|可以取消|能取消|能不能|吗")


class CancelOrderAction(CollectAction):
    """Unpaid: the buyer's own button. Paid: people, before it leaves. Gone: after-sales people."""

    intent = "cancel_order"
    needs = (ORDER,)
    group = Group.INSALE
    states = frozenset({OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED})
    wish = "取消订单，请在发货前拦截"

    async def answer_by_state(self, case: Case, matter: FormState) -> Outcome | None:
        """The shop's words to a question without an order, and states in which nothing is left to intercept."""
        if NOT_ME.search(case.message.text) and matter.fresh:
            return await self._investigate_cancellation(case, matter)
        if WANTS_KEEP.search(case.message.text) and matter.fresh:
            return compose_reply(case.replies.render_reply("keep"), memory={}, tried="已确认不取消")
        entry = find_policy(case) if matter.sole_order is None and matter.fresh else None
        if entry and ASKS_HOW.search(case.message.text):
            return quote_faq_entry(case, entry)
        if matter.sole_order is None or matter.sole_order.state is OrderState.PAID:
            return None
        if matter.sole_order.state in GONE:
            wish = f"包裹已发出，买家要取消（买家：{matter.wish.strip()[:80]}）"
            request = self.build_form_handoff(case, matter, wish=wish, group=Group.AFTERSALE)
            return compose_reply(
                case.replies.render_reply("already_gone"), facts=matter.order_facts, handoff=request, memory={}
            )
        wants_back = matter.sole_order.state is OrderState.CANCELLED and WANTS_REVIVAL.search(matter.wish)
        said = case.replies.render_reply("order_anew" if wants_back else SELF_SERVED[matter.sole_order.state])
        return compose_reply(
            said, facts=matter.order_facts, memory={}, slots=self.order_slots(matter), tried="已说明订单状态与取消方法"
        )

    async def _investigate_cancellation(self, case: Case, matter: FormState) -> Outcome | None:
        """An order gone without the buyer's doing, as they say: what the shop sees, and a person where it is gone."""
        gone = await self._find_cancelled_order(case, matter)
        if gone is None and isinstance(matter.search, OrdersFound):
            return None
        if matter.sole_order and gone is None:
            said = case.replies.render_reply("still_there", tail=number_tail(matter.sole_order.order_id))
            return compose_reply(
                said, facts=matter.order_facts, memory={}, slots=self.order_slots(matter), tried="已说明订单没有取消"
            )
        wish = f"买家说没有取消，订单状态需核对（买家：{matter.wish[:80]}）"
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
