"""When a paid order leaves the shop, with the facts that say so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.commerce.order_status import OrderStatus, track_order
from app.commerce.shipping import end_of_day
from app.domain.catalogue import Order, OrderState, Sku
from app.domain.commitment import ShipByCommitment
from app.domain.fact import Fact
from intents._framework.contract import Case
from intents._kit.orders import fetch_sku_facts
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


def promise_ship_by(case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> ShipByPromise | None:
    """When this paid order leaves; None when the shop promises no time."""
    skus = (fact.value for fact in facts if isinstance(fact.value, Sku))
    leaves = track_order(order, skus, case.shop.settings, case.now).deadline
    if leaves is None:
        return None
    today = local_now(case).date()
    if leaves.presale_on is not None:
        return ShipByPromise(order, leaves.ship_by, "waiting_presale")
    if leaves.today_until is not None and leaves.today_until.date() == today:
        return ShipByPromise(order, end_of_day(today, shop_timezone(case)), "waiting_today")
    return ShipByPromise(order, leaves.ship_by, "waiting")


async def fetch_order_status(case: Case, order: Order) -> OrderStatus:
    """The order's status now; raises FactsError. Only an order that waits to leave needs its goods looked up."""
    waits = order.state is OrderState.PAID and case.shop.settings.authority.shipping is not None
    goods = await fetch_sku_facts(case, order) if waits else ()
    return track_order(order, (fact.value for fact in goods), case.shop.settings, case.now).status
