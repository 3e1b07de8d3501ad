"""Computes an order's status and when it has to leave the shop: one reading for buyers, agents and the gate. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.commerce.shipping import ShipByDeadline, order_ship_by_deadline
from app.domain.catalogue import Order, OrderState, Sku
from app.shop.schema import ShippingPromise, ShopSettings


class OrderStatus(StrEnum):
    """An order's status, the most pressing first; each value is also the key of the reply that reports it."""

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


@dataclass(frozen=True, slots=True)
class OrderProgress:
    """An order's status, and for a paid order the deadline by which the shop promised to ship it."""

    status: OrderStatus
    deadline: ShipByDeadline | None = None


def track_order(order: Order, skus: Iterable[Sku], settings: ShopSettings, now: datetime) -> OrderProgress:
    """The order's progress at `now`; `skus` are the goods in it, whose presale dates move the deadline."""
    promise = settings.authority.shipping
    deadline = order_ship_by_deadline(order, skus, promise, settings.hours.zone) if promise else None
    return OrderProgress(_determine_status(order, deadline, promise, now), deadline)


def _determine_status(
    order: Order, deadline: ShipByDeadline | None, promise: ShippingPromise | None, now: datetime
) -> OrderStatus:
    if order.state is OrderState.PAID:
        return OrderStatus.LATE if deadline and deadline.is_overdue(now) else OrderStatus.WAITING
    if order.state is OrderState.SHIPPED:
        return OrderStatus.STUCK if _is_stuck(order, promise, now) else OrderStatus.MOVING
    return STATUS_BY_STATE[order.state]


def _is_stuck(order: Order, promise: ShippingPromise | None, now: datetime) -> bool:
    moved = order.last_moved_at or order.shipped_at
    return promise is not None and moved is not None and now - moved > timedelta(hours=promise.stuck_hours)
