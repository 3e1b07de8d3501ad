"""退换货: the shop's policy, then order, reason and photos for the after-sales people; a refund is never promised."""

import re
from datetime import timedelta
from typing import Final

from app.domain.catalogue import Order, OrderState
from app.domain.outcome import Outcome
from intents.base import Case, Said
from intents.common import (
    DETAIL,
    ORDER,
    PHOTO,
    TROUBLE,
    WITH_BUYER,
    CollectAction,
    Matter,
    Need,
    best_entry,
    from_policy,
    remembered,
    reply,
)
from intents.goods import day
from intents.orders import tail

WANTS_IT: Final = re.compile("我要|帮我|给我|申请|麻烦|不要了|不想要|退了吧|退掉|想退|想换|要退|要换|退一下|换一下")
MAY_I: Final = re.compile("(能|可以|可不可以|支持|还能|怎么)[^，。]{0,6}(退|换)|^退")
GIVES_REASON: Final = re.compile(
    "因为|太|[大小]了|不合适|不(喜欢|想要)|[买拍发]错|买重|[坏破裂碎少漏漆霉]|瑕疵|质量|色差|不符"
)
DAMAGED: Final = re.compile("[坏破裂碎漏漆霉]|瑕疵|质量|划痕|异味|色差")
# What is asked of the buyer's own goods, not of the shop's rules in general.
ABOUT_MINE: Final = re.compile("我|这|那|退款|到账|还能|能退|可以退|能换|可以换|能不能|帮|退了|进度")
IN_PROGRESS: Final = {OrderState.REFUNDING: "refunding", OrderState.REFUNDED: "refunded"}


class ReturnRefundAction(CollectAction):
    """Policy for who asks about it; collecting for who wants it done."""

    intent = "return_refund"
    needs = (ORDER, DETAIL, PHOTO)
    states = WITH_BUYER
    kin = TROUBLE
    wish = "申请退换货"

    async def answer(self, case: Case) -> Outcome:
        """The order's own state, else the shop's words to a question, else what a person will need."""
        if remembered(case).get("asked"):
            return await super().answer(case)
        own = await self.by_state(case, await self.gather(case)) if ABOUT_MINE.search(case.message.text) else None
        entry = best_entry(case)
        if own or entry is None or WANTS_IT.search(case.message.text):
            return own or await super().answer(case)
        return from_policy(case, entry)

    async def by_state(self, case: Case, matter: Matter) -> Outcome | None:
        """A refund already under way, or days past the promise: a person looks, no more questions."""
        if matter.order is None:
            return None
        if matter.order.state in IN_PROGRESS:
            request = self.request(case, matter, notes=("买家询问退款进度",))
            said = case.replies.say(IN_PROGRESS[matter.order.state])
            return reply(said, facts=matter.facts, handoff=request, memory={}, slots=self.slots(matter))
        return self._past_window(case, matter, matter.order)

    def _past_window(self, case: Case, matter: Matter, order: Order) -> Outcome | None:
        promise = case.shop.settings.authority.shipping
        days, received = (promise.returns_days if promise else None), order.delivered_at
        if days is None or received is None or case.now - received <= timedelta(days=days):
            return None
        on = day(received, case.shop.settings.hours.timezone)
        said = case.replies.say("past_window", tail=tail(order.order_id), day=on, days=days)
        request = self.request(case, matter, notes=(f"已超过签收后 {days} 天的退换承诺，由人工决定",))
        return reply(said, facts=matter.facts, handoff=request, memory={}, slots=self.slots(matter))

    def opening(self, case: Case, matter: Matter) -> tuple[Said, ...]:
        """A first word with the return days the shop has promised, to who wants to return whole goods."""
        if not (WANTS_IT.search(matter.wish) or MAY_I.search(matter.wish)):
            return (case.replies.say("opening_progress"),)
        promise = case.shop.settings.authority.shipping
        if promise is None or not promise.returns_days or DAMAGED.search(matter.wish):
            return super().opening(case, matter)
        return (case.replies.say("opening_days", days=promise.returns_days),)

    def lacks(self, matter: Matter, need: Need) -> bool:
        """The reason is asked when none was given; photos are for what is damaged."""
        words = matter.wish + matter.collected.get("detail", "")
        if need is DETAIL and GIVES_REASON.search(words):
            return False
        if need is PHOTO and not DAMAGED.search(words):
            return False
        return super().lacks(matter, need)
