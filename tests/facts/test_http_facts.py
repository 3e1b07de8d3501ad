"""Facts over HTTP from a real server that is well, slow, wrong, empty or down."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.domain.catalogue import OrderState
from app.domain.fact import FactKind, FactsError, FactsStaleError, FactsUnavailableError
from app.facts.make import FactsFactory
from app.facts.port import Facts
from app.http_client import outbound_client
from app.shop.schema import ShopSettings
from tests.builders import NOW, SETTINGS, a_product, a_shop, a_sku
from tests.facts.server import Answer, ShopServer

ORDER = {
    "data": {
        "tid": "8800110001",
        "nick": "amei",
        "status": "WAIT_SEND",
        "pay": "2026-11-25 08:00:00",
        "items": [{"sku": "T1-S", "num": 2, "fee": "199.8"}],
    },
    "at": "2026-11-25T02:29:30Z",
}
ORDER_SOURCE = {
    "type": "http",
    "url": "{base}/orders/{order_id}",
    "buyer_url": "{base}/buyers/{buyer}/orders",
    "token_env": "SHOP_TOKEN",
    "timeout_ms": 300,
    "retries": 1,
    "items": "data",
    "as_of": "at",
    "mapping": {
        "order_id": "tid",
        "buyer": "nick",
        "state": "status",
        "paid_at": "pay",
        "lines": "items",
        "sku_id": "sku",
        "quantity": "num",
        "amount": "fee",
    },
    "values": {"WAIT_SEND": "paid"},
}
STOCK_SOURCE = {
    "type": "http",
    "url": "{base}/stock/{sku_id}",
    "timeout_ms": 300,
    "mapping": {"stock": "result.qty", "restock_on": "result.back"},
}


@dataclass
class House:
    """A shop whose facts come from the server."""

    server: ShopServer
    client: httpx.AsyncClient
    env: dict[str, str] = field(default_factory=lambda: {"SHOP_TOKEN": "secret"})
    now: datetime = NOW
    seconds: float = 0.0

    def facts(self, **sources: dict[str, Any]) -> Facts:
        given = {kind: self._placed(source) for kind, source in sources.items()}
        settings = ShopSettings.model_validate({**SETTINGS, "sources": given})
        tray = a_product(a_sku("T1-S"), a_sku("T1-L", attributes=("大号",)))
        maker = FactsFactory(self.env, lambda: self.now, self.client, lambda: self.seconds)
        return maker(a_shop(settings, products=(tray,)))

    def _placed(self, source: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value.replace("{base}", self.server.url) if "url" in name else value for name, value in source.items()
        }


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with ShopServer() as server, httpx.AsyncClient(trust_env=False) as client:
        yield House(server, client)


class TestWell:
    async def test_an_order_is_read_by_the_mapping(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer(ORDER))

        fact = await house.facts(order=ORDER_SOURCE).get_order("8800110001")

        assert fact.value is not None
        assert fact.value.state is OrderState.PAID
        assert fact.value.buyer == "amei"
        assert fact.value.lines[0].amount == Decimal("199.8")
        assert fact.value.paid_at == datetime(2026, 11, 25, tzinfo=UTC)
        assert (fact.kind, fact.source) == (FactKind.ORDER, "http:127.0.0.1")
        assert fact.as_of == datetime(2026, 11, 25, 2, 29, 30, tzinfo=UTC)

    async def test_the_token_of_the_environment_is_sent(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer(ORDER))

        await house.facts(order=ORDER_SOURCE).get_order("8800110001")

        assert house.server.calls[0][1]["authorization"] == "bearer secret"

    async def test_an_order_number_cannot_lead_to_another_path(self, house: House) -> None:
        house.server.on("/orders/../admin?x=1", Answer({"data": None, "at": "2026-11-25T02:29:30Z"}))

        await house.facts(order=ORDER_SOURCE).get_order("../admin?x=1")

        assert house.server.calls[0][0] == "/orders/../admin?x=1"

    async def test_an_order_that_is_not_there_is_none(self, house: House) -> None:
        fact = await house.facts(order=ORDER_SOURCE).get_order("8800110001")

        assert fact.value is None

    async def test_a_buyers_orders_are_asked_by_buyer(self, house: House) -> None:
        both = [ORDER["data"], {**ORDER["data"], "tid": "8800110002", "pay": "2026-11-25 09:00:00"}]
        house.server.on("/buyers/amei/orders", Answer({**ORDER, "data": both}))

        fact = await house.facts(order=ORDER_SOURCE).list_buyer_orders("amei")

        assert [order.order_id for order in fact.value] == ["8800110002", "8800110001"]

    async def test_a_source_that_cannot_be_asked_by_buyer_knows_none(self, house: House) -> None:
        source = {**ORDER_SOURCE, "buyer_url": ""}

        assert (await house.facts(order=source).list_buyer_orders("amei")).value == ()

    async def test_stock_from_afar_is_laid_over_the_shops_own_catalogue(self, house: House) -> None:
        house.server.on("/stock/T1-S", Answer({"result": {"qty": 3}}))
        house.server.on("/stock/T1-L", Answer({"result": {"qty": 0, "back": "2026-12-01"}}))
        facts = house.facts(stock=STOCK_SOURCE)

        product = (await facts.get_product("T1")).value

        assert product is not None
        assert [(sku.stock, sku.price) for sku in product.skus] == [(3, Decimal(100)), (0, Decimal(100))]
        assert str(product.skus[1].restock_on) == "2026-12-01"

    async def test_a_sku_the_stock_source_does_not_know_cannot_be_had(self, house: House) -> None:
        fact = await house.facts(stock=STOCK_SOURCE).get_sku("T1-S")

        assert fact.value is not None
        assert fact.value.stock == 0

    async def test_promotions_and_catalogue_are_kept_for_a_moment(self, house: House) -> None:
        house.server.on(
            "/goods", Answer([{"sku_id": "A-1", "product_id": "A", "title": "杯", "price": "9.9", "stock": 4}])
        )
        facts = house.facts(catalogue={"type": "http", "url": "{base}/goods"})

        await facts.get_sku("A-1")
        await facts.get_product("A")
        assert len(house.server.calls) == 1
        house.now += timedelta(minutes=6)
        await facts.list_products()

        assert len(house.server.calls) == 2


class TestSlow:
    async def test_an_answer_after_the_deadline_is_no_answer(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer(ORDER, wait=5))
        started = asyncio.get_running_loop().time()

        with pytest.raises(FactsUnavailableError):
            await house.facts(order=ORDER_SOURCE).get_order("8800110001")

        assert asyncio.get_running_loop().time() - started < 2
        assert len(house.server.calls) == 2

    async def test_an_answer_that_trickles_in_is_cut_off(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer(ORDER, drip=0.05))

        with pytest.raises(FactsUnavailableError):
            await house.facts(order={**ORDER_SOURCE, "retries": 0}).get_order("8800110001")

    async def test_one_slow_answer_is_tried_again(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer(ORDER, wait=5), Answer(ORDER))

        fact = await house.facts(order=ORDER_SOURCE).get_order("8800110001")

        assert fact.value is not None


class TestWrong:
    @pytest.mark.parametrize(
        "body",
        [
            b"<html>busy</html>",
            b'{"data": ',
            {"data": [1, 2]},
            {"data": {**ORDER["data"], "status": "SOMETHING_NEW"}, "at": ORDER["at"]},  # type: ignore[dict-item]
            {"data": {**ORDER["data"], "tid": "another"}, "at": ORDER["at"]},  # type: ignore[dict-item]
            {"data": {**ORDER["data"], "pay": None}, "at": ORDER["at"]},  # type: ignore[dict-item]
            {"data": {**ORDER["data"], "items": [{"sku": "T1-S", "num": -1, "fee": 1}]}, "at": ORDER["at"]},  # type: ignore[dict-item]
            {"data": ORDER["data"], "at": "yesterday"},
        ],
    )
    async def test_nonsense_is_unavailable_and_never_a_fact(self, house: House, body: Any) -> None:
        house.server.on("/orders/8800110001", Answer(body))

        with pytest.raises(FactsUnavailableError):
            await house.facts(order=ORDER_SOURCE).get_order("8800110001")

    @pytest.mark.parametrize("status", [301, 400, 401, 403])
    async def test_a_refusal_is_not_tried_again(self, house: House, status: int) -> None:
        house.server.on("/orders/8800110001", Answer({}, status=status))

        with pytest.raises(FactsUnavailableError):
            await house.facts(order=ORDER_SOURCE).get_order("8800110001")
        assert len(house.server.calls) == 1

    @pytest.mark.parametrize("qty", [-1, "many", None, 10**12])
    async def test_a_senseless_stock_is_unavailable(self, house: House, qty: Any) -> None:
        house.server.on("/stock/T1-S", Answer({"result": {"qty": qty}}))

        with pytest.raises(FactsUnavailableError):
            await house.facts(stock=STOCK_SOURCE).get_sku("T1-S")

    async def test_a_floor_above_the_price_is_nonsense(self, house: House) -> None:
        row = {"sku_id": "A-1", "product_id": "A", "title": "杯", "price": "9.9", "floor_price": "10", "stock": 4}
        house.server.on("/goods", Answer([row]))

        with pytest.raises(FactsUnavailableError):
            await house.facts(catalogue={"type": "http", "url": "{base}/goods"}).list_products()

    async def test_an_answer_without_end_is_cut_off(self, house: House) -> None:
        house.server.on("/goods", Answer(b"[" + b" " * 5_000_000 + b"]"))

        with pytest.raises(FactsUnavailableError):
            await house.facts(catalogue={"type": "http", "url": "{base}/goods", "timeout_ms": 3000}).list_products()


class TestGuarded:
    async def test_a_url_into_our_own_network_is_not_called(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer(ORDER))

        async with outbound_client() as guarded:
            house.client = guarded
            with pytest.raises(FactsUnavailableError):
                await house.facts(order=ORDER_SOURCE).get_order("8800110001")

        assert house.server.calls == []


class TestEmpty:
    @pytest.mark.parametrize("body", [{"data": None}, {"data": []}, {}])
    async def test_an_empty_answer_is_no_order(self, house: House, body: Any) -> None:
        house.server.on("/orders/8800110001", Answer({**body, "at": ORDER["at"]}))

        assert (await house.facts(order=ORDER_SOURCE).get_order("8800110001")).value is None


class TestDown:
    async def test_a_closed_connection_is_unavailable_after_a_second_try(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer(cut=True))

        with pytest.raises(FactsUnavailableError):
            await house.facts(order=ORDER_SOURCE).get_order("8800110001")
        assert len(house.server.calls) == 2

    async def test_nobody_listening_is_unavailable(self, house: House) -> None:
        source = {**ORDER_SOURCE, "url": "http://127.0.0.1:1/orders/{order_id}"}

        with pytest.raises(FactsUnavailableError):
            await house.facts(order=source).get_order("8800110001")

    async def test_a_server_fault_is_tried_again(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer({}, status=503), Answer(ORDER))

        assert (await house.facts(order=ORDER_SOURCE).get_order("8800110001")).value is not None

    async def test_a_source_that_keeps_failing_is_left_alone_then_tried_once(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer({}, status=403))
        facts = house.facts(order=ORDER_SOURCE)

        for _ in range(8):
            with pytest.raises(FactsUnavailableError):
                await facts.get_order("8800110001")
        assert len(house.server.calls) == 5
        house.seconds = 11
        for _ in range(3):
            with pytest.raises(FactsUnavailableError):
                await facts.get_order("8800110001")

        assert len(house.server.calls) == 6

    async def test_a_source_that_is_back_is_used_again(self, house: House) -> None:
        house.server.on("/orders/8800110001", *([Answer({}, status=403)] * 5), Answer(ORDER))
        facts = house.facts(order=ORDER_SOURCE)
        for _ in range(5):
            with pytest.raises(FactsError):
                await facts.get_order("8800110001")
        house.seconds = 11

        await facts.get_order("8800110001")

        assert (await facts.get_order("8800110001")).value is not None

    async def test_a_missing_token_is_said_and_nothing_is_called(self, house: House) -> None:
        house.env = {}

        with pytest.raises(FactsUnavailableError, match="SHOP_TOKEN"):
            await house.facts(order=ORDER_SOURCE).get_order("8800110001")
        assert house.server.calls == []


class TestStale:
    async def test_an_answer_older_than_the_limit_is_stale(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer({**ORDER, "at": "2026-11-25T02:10:00Z"}))

        with pytest.raises(FactsStaleError):
            await house.facts(order=ORDER_SOURCE).get_order("8800110001")

    async def test_a_source_whose_clock_runs_ahead_is_no_fresher_than_now(self, house: House) -> None:
        house.server.on("/orders/8800110001", Answer({**ORDER, "at": "2026-11-26T00:00:00Z"}))

        assert (await house.facts(order=ORDER_SOURCE).get_order("8800110001")).as_of == NOW
