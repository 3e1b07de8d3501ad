"""What a conversation is about as far as people can act on it: the order, and where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.commerce.order_status import OrderStatus, determine_order_status
from app.commerce.shipping import ShipByDeadline, order_ship_by_deadline
from app.domain.catalogue import Order, OrderState, Product, Sku
from app.domain.fact import Fact
from app.shop.schema import ShippingPromise, ShopSettings

IN_PROGRESS = frozenset(
    {OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.REFUNDING}
)


@dataclass(frozen=True, slots=True)
class OrderSituation:
    """An order, where it stands, when it should leave or should have left, and whether its days to return are over."""

    order: Order
    standing: OrderStatus
    leaves: ShipByDeadline | None = None
    past_returns: int | None = None


@dataclass(frozen=True, slots=True)
class OrderInQuestion:
    """The order meant, if one is; else those in progress among which it must be."""

    meant: OrderSituation | None = None
    others: tuple[OrderSituation, ...] = ()

    @property
    def most_pressing(self) -> OrderStatus | None:
        """Where the order stands, or the most pressing of several."""
        found = [each.standing for each in ((self.meant,) if self.meant else self.others)]
        return min(found, key=list(OrderStatus).index, default=None)


def find_order_in_question(
    facts: Iterable[Fact[Any]], named: str | None, settings: ShopSettings, now: datetime, *, of_orders: bool
) -> OrderInQuestion:
    """The order named, or quoted alone; where orders are spoken of, the one in progress, or all that are."""
    known = tuple(facts)
    orders, skus = {order.order_id: order for fact in known for order in orders_in(fact.value)}, skus_in(known)
    meant = orders.get(named or "") or _only_quoted_order(known)
    if meant:
        return OrderInQuestion(order_situation(meant, skus, settings, now))
    running = (order for order in orders.values() if order.state in IN_PROGRESS) if of_orders else ()
    found = tuple(order_situation(order, skus, settings, now) for order in running)
    return OrderInQuestion(found[0]) if len(found) == 1 else OrderInQuestion(others=found)


def order_situation(order: Order, skus: Mapping[str, Sku], settings: ShopSettings, now: datetime) -> OrderSituation:
    """The order with its standing at `now` under the shop's promise."""
    promise = settings.authority.shipping
    goods = tuple(skus[line.sku_id] for line in order.lines if line.sku_id in skus)
    leaves = order_ship_by_deadline(order, goods, promise, ZoneInfo(settings.hours.timezone)) if promise else None
    past = promise.returns_days if promise and _is_past_returns(order, promise, now) else None
    return OrderSituation(order, determine_order_status(order, leaves, promise, now), leaves, past)


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
