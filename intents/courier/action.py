"""快递公司: who carries the shop's parcels, and who carries this one."""

import re
from typing import Final

from app.domain.catalogue import OrderState
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case
from intents._kit.forms import PolicyAction, best_entry, from_policy, handing_over, remembered, reply
from intents._kit.orders import AnotherAccountError, OrderFound, find_order, tail

# 发不发中通 and 到不到 are questions, 别的 is another one.
UNWANTED: Final = re.compile(
    "(?<![要想用发走])不(要|想|用|发|走)(?![吗么嘛])|[别勿](?![的家人]).{0,3}(发|用|走|寄)"
    "|除了|(?<!到)不到(?![吗么嘛])|到不了|不派送|没有?网点|太慢"
)


class CourierAction(PolicyAction):
    """Names the shop's carriers; a wish for another one is heard once and then given to a person."""

    intent = "courier"

    async def answer(self, case: Case) -> Outcome:
        """The carrier asked for, the parcel's own, or all of them."""
        asked = case.entity(EntityKind.COURIER)
        if asked:
            return await self._about(case, asked.text)
        try:
            search = await find_order(case, {OrderState.SHIPPED})
        except AnotherAccountError:
            return await self._all(case)
        if isinstance(search, OrderFound) and search.fact.value.courier:
            order = search.fact.value
            said = case.replies.say("carried_by", tail=tail(order.order_id), courier=order.courier)
            return reply(said, facts=(search.fact,), slots={"order": order.order_id}, tried="已告知承运快递")
        return await self._all(case)

    async def _all(self, case: Case) -> Outcome:
        entry, ours = best_entry(case), _ours(case)
        if entry:
            return from_policy(case, entry)
        if not ours:
            return await super().answer(case)
        return reply(case.replies.say("list", couriers="、".join(ours)), tried="已告知合作快递")

    async def _about(self, case: Case, asked: str) -> Outcome:
        ours = _ours(case)
        named = [each for each in ours if asked in each or each in asked]
        if UNWANTED.search(case.request.text) and ours:
            return self._without(case, named[0] if named else asked)
        if named:
            return reply(case.replies.say("ours", courier=named[0]), tried=f"已说明合作快递含{asked}")
        entry = best_entry(case)
        if entry and asked[:2] in entry.question + entry.answer:
            return from_policy(case, entry)
        if not ours:
            return await super().answer(case)
        if remembered(case):
            wish = handing_over(case, Reason.AUTHORITY_EXCEEDED, f"希望指定快递：{asked}", group=Group.INSALE)
            return reply(case.replies.say("wish_noted", courier=asked), handoff=wish, memory={})
        said = case.replies.say("not_ours", courier=asked, couriers="、".join(ours))
        return reply(said, memory={"at": case.now.isoformat(), "asked": asked}, tried="已说明合作快递")

    def _without(self, case: Case, unwanted: str) -> Outcome:
        """One of ours does not suit: the others, and a remark for the warehouse."""
        others = "、".join(each for each in _ours(case) if each != unwanted)
        key = "avoid" if others else "avoid_only"
        return reply(case.replies.say(key, courier=unwanted, couriers=others), tried=f"已说明可避开{unwanted}")


def _ours(case: Case) -> tuple[str, ...]:
    promise = case.shop.settings.authority.shipping
    return promise.couriers if promise else ()
