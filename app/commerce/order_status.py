"""Where an order stands, in the eyes of its buyer and of the people who look after it. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.commerce.shipping import Departure
from app.domain.catalogue import Order, OrderState
from app.shop.schema import ShippingPromise


class Standing(StrEnum):
    """The most pressing first; the value is also the key of the reply that tells it."""

    LATE = "late"
    STUCK = "stuck"
    REFUNDING = "refunding"
    WAITING = "waiting"
    MOVING = "moving"
    DELIVERED = "delivered"
    UNPAID = "unpaid"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


BY_STATE = {
    OrderState.UNPAID: Standing.UNPAID,
    OrderState.DELIVERED: Standing.DELIVERED,
    OrderState.COMPLETED: Standing.DELIVERED,
    OrderState.REFUNDING: Standing.REFUNDING,
    OrderState.REFUNDED: Standing.REFUNDED,
    OrderState.CANCELLED: Standing.CANCELLED,
}


def standing_of(order: Order, leaves: Departure | None, promise: ShippingPromise | None, now: datetime) -> Standing:
    """The order's standing at `now`; `leaves` is when the shop promised that a paid order goes out."""
    if order.state is OrderState.PAID:
        return Standing.LATE if leaves and leaves.overdue(now) else Standing.WAITING
    if order.state is OrderState.SHIPPED:
        return Standing.STUCK if _is_stuck(order, promise, now) else Standing.MOVING
    return BY_STATE[order.state]


def _is_stuck(order: Order, promise: ShippingPromise | None, now: datetime) -> bool:
    moved = order.last_moved_at or order.shipped_at
    return promise is not None and moved is not None and now - moved > timedelta(hours=promise.stuck_hours)
