"""Facts as one turn sees them: each is read once, so that all its steps speak of the same state."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from app.domain.catalogue import Order, Product, Promotion, Sku
from app.domain.fact import Fact, FactsError
from app.facts.port import Facts

T = TypeVar("T")


class TurnFacts:
    """Remembers what a shop's sources answered in this turn, and that they failed: nobody waits for them twice."""

    def __init__(self, source: Facts) -> None:
        self._source = source
        self._told: dict[tuple[str, str], Fact[object] | FactsError] = {}

    async def get_sku(self, sku_id: str) -> Fact[Sku | None]:
        """As `Facts`."""
        return await self._read_once(("sku", sku_id), lambda: self._source.get_sku(sku_id))

    async def get_product(self, product_id: str) -> Fact[Product | None]:
        """As `Facts`."""
        return await self._read_once(("product", product_id), lambda: self._source.get_product(product_id))

    async def list_products(self) -> Fact[tuple[Product, ...]]:
        """As `Facts`."""
        return await self._read_once(("products", ""), self._source.list_products)

    async def get_order(self, order_id: str) -> Fact[Order | None]:
        """As `Facts`."""
        return await self._read_once(("order", order_id), lambda: self._source.get_order(order_id))

    async def list_buyer_orders(self, buyer: str) -> Fact[tuple[Order, ...]]:
        """As `Facts`."""
        return await self._read_once(("orders of", buyer), lambda: self._source.list_buyer_orders(buyer))

    async def list_promotions(self) -> Fact[tuple[Promotion, ...]]:
        """As `Facts`."""
        return await self._read_once(("promotions", ""), self._source.list_promotions)

    async def _read_once(self, key: tuple[str, str], read: Callable[[], Awaitable[Fact[T]]]) -> Fact[T]:
        told = self._told.get(key)
        if told is None:
            try:
                told = cast("Fact[object]", await read())
            except FactsError as error:
                told = error
            self._told[key] = told
        if isinstance(told, FactsError):
            raise told
        return cast("Fact[T]", told)
