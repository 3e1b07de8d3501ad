"""One shop's facts out of several sources: each kind from where shop.yml says, none older than it allows."""

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
from app.facts.records import StockRecord, read_orders, read_products, read_promotions, read_stock
from app.facts.rows import Rows, RowSource
from app.shop.schema import Freshness

T = TypeVar("T")
KEPT: dict[FactKind, timedelta] = {
    FactKind.CATALOGUE: timedelta(minutes=5),
    FactKind.PROMOTION: timedelta(seconds=30),
}


@dataclass(frozen=True, slots=True)
class Sources:
    """The remote sources; None where the shop's own files are the source."""

    stock: RowSource | None = None
    order: RowSource | None = None
    orders_of: RowSource | None = None
    promotion: RowSource | None = None
    catalogue: RowSource | None = None


class ShopFacts:
    """Facts by kind, from files or from afar."""

    def __init__(
        self, files: Facts, sources: Sources, freshness: Freshness, zone: ZoneInfo, clock: Callable[[], datetime]
    ) -> None:
        self._files = files
        self._sources = sources
        self._zone = zone
        self._reader = _Reader(freshness, clock)
        self._catalogue: _Kept[tuple[Product, ...]] = _Kept(_keep(FactKind.CATALOGUE, freshness), clock)
        self._promotions: _Kept[tuple[Promotion, ...]] = _Kept(_keep(FactKind.PROMOTION, freshness), clock)

    async def sku(self, sku_id: str) -> Fact[Sku | None]:
        """The SKU of the catalogue with its stock of this moment."""
        fact = await self._catalogue_sku(sku_id)
        source = self._sources.stock
        if source is None or fact.value is None:
            return fact
        stock = await self._stock(source, fact.value)
        return Fact(stock.kind, _with_stock(fact.value, stock.value), stock.source, stock.as_of)

    async def product(self, product_id: str) -> Fact[Product | None]:
        """The product with the stock of this moment for each SKU."""
        fact = await self._catalogue_product(product_id)
        source = self._sources.stock
        if source is None or fact.value is None:
            return fact
        stocks = await self._stocks(source, fact.value)
        skus = tuple(_with_stock(sku, stocks.value.get(sku.sku_id)) for sku in fact.value.skus)
        return Fact(stocks.kind, replace(fact.value, skus=skus), stocks.source, stocks.as_of)

    async def products(self) -> Fact[tuple[Product, ...]]:
        """The catalogue; its stock figures are only a hint, ask for the product before promising."""
        source = self._sources.catalogue
        if source is None:
            return await self._files.products()
        return await self._catalogue.get(lambda: self._reader.read(FactKind.CATALOGUE, source, {}, _products))

    async def order(self, order_id: str) -> Fact[Order | None]:
        """The order from its source."""
        source = self._sources.order
        if source is None:
            return await self._files.order(order_id)
        found = await self._reader.read(FactKind.ORDER, source, {"order_id": order_id}, self._orders)
        mine = [order for order in found.value if order.order_id == order_id]
        if found.value and not mine:
            raise FactsUnavailableError(FactKind.ORDER, source.name, "answered with another order")
        return Fact(found.kind, mine[0] if mine else None, found.source, found.as_of)

    async def orders_of(self, buyer: str) -> Fact[tuple[Order, ...]]:
        """The buyer's orders, newest first; none where the source cannot be asked by buyer."""
        if self._sources.order is None:
            return await self._files.orders_of(buyer)
        source = self._sources.orders_of
        if source is None:
            return Fact(FactKind.ORDER, (), self._sources.order.name, self._reader.now())
        found = await self._reader.read(FactKind.ORDER, source, {"buyer": buyer}, self._orders)
        mine = [order for order in found.value if order.buyer in ("", buyer)]
        newest = sorted(mine, key=lambda order: -(order.paid_at.timestamp() if order.paid_at else float("inf")))
        return Fact(found.kind, tuple(replace(order, buyer=buyer) for order in newest), found.source, found.as_of)

    async def promotions(self) -> Fact[tuple[Promotion, ...]]:
        """Every promotion the source knows."""
        source = self._sources.promotion
        if source is None:
            return await self._files.promotions()
        return await self._promotions.get(lambda: self._reader.read(FactKind.PROMOTION, source, {}, self._offers))

    async def _catalogue_product(self, product_id: str) -> Fact[Product | None]:
        if self._sources.catalogue is None:
            return await self._files.product(product_id)
        every = await self.products()
        found = next((product for product in every.value if product.product_id == product_id), None)
        return Fact(every.kind, found, every.source, every.as_of)

    async def _catalogue_sku(self, sku_id: str) -> Fact[Sku | None]:
        if self._sources.catalogue is None:
            return await self._files.sku(sku_id)
        every = await self.products()
        skus = (sku for product in every.value for sku in product.skus)
        return Fact(every.kind, next((sku for sku in skus if sku.sku_id == sku_id), None), every.source, every.as_of)

    async def _stock(self, source: RowSource, sku: Sku) -> Fact[StockRecord | None]:
        given = {"sku_id": sku.sku_id, "product_id": sku.product_id}
        found = await self._reader.read(FactKind.STOCK, source, given, _stocks)
        single = found.value.get("") if source.takes("sku_id") else None
        return Fact(found.kind, found.value.get(sku.sku_id, single), found.source, found.as_of)

    async def _stocks(self, source: RowSource, product: Product) -> Fact[dict[str, StockRecord]]:
        """One call for the product, or one for each SKU when the source only knows SKUs."""
        if not source.takes("sku_id"):
            given = {"product_id": product.product_id}
            return await self._reader.read(FactKind.STOCK, source, given, _stocks)
        facts = await asyncio.gather(*(self._stock(source, sku) for sku in product.skus))
        pairs = zip(product.skus, facts, strict=True)
        found = {sku.sku_id: fact.value for sku, fact in pairs if fact.value is not None}
        return Fact(FactKind.STOCK, found, source.name, min(fact.as_of for fact in facts))

    def _orders(self, rows: Rows) -> tuple[Order, ...]:
        return read_orders(rows.rows, self._zone)

    def _offers(self, rows: Rows) -> tuple[Promotion, ...]:
        return read_promotions(rows.rows, self._zone)


def _keep(kind: FactKind, freshness: Freshness) -> timedelta:
    """A list is used again for a while, but for a tenth of its limit at most."""
    return min(KEPT[kind], timedelta(seconds=freshness.limit(kind)) / 10)


def _products(rows: Rows) -> tuple[Product, ...]:
    return read_products(rows.rows)


def _stocks(rows: Rows) -> dict[str, StockRecord]:
    return {record.sku_id or "": record for record in map(read_stock, rows.rows)}


def _with_stock(sku: Sku, record: StockRecord | None) -> Sku:
    """A SKU the stock source does not know cannot be had."""
    if record is None:
        return replace(sku, stock=0, restock_on=None)
    return replace(sku, stock=record.stock, restock_on=record.restock_on or sku.restock_on)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Asks a source and refuses what is senseless or too old."""

    freshness: Freshness
    now: Callable[[], datetime]

    async def read(
        self, kind: FactKind, source: RowSource, given: dict[str, str], read: Callable[[Rows], T]
    ) -> Fact[T]:
        rows = await source.ask(given)
        now = self.now()
        as_of = min(rows.as_of or now, now)  # a clock that runs ahead makes nothing fresher
        limit = timedelta(seconds=self.freshness.limit(kind))
        if now - as_of > limit:
            raise FactsStaleError(kind, source.name, f"as of {as_of.isoformat()}, the limit is {limit}")
        try:
            return Fact(kind, read(rows), source.name, as_of)
        except (ValidationError, ValueError) as error:
            raise FactsUnavailableError(kind, source.name, _summary(error)) from error


def _summary(error: ValueError) -> str:
    """Which field is wrong; values may be personal and stay out."""
    if isinstance(error, ValidationError):
        return "unreadable: " + ", ".join(sorted({".".join(map(str, each["loc"])) for each in error.errors()}))
    return f"senseless: {error}"


class _Kept(Generic[T]):
    """The last answer, used again for a short while."""

    def __init__(self, keep: timedelta, clock: Callable[[], datetime]) -> None:
        self._keep = keep
        self._clock = clock
        self._fact: Fact[T] | None = None
        self._asked_at: datetime | None = None

    async def get(self, ask: Callable[[], Awaitable[Fact[T]]]) -> Fact[T]:
        if self._fact is None or self._asked_at is None or self._clock() - self._asked_at > self._keep:
            self._fact, self._asked_at = await ask(), self._clock()
        return self._fact
