"""The facts of a brief: how old they are, and reading them again, over HTTP and a real store."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from app.domain.catalogue import Order, OrderState
from app.domain.fact import Fact, FactKind, FactsUnavailableError
from app.errors import ShopUnavailableError
from app.facts.port import Facts
from app.storage.store import open_store
from app.web import event_hub, events
from app.web.auth import AgentAuthenticator, issue_token
from app.web.handoff_facts import handoff_facts_router
from app.web.handoffs import handoffs_router
from handoff.agents import AgentRole
from handoff.fresh_facts import FactRefresher, ShopFactReader
from handoff.queue import HandoffQueue
from handoff.snapshot import take_snapshots
from tests.handoff.builders import a_product, a_sku, an_order
from tests.handoff.fakes import Clock
from tests.storage.builders import NOW, a_ticket
from tests.storage.test_waiting import write
from tests.web.house import bare_app, client_of
from tests.web.test_events import Stream
from tests.web.test_passing import Desk, a_brief

MINUTE = timedelta(minutes=1)
ZONE = ZoneInfo("Asia/Shanghai")
OTHER = "202608150002"


@dataclass
class Source:
    """Another system's orders and goods, which fails where it is told to; and what the shop says of their age."""

    clock: Clock
    orders: dict[str, Order]
    failing: set[str] = field(default_factory=set)
    closed: bool = False

    def fact(self, value: object, kind: FactKind) -> Fact[Any]:
        return Fact(kind, value, "http", self.clock())

    async def get_order(self, order_id: str) -> Fact[Order | None]:
        if order_id in self.failing:
            raise FactsUnavailableError(FactKind.ORDER, "http", "down")
        return self.fact(self.orders.get(order_id), FactKind.ORDER)

    async def get_sku(self, sku_id: str) -> Fact[Any]:
        return self.fact(a_sku() if sku_id == "S1" else None, FactKind.STOCK)

    async def get_product(self, product_id: str) -> Fact[Any]:
        return self.fact(a_product() if product_id == "P1" else None, FactKind.STOCK)

    async def list_promotions(self) -> Fact[Any]:
        return self.fact((), FactKind.PROMOTION)

    def fact_limit(self, shop: str, kind: FactKind, source: str) -> timedelta | None:
        return {("demo", FactKind.ORDER, "http"): 15 * MINUTE}.get((shop, kind, source))

    def open_shop(self, shop: str) -> ShopFactReader:
        if self.closed:
            raise ShopUnavailableError(f"{shop} is closed")
        return ShopFactReader(cast("Facts", self), ZONE)


@dataclass
class Refreshing(Desk):
    """And the source, and the app that streams are read from."""

    source: Source
    app: FastAPI

    async def snapshots(self, answer: httpx.Response) -> dict[str, dict[str, Any]]:
        assert answer.status_code == httpx.codes.OK, answer.text
        return {shot["id"]: shot for shot in answer.json()["brief"]["snapshots"]}

    async def refresh(self) -> dict[str, dict[str, Any]]:
        return await self.snapshots(await self.post("lan", "facts/refresh"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Refreshing]:
    """Lan, and a ticket whose brief has two orders and the goods of one."""
    clock, store = Clock(NOW), await open_store(f"sqlite:///{tmp_path / 'x.db'}")
    tokens = {"lan": await issue_token(store, "lan", AgentRole.AGENT, ("demo",), NOW)}
    source = Source(clock, {order.order_id: order for order in (an_order(), an_order(order_id=OTHER))})
    guard, queue = AgentAuthenticator(store), HandoffQueue(store, clock, limits=source)
    app = bare_app()
    for router in (
        handoffs_router(queue, guard),
        handoff_facts_router(FactRefresher(queue, store, source.open_shop, clock), guard),
        events.events_router(event_hub.EventHub(store.feed, store, clock), guard),
    ):
        app.include_router(router)
    facts = [source.fact(each, FactKind.ORDER) for each in source.orders.values()]
    shots = take_snapshots([*facts, source.fact(a_sku(), FactKind.STOCK)], ZONE)
    brief = a_brief() | {"snapshots": [shot.model_dump(mode="json") for shot in shots]}
    await write(store, 0, ticket=a_ticket(brief=brief))
    async with client_of(app) as client:
        yield Refreshing(store, clock, client, tokens, source, app)
    await store.close()


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def test_facts_tell_from_when_they_are_old_and_those_without_a_limit_nothing(desk: Refreshing) -> None:
    fresh = await desk.snapshots(await desk.call("lan", "GET", "handoffs/t-1"))
    desk.clock.now = NOW + 16 * MINUTE
    old = await desk.snapshots(await desk.call("lan", "GET", "handoffs/t-1"))

    order = an_order().order_id
    assert (fresh[order]["as_of"], fresh[order]["stale_at"]) == (at(NOW), at(NOW + 15 * MINUTE))
    assert [fresh[order].get("stale"), old[order]["stale"]] == [None, True]
    assert not {"stale", "stale_at"} & set(old["S1"])


async def test_read_again_they_are_as_the_source_has_them_and_open_pages_hear_of_it(desk: Refreshing) -> None:
    order = an_order().order_id
    desk.source.orders[order] = an_order(state=OrderState.SHIPPED, courier="顺丰速运")
    desk.source.failing = {OTHER}
    desk.clock.now = NOW + 20 * MINUTE
    async with Stream(desk.app, desk.tokens["lan"]).opened() as stream:
        read = await desk.refresh()
        told = [await stream.next() for _ in range(2)][-1]

    said = {line["label"]: line["value"] for line in read[order]["lines"]}
    assert "顺丰速运" in said.values()
    assert any("胡桃木茶盘" in value for value in said.values())  # goods of an order by their names
    assert (read[order]["as_of"], "stale" in read[order]) == (at(desk.clock.now), False)
    assert (read[OTHER]["as_of"], read[OTHER]["stale"]) == (at(NOW), True)  # its source did not answer
    assert (told[0], told[1]["changes"]) == ("ticket", ["ticket.refreshed"])


async def test_the_same_again_is_no_change(desk: Refreshing) -> None:
    before = (await desk.call("lan", "GET", "handoffs/t-1")).json()
    same = await desk.post("lan", "facts/refresh")

    assert same.json()["version"] == before["version"]
    assert same.json()["brief"]["snapshots"] == before["brief"]["snapshots"]


async def test_a_shop_that_is_not_open_reads_nothing(desk: Refreshing) -> None:
    desk.source.closed = True

    assert (await desk.post("lan", "facts/refresh")).status_code == httpx.codes.SERVICE_UNAVAILABLE
