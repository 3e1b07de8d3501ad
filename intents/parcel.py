"""Where the order a buyer asks after stands, with its goods looked up as far as that needs them."""

from app.commerce.shipping import Departure, order_departure
from app.commerce.order_status import Standing, standing_of
from app.domain.catalogue import Order, OrderState, Sku
from app.shop.schema import ShippingPromise
from intents._framework.contract import Case
from intents._kit.wording import zone_of


async def parcel_state(case: Case, order: Order) -> Standing:
    """The order's standing now; raises FactsError."""
    promise = case.shop.settings.authority.shipping
    return standing_of(order, await _leaves(case, order, promise), promise, case.now)


async def _leaves(case: Case, order: Order, promise: ShippingPromise | None) -> Departure | None:
    """When it is to leave; only an order that waits for it needs its goods asked after."""
    if promise is None or order.state is not OrderState.PAID:
        return None
    return order_departure(order, await _skus_of(case, order), promise, zone_of(case))


async def _skus_of(case: Case, order: Order) -> tuple[Sku, ...]:
    """The order's SKUs that the shop still knows."""
    found = [(await case.facts.sku(line.sku_id)).value for line in order.lines]
    return tuple(sku for sku in found if sku is not None)
