"""When a paid order leaves the shop, with the facts that say so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.commerce.shipping import Departure, end_of_day, order_departure
from app.domain.catalogue import Order, Sku
from app.domain.commitment import ShipByCommitment
from app.domain.fact import Fact
from intents._framework.contract import Case
from intents._kit.wording import day_word, local_now, moment_word, zone_of


@dataclass(frozen=True, slots=True)
class Leaving:
    """What may be promised of a waiting order; `key` names the kind: waiting, waiting_today, waiting_presale."""

    order: Order
    ship_by: datetime
    key: str

    @property
    def commitment(self) -> ShipByCommitment:
        """The promise itself."""
        return ShipByCommitment(self.ship_by, self.order.order_id)

    def words(self, case: Case) -> dict[str, str]:
        """The promise's day and moment as they are said."""
        day = self.ship_by.astimezone(zone_of(case)).date()
        return {"day": day_word(day, case), "ship_by": moment_word(self.ship_by, case)}


async def line_facts(case: Case, order: Order) -> tuple[Fact[Any], ...]:
    """The order's SKUs that the shop still knows, as facts; raises FactsError."""
    found = [await case.facts.sku(line.sku_id) for line in order.lines]
    return tuple(fact for fact in found if fact.value is not None)


def leaving(case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> Leaving | None:
    """When this paid order leaves; None when the shop promises no time."""
    leaves = _departure(case, order, facts)
    if leaves is None:
        return None
    today = local_now(case).date()
    if leaves.presale_on is not None:
        return Leaving(order, leaves.ship_by, "waiting_presale")
    if leaves.today_until is not None and leaves.today_until.date() == today:
        return Leaving(order, end_of_day(today, zone_of(case)), "waiting_today")
    return Leaving(order, leaves.ship_by, "waiting")


def _departure(case: Case, order: Order, facts: tuple[Fact[Any], ...]) -> Departure | None:
    promise = case.shop.settings.authority.shipping
    skus = tuple(fact.value for fact in facts if isinstance(fact.value, Sku))
    return order_departure(order, skus, promise, zone_of(case)) if promise else None
