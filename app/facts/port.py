"""The one door to what is true now."""

from typing import Protocol

from app.domain.catalogue import Order, Product, Promotion, Sku
from app.domain.fact import Fact


class Facts(Protocol):
    """One shop's facts. Every method raises FactsUnavailableError or FactsStaleError, never invents."""

    async def get_sku(self, sku_id: str) -> Fact[Sku | None]:
        """The SKU with its stock as it stands now; None when the shop has no such SKU."""

    async def get_product(self, product_id: str) -> Fact[Product | None]:
        """The product with all its SKUs and their stock; None when the shop has no such product."""

    async def list_products(self) -> Fact[tuple[Product, ...]]:
        """Everything on sale, for alternatives."""

    async def get_order(self, order_id: str) -> Fact[Order | None]:
        """The order; None when the shop has no such order."""

    async def list_buyer_orders(self, buyer: str) -> Fact[tuple[Order, ...]]:
        """The buyer's orders, newest first."""

    async def list_promotions(self) -> Fact[tuple[Promotion, ...]]:
        """Every promotion known, also the ended and the coming ones."""
