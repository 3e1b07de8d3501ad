"""A source that is stale or down gives a true neutral sentence and a person, never an invention."""

from dataclasses import dataclass
from typing import Any

import pytest

from app.domain.decision import Reason
from app.domain.fact import FactKind, FactsError, FactsStaleError, FactsUnavailableError
from tests.intents.market import Market
from tests.intents.teashop import tea_shop

ASKED = {
    "stock": "松木茶盘小号有货吗",
    "promotion": "有什么优惠活动",
    "bargaining": "松木茶盘小号便宜点",
    "shipping_time": "我的订单什么时候发货",
    "delivery_urging": "怎么还不发货",
}


@dataclass
class BrokenFacts:
    """Every question fails the same way."""

    error: type[FactsError]

    async def get_sku(self, sku_id: str) -> Any:
        raise self.error(FactKind.STOCK, "erp", sku_id)

    async def get_product(self, product_id: str) -> Any:
        raise self.error(FactKind.STOCK, "erp", product_id)

    async def list_products(self) -> Any:
        raise self.error(FactKind.CATALOGUE, "erp", "down")

    async def get_order(self, order_id: str) -> Any:
        raise self.error(FactKind.ORDER, "erp", order_id)

    async def list_buyer_orders(self, buyer: str) -> Any:
        raise self.error(FactKind.ORDER, "erp", buyer)

    async def list_promotions(self) -> Any:
        raise self.error(FactKind.PROMOTION, "erp", "down")


@pytest.mark.parametrize(
    ("error", "reason"),
    [(FactsStaleError, Reason.FACTS_STALE), (FactsUnavailableError, Reason.FACTS_UNAVAILABLE)],
)
@pytest.mark.parametrize("intent", ASKED)
async def test_without_facts_nothing_is_invented(intent: str, error: type[FactsError], reason: Reason) -> None:
    market = Market(tea_shop(), facts=BrokenFacts(error))

    said = await market.hears(ASKED[intent], intent)

    assert said.handoff is not None
    assert said.handoff.reason is reason
    assert said.text
    assert not any(sign.isdigit() for sign in said.text)
