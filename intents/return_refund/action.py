"""退换货: the shop's policy, then order, reason and photos for the after-sales people; a refund is never promised."""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from app.dialogue.policy import ASKS
from app.domain.catalogue import Order, OrderState
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from intents._framework.contract import Case, RenderedReply
from intents._framework.policy import compose_reply, current_memory, find_awaited_slot, find_best_entry, quote_faq_entry
from intents._kit.forms import DETAIL, ORDER, PHOTO, WITH_BUYER, CollectAction, FormField, FormState
from intents._kit.hypothetical import DAMAGED, is_hypothetical, state_damage_policy
from intents._kit.orders import (
    OrderFound,
    OrderMissing,
    OrderSearch,
    OrdersFound,
    find_order,
    number_tail,
    resolve_order_number,
)
from intents.return_refund.window import ReturnWindow, find_return_window

WANTS_IT: Final = re.compile(
    "我要|帮我|给我|申请|麻烦|不要了|不想要|退[了款货换]?吧|退了算|钱退|给退|退掉|想退|想换|要退|要换|退一下|换一下"
)
MAY_I: Final = re.compile("(能|可以|可不可以|支持|还能|怎么)[^，。]{0,6}(退|换)|^退")
GIVES_REASON: Final = re.compile(
    "因为|太|[大小]了|不合适|不(喜欢|想要)|[买拍发]错|买重|[坏破裂碎少漏漆霉]|瑕疵|质量|色差|不符"
)
# What is asked of the buyer's own goods, not of the shop's rules in general.
ABOUT_MINE: Final = re.compile(
    "我|这|那|退款|退的钱|到账|还能|能退|可以退|能换|可以换|能不能|帮|退了|进度|怎么还|还没|拒收"
)
HOW_TO: Final = re.compile("地址|寄到|寄哪|寄给|运费|邮费|单号|填")
MAY_MINE: Final = re.compile("(能|可以|可不可以|还能)[^，。]{0,6}(退|换)|拒收")
BARE: Final = re.compile(
    "(亲|你好|请问|我|的|这|那|个|款|件|东西|收到|了|还|现在|不喜欢|不合适|不想要)*"
    "(能不能|可不可以|能|可以)(申请)?(退换货|退换|退货|换货|退款|退掉|退|换)(掉|了)?[吗么嘛不呢啊?？。]*"
)
PROGRESS: Final = re.compile(
    "到账|退到|退的钱|退款(了|多久|进度|怎么|呢|到|还|什么|完成)|钱.{0,5}[退到]|[没未]退|退了[吗没]|进度|时候退"
)
NOT_WITH_BUYER: Final = {
    OrderState.PAID: ("not_sent_noted", Group.INSALE, "订单还没发出，买家要退款"),
    OrderState.SHIPPED: ("on_its_way", Group.AFTERSALE, "包裹还在路上，买家要退"),
}
IN_PROGRESS: Final = {OrderState.REFUNDING: "refunding", OrderState.REFUNDED: "refunded"}
PERHAPS_MEANT: Final = WITH_BUYER | {OrderState.PAID}


class ReturnRefundAction(CollectAction):
    """Policy for who asks about it; collecting for who wants it done."""

    intent = "return_refund"
    needs = (ORDER, DETAIL, PHOTO)
    states = WITH_BUYER
    wish = "申请退换货"

    async def answer(self, case: Case) -> Outcome:
        """The order's own state, else the shop's words to a question, else what a person will need."""
        if current_memory(case).get("asked"):
            entry = find_best_entry(case) if self._asks_side_question(case) else None
            return quote_faq_entry(case, entry) if entry else await super().answer(case)
        if is_hypothetical(case.message.text):
            return state_damage_policy(case) or await super().answer(case)
        own = await self._answer_own_order(case) if ABOUT_MINE.search(case.message.text) else None
        damaged = DAMAGED.search(case.message.text) and MAY_I.search(case.message.text)
        entry = None if damaged and not HOW_TO.search(case.message.text) else find_best_entry(case)
        if own or entry is None or WANTS_IT.search(case.message.text):
            return own or await super().answer(case)
        return quote_faq_entry(case, entry)

    def _asks_side_question(self, case: Case) -> bool:
        """A question of the shop's rules in the middle of the matter: 运费谁出, 多久退钱."""
        return (
            find_awaited_slot(case) is None
            and bool(ASKS.search(case.message.text))
            and not WANTS_IT.search(case.message.text)
        )

    async def _answer_own_order(self, case: Case) -> Outcome | None:
        """What the buyer's own order says to it; whether it may go back is asked of one order."""
        matter = await self.gather_form(case)
        special = await self.answer_by_state(case, matter)
        whose = matter.sole_order or isinstance(matter.search, OrdersFound)
        return special or (await super().answer(case) if whose and BARE.fullmatch(case.message.text.strip()) else None)

    async def gather_form(self, case: Case) -> FormState:
        """With the order whose refund is asked about, and no old order alone while a newer one may be meant."""
        matter = await super().gather_form(case)
        states = _states_to_search(case, matter)
        search = await find_order(case, states) if states and not resolve_order_number(case) else OrderMissing()
        return matter if isinstance(search, OrderMissing) else _replace_search(matter, search)

    async def answer_by_state(self, case: Case, matter: FormState) -> Outcome | None:
        """A refund under way, goods not sent yet, or days past the promise: no more questions."""
        order, text = matter.sole_order, matter.wish
        if order is None or HOW_TO.search(text):
            return None
        if order.state in IN_PROGRESS:
            return self._report_refund_progress(case, matter, order)
        if order.state is OrderState.CANCELLED and order.paid_at is None:
            said = case.replies.render_reply("nothing_paid", tail=number_tail(order.order_id))
            return compose_reply(
                said,
                facts=matter.order_facts,
                memory={},
                slots=self.order_slots(matter),
                tried="已说明订单取消时没有付款",
            )
        if not (MAY_MINE.search(text) or WANTS_IT.search(text)):
            return None
        return self._answer_undelivered(case, matter, order) or self._escalate_past_window(case, matter, order)

    def _report_refund_progress(self, case: Case, matter: FormState, order: Order) -> Outcome:
        request = self.build_form_handoff(case, matter, notes=("买家询问退款进度",))
        said = case.replies.render_reply(IN_PROGRESS[order.state], tail=number_tail(order.order_id))
        return compose_reply(said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter))

    def _answer_undelivered(self, case: Case, matter: FormState, order: Order) -> Outcome | None:
        """Money back before the parcel arrives: how the buyer can do it, and people where it is wanted done."""
        if order.state not in NOT_WITH_BUYER or "换" in matter.wish or DAMAGED.search(matter.wish):
            return None
        if order.state is OrderState.PAID and not WANTS_IT.search(matter.wish):
            said = case.replies.render_reply("not_sent", tail=number_tail(order.order_id))
            return compose_reply(
                said,
                facts=matter.order_facts,
                memory={},
                slots=self.order_slots(matter),
                tried="已说明未发货可申请退款",
            )
        key, group, wish = NOT_WITH_BUYER[order.state]
        request = self.build_form_handoff(case, matter, wish=f"{wish}（买家：{matter.wish[:80]}）", group=group)
        said = case.replies.render_reply(key, tail=number_tail(order.order_id))
        return compose_reply(said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter))

    def _escalate_past_window(self, case: Case, matter: FormState, order: Order) -> Outcome | None:
        window = find_return_window(case, order)
        if window is None or not window.is_over or DAMAGED.search(matter.wish):
            return None
        said = case.replies.render_reply(
            "past_window", tail=number_tail(order.order_id), day=window.received_on, days=window.days
        )
        request = self.build_form_handoff(case, matter, notes=(f"已超过签收后 {window.days} 天的退换承诺，由人工决定",))
        return compose_reply(said, facts=matter.order_facts, handoff=request, memory={}, slots=self.order_slots(matter))

    def intro_replies(self, case: Case, matter: FormState) -> tuple[RenderedReply, ...]:
        """A first word with the return days the shop has promised, to who wants to return whole goods."""
        if not (WANTS_IT.search(matter.wish) or MAY_I.search(matter.wish)):
            return (case.replies.render_reply("opening_progress"),)
        promise = case.shop.settings.authority.shipping
        if promise is None or not promise.returns_days or DAMAGED.search(matter.wish):
            return super().intro_replies(case, matter)
        window = find_return_window(case, matter.sole_order)
        if window and matter.sole_order and not window.is_over:
            return (self._render_inside_window(case, matter.sole_order, window),)
        return (case.replies.render_reply("opening_days", days=promise.returns_days),)

    def _render_inside_window(self, case: Case, order: Order, window: ReturnWindow) -> RenderedReply:
        return case.replies.render_reply(
            "inside_window", tail=number_tail(order.order_id), day=window.received_on, days=window.days
        )

    def should_ask(self, matter: FormState, need: FormField) -> bool:
        """The reason is asked when none was given; photos are for what is damaged."""
        words = matter.wish + matter.collected.get("detail", "")
        if need is DETAIL and GIVES_REASON.search(words):
            return False
        if need is PHOTO and not DAMAGED.search(words):
            return False
        return super().should_ask(matter, need)


def _states_to_search(case: Case, matter: FormState) -> Collection[OrderState]:
    """The states to look among anew."""
    if PROGRESS.search(matter.wish):
        return {*IN_PROGRESS, OrderState.CANCELLED}
    window = find_return_window(case, matter.sole_order)
    return PERHAPS_MEANT if window and window.is_over else ()


def _replace_search(matter: FormState, search: OrderSearch) -> FormState:
    collected = {slot: words for slot, words in matter.collected.items() if slot != "order"}
    if isinstance(search, OrderFound):
        collected["order"] = search.fact.value.order_id
    return replace(matter, search=search, collected=collected)
