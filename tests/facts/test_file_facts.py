"""Facts out of the shop's own folder."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.catalogue import OrderState
from app.domain.fact import FactKind, FactsStaleError
from app.facts.files import FileFacts
from app.facts.make import FactsFactory
from app.shop.schema import ShopSettings
from app.shop.shop import Shop
from tests.builders import NOW, SETTINGS, a_product, a_promotion, a_shop, an_order


def clock() -> datetime:
    return NOW


def the_shop(**changes: Any) -> Shop:
    unpaid = an_order("8800110002", state=OrderState.UNPAID, paid_at=None)
    older = an_order("8800110003", paid_at=NOW - timedelta(days=3))
    orders = {order.order_id: order for order in (older, an_order(), unpaid, an_order("8800119999", buyer="other"))}
    return a_shop(products=(a_product(),), orders=orders, promotions=(a_promotion(),), **changes)


async def test_goods_orders_and_promotions_are_found() -> None:
    facts = FileFacts(the_shop(), clock)

    assert (await facts.get_sku("T1-S")).value == a_product().skus[0]
    assert (await facts.get_product("T1")).value == a_product()
    assert (await facts.list_products()).value == (a_product(),)
    assert (await facts.get_order("8800110001")).value == an_order()
    assert (await facts.list_promotions()).value == (a_promotion(),)


async def test_what_the_shop_does_not_have_is_nothing() -> None:
    facts = FileFacts(the_shop(), clock)

    assert (await facts.get_sku("X")).value is None
    assert (await facts.get_product("X")).value is None
    assert (await facts.get_order("X")).value is None
    assert (await facts.list_buyer_orders("X")).value == ()


async def test_a_buyers_orders_come_newest_first() -> None:
    mine = await FileFacts(the_shop(), clock).list_buyer_orders("amei")

    assert [order.order_id for order in mine.value] == ["8800110002", "8800110001", "8800110003"]


async def test_a_fact_says_its_source_and_when_the_file_last_changed(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalog.csv"
    catalogue.write_text("x", encoding="utf-8")
    changed = datetime(2026, 11, 20, 8, tzinfo=UTC)
    os.utime(catalogue, (changed.timestamp(), changed.timestamp()))
    facts = FileFacts(the_shop(folder=tmp_path), clock)

    stock, order = await facts.get_sku("T1-S"), await facts.get_order("8800110001")

    assert (stock.kind, stock.source, stock.as_of) == (FactKind.STOCK, "files", changed)
    assert order.as_of == NOW


async def test_a_file_stands_until_it_changes_unless_the_shop_set_a_limit() -> None:
    old = NOW - timedelta(hours=2)
    limited = ShopSettings.model_validate({**SETTINGS, "freshness": {"stock": 3600}})

    assert (await FileFacts(the_shop(loaded_at=old), clock).get_sku("T1-S")).as_of == old
    strict = FileFacts(the_shop(loaded_at=old, settings=limited), clock)
    with pytest.raises(FactsStaleError):
        await strict.get_sku("T1-S")
    assert (await strict.get_order("8800110001")).as_of == old


async def test_a_shop_of_files_only_reads_them_without_a_detour() -> None:
    assert isinstance(FactsFactory({}, clock)(the_shop()), FileFacts)
