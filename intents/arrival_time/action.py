"""到货时间: what is true of the way to the buyer, never a date of arrival."""

from datetime import timedelta
from typing import Final

from app.commerce.order_status import OrderStatus
from app.commerce.shipping import ShipByDeadline, end_of_day, ship_by_deadline
from app.domain.catalogue import Order, OrderState, Sku
from app.domain.commitment import ShipByCommitment
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.language.dates import DateSpan
from app.shop.schema import ShippingPromise
from intents._framework.contract import Case, IntentAction, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, compose_reply, find_policy, quote_faq_entry
from intents._kit.goods import GoodsMatch, resolve_goods
from intents._kit.orders import OrderFound, find_order, number_tail
from intents._kit.ship_by import fetch_order_status
from intents._kit.wording import format_month_day, moment_word, shop_timezone

note = load_notes(__file__)

LAST_MINUTE: Final = timedelta(minutes=1)


def _find_needed_day(case: Case) -> DateSpan | None:
    """The time, still to come, by which the buyer wants the goods: the last one named."""
    named = [span for span in case.asked_times if span.ends is not None and span.ends > case.now]
    return named[-1] if named else None


class ArrivalTimeAction(IntentAction):
    """Says when it leaves and who carries it; the arrival itself is the carrier's."""

    intent = "arrival_time"

    async def answer(self, case: Case) -> Outcome:
        """By the parcel on its way, by the order waiting, else by the shop's promise."""
        for state in (OrderState.SHIPPED, OrderState.PAID):
            search = await find_order(case, {state})
            if isinstance(search, OrderFound):
                return await self._answer_order_arrival(case, search)
        needed = _find_needed_day(case)
        if needed and case.shop.settings.authority.shipping:
            return await self._answer_needed_by(case, needed, case.shop.settings.authority.shipping)
        entry = find_policy(case)
        return quote_faq_entry(case, entry) if entry else await self._answer_prepurchase_arrival(case)

    async def _answer_order_arrival(self, case: Case, found: OrderFound) -> Outcome:
        order = found.fact.value
        state = await fetch_order_status(case, order)
        late = state in {OrderStatus.LATE, OrderStatus.STUCK}
        wish = build_handoff(case, Reason.AFTER_SALES, note("late"), group=Group.INSALE)
        return compose_reply(
            self._render_arrival(case, state, order),
            facts=(found.fact,),
            slots={"order": order.order_id},
            handoff=wish if late else None,
            tried=note("told_by_status"),
        )

    def _render_arrival(self, case: Case, state: OrderStatus, order: Order) -> RenderedReply:
        values = {"tail": number_tail(order.order_id), "courier": order.courier or ""}
        if state is not OrderStatus.MOVING or not order.last_place:
            return case.replies.render_reply(state, **values)
        return case.replies.render_reply("moving_seen", **values, place=order.last_place)

    async def _answer_needed_by(self, case: Case, needed: DateSpan, promise: ShippingPromise) -> Outcome:
        """When an order paid now leaves, held against the day it is needed by; the way there is the carrier's."""
        goods, zone = await resolve_goods(case), shop_timezone(case)
        presales = [(sku.presale_ship_on, sku) for sku in (goods.skus if goods else ()) if sku.presale_ship_on]
        _, presale = max(presales, key=lambda each: each[0], default=(None, None))
        leaves = ship_by_deadline(case.now, promise, zone, presale.presale_ship_on if presale else None)
        today = leaves.today_until
        ship_by = end_of_day(case.now.astimezone(zone).date(), zone) if today else leaves.ship_by
        vain = needed.ends is None or ship_by >= needed.ends - LAST_MINUTE
        key = "needed_in_vain" if vain else "needed_by_today" if today else "needed_by"
        made = ShipByCommitment(ship_by, sku_id=presale.sku_id if presale else None, paid_at=case.now)
        words = {"ship_by": moment_word(ship_by, case), "cut_off": f"{today:%H:%M}" if today else ""}
        said = case.replies.render_reply(key, **words)
        facts = (goods.fact,) if goods else ()
        return compose_reply(said, commitments=(made,), facts=facts, tried=note("told_promise"))

    async def _answer_prepurchase_arrival(self, case: Case) -> Outcome:
        promise = case.shop.settings.authority.shipping
        if promise is None:
            return compose_reply(case.replies.render_reply("no_promise"), tried=note("told_by_parcel"))
        goods = await resolve_goods(case)
        for sku in goods.skus if goods else ():
            leaves = ship_by_deadline(case.now, promise, shop_timezone(case), sku.presale_ship_on)
            if goods and leaves.presale_on:
                return self._answer_presale(case, goods, sku, leaves)
        key = "promise_from" if promise.ships_from else "promise"
        said = case.replies.render_reply(key, hours=promise.within_hours, place=promise.ships_from)
        return compose_reply(said, tried=note("told_promise"))

    def _answer_presale(self, case: Case, goods: GoodsMatch, sku: Sku, leaves: ShipByDeadline) -> Outcome:
        ships_on = format_month_day(leaves.ship_by, case.shop.settings.hours.zone)
        return compose_reply(
            case.replies.render_reply("presale", title=goods.product_title, day=ships_on),
            commitments=(ShipByCommitment(leaves.ship_by, sku_id=sku.sku_id),),
            facts=(goods.fact,),
            tried=note("told_presale"),
        )
