"""到货时间: what is true of the way to the buyer, never a date of arrival."""

from app.commerce.order_status import Standing
from app.commerce.shipping import Departure, departure
from app.domain.catalogue import Order, OrderState, Sku
from app.domain.commitment import ShipByCommitment
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from intents._framework.contract import Case, IntentAction, Said
from intents._kit.forms import from_policy, handing_over, policy_of, reply
from intents._kit.goods import Goods, day, find_goods
from intents._kit.orders import OrderFound, find_order, tail
from intents._kit.ship_by import parcel_state
from intents._kit.wording import zone_of


class ArrivalTimeAction(IntentAction):
    """Says when it leaves and who carries it; the arrival itself is the carrier's."""

    intent = "arrival_time"

    async def answer(self, case: Case) -> Outcome:
        """By the parcel on its way, by the order waiting, else by the shop's promise."""
        for state in (OrderState.SHIPPED, OrderState.PAID):
            search = await find_order(case, {state})
            if isinstance(search, OrderFound):
                return await self._of_order(case, search)
        entry = policy_of(case)
        return from_policy(case, entry) if entry else await self._before_buying(case)

    async def _of_order(self, case: Case, found: OrderFound) -> Outcome:
        order = found.fact.value
        state = await parcel_state(case, order)
        late = state in {Standing.LATE, Standing.STUCK}
        wish = handing_over(case, Reason.AFTER_SALES, "订单晚于应有进度，买家问到货", group=Group.INSALE)
        return reply(
            self._told(case, state, order),
            facts=(found.fact,),
            slots={"order": order.order_id},
            handoff=wish if late else None,
            tried="已按订单状态说明",
        )

    def _told(self, case: Case, state: Standing, order: Order) -> Said:
        values = {"tail": tail(order.order_id), "courier": order.courier or ""}
        if state is not Standing.MOVING or not order.last_place:
            return case.replies.say(state, **values)
        return case.replies.say("moving_seen", **values, place=order.last_place)

    async def _before_buying(self, case: Case) -> Outcome:
        promise = case.shop.settings.authority.shipping
        if promise is None:
            return reply(case.replies.say("no_promise"), tried="已说明以物流为准")
        goods = await find_goods(case)
        for sku in goods.skus if goods else ():
            leaves = departure(case.now, promise, zone_of(case), sku.presale_ship_on)
            if goods and leaves.presale_on:
                return self._presale(case, goods, sku, leaves)
        key = "promise_from" if promise.ships_from else "promise"
        said = case.replies.say(key, hours=promise.within_hours, place=promise.ships_from)
        return reply(said, tried="已说明发货承诺，到货以物流为准")

    def _presale(self, case: Case, goods: Goods, sku: Sku, leaves: Departure) -> Outcome:
        ships_on = day(leaves.ship_by, case.shop.settings.hours.timezone)
        return reply(
            case.replies.say("presale", title=goods.title, day=ships_on),
            commitments=(ShipByCommitment(leaves.ship_by, sku_id=sku.sku_id),),
            facts=(goods.fact,),
            tried="已说明预售发货日",
        )
