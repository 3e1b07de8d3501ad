"""Where an order stands, in the eyes of its buyer and of the people who look after it. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.commerce.shipping import ShipByDeadline
from app.domain.catalogue import Order, OrderState
from app.shop.schema import ShippingPromise


class OrderStatus(StrEnum):
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


STATUS_BY_STATE = {
    OrderState.UNPAID: OrderStatus.UNPAID,
    OrderState.DELIVERED: OrderStatus.DELIVERED,
    OrderState.COMPLETED: OrderStatus.DELIVERED,
    OrderState.REFUNDING: OrderStatus.REFUNDING,
    OrderState.REFUNDED: OrderStatus.REFUNDED,
    OrderState.CANCELLED: OrderStatus.CANCELLED,
}


def determine_order_status(
    order: Order, leaves: ShipByDeadline | None, promise: ShippingPromise | None, now: datetime
) -> OrderStatus:
    """The order's standing at `now`; `leaves` is when the shop promised that a paid order goes out."""
    if order.state is OrderState.PAID:
        return OrderStatus.LATE if leaves and leaves.is_overdue(now) else OrderStatus.WAITING
    if order.state is OrderState.SHIPPED:
        return OrderStatus.STUCK if _is_stuck(order, promise, now) else OrderStatus.MOVING
    return STATUS_BY_STATE[order.state]


def _is_stuck(order: Order, promise: ShippingPromise | None, now: datetime) -> bool:
    moved = order.last_moved_at or order.shipped_at
    return promise is not None and moved is not None and now - moved > timedelta(hours=promise.stuck_hours)
