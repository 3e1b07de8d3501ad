"""How old facts may become, by what the shop's file says."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.domain.fact import FactKind
from app.shop.schema import ShopSettings
from app.tenants.registry import OpenShops
from app.tenants.rules import ShopRules

STOCK = {"type": "http", "url": "https://erp.example/stock/{sku_id}"}


class Opened:
    """One open shop with these settings."""

    def __init__(self, **settings: Any) -> None:
        self.settings = ShopSettings.model_validate({"name": "demo", **settings})

    def find_shop(self, shop: str) -> Any:
        return SimpleNamespace(shop=SimpleNamespace(settings=self.settings)) if shop == "demo" else None


@pytest.mark.parametrize(
    ("settings", "kind", "source", "seconds"),
    [
        ({}, FactKind.ORDER, "files", None),  # holds until the file changes
        ({"freshness": {"order": 60}}, FactKind.ORDER, "files", 60),
        ({"freshness": {"stock": 60}}, FactKind.ORDER, "files", None),
        ({}, FactKind.ORDER, "erp.example", 900),
        ({"freshness": {"order": 60}}, FactKind.ORDER, "erp.example", 60),
        ({}, FactKind.PROMOTION, "erp.example", 3600),
        ({"sources": {"stock": STOCK}}, FactKind.STOCK, "erp.example", 900),
        ({}, FactKind.STOCK, "erp.example", 86_400),  # its catalogue counts the pieces
    ],
)
def test_the_limit_is_the_sources(settings: dict[str, Any], kind: FactKind, source: str, seconds: int | None) -> None:
    rules = ShopRules(cast("OpenShops", Opened(**settings)))

    limit = rules.fact_limit("demo", kind, source)

    assert limit == (None if seconds is None else timedelta(seconds=seconds))


def test_of_a_shop_that_is_not_open_the_usual_limits_hold() -> None:
    assert ShopRules(cast("OpenShops", Opened())).fact_limit("gone", FactKind.ORDER, "erp") == timedelta(seconds=900)
