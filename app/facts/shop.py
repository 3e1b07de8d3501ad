"""Combines a shop's sources: takes each kind of fact from the source shop.yml names, and refuses stale ones."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from app.domain.catalogue import Order, Product, Promotion, Sku
from app.domain.fact import Fact, FactKind, FactsStaleError, FactsUnavailableError
from app.facts.port import Facts
from app.facts.records import (
    StockRecord,
    parse_order_rows,
    parse_product_rows,
    parse_promotion_rows,
    parse_stock_record,
)
from app.facts.rows import FactRows, RowSource
from app.shop.schema import Freshness

T = TypeVar("T")
CACHE_TTL: dict[FactKind, timedelta] = {
    FactKind.CATALOGUE: timedelta(minutes=5),
    FactKind.PROMOTION: timedelta(seconds=30),
}


@dataclass(frozen=True, slots=True)
class RemoteSources:
    """The remote sources; None where the shop's files are the source."""

    stock: RowSource | None = None
    order: RowSource | None = None
    orders_of: RowSource | None = None
    promotion: RowSource | None = None
    catalogue: RowSource | None = None


class ShopFacts:
    """Serves facts by kind, from files or remote sources."""

    def __init__(
        self, files: Facts, sources: RemoteSources, freshness: Freshness, zone: ZoneInfo, clock: Callable[[], datetime]
    ) -> None:
        self._files = files
        self._sources = sources
        self._zone = zone
        self._reader = _FactReader(freshness, clock)
        self._catalogue: _CachedFact[tuple[Product, ...]] = _CachedFact(
            _list_cache_ttl(FactKind.CATALOGUE, freshness), clock
        )
        self._promotions: _CachedFact[tuple[Promotion, ...]] = _CachedFact(
            _list_cache_ttl(FactKind.PROMOTION, freshness), clock
        )

    async def get_sku(self, sku_id: str) -> Fact[Sku | None]:
        """The catalogue's SKU with its current stock."""
        fact = await self._find_catalogue_sku(sku_id)
        source = self._sources.stock
        if source is None or fact.value is None:
            return fact
        stock = await self._fetch_stock(source, fact.value)
        return stock.with_value(_apply_stock(fact.value, stock.value))

    async def get_product(self, product_id: str) -> Fact[Product | None]:
        """The product with the current stock of each SKU."""
        fact = await self._find_catalogue_product(product_id)
        source = self._sources.stock
        if source is None or fact.value is None:
            return fact
        stocks = await self._fetch_product_stock(source, fact.value)
        skus = tuple(_apply_stock(sku, stocks.value.get(sku.sku_id)) for sku in fact.value.skus)
        return stocks.with_value(replace(fact.value, skus=skus))

    async def list_products(self) -> Fact[tuple[Product, ...]]:
        """The catalogue. Its stock figures may be old: ask for the product before promising any."""
        source = self._sources.catalogue
        if source is None:
            return await self._files.list_products()
        return await self._catalogue.get_or_fetch(
            lambda: self._reader.read_fact(FactKind.CATALOGUE, source, {}, _parse_products)
        )

    async def get_order(self, order_id: str) -> Fact[Order | None]:
        """The order from its source."""
        source = self._sources.order
        if source is None:
            return await self._files.get_order(order_id)
        found = await self._reader.read_fact(FactKind.ORDER, source, {"order_id": order_id}, self._parse_orders)
        mine = [order for order in found.value if order.order_id == order_id]
        if found.value and not mine:
            raise FactsUnavailableError(FactKind.ORDER, source.source_name, "answered with another order")
        return found.with_value(mine[0] if mine else None)

    async def list_buyer_orders(self, buyer: str) -> Fact[tuple[Order, ...]]:
        """The buyer's orders, newest first; none where the source cannot be queried by buyer."""
        if self._sources.order is None:
            return await self._files.list_buyer_orders(buyer)
        source = self._sources.orders_of
        if source is None:
            return Fact(FactKind.ORDER, (), self._sources.order.source_name, self._reader.now())
        found = await self._reader.read_fact(FactKind.ORDER, source, {"buyer": buyer}, self._parse_orders)
        mine = [order for order in found.value if order.buyer in ("", buyer)]
        newest = sorted(mine, key=lambda order: -(order.paid_at.timestamp() if order.paid_at else float("inf")))
        return found.with_value(tuple(replace(order, buyer=buyer) for order in newest))

    async def list_promotions(self) -> Fact[tuple[Promotion, ...]]:
        """Every promotion the source knows."""
        source = self._sources.promotion
        if source is None:
            return await self._files.list_promotions()
        return await self._promotions.get_or_fetch(
            lambda: self._reader.read_fact(FactKind.PROMOTION, source, {}, self._parse_promotions)
        )

    async def _find_catalogue_product(self, product_id: str) -> Fact[Product | None]:
        if self._sources.catalogue is None:
            return await self._files.get_product(product_id)
        every = await self.list_products()
        found = next((product for product in every.value if product.product_id == product_id), None)
        return every.with_value(found)

    async def _find_catalogue_sku(self, sku_id: str) -> Fact[Sku | None]:
        if self._sources.catalogue is None:
            return await self._files.get_sku(sku_id)
        every = await self.list_products()
        skus = (sku for product in every.value for sku in product.skus)
        return every.with_value(next((sku for sku in skus if sku.sku_id == sku_id), None))

    async def _fetch_stock(self, source: RowSource, sku: Sku) -> Fact[StockRecord | None]:
        given = {"sku_id": sku.sku_id, "product_id": sku.product_id}
        found = await self._reader.read_fact(FactKind.STOCK, source, given, _index_stock)
        single = found.value.get("") if source.takes_parameter("sku_id") else None
        return found.with_value(found.value.get(sku.sku_id, single))

    async def _fetch_product_stock(self, source: RowSource, product: Product) -> Fact[dict[str, StockRecord]]:
        """Makes one call for the product, or one per SKU when the source only knows SKUs."""
        if not source.takes_parameter("sku_id"):
            given = {"product_id": product.product_id}
            return await self._reader.read_fact(FactKind.STOCK, source, given, _index_stock)
        facts = await asyncio.gather(*(self._fetch_stock(source, sku) for sku in product.skus))
        pairs = zip(product.skus, facts, strict=True)
        found = {sku.sku_id: fact.value for sku, fact in pairs if fact.value is not None}
        return Fact(FactKind.STOCK, found, source.source_name, min(fact.as_of for fact in facts))

    def _parse_orders(self, rows: FactRows) -> tuple[Order, ...]:
        return parse_order_rows(rows.rows, self._zone)

    def _parse_promotions(self, rows: FactRows) -> tuple[Promotion, ...]:
        return parse_promotion_rows(rows.rows, self._zone)


def _list_cache_ttl(kind: FactKind, freshness: Freshness) -> timedelta:
    """How long a list is cached, in seconds: at most a tenth of its staleness limit."""
    return min(CACHE_TTL[kind], timedelta(seconds=freshness.limit_seconds(kind)) / 10)


def _parse_products(rows: FactRows) -> tuple[Product, ...]:
    return parse_product_rows(rows.rows)


def _index_stock(rows: FactRows) -> dict[str, StockRecord]:
    return {record.sku_id or "": record for record in map(parse_stock_record, rows.rows)}


def _apply_stock(sku: Sku, record: StockRecord | None) -> Sku:
    """The SKU with this stock; 0 where the stock source does not know the SKU."""
    if record is None:
        return replace(sku, stock=0, restock_on=None)
    return replace(sku, stock=record.stock, restock_on=record.restock_on or sku.restock_on)


@dataclass(frozen=True, slots=True)
class _FactReader:
    """Reads a source and refuses invalid or stale answers."""

    freshness: Freshness
    now: Callable[[], datetime]

    async def read_fact(
        self, kind: FactKind, source: RowSource, given: dict[str, str], read: Callable[[FactRows], T]
    ) -> Fact[T]:
        rows = await source.fetch_source_rows(given)
        now = self.now()
        as_of = min(rows.as_of or now, now)  # a source whose clock runs ahead makes no fact fresher
        limit = timedelta(seconds=self.freshness.limit_seconds(kind))
        if now - as_of > limit:
            raise FactsStaleError(kind, source.source_name, f"as of {as_of.isoformat()}, the limit is {limit}")
        try:
            return Fact(kind, read(rows), source.source_name, as_of)
        except (ValidationError, ValueError) as error:
            raise FactsUnavailableError(kind, source.source_name, _describe_bad_rows(error)) from error


def _describe_bad_rows(error: ValueError) -> str:
    """Names the wrong field; values are left out because they may be personal."""
    if isinstance(error, ValidationError):
        return "unreadable: " + ", ".join(sorted({".".join(map(str, each["loc"])) for each in error.errors()}))
    return f"senseless: {error}"


class _CachedFact(Generic[T]):
    """Caches the last answer for a short time."""

    def __init__(self, keep: timedelta, clock: Callable[[], datetime]) -> None:
        self._keep = keep
        self._clock = clock
        self._fact: Fact[T] | None = None
        self._asked_at: datetime | None = None

    async def get_or_fetch(self, ask: Callable[[], Awaitable[Fact[T]]]) -> Fact[T]:
        if self._fact is None or self._asked_at is None or self._clock() - self._asked_at > self._keep:
            self._fact, self._asked_at = await ask(), self._clock()
        return self._fact
