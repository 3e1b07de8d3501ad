"""Facts out of a real PostgreSQL that is well, slow, wrong, empty or down."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from app.domain.catalogue import OrderState
from app.domain.fact import FactsStaleError, FactsUnavailableError
from app.facts.make import FactsFactory
from app.facts.port import Facts
from app.shop.schema import ShopSettings
from tests.builders import NOW, SETTINGS, a_product, a_shop

ORDERS = (
    "SELECT o.order_id, o.buyer, o.status AS state, o.paid_at, l.sku_id, l.quantity, l.amount "
    "FROM shop_orders o JOIN shop_lines l USING (order_id)"
)
NEGATIVE = "UPDATE shop_stock SET stock = -5"
NO_COLUMN = "ALTER TABLE shop_stock DROP COLUMN stock"
SOURCES = {
    "order": {
        "type": "sql",
        "url_env": "ERP_URL",
        "query": f"{ORDERS} WHERE order_id = :order_id",
        "buyer_query": f"{ORDERS} WHERE buyer = :buyer",
        "values": {"待发货": "paid"},
    },
    "stock": {
        "type": "sql",
        "url_env": "ERP_URL",
        "query": "SELECT sku_id, stock, counted_at AS as_of FROM shop_stock WHERE sku_id = :sku_id",
    },
}
TABLES = """
    DROP TABLE IF EXISTS shop_orders, shop_lines, shop_stock;
    CREATE TABLE shop_orders (order_id text, buyer text, status text, paid_at timestamptz);
    CREATE TABLE shop_lines (order_id text, sku_id text, quantity int, amount numeric);
    CREATE TABLE shop_stock (sku_id text, stock int, counted_at timestamptz);
    INSERT INTO shop_orders VALUES ('8800110001', 'amei', '待发货', '2026-11-25 00:00:00+00');
    INSERT INTO shop_lines VALUES ('8800110001', 'T1-S', 2, 199.8), ('8800110001', 'T1-L', 1, 50);
    INSERT INTO shop_stock VALUES ('T1-S', 3, '2026-11-25 02:29:00+00');
"""


@dataclass
class Erp:
    """The shop's own database."""

    url: str

    def run(self, statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statements)  # type: ignore[call-overload]  # plain text, a test's own

    def facts(self, env: dict[str, str] | None = None, **changes: Any) -> tuple[FactsFactory, Facts]:
        settings = ShopSettings.model_validate({**SETTINGS, "sources": {**SOURCES, **changes}})
        maker = FactsFactory({"ERP_URL": self.url} if env is None else env, lambda: NOW)
        return maker, maker(a_shop(settings, products=(a_product(),)))


@pytest.fixture
def erp(postgres_url: str) -> Iterator[Erp]:
    found = Erp(postgres_url)
    found.run(TABLES)
    yield found
    found.run("DROP TABLE IF EXISTS shop_orders, shop_lines, shop_stock")


@pytest.mark.postgres
class TestPostgres:
    async def test_rows_of_one_order_become_its_lines(self, erp: Erp) -> None:
        maker, facts = erp.facts()

        order = (await facts.get_order("8800110001")).value

        maker.close_databases()
        assert order is not None
        assert order.state is OrderState.PAID
        assert [(line.sku_id, line.quantity) for line in order.lines] == [("T1-S", 2), ("T1-L", 1)]
        assert order.paid_at == datetime(2026, 11, 25, tzinfo=UTC)

    async def test_a_buyers_orders_are_asked_by_buyer(self, erp: Erp) -> None:
        maker, facts = erp.facts()

        mine, nobodys = await facts.list_buyer_orders("amei"), await facts.list_buyer_orders("nobody")

        maker.close_databases()
        assert [order.order_id for order in mine.value] == ["8800110001"]
        assert nobodys.value == ()

    async def test_a_rows_own_time_is_the_facts_time(self, erp: Erp) -> None:
        maker, facts = erp.facts()

        fact = await facts.get_sku("T1-S")

        maker.close_databases()
        assert fact.value is not None
        assert fact.value.stock == 3
        assert fact.as_of == NOW - timedelta(minutes=1)

    async def test_a_text_from_a_buyer_is_never_part_of_a_statement(self, erp: Erp) -> None:
        maker, facts = erp.facts()

        fact = await facts.get_order("x' OR '1'='1")

        maker.close_databases()
        assert fact.value is None

    async def test_an_old_row_is_stale(self, erp: Erp) -> None:
        erp.run("UPDATE shop_stock SET counted_at = '2026-11-24 00:00:00+00'")
        maker, facts = erp.facts()

        with pytest.raises(FactsStaleError):
            await facts.get_sku("T1-S")
        maker.close_databases()

    async def test_an_empty_table_has_no_order_and_no_stock(self, erp: Erp) -> None:
        erp.run("TRUNCATE shop_orders, shop_lines, shop_stock")
        maker, facts = erp.facts()

        order, sku = (await facts.get_order("8800110001")).value, (await facts.get_sku("T1-S")).value

        maker.close_databases()
        assert order is None
        assert sku is not None
        assert sku.stock == 0

    async def test_a_slow_query_is_given_up_and_ends_in_the_database(self, erp: Erp) -> None:
        slow = {**SOURCES["stock"], "query": "SELECT 'T1-S' AS sku_id, 1 AS stock FROM pg_sleep(30)", "timeout_ms": 300}
        maker, facts = erp.facts(stock=slow)
        started = time.monotonic()

        with pytest.raises(FactsUnavailableError):
            await facts.get_sku("T1-S")

        maker.close_databases()
        assert time.monotonic() - started < 3

    @pytest.mark.parametrize(
        "statement", ["UPDATE shop_stock SET stock = -5", "ALTER TABLE shop_stock DROP COLUMN stock"]
    )
    async def test_a_wrong_row_or_table_is_unavailable(self, erp: Erp, statement: str) -> None:
        erp.run(statement)
        maker, facts = erp.facts()

        with pytest.raises(FactsUnavailableError):
            await facts.get_sku("T1-S")
        maker.close_databases()

    async def test_a_query_cannot_write(self, erp: Erp) -> None:
        writes = {**SOURCES["stock"], "query": "UPDATE shop_stock SET stock = 99 RETURNING sku_id, stock"}
        maker, facts = erp.facts(stock=writes)

        with pytest.raises(FactsUnavailableError):
            await facts.get_sku("T1-S")

        maker.close_databases()
        reading, again = erp.facts()
        sku = (await again.get_sku("T1-S")).value
        reading.close_databases()
        assert sku is not None
        assert sku.stock == 3


async def test_a_database_that_is_down_is_unavailable() -> None:
    maker, facts = Erp("").facts(env={"ERP_URL": "postgresql://nobody@127.0.0.1:1/none"})

    with pytest.raises(FactsUnavailableError):
        await facts.get_order("8800110001")
    maker.close_databases()


async def test_a_url_that_is_not_set_is_said() -> None:
    _, facts = Erp("").facts(env={})

    with pytest.raises(FactsUnavailableError, match="ERP_URL"):
        await facts.get_order("8800110001")
