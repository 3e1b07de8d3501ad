"""Where an order stands in a buyer's eyes: waiting, late, moving, stuck, delivered or closed."""

from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.decision.shipping import order_departure
from app.domain.catalogue import Order, OrderState, Sku
from intents.base import Case

_BY_STATE = {
    OrderState.UNPAID: "unpaid",
    OrderState.DELIVERED: "delivered",
    OrderState.COMPLETED: "delivered",
    OrderState.REFUNDING: "refunding",
    OrderState.REFUNDED: "refunded",
    OrderState.CANCELLED: "cancelled",
}


class ParcelState(StrEnum):
    """The value is the key of the reply that tells it."""

    UNPAID = "unpaid"
    WAITING = "waiting"
    LATE = "late"
    MOVING = "moving"
    STUCK = "stuck"
    DELIVERED = "delivered"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


async def parcel_state(case: Case, order: Order) -> ParcelState:
    """The order's standing now; raises FactsError."""
    if order.state is OrderState.PAID:
        return ParcelState.LATE if await _late(case, order) else ParcelState.WAITING
    if order.state is OrderState.SHIPPED:
        return ParcelState.STUCK if _stuck(case, order) else ParcelState.MOVING
    return ParcelState(_BY_STATE[order.state])


async def skus_of(case: Case, order: Order) -> tuple[Sku, ...]:
    """The order's SKUs that the shop still knows; raises FactsError."""
    found = [(await case.facts.sku(line.sku_id)).value for line in order.lines]
    return tuple(sku for sku in found if sku is not None)


async def _late(case: Case, order: Order) -> bool:
    promise = case.shop.settings.authority.shipping
    if promise is None:
        return False
    zone = ZoneInfo(case.shop.settings.hours.timezone)
    leaves = order_departure(order, await skus_of(case, order), promise, zone)
    return leaves is not None and leaves.overdue(case.now)


def _stuck(case: Case, order: Order) -> bool:
    promise = case.shop.settings.authority.shipping
    moved = order.last_moved_at or order.shipped_at
    return promise is not None and moved is not None and case.now - moved > timedelta(hours=promise.stuck_hours)
