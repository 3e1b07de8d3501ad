"""The port through which the steps ask for facts."""

from typing import Protocol

from app.domain.catalogue import Order, Product, Promotion, Sku
from app.domain.fact import Fact


class Facts(Protocol):
    """The facts of one shop. Every method raises FactsUnavailableError or FactsStaleError rather than guess."""

    async def get_sku(self, sku_id: str) -> Fact[Sku | None]:
        """The SKU with its stock as it stands now; None when the shop has no such SKU."""

    async def get_product(self, product_id: str) -> Fact[Product | None]:
        """The product with all its SKUs and their stock; None when the shop has no such product."""

    async def list_products(self) -> Fact[tuple[Product, ...]]:
        """All products, to find alternatives."""

    async def get_order(self, order_id: str) -> Fact[Order | None]:
        """The order; None when the shop has no such order."""

    async def list_buyer_orders(self, buyer: str) -> Fact[tuple[Order, ...]]:
        """The buyer's orders, newest first."""

    async def list_promotions(self) -> Fact[tuple[Promotion, ...]]:
        """Every known promotion, ended and future ones too."""
