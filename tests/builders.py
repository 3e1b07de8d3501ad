"""A small tea shop for the tests of decisions: every part has a default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.domain.acts import DialogueActs
from app.domain.catalogue import Order, OrderLine, OrderState, Product, Promotion, PromotionKind, Sku
from app.domain.fact import Fact, FactKind
from app.domain.outcome import Outcome
from app.language.acts import default_reader
from app.language.text import normalise
from app.shop.schema import ShopSettings
from app.shop.shop import Shop

NOW = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)  # Wednesday, 10:30 in the shop


def a_sku(sku_id: str = "T1-S", **changes: Any) -> Sku:
    given: dict[str, Any] = {
        "sku_id": sku_id,
        "product_id": sku_id.split("-", maxsplit=1)[0],
        "title": "松木茶盘",
        "attributes": ("小号",),
        "price": Decimal(100),
        "floor_price": Decimal(88),
        "stock": 30,
    }
    return Sku(**(given | changes))


def a_product(*skus: Sku, **changes: Any) -> Product:
    own = skus or (a_sku(),)
    given: dict[str, Any] = {
        "product_id": own[0].product_id,
        "title": own[0].title,
        "keywords": ("茶盘",),
        "skus": own,
    }
    return Product(**(given | changes))


def a_promotion(promotion_id: str = "full", **changes: Any) -> Promotion:
    given: dict[str, Any] = {
        "promotion_id": promotion_id,
        "title": "秋日满减",
        "kind": PromotionKind.THRESHOLD,
        "begins": NOW - timedelta(days=2),
        "ends": NOW + timedelta(days=3),
        "over": Decimal(199),
        "minus": Decimal(20),
        "stacks": True,
    }
    return Promotion(**(given | changes))


def an_order(order_id: str = "8800110001", **changes: Any) -> Order:
    given: dict[str, Any] = {
        "order_id": order_id,
        "buyer": "amei",
        "lines": (OrderLine("T1-S", 1, Decimal(100)),),
        "state": OrderState.PAID,
        "paid_at": NOW - timedelta(hours=3),
    }
    return Order(**(given | changes))


SETTINGS: Mapping[str, Any] = {
    "name": "松下小铺",
    "authority": {
        "shipping": {"within_hours": 48, "cut_off": "16:00", "free_from": 59, "fee": 8, "returns_days": 7},
        "bargaining": {
            "rounds": 3,
            "max_discount": "0.10",
            "round_down": 2,
            "bulk_tiers": [{"quantity": 10, "rate": "0.95"}],
            "bulk_handoff_from": 50,
        },
        "coupons": [
            {"id": "ten", "amount": 5, "minimum_spend": 80, "per_day": 20, "valid_hours": 24, "how": "下单自动减"}
        ],
        "compensation": {"cash": {"per_order": 5, "per_day": 50}},
    },
}


def settings_of(**authority: Any) -> ShopSettings:
    """The shop's settings with blocks of its authority replaced (None leaves a block out)."""
    merged = {**SETTINGS["authority"], **authority}
    kept = {name: block for name, block in merged.items() if block is not None}
    return ShopSettings.model_validate({**SETTINGS, "authority": kept})


def a_shop(settings: ShopSettings | None = None, **changes: Any) -> Shop:
    given: dict[str, Any] = {
        "shop_id": "songxia",
        "folder": Path("nowhere"),
        "settings": settings or settings_of(),
        "loaded_at": NOW,
    }
    return Shop(**(given | changes))


@dataclass(frozen=True)
class Situation:
    """What the gate is told of a turn."""

    shop: Shop = field(default_factory=a_shop)
    now: datetime = NOW
    buyer: str = "amei"
    exhausted: frozenset[str] = frozenset()
    asked: str = ""


def a_fact(value: Any, kind: FactKind = FactKind.STOCK, **changes: Any) -> Fact[Any]:
    given: dict[str, Any] = {"kind": kind, "value": value, "source": "files", "as_of": NOW}
    return Fact(**(given | changes))


def saying(text: str, *commitments: Any, facts: tuple[Any, ...] = (), **more: Any) -> Outcome:
    """An outcome that quotes these values as facts."""
    return Outcome(text, commitments=commitments, facts=tuple(a_fact(value) for value in facts), **more)


def acts_of(text: str) -> DialogueActs:
    """What the packaged reader makes of a message."""
    return default_reader().read_acts(normalise(text), text)
