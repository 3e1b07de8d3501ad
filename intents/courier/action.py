"""快递公司: who carries the shop's parcels, and who carries this one."""

from app.domain.catalogue import OrderState
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents.base import Case
from intents.common import PolicyAction, handing_over, remembered, reply
from intents.orders import OrderFound, find_order, tail


class CourierAction(PolicyAction):
    """Names the shop's carriers; a wish for another one is heard once and then given to a person."""

    intent = "courier"

    async def answer(self, case: Case) -> Outcome:
        """The carrier asked for, the parcel's own, or all of them."""
        asked = case.entity(EntityKind.COURIER)
        if asked:
            return await self._about(case, asked.text)
        search = await find_order(case, {OrderState.SHIPPED})
        if isinstance(search, OrderFound) and search.fact.value.courier:
            order = search.fact.value
            said = case.replies.say("carried_by", tail=tail(order.order_id), courier=order.courier)
            return reply(said, facts=(search.fact,), slots={"order": order.order_id}, tried="已告知承运快递")
        return await self._all(case)

    async def _all(self, case: Case) -> Outcome:
        ours = _ours(case)
        if not ours:
            return await super().answer(case)
        return reply(case.replies.say("list", couriers="、".join(ours)), tried="已告知合作快递")

    async def _about(self, case: Case, asked: str) -> Outcome:
        ours = _ours(case)
        if not ours:
            return await super().answer(case)
        if any(asked in each or each in asked for each in ours):
            return reply(case.replies.say("ours", courier=asked), tried=f"已说明合作快递含{asked}")
        if remembered(case):
            wish = handing_over(case, Reason.AUTHORITY_EXCEEDED, f"希望指定快递：{asked}", group=Group.INSALE)
            return reply(case.replies.say("wish_noted", courier=asked), handoff=wish, memory={})
        said = case.replies.say("not_ours", courier=asked, couriers="、".join(ours))
        return reply(said, memory={"at": case.now.isoformat(), "asked": asked}, tried="已说明合作快递")


def _ours(case: Case) -> tuple[str, ...]:
    promise = case.shop.settings.authority.shipping
    return promise.couriers if promise else ()
