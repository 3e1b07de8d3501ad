"""A loaded shop: settings, FAQ and, where the files are its source, goods, orders and promotions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.domain.catalogue import FaqEntry, Order, Product, Promotion
from app.shop.schema import ShopSettings


@dataclass(frozen=True, slots=True)
class Shop:
    """One tenant as its folder stood at `loaded_at`; `version` changes with any file's content.

    Attributes:
        entries: the FAQ by id, so that no turn goes through all of it.
    """

    shop_id: str
    folder: Path
    settings: ShopSettings
    faq: tuple[FaqEntry, ...] = ()
    products: tuple[Product, ...] = ()
    orders: Mapping[str, Order] = field(default_factory=dict)
    promotions: tuple[Promotion, ...] = ()
    version: str = ""
    loaded_at: datetime | None = None
    entries: Mapping[str, FaqEntry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_id = {entry.entry_id: entry for entry in reversed(self.faq)}
        object.__setattr__(self, "entries", by_id)
