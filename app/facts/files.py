"""Facts from the shop's own folder, looked up in memory; each is true as of its file's last change."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from app.domain.catalogue import Order, Product, Promotion, Sku
from app.domain.fact import Fact, FactKind, FactsStaleError
from app.shop.shop import Shop

FILES: Mapping[FactKind, tuple[str, ...]] = {
    FactKind.STOCK: ("catalog.*",),
    FactKind.CATALOGUE: ("catalog.*",),
    FactKind.ORDER: ("orders.*",),
    FactKind.PROMOTION: ("promotions.*",),
}
SOURCE = "files"
T = TypeVar("T")


class FileFacts:
    """Serves the facts of one loaded shop.

    A file counts as current until it changes; it becomes stale only if shop.yml sets a limit.
    """

    def __init__(self, shop: Shop, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._products = {product.product_id: product for product in shop.products}
        self._skus = {sku.sku_id: sku for product in shop.products for sku in product.skus}
        self._orders = shop.orders
        self._by_buyer = _group_by_buyer(shop.orders.values())
        self._all = tuple(shop.products)
        self._promotions = shop.promotions
        self._as_of = {kind: _last_change_of_files(shop, patterns) or clock() for kind, patterns in FILES.items()}
        freshness = shop.settings.freshness
        self._limits = {
            kind: timedelta(seconds=freshness.limit_seconds(kind))
            for kind in FactKind
            if kind in freshness.model_fields_set
        }

    async def get_sku(self, sku_id: str) -> Fact[Sku | None]:
        """The SKU as the catalogue file has it."""
        return self._wrap_fact(FactKind.STOCK, self._skus.get(sku_id))

    async def get_product(self, product_id: str) -> Fact[Product | None]:
        """The product as the catalogue file has it."""
        return self._wrap_fact(FactKind.STOCK, self._products.get(product_id))

    async def list_products(self) -> Fact[tuple[Product, ...]]:
        """The whole catalogue file."""
        return self._wrap_fact(FactKind.CATALOGUE, self._all)

    async def get_order(self, order_id: str) -> Fact[Order | None]:
        """The order as the orders file has it."""
        return self._wrap_fact(FactKind.ORDER, self._orders.get(order_id))

    async def list_buyer_orders(self, buyer: str) -> Fact[tuple[Order, ...]]:
        """The buyer's orders, newest first."""
        return self._wrap_fact(FactKind.ORDER, self._by_buyer.get(buyer, ()))

    async def list_promotions(self) -> Fact[tuple[Promotion, ...]]:
        """Every promotion of the file."""
        return self._wrap_fact(FactKind.PROMOTION, self._promotions)

    def _wrap_fact(self, kind: FactKind, value: T) -> Fact[T]:
        as_of = self._as_of[kind]
        limit = self._limits.get(kind) if self._limits else None
        if limit is not None and self._clock() - as_of > limit:
            raise FactsStaleError(kind, SOURCE, f"the file last changed at {as_of}, the limit is {limit}")
        return Fact(kind, value, SOURCE, as_of)


def _group_by_buyer(orders: Iterable[Order]) -> dict[str, tuple[Order, ...]]:
    found: dict[str, list[Order]] = {}
    for order in orders:
        found.setdefault(order.buyer, []).append(order)
    return {buyer: tuple(sorted(owned, key=_recency_key)) for buyer, owned in found.items()}


def _recency_key(order: Order) -> tuple[float, str]:
    """Sort key, newest first by payment time; unpaid orders come first."""
    paid = order.paid_at.timestamp() if order.paid_at else float("inf")
    return (-paid, order.order_id)


def _last_change_of_files(shop: Shop, patterns: Iterable[str]) -> datetime | None:
    """The last change of the files of a kind, or the time the shop was loaded."""
    times = [path.stat().st_mtime for pattern in patterns for path in _match_files(shop.folder, pattern)]
    return datetime.fromtimestamp(max(times), UTC) if times else shop.loaded_at


def _match_files(folder: Path, pattern: str) -> list[Path]:
    return [path for path in folder.glob(pattern) if path.is_file()] if folder.is_dir() else []
