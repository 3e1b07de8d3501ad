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
from app.domain.understanding import EntityKind
from app.language.dates import DateKind, DateSpan, Said, names_other_time
from app.shop.schema import ShippingPromise
from intents._framework.contract import Case, IntentAction, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import (
    build_handoff,
    build_pending,
    compose_reply,
    find_awaited_slot,
    find_untold_policy,
    quote_faq_entry,
)
from intents._kit.goods import GoodsMatch, resolve_goods
from intents._kit.orders import (
    OrderFound,
    OrderSearch,
    OrdersFound,
    OrderUnknown,
    fetch_sku_facts,
    find_order,
    number_tail,
    order_options,
    resolve_order_number,
)
from intents._kit.ship_by import fetch_order_status, promise_ship_by
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
        if _asks_before_buying(case) and (resolve_order_number(case) is None or _names_goods_alone(case)):
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
        if goods and sku:
            return self._answer_presale(case, promise, goods, sku)
        paid = _find_payment_span(case)
        if paid:
            return self._answer_named_payment(case, promise, paid)
        return self._answer_other_than_now(case, promise) or self._answer_payment_now(case, promise)

    def _answer_presale(self, case: Case, promise: ShippingPromise, goods: GoodsMatch, sku: Sku) -> Outcome:
        """Goods made to order leave on their own day, whenever they are paid."""
        paid = _find_payment_span(case)
        paid_at = paid.begins if paid else None
        leaves = ship_by_deadline(paid_at or case.now, promise, shop_timezone(case), sku.presale_ship_on)
        said, ship_by = self._render_promise(case, leaves, sku)
        made = ShipByCommitment(ship_by, sku_id=sku.sku_id, paid_at=paid_at)
        return compose_reply(said, commitments=(made,), facts=(goods.fact,), tried=note("told_promise"))

    def _answer_payment_now(self, case: Case, promise: ShippingPromise) -> Outcome:
        said, ship_by = self._render_promise(case, ship_by_deadline(case.now, promise, shop_timezone(case)), None)
        return compose_reply(said, commitments=(ShipByCommitment(ship_by),), tried=note("told_promise"))

    def _answer_other_than_now(self, case: Case, promise: ShippingPromise) -> Outcome | None:
        """What is not asked of an order paid at this moment: presale goods, weather, days, other times."""
        if case.hears("asks_presale"):
            return self._answer_presale_rule(case)
        if case.hears("exceptional"):
            said = case.replies.render_reply("exceptional", hours=promise.within_hours)
            return compose_reply(said, tried=note("told_exceptional"))
        days = _find_shipping_days(case)
        if days:
            return self._answer_shipping_days(case, promise, days)
        return self._state_rule(case, promise) if names_other_time(case.asked_times, case.now) else None

    def _answer_presale_rule(self, case: Case) -> Outcome:
        """Presale goods in general: the shop's own words, else that the goods' page tells their day."""
        entry = find_untold_policy(case)
        if entry:
            return quote_faq_entry(case, entry)
        return compose_reply(case.replies.render_reply("presale_rule"), tried=note("told_presale_rule"))

    def _state_rule(self, case: Case, promise: ShippingPromise) -> Outcome:
        """The rule for whatever time an order is paid at, which dates none."""
        words = {"hours": promise.within_hours}
        if promise.cut_off is None:
            return compose_reply(case.replies.render_reply("rule", **words), tried=note("told_promise"))
        said = case.replies.render_reply("rule_cut_off", **words, cut_off=f"{promise.cut_off:%H:%M}")
        return compose_reply(said, tried=note("told_promise"))

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

    def _answer_named_payment(self, case: Case, promise: ShippingPromise, span: DateSpan) -> Outcome:
        """By the time at which the buyer says he will pay; the latest moment of it where it is no moment."""
        zone, begins, ends = shop_timezone(case), max(span.begins or case.now, case.now), _last_moment(span, case)
        if begins.astimezone(zone).date() != ends.astimezone(zone).date():
            return self._state_rule(case, promise)
        earliest, latest = (ship_by_deadline(moment, promise, zone) for moment in (begins, ends))
        day = ends.astimezone(zone).date()
        if earliest.today_until and not latest.today_until and promise.cut_off:
            words = {"when": span.text, "cut_off": f"{promise.cut_off:%H:%M}", "hours": promise.within_hours}
            works = ShippingDaysCommitment(day, day, is_working_day(day, promise))
            said = case.replies.render_reply("paid_that_day", **words)
            return compose_reply(said, commitments=(works,), tried=note("told_promise"))
        said, ship_by = self._render_named_payment(case, promise, latest, span, ends)
        made = ShipByCommitment(ship_by, paid_at=ends)
        return compose_reply(said, commitments=(made,), tried=note("told_promise"))

    def _render_named_payment(
        self, case: Case, promise: ShippingPromise, leaves: ShipByDeadline, span: DateSpan, paid_at: datetime
    ) -> tuple[RenderedReply, datetime]:
        zone = shop_timezone(case)
        words = {"paid": moment_word(paid_at, case) if span.clock else span.text, "hours": promise.within_hours}
        if leaves.today_until is not None:
            ship_by = end_of_day(paid_at.astimezone(zone).date(), zone)
            return case.replies.render_reply("paid_in_time", **words, cut_off=f"{leaves.today_until:%H:%M}"), ship_by
        words |= {"ship_by": moment_word(leaves.ship_by, case)}
        if not is_working_day(paid_at.astimezone(zone).date(), promise):
            return case.replies.render_reply("paid_closed", **words), leaves.ship_by
        if promise.cut_off is None:
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
        facts: tuple[Fact[Any], ...] = (fact, *(await fetch_sku_facts(case, order)))
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


def _names_goods_alone(case: Case) -> bool:
    """Whether the message names goods and no order: 再买个茶叶罐, after an order was spoken of."""
    shown = case.first_entity(EntityKind.ORDER_ID) or case.message.context.order_id
    return not shown and any(map(case.first_entity, (EntityKind.PRODUCT, EntityKind.SKU)))


def _find_payment_span(case: Case) -> DateSpan | None:
    """When the buyer says he will pay: 下午五点拍今天能发吗. None where he names no such time, or one that is past."""
    for span, behind in _spans_with_words(case):
        if (
            span.begins
            and span.ends
            and span.kind is not DateKind.DEADLINE
            and case.cues.hears("before_buying", behind)
        ):
            covers_now = span.begins <= case.now and span.said is Said.DAY
            return None if covers_now or _last_moment(span, case) <= case.now else span
    return None


def _spans_with_words(case: Case) -> list[tuple[DateSpan, str]]:
    """The times named, each with the words up to the next one."""
    spans, text = case.asked_times, case.request.text
    starts = [*(span.start for span in spans), len(text)]
    return [(span, text[span.end : following]) for span, following in zip(spans, starts[1:], strict=True)]


def _last_moment(span: DateSpan, case: Case) -> datetime:
    """The latest moment of a time that is bounded."""
    ends = span.ends or case.now
    return ends if ends == span.begins else ends - timedelta(minutes=1)


def _find_shipping_days(case: Case) -> DateSpan | None:
    """The coming days that the question is about, later than today: 周末发货吗, 我周末要用今天能发吗 asks of today."""
    today = local_now(case).date()
    spoken = _spans_with_words(case)
    asked = [span for span, behind in spoken if case.cues.hears("ships", behind)] or [span for span, _ in spoken]
    return next((span for span in asked[:1] if span.days and span.days[0] > today), None)


def _find_last_presale(skus: tuple[Sku, ...], case: Case) -> Sku | None:
    """The presale SKU that holds back the goods meant, when every SKU meant is on presale."""
    today = local_now(case).date()
    dated = [(sku.presale_ship_on, sku) for sku in skus if sku.presale_ship_on and sku.presale_ship_on >= today]
    return max(dated, key=lambda pair: pair[0])[1] if dated and len(dated) == len(skus) else None
