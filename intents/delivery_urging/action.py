"""催发货/催派送: says what is true of the order and records the urge; who urges twice or is angry gets a person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.commerce.order_status import Standing
from app.domain.catalogue import Order, OrderState
from app.domain.commitment import CompensationKind
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import Effect, HandoffRequest, Outcome, RecordUrge
from intents._framework.contract import Case, IntentAction, Said
from intents._kit.compensation import Amends, amends_for
from intents._kit.forms import asking, awaited, handing_over, reply
from intents._kit.goods import day, money
from intents._kit.orders import OrderFound, OrderSearch, OrdersFound, OrderUnknown, find_order, order_options, tail
from intents._kit.ship_by import leaving, line_facts, parcel_state

URGES_PARCEL: Final = re.compile(r"派送|派件|配送|送货|快递|物流|包裹|还没到|没收到|送来|送到|到了没|驿站")
BEFORE_PARCEL: Final = ((OrderState.PAID,), (OrderState.SHIPPED,), (OrderState.UNPAID,))
PARCEL_FIRST: Final = ((OrderState.SHIPPED,), (OrderState.DELIVERED,), (OrderState.PAID,), (OrderState.UNPAID,))
CLOSED: Final = (Standing.UNPAID, Standing.REFUNDING, Standing.REFUNDED, Standing.CANCELLED)
WHY: Final[Mapping[Standing, str]] = {
    Standing.WAITING: "未超时，买家催发货，请优先安排",
    Standing.LATE: "已超过承诺发货时间，请立即安排",
    Standing.MOVING: "买家催派送",
    Standing.STUCK: "物流停滞，请联系快递",
    Standing.DELIVERED: "显示签收，买家未收到",
}


@dataclass(frozen=True, slots=True)
class Urge:
    """One order being urged.

    Attributes:
        facts: the order first, then its SKUs.
        before: what this conversation urged already, as "order number/state".
    """

    fact: Fact[Order]
    state: Standing
    facts: tuple[Fact[Any], ...]
    before: tuple[str, ...] = field(default=())

    @property
    def order(self) -> Order:
        """The order itself."""
        return self.fact.value

    @property
    def name(self) -> str:
        """What this conversation remembers of the urge: a parcel that moved on is a new matter."""
        return f"{self.order.order_id}/{self.state}"

    @property
    def repeated(self) -> bool:
        """Whether the same was urged before."""
        return self.name in self.before

    @property
    def memory(self) -> dict[str, Any]:
        """The document the next turn reads."""
        return {"urged": list(dict.fromkeys((*self.before, self.name)))[-10:]}


class DeliveryUrgingAction(IntentAction):
    """Soothes with what is true, and makes people act where only people can."""

    intent = "delivery_urging"

    async def answer(self, case: Case) -> Outcome:
        """By the order; asks for its number once."""
        search = await _search(case)
        if isinstance(search, OrderFound):
            return await self._of_order(case, search.fact)
        if case.angry or awaited(case) == SlotName.ORDER:
            return self._without_order(case)
        return self._ask(case, search)

    def _ask(self, case: Case, search: OrderSearch) -> Outcome:
        if isinstance(search, OrdersFound):
            options = order_options(search.orders, case.intent)
            said = case.replies.say("which_order", orders="、".join(option.label for option in options))
            return reply(said, asks=asking(case, SlotName.ORDER, options=options), tried="已询问催的是哪笔订单")
        if isinstance(search, OrderUnknown):
            said = case.replies.say("order_unknown", tail=tail(search.number))
            return reply(said, asks=asking(case, SlotName.ORDER), slots={SlotName.ORDER: None}, tried="订单号没有查到")
        return reply(case.replies.say("ask_order"), asks=asking(case, SlotName.ORDER), tried="已询问订单号")

    def _without_order(self, case: Case) -> Outcome:
        """No order after asking, or an angry buyer: a person finds it."""
        reason = Reason.ANGRY if case.angry else Reason.AFTER_SALES
        wish = handing_over(case, reason, "买家催单，订单未能确认", group=Group.INSALE, urgent=case.angry)
        return reply(case.replies.say("no_order"), handoff=wish, slots={SlotName.ORDER: None})

    async def _of_order(self, case: Case, fact: Fact[Order]) -> Outcome:
        facts = (fact, *(await line_facts(case, fact.value)))
        before = tuple(case.memory.get("urged", ()))
        urge = Urge(fact, await parcel_state(case, fact.value), facts, before)
        if urge.state in CLOSED:
            return self._told(case, urge, self._say(case, urge, urge.state))
        if case.angry or urge.repeated:
            return self._to_people(case, urge)
        return self._first_urge(case, urge)

    def _first_urge(self, case: Case, urge: Urge) -> Outcome:
        match urge.state:
            case Standing.LATE:
                return self._late(case, urge)
            case Standing.WAITING:
                return self._waiting(case, urge)
            case Standing.STUCK:
                wish = self._wish(case, urge, Reason.AFTER_SALES, "包裹物流停滞，请联系快递核实")
                return self._told(case, urge, self._say(case, urge, "stuck"), effects=(_record(urge),), handoff=wish)
            case Standing.DELIVERED:
                wish = self._wish(case, urge, Reason.AFTER_SALES, "物流显示签收，买家没有收到")
                return self._told(
                    case, urge, self._say(case, urge, "not_received"), effects=(_record(urge),), handoff=wish
                )
            case _:
                return self._told(case, urge, self._moving(case, urge), effects=(_record(urge),))

    def _waiting(self, case: Case, urge: Urge) -> Outcome:
        leaves = leaving(case, urge.order, urge.facts)
        if leaves is None:
            return self._told(case, urge, self._say(case, urge, "waiting_no_promise"), effects=(_record(urge),))
        said = case.replies.say(leaves.key, tail=tail(urge.order.order_id), **leaves.words(case))
        return self._told(case, urge, said, commitments=(leaves.commitment,), effects=(_record(urge),))

    def _late(self, case: Case, urge: Urge) -> Outcome:
        """The apology and the warehouse's urge; the amends the shop allows, once, to the order's own buyer."""
        offer = amends_for(case, urge.order) if urge.order.buyer == case.buyer else None
        sorry = self._say(case, urge, "late")
        if offer is None:
            return self._told(case, urge, sorry, effects=(_record(urge),))
        return self._told(
            case,
            urge,
            sorry,
            _amends_said(case, offer),
            commitments=(offer.commitment,),
            effects=(_record(urge, offer), *offer.spends),
        )

    def _moving(self, case: Case, urge: Urge) -> Said:
        order = urge.order
        if not (order.last_moved_at and order.last_place):
            return self._say(case, urge, "moving")
        seen = day(order.last_moved_at, case.shop.settings.hours.timezone)
        return self._say(case, urge, "moving_seen", place=order.last_place, seen=seen)

    def _to_people(self, case: Case, urge: Urge) -> Outcome:
        reason = Reason.ANGRY if case.angry else Reason.AFTER_SALES
        wish = self._wish(case, urge, reason, "买家情绪激动，催单" if case.angry else "买家再次催单")
        said = self._say(case, urge, "angry" if case.angry else "again")
        return self._told(case, urge, said, effects=(_record(urge),), handoff=wish)

    def _wish(self, case: Case, urge: Urge, reason: Reason, wish: str) -> HandoffRequest:
        return handing_over(
            case,
            reason,
            wish,
            notes=(f"订单状态：{WHY[urge.state]}",),
            collected={"订单号": urge.order.order_id},
            group=Group.INSALE,
            urgent=True,
        )

    def _say(self, case: Case, urge: Urge, key: str, **values: Any) -> Said:
        order = urge.order
        return case.replies.say(key, tail=tail(order.order_id), courier=order.courier or "快递", **values)

    def _told(self, case: Case, urge: Urge, *said: Said, **more: Any) -> Outcome:
        del case
        return reply(
            *said,
            facts=urge.facts,
            slots={SlotName.ORDER: urge.order.order_id},
            memory=urge.memory,
            tried=f"已安抚并告知尾号{tail(urge.order.order_id)}订单的进度",
            **more,
        )


async def _search(case: Case) -> OrderSearch:
    """The order most likely urged: by the words, waiting ones or those on their way first."""
    said = f"{case.message.text} {case.request.text}"
    order_of_states = PARCEL_FIRST if URGES_PARCEL.search(said) else BEFORE_PARCEL
    for states in order_of_states:
        search = await find_order(case, states)
        if isinstance(search, OrderFound | OrdersFound | OrderUnknown):
            return search
    return search


def _record(urge: Urge, offer: Amends | None = None) -> Effect:
    """The line for operations; amends that were promised are theirs to pay."""
    order = urge.order
    why = f"{WHY[urge.state]}；已答应补偿{_amends_words(offer)}，请发放" if offer else WHY[urge.state]
    return RecordUrge(order.order_id, order.lines[0].sku_id if order.lines else None, why)


def _amends_words(offer: Amends) -> str:
    made = offer.commitment
    return made.gift or f"{money(made.amount)}元"


def _amends_said(case: Case, offer: Amends) -> Said:
    made = offer.commitment
    if made.kind is CompensationKind.GIFT:
        return case.replies.say("amends_gift", gift=made.gift)
    return case.replies.say(f"amends_{made.kind}", amount=money(made.amount))
