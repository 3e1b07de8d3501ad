"""发货时间: the order's own state when it is known, else the shop's promise by the clock; never an arrival date."""

import re
from typing import Any, Final

from app.commerce.order_status import Standing
from app.commerce.shipping import Departure, departure, end_of_day, is_working_day
from app.domain.catalogue import Order, OrderState, Sku
from app.domain.commitment import ShipByCommitment
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.outcome import Outcome, RecordUrge
from intents._framework.contract import Case, IntentAction, Said
from intents._kit.forms import asking, awaited, handing_over, reply
from intents._kit.goods import find_goods
from intents._kit.orders import (
    OrderFound,
    OrderSearch,
    OrdersFound,
    OrderUnknown,
    find_order,
    named_order,
    order_options,
    tail,
)
from intents._kit.ship_by import leaving, line_facts, parcel_state
from intents._kit.wording import day_word, full_name, local_now, moment_word, zone_of

WAITING: Final = (OrderState.UNPAID, OrderState.PAID)
NOT_YET_BOUGHT: Final = re.compile(r"(?:拍|下单|付款|买|付)(?!了|的|过|完|好了)")
OWN_ORDER: Final = re.compile(
    r"我的|我(?:昨天|今天|前天|刚才?|早上|上午)?(?:拍|买|订|下单)(?:了|的)|(?:拍|下单|买|付款?|付|订)(?:了|过|完|好了|好几天)|"
    r"订单|这单|那单|那笔|这笔|昨天(?:拍|买|下)|还不发|还没发|没发货"
)


class ShippingTimeAction(IntentAction):
    """Says when it leaves the shop: this order, or one placed now."""

    intent = "shipping_time"

    async def answer(self, case: Case) -> Outcome:
        """By the order meant; without one, by what a payment made now would get."""
        if named_order(case) is None and _asks_before_buying(case):
            return await self._before_buying(case)
        search = await self._search(case)
        match search:
            case OrderFound(fact=fact):
                return await self._of_order(case, fact)
            case OrdersFound(orders=orders):
                return self._which(case, orders)
            case OrderUnknown(number=number):
                return self._unknown(case, number)
            case _:
                return await self._without_order(case)

    async def _search(self, case: Case) -> OrderSearch:
        """Orders still here first, then those on their way."""
        for states in (WAITING, (OrderState.SHIPPED,)):
            search = await find_order(case, states)
            if isinstance(search, OrderFound | OrdersFound | OrderUnknown):
                return search
        return search

    def _which(self, case: Case, orders: tuple[Order, ...]) -> Outcome:
        options = order_options(orders, case.intent)
        said = case.replies.say("which_order", orders="、".join(option.label for option in options))
        return reply(said, asks=asking(case, SlotName.ORDER, options=options), tried="已询问是哪笔订单的发货时间")

    def _unknown(self, case: Case, number: str) -> Outcome:
        said = case.replies.say("order_unknown", tail=tail(number))
        if awaited(case) != SlotName.ORDER:
            return reply(said, asks=asking(case, SlotName.ORDER), slots={SlotName.ORDER: None}, tried="订单号没有查到")
        wish = handing_over(case, Reason.LOW_CONFIDENCE, "订单号两次没有查到", collected={"订单号": number})
        return reply(case.replies.say("unknown"), handoff=wish, slots={SlotName.ORDER: None})

    async def _without_order(self, case: Case) -> Outcome:
        """Somebody who speaks of an order we do not see is asked once for its number."""
        if OWN_ORDER.search(case.request.text) and awaited(case) != SlotName.ORDER:
            return reply(case.replies.say("ask_order"), asks=asking(case, SlotName.ORDER), tried="已询问订单号")
        return await self._before_buying(case)

    async def _before_buying(self, case: Case) -> Outcome:
        promise = case.shop.settings.authority.shipping
        if promise is None:
            return reply(case.replies.say("no_promise"), tried="已说明按付款顺序发货")
        goods = await find_goods(case)
        sku = _first_presale(goods.skus, case) if goods else None
        leaves = departure(case.now, promise, zone_of(case), sku.presale_ship_on if sku else None)
        facts = (goods.fact,) if goods and sku else ()
        said, ship_by = self._promise(case, leaves, sku)
        made = ShipByCommitment(ship_by, sku_id=sku.sku_id if sku else None)
        return reply(said, commitments=(made,), facts=facts, tried="已告知店铺发货时效")

    def _promise(self, case: Case, leaves: Departure, sku: Sku | None) -> tuple[Said, Any]:
        promise = case.shop.settings.authority.shipping
        zone, now = zone_of(case), local_now(case)
        if promise is None:
            raise LookupError("no shipping promise to speak of")
        if leaves.presale_on is not None and sku is not None:
            said = case.replies.say("presale", title=full_name(sku), day=day_word(leaves.presale_on, case))
            return said, leaves.ship_by
        if leaves.today_until is not None:
            words = {"cut_off": f"{leaves.today_until:%H:%M}", "hours": promise.within_hours}
            return case.replies.say("today", **words), end_of_day(now.date(), zone)
        words = {"hours": promise.within_hours, "ship_by": moment_word(leaves.ship_by, case)}
        if not is_working_day(now.date(), promise):
            return case.replies.say("closed_today", **words), leaves.ship_by
        if promise.cut_off is not None:
            return case.replies.say("after_cut_off", **words, cut_off=f"{promise.cut_off:%H:%M}"), leaves.ship_by
        return case.replies.say("promise", **words), leaves.ship_by

    async def _of_order(self, case: Case, fact: Fact[Order]) -> Outcome:
        order = fact.value
        state = await parcel_state(case, order)
        facts = (fact, *(await line_facts(case, order)))
        if state is Standing.WAITING:
            return self._waiting(case, order, facts)
        if state is Standing.LATE:
            return self._late(case, order, facts)
        if state is Standing.UNPAID:
            return self._unpaid(case, order, facts)
        said = case.replies.say(state, tail=tail(order.order_id), courier=order.courier or "快递")
        stuck = handing_over(case, Reason.AFTER_SALES, "包裹长时间没有物流更新") if state is Standing.STUCK else None
        return _told(order, facts, said, handoff=stuck)

    def _unpaid(self, case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> Outcome:
        promise = case.shop.settings.authority.shipping
        if promise is None:
            return _told(order, facts, case.replies.say("unpaid_no_promise", tail=tail(order.order_id)))
        said = case.replies.say("unpaid", tail=tail(order.order_id), hours=promise.within_hours)
        return _told(order, facts, said)

    def _waiting(self, case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> Outcome:
        leaves = leaving(case, order, facts)
        if leaves is None:
            return _told(order, facts, case.replies.say("waiting_no_promise", tail=tail(order.order_id)))
        said = case.replies.say(leaves.key, tail=tail(order.order_id), **leaves.words(case))
        return _told(order, facts, said, commitments=(leaves.commitment,))

    def _late(self, case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> Outcome:
        """No new time is promised for a broken promise: the warehouse hears of it, and who asks twice gets a person."""
        told = case.memory.get("late") == order.order_id
        wish = handing_over(case, Reason.AFTER_SALES, "订单已超过承诺发货时间，买家再次询问") if told else None
        said = case.replies.say("late_again" if told else "late", tail=tail(order.order_id))
        urge = RecordUrge(order.order_id, order.lines[0].sku_id if order.lines else None, "超过承诺发货时间")
        return _told(order, facts, said, effects=(urge,), handoff=wish, memory={"late": order.order_id})


def _told(order: Order, facts: tuple[Fact[Any], ...], said: Said, **more: Any) -> Outcome:
    return reply(
        said,
        facts=facts,
        slots={SlotName.ORDER: order.order_id},
        tried=f"已告知尾号{tail(order.order_id)}订单的发货情况",
        **more,
    )


def _asks_before_buying(case: Case) -> bool:
    text = case.request.text
    return bool(NOT_YET_BOUGHT.search(text)) and not OWN_ORDER.search(text)


def _first_presale(skus: tuple[Sku, ...], case: Case) -> Sku | None:
    """The presale SKU that holds back the goods meant, when every SKU meant is on presale."""
    today = local_now(case).date()
    dated = [(sku.presale_ship_on, sku) for sku in skus if sku.presale_ship_on and sku.presale_ship_on >= today]
    return max(dated, key=lambda pair: pair[0])[1] if dated and len(dated) == len(skus) else None
