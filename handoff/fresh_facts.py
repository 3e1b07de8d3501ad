"""The facts of a brief grow old: which are older than the shop allows, and reading them again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from app.domain.catalogue import Order
from app.domain.fact import Fact, FactsError
from app.domain.ticket import Ticket
from app.facts.port import Facts
from handoff.agents import Agent
from handoff.brief import Brief
from handoff.queue import HandoffQueue, TicketView
from handoff.snapshot import MOST_ITEMS, Snapshot, take_snapshots, titles_by_id

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ShopFactReader:
    """Where a shop's facts are read, and its zone."""

    facts: Facts
    zone: ZoneInfo


class SnapshotStore(Protocol):
    """Keeps the snapshots of briefs."""

    async def refresh_snapshots(
        self, ticket_id: str, snapshots: Sequence[Mapping[str, Any]], by: str, now: datetime
    ) -> Ticket:
        """Put these in the place of those of the same kind and id; the ticket as it is where nothing is new."""


class FactRefresher:
    """Reads the facts of a brief again for whoever looks at it. `open_shop` raises for a shop that is not open."""

    def __init__(
        self,
        queue: HandoffQueue,
        store: SnapshotStore,
        open_shop: Callable[[str], ShopFactReader],
        clock: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._store = store
        self._open_shop = open_shop
        self._clock = clock

    async def refresh(self, agent: Agent, ticket_id: str) -> TicketView:
        """The ticket with what its sources say now; what a source does not tell stays as it was, with its time."""
        ticket = await self._queue.find_visible(agent, ticket_id)
        reader = self._open_shop(ticket.key.shop)
        shown = Brief.model_validate(ticket.brief).snapshots
        facts = await _read_again(reader.facts, shown)
        goods = await _read_all(reader.facts.get_sku(sku_id) for sku_id in _list_bought(facts))
        fresh = take_snapshots(facts, reader.zone, titles_by_id((*goods, *facts)))
        documents = [shot.model_dump(mode="json") for shot in fresh]
        kept = await self._store.refresh_snapshots(ticket.id, documents, agent.id, self._clock())
        return await self._queue.open_view(agent, kept)


async def _read_again(facts: Facts, shown: Sequence[Snapshot]) -> tuple[Fact[Any], ...]:
    asked: Mapping[str, Callable[[str], Awaitable[Fact[Any]]]] = {
        "order": facts.get_order,
        "sku": facts.get_sku,
        "product": facts.get_product,
    }
    found = await _read_all(asked[shot.kind](shot.id) for shot in shown if shot.kind in asked)
    promotions = {shot.id for shot in shown if shot.kind == "promotion"}
    if not promotions:
        return found
    running = [
        fact.with_value(promotion)
        for fact in await _read_all([facts.list_promotions()])
        for promotion in fact.value
        if promotion.promotion_id in promotions
    ]
    return (*found, *running)


async def _read_all(asked: Iterable[Awaitable[Fact[Any]]]) -> tuple[Fact[Any], ...]:
    found = await asyncio.gather(*map(_fact_or_none, asked))
    return tuple(fact for fact in found if fact is not None)


async def _fact_or_none(asked: Awaitable[Fact[T]]) -> Fact[T] | None:
    try:
        return await asked
    except FactsError:
        return None


def _list_bought(facts: Sequence[Fact[Any]]) -> Sequence[str]:
    """The goods of the orders among these facts, which their lines name."""
    orders = (fact.value for fact in facts if isinstance(fact.value, Order))
    return list(dict.fromkeys(line.sku_id for order in orders for line in order.lines if line.sku_id))[:MOST_ITEMS]
