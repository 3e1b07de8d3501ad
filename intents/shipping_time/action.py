"""发货时间: the order's own state when it is known, else the shop's promise by the clock; never an arrival date."""

from datetime import datetime, timedelta
from typing import Any, Final

from app.commerce.order_status import OrderStatus
from app.commerce.shipping import ShipByDeadline, end_of_day, is_working_day, ship_by_deadline
from app.domain.catalogue import Order, OrderState, Sku
from app.domain.commitment import ShipByCommitment, ShippingDaysCommitment
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.outcome import Outcome, RecordUrge
from app.language.dates import DateSpan
from app.shop.schema import ShippingPromise
from intents._framework.contract import Case, IntentAction, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, build_pending, compose_reply, find_awaited_slot
from intents._kit.goods import resolve_goods
from intents._kit.orders import (
    OrderFound,
    OrderSearch,
    OrdersFound,
    OrderUnknown,
    find_order,
    number_tail,
    order_options,
    resolve_order_number,
)
from intents._kit.ship_by import fetch_order_status, fetch_sku_facts, promise_ship_by
from intents._kit.wording import day_word, local_now, moment_word, shop_timezone, sku_full_name

note = load_notes(__file__)

LONGEST_SPAN: Final = 31
"""Days of a period that are looked at one by one."""
WAITING: Final = (OrderState.UNPAID, OrderState.PAID)


class ShippingTimeAction(IntentAction):
    """Says when it leaves the shop: this order, or one placed now."""

    intent = "shipping_time"

    async def answer(self, case: Case) -> Outcome:
        """By the order meant; without one, by what a payment made now would get."""
        if resolve_order_number(case) is None and _asks_before_buying(case):
            return await self._answer_prepurchase_shipping(case)
        search = await self._find_waiting_order(case)
        match search:
            case OrderFound(fact=fact):
                return await self._answer_order_shipping(case, fact)
            case OrdersFound(orders=orders):
                return self._ask_which_order(case, orders)
            case OrderUnknown(number=number):
                return self._answer_unknown_order(case, number)
            case _:
                return await self._answer_without_order(case)

    async def _find_waiting_order(self, case: Case) -> OrderSearch:
        """Orders still here first, then those on their way."""
        for states in (WAITING, (OrderState.SHIPPED,)):
            search = await find_order(case, states)
            if isinstance(search, OrderFound | OrdersFound | OrderUnknown):
                return search
        return search

    def _ask_which_order(self, case: Case, orders: tuple[Order, ...]) -> Outcome:
        options = order_options(orders, case.intent)
        said = case.replies.render_reply("which_order", orders="、".join(option.label for option in options))
        return compose_reply(
            said, asks=build_pending(case, SlotName.ORDER, options=options), tried=note("asked_which_order")
        )

    def _answer_unknown_order(self, case: Case, number: str) -> Outcome:
        said = case.replies.render_reply("order_unknown", tail=number_tail(number))
        if find_awaited_slot(case) != SlotName.ORDER:
            return compose_reply(
                said,
                asks=build_pending(case, SlotName.ORDER),
                slots={SlotName.ORDER: None},
                tried=note("order_not_found"),
            )
        wish = build_handoff(
            case, Reason.LOW_CONFIDENCE, note("not_found_twice"), collected={note("field_order"): number}
        )
        return compose_reply(case.replies.render_reply("unknown"), handoff=wish, slots={SlotName.ORDER: None})

    async def _answer_without_order(self, case: Case) -> Outcome:
        """Somebody who speaks of an order we do not see is asked once for its number."""
        if case.hears("own_order") and find_awaited_slot(case) != SlotName.ORDER:
            return compose_reply(
                case.replies.render_reply("ask_order"),
                asks=build_pending(case, SlotName.ORDER),
                tried=note("asked_order"),
            )
        return await self._answer_prepurchase_shipping(case)

    async def _answer_prepurchase_shipping(self, case: Case) -> Outcome:
        promise = case.shop.settings.authority.shipping
        if promise is None:
            return compose_reply(case.replies.render_reply("no_promise"), tried=note("told_in_order"))
        goods = await resolve_goods(case)
        sku = _find_last_presale(goods.skus, case) if goods else None
        paid_at = _find_payment_time(case)
        if sku is None and paid_at is None and (days := _find_shipping_days(case)):
            return self._answer_shipping_days(case, promise, days)
        leaves = ship_by_deadline(
            paid_at or case.now, promise, shop_timezone(case), sku.presale_ship_on if sku else None
        )
        facts = (goods.fact,) if goods and sku else ()
        if paid_at is None or sku is not None:
            said, ship_by = self._render_promise(case, leaves, sku)
        else:
            said, ship_by = self._render_named_payment(case, promise, leaves, paid_at)
        made = ShipByCommitment(ship_by, sku_id=sku.sku_id if sku else None, paid_at=paid_at)
        return compose_reply(said, commitments=(made,), facts=facts, tried=note("told_promise"))

    def _answer_shipping_days(self, case: Case, promise: ShippingPromise, days: DateSpan) -> Outcome:
        """Whether the warehouse ships on the days asked about; dates no order."""
        first, last = days.days or (case.now.date(), case.now.date())
        asked = [first + timedelta(days=place) for place in range(min((last - first).days, LONGEST_SPAN) + 1)]
        works = [day for day in asked if is_working_day(day, promise)]
        ships = None if 0 < len(works) < len(asked) else bool(works)
        key = {True: "ships_then", False: "closed_then", None: "ships_partly"}[ships]
        said = case.replies.render_reply(key, when=days.text, hours=promise.within_hours)
        made = ShippingDaysCommitment(asked[0], asked[-1], ships)
        return compose_reply(said, commitments=(made,), tried=note("told_shipping_days", days=days.text))

    def _render_named_payment(
        self, case: Case, promise: ShippingPromise, leaves: ShipByDeadline, paid_at: datetime
    ) -> tuple[RenderedReply, datetime]:
        """By the time at which the buyer says he will pay."""
        zone = shop_timezone(case)
        words = {"paid": moment_word(paid_at, case), "hours": promise.within_hours}
        if leaves.today_until is not None:
            ship_by = end_of_day(paid_at.astimezone(zone).date(), zone)
            return case.replies.render_reply("paid_in_time", **words, cut_off=f"{leaves.today_until:%H:%M}"), ship_by
        words |= {"ship_by": moment_word(leaves.ship_by, case)}
        if promise.cut_off is None or not is_working_day(paid_at.astimezone(zone).date(), promise):
            return case.replies.render_reply("paid_then", **words), leaves.ship_by
        return case.replies.render_reply("paid_late", **words, cut_off=f"{promise.cut_off:%H:%M}"), leaves.ship_by

    def _render_promise(self, case: Case, leaves: ShipByDeadline, sku: Sku | None) -> tuple[RenderedReply, Any]:
        promise = case.shop.settings.authority.shipping
        zone, now = shop_timezone(case), local_now(case)
        if promise is None:
            raise LookupError("no shipping promise to speak of")
        if leaves.presale_on is not None and sku is not None:
            said = case.replies.render_reply("presale", title=sku_full_name(sku), day=day_word(leaves.presale_on, case))
            return said, leaves.ship_by
        if leaves.today_until is not None:
            words = {"cut_off": f"{leaves.today_until:%H:%M}", "hours": promise.within_hours}
            return case.replies.render_reply("today", **words), end_of_day(now.date(), zone)
        words = {"hours": promise.within_hours, "ship_by": moment_word(leaves.ship_by, case)}
        if not is_working_day(now.date(), promise):
            return case.replies.render_reply("closed_today", **words), leaves.ship_by
        if promise.cut_off is not None:
            return case.replies.render_reply(
                "after_cut_off", **words, cut_off=f"{promise.cut_off:%H:%M}"
            ), leaves.ship_by
        return case.replies.render_reply("promise", **words), leaves.ship_by

    async def _answer_order_shipping(self, case: Case, fact: Fact[Order]) -> Outcome:
        order = fact.value
        state = await fetch_order_status(case, order)
        facts = (fact, *(await fetch_sku_facts(case, order)))
        if state is OrderStatus.WAITING:
            return self._answer_waiting_order(case, order, facts)
        if state is OrderStatus.LATE:
            return self._answer_late_order(case, order, facts)
        if state is OrderStatus.UNPAID:
            return self._answer_unpaid_order(case, order, facts)
        said = case.replies.render_reply(
            state, tail=number_tail(order.order_id), courier=order.courier or note("some_courier")
        )
        stuck = build_handoff(case, Reason.AFTER_SALES, note("stuck")) if state is OrderStatus.STUCK else None
        return _compose_shipping_reply(order, facts, said, handoff=stuck)

    def _answer_unpaid_order(self, case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> Outcome:
        promise = case.shop.settings.authority.shipping
        if promise is None:
            return _compose_shipping_reply(
                order, facts, case.replies.render_reply("unpaid_no_promise", tail=number_tail(order.order_id))
            )
        said = case.replies.render_reply("unpaid", tail=number_tail(order.order_id), hours=promise.within_hours)
        return _compose_shipping_reply(order, facts, said)

    def _answer_waiting_order(self, case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> Outcome:
        leaves = promise_ship_by(case, order, facts)
        if leaves is None:
            return _compose_shipping_reply(
                order, facts, case.replies.render_reply("waiting_no_promise", tail=number_tail(order.order_id))
            )
        said = case.replies.render_reply(leaves.key, tail=number_tail(order.order_id), **leaves.day_placeholders(case))
        return _compose_shipping_reply(order, facts, said, commitments=(leaves.commitment,))

    def _answer_late_order(self, case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> Outcome:
        """No new time is promised for a broken promise: the warehouse hears of it, and who asks twice gets a person."""
        told = case.intent_memory.get("late") == order.order_id
        wish = build_handoff(case, Reason.AFTER_SALES, note("late_again")) if told else None
        said = case.replies.render_reply("late_again" if told else "late", tail=number_tail(order.order_id))
        urge = RecordUrge(order.order_id, order.lines[0].sku_id if order.lines else None, note("late"))
        return _compose_shipping_reply(
            order, facts, said, effects=(urge,), handoff=wish, memory={"late": order.order_id}
        )


def _compose_shipping_reply(order: Order, facts: tuple[Fact[Any], ...], said: RenderedReply, **more: Any) -> Outcome:
    return compose_reply(
        said,
        facts=facts,
        slots={SlotName.ORDER: order.order_id},
        tried=note("told_shipping", tail=number_tail(order.order_id)),
        **more,
    )


def _asks_before_buying(case: Case) -> bool:
    return case.hears("before_buying") and not case.hears("own_order")


def _find_payment_time(case: Case) -> datetime | None:
    """When the buyer says he will pay: 下午五点拍今天能发吗. None where he names no such time, or one that is past."""
    spans = case.asked_times
    for place, span in enumerate(spans):
        ends = spans[place + 1].start if place + 1 < len(spans) else len(case.request.text)
        pays = case.cues.hears("before_buying", case.request.text[span.end : ends])
        if pays and span.begins and span.begins > case.now and (span.clock or span.day):
            return span.begins
    return None


def _find_shipping_days(case: Case) -> DateSpan | None:
    """The coming days that the question is about, later than today: 周末发货吗, 元旦发货吗."""
    today = local_now(case).date()
    return next((span for span in case.asked_times if span.days and span.days[0] > today), None)


def _find_last_presale(skus: tuple[Sku, ...], case: Case) -> Sku | None:
    """The presale SKU that holds back the goods meant, when every SKU meant is on presale."""
    today = local_now(case).date()
    dated = [(sku.presale_ship_on, sku) for sku in skus if sku.presale_ship_on and sku.presale_ship_on >= today]
    return max(dated, key=lambda pair: pair[0])[1] if dated and len(dated) == len(skus) else None
