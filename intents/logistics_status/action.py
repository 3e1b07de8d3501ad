"""查物流: where the parcel stands, by the order's own state; what is wrong with it goes to people."""

import re

from app.commerce.order_status import Standing
from app.domain.catalogue import Order
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.message import MessageType
from app.domain.outcome import HandoffRequest, Outcome
from intents._framework.contract import Case, Said
from intents._kit.forms import ORDER, CollectAction, Matter, reply
from intents._kit.orders import tail
from intents._kit.ship_by import parcel_state
from intents._kit.wording import day_word, zone_of

NOT_RECEIVED = re.compile("没收到|未收到|没有收到|没拿到|没见到|不是我签|没签收")
PEOPLE_NEEDED = {
    "late": "已超过承诺发货时间仍未发出",
    "stuck": "物流长时间没有更新，需要联系快递核实",
    "not_received": "显示签收但买家没有收到",
}

HAS_PARCEL = {Standing.MOVING, Standing.STUCK, Standing.DELIVERED}


class LogisticsStatusAction(CollectAction):
    """Finds the order, asking once, and tells the parcel's state."""

    intent = "logistics_status"
    needs = (ORDER,)
    group = Group.INSALE
    wish = "查询物流，需要订单号核对"

    async def by_state(self, case: Case, matter: Matter) -> Outcome | None:
        """The state of the order found; a person where somebody must act."""
        if matter.order is None:
            return None
        state = await parcel_state(case, matter.order)
        if state is Standing.DELIVERED and self._not_received(case):
            return self._told(case, matter, case.replies.say("not_received"), "not_received")
        return self._told(case, matter, self._say(case, state, matter.order), state)

    def _told(self, case: Case, matter: Matter, said: Said, trouble: str) -> Outcome:
        return reply(
            said,
            facts=matter.facts,
            slots=self.slots(matter),
            memory={},
            handoff=self._to_people(case, matter, trouble) if trouble in PEOPLE_NEEDED else None,
            tried=f"已告知尾号{tail(matter.collected['order'])}订单的物流状态",
        )

    def _to_people(self, case: Case, matter: Matter, trouble: str) -> HandoffRequest:
        return HandoffRequest(
            reason=Reason.AFTER_SALES,
            wish=f"{PEOPLE_NEEDED[trouble]}（买家：{matter.wish[:80]}）",
            collected=self.in_words(matter),
            group=Group.INSALE,
            urgent=case.angry,
        )

    def _say(self, case: Case, state: Standing, order: Order) -> Said:
        if state not in HAS_PARCEL:
            return case.replies.say(state, tail=tail(order.order_id))
        if order.last_moved_at and order.last_place:
            seen = day_word(order.last_moved_at.astimezone(zone_of(case)).date(), case)
            return case.replies.say(f"{state}_seen", **self._parcel(case, order), seen=seen)
        return case.replies.say(state, **self._parcel(case, order))

    def _parcel(self, case: Case, order: Order) -> dict[str, str]:
        """Courier, number and last place; a stranger's chat shows only the end of the number."""
        number = order.tracking_no or ""
        return {
            "tail": tail(order.order_id),
            "courier": order.courier or "",
            "number": number if order.buyer == case.buyer else f"尾号{tail(number)}",
            "place": order.last_place or "",
        }

    def _not_received(self, case: Case) -> bool:
        return case.message.type is MessageType.TEXT and bool(
            NOT_RECEIVED.search(case.message.text + case.request.text)
        )
