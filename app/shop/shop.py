"""A loaded shop: settings, FAQ and, where the files are its source, goods, orders and promotions."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from app.domain.catalogue import FaqEntry, Order, Product, Promotion
from app.domain.correction import Correction
from app.domain.phrase import Phrase
from app.shop.schema import ShopSettings

P = ParamSpec("P")
T = TypeVar("T")
MOST_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Shop:
    """One tenant as loaded at `loaded_at`; `version` changes with the content of any file.

    Attributes:
        entries, products_by_id: the FAQ and the goods by id, so that no turn scans all of them.
        memo: what `cache_per_shop` has worked out from this very version; it is forgotten with it.
    """

    shop_id: str
    folder: Path
    settings: ShopSettings
    faq: tuple[FaqEntry, ...] = ()
    products: tuple[Product, ...] = ()
    orders: Mapping[str, Order] = field(default_factory=dict)
    promotions: tuple[Promotion, ...] = ()
    corrections: tuple[Correction, ...] = ()
    version: str = ""
    loaded_at: datetime | None = None
    phrases: tuple[Phrase, ...] = ()
    entries: Mapping[str, FaqEntry] = field(init=False, repr=False, compare=False)
    products_by_id: Mapping[str, Product] = field(init=False, repr=False, compare=False)
    memo: dict[Hashable, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_id = {entry.entry_id: entry for entry in reversed(self.faq)}
        object.__setattr__(self, "entries", by_id)
        goods = {product.product_id: product for product in reversed(self.products)}
        object.__setattr__(self, "products_by_id", goods)


def cache_per_shop(work: Callable[Concatenate[Shop, P], T]) -> Callable[Concatenate[Shop, P], T]:
    """Caches the results of `work` by shop version and its (hashable) arguments.

    Only for results that depend on the shop's files alone, never on stock, orders or the clock.
    """

    @wraps(work)
    def wrapper(shop: Shop, /, *given: P.args, **named: P.kwargs) -> T:
        key = (work, *given, *named.items())
        if key not in shop.memo:
            if len(shop.memo) >= MOST_KEPT:
                shop.memo.clear()
            shop.memo[key] = work(shop, *given, **named)
        found: T = shop.memo[key]
        return found

    return wrapper
