"""When a paid order leaves the shop, with the facts that say so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.commerce.order_status import OrderStatus, determine_order_status
from app.commerce.shipping import ShipByDeadline, end_of_day, order_ship_by_deadline
from app.domain.catalogue import Order, OrderState, Sku
from app.domain.commitment import ShipByCommitment
from app.domain.fact import Fact
from app.shop.schema import ShippingPromise
from intents._framework.contract import Case
from intents._kit.wording import day_word, local_now, moment_word, shop_timezone


@dataclass(frozen=True, slots=True)
class ShipByPromise:
    """What may be promised of a waiting order; `key` names the kind: waiting, waiting_today, waiting_presale."""

    order: Order
    ship_by: datetime
    key: str

    @property
    def commitment(self) -> ShipByCommitment:
        """The promise itself."""
        return ShipByCommitment(self.ship_by, self.order.order_id)

    def day_placeholders(self, case: Case) -> dict[str, str]:
        """The promise's day and moment as they are said."""
        day = self.ship_by.astimezone(shop_timezone(case)).date()
        return {"day": day_word(day, case), "ship_by": moment_word(self.ship_by, case)}


async def fetch_sku_facts(case: Case, order: Order) -> tuple[Fact[Any], ...]:
    """The order's SKUs that the shop still knows, as facts; raises FactsError."""
    found = [await case.facts.get_sku(line.sku_id) for line in order.lines]
    return tuple(fact for fact in found if fact.value is not None)


def promise_ship_by(case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> ShipByPromise | None:
    """When this paid order leaves; None when the shop promises no time."""
    leaves = _departure_from_facts(case, order, facts)
    if leaves is None:
        return None
    today = local_now(case).date()
    if leaves.presale_on is not None:
        return ShipByPromise(order, leaves.ship_by, "waiting_presale")
    if leaves.today_until is not None and leaves.today_until.date() == today:
        return ShipByPromise(order, end_of_day(today, shop_timezone(case)), "waiting_today")
    return ShipByPromise(order, leaves.ship_by, "waiting")


def _departure_from_facts(case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> ShipByDeadline | None:
    promise = case.shop.settings.authority.shipping
    skus = tuple(fact.value for fact in facts if isinstance(fact.value, Sku))
    return order_ship_by_deadline(order, skus, promise, shop_timezone(case)) if promise else None


async def fetch_order_status(case: Case, order: Order) -> OrderStatus:
    """The order's standing now; raises FactsError."""
    promise = case.shop.settings.authority.shipping
    return determine_order_status(order, await _plan_departure(case, order, promise), promise, case.now)


async def _plan_departure(case: Case, order: Order, promise: ShippingPromise | None) -> ShipByDeadline | None:
    """When it is to leave; only an order that waits for it needs its goods asked after."""
    if promise is None or order.state is not OrderState.PAID:
        return None
    return order_ship_by_deadline(order, await _fetch_order_skus(case, order), promise, shop_timezone(case))


async def _fetch_order_skus(case: Case, order: Order) -> tuple[Sku, ...]:
    """The order's SKUs that the shop still knows."""
    found = [(await case.facts.get_sku(line.sku_id)).value for line in order.lines]
    return tuple(sku for sku in found if sku is not None)
