"""Finds the order in question and its status."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.commerce.order_status import OrderStatus, track_order
from app.commerce.shipping import ShipByDeadline
from app.domain.catalogue import Order, OrderState, Product, Sku
from app.domain.fact import Fact
from app.shop.schema import ShippingPromise, ShopSettings

IN_PROGRESS = frozenset(
    {OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.REFUNDING}
)


@dataclass(frozen=True, slots=True)
class OrderSituation:
    """An order with its status, its ship-by deadline, and the days of returns if those have passed."""

    order: Order
    standing: OrderStatus
    leaves: ShipByDeadline | None = None
    past_returns: int | None = None


@dataclass(frozen=True, slots=True)
class OrderInQuestion:
    """The order in question; if it is not certain, the orders in progress that may be."""

    meant: OrderSituation | None = None
    others: tuple[OrderSituation, ...] = ()

    @property
    def most_pressing(self) -> OrderStatus | None:
        """The status of the order, or the most pressing status of several."""
        found = [each.standing for each in ((self.meant,) if self.meant else self.others)]
        return min(found, key=list(OrderStatus).index, default=None)


def find_order_in_question(
    facts: Iterable[Fact[Any]], named: str | None, settings: ShopSettings, now: datetime, *, of_orders: bool
) -> OrderInQuestion:
    """Finds the order that is named or the only one quoted; with `of_orders`, else the orders in progress."""
    known = tuple(facts)
    orders, skus = {order.order_id: order for fact in known for order in orders_in(fact.value)}, skus_in(known)
    meant = orders.get(named or "") or _only_quoted_order(known)
    if meant:
        return OrderInQuestion(order_situation(meant, skus, settings, now))
    running = (order for order in orders.values() if order.state in IN_PROGRESS) if of_orders else ()
    found = tuple(order_situation(order, skus, settings, now) for order in running)
    return OrderInQuestion(found[0]) if len(found) == 1 else OrderInQuestion(others=found)


def order_situation(order: Order, skus: Mapping[str, Sku], settings: ShopSettings, now: datetime) -> OrderSituation:
    """The order with its status at `now`."""
    promise = settings.authority.shipping
    goods = (skus[line.sku_id] for line in order.lines if line.sku_id in skus)
    progress = track_order(order, goods, settings, now)
    past = promise.returns_days if promise and _is_past_returns(order, promise, now) else None
    return OrderSituation(order, progress.status, progress.deadline, past)


def _is_past_returns(order: Order, promise: ShippingPromise, now: datetime) -> bool:
    days, received = promise.returns_days, order.delivered_at
    return days is not None and received is not None and now - received > timedelta(days=days)


def _only_quoted_order(facts: Iterable[Fact[Any]]) -> Order | None:
    quoted = {fact.value.order_id: fact.value for fact in facts if isinstance(fact.value, Order)}
    return next(iter(quoted.values())) if len(quoted) == 1 else None


def orders_in(value: object) -> Iterable[Order]:
    """The orders of a fact's value."""
    items = value if isinstance(value, tuple) else (value,)
    return (item for item in items if isinstance(item, Order))


def skus_in(facts: Iterable[Fact[Any]]) -> dict[str, Sku]:
    """The SKUs in the facts, by id."""
    return {sku.sku_id: sku for fact in facts for sku in _iter_skus(fact.value)}


def _iter_skus(value: object) -> Iterable[Sku]:
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, Sku):
            yield item
        elif isinstance(item, Product):
            yield from item.skus
