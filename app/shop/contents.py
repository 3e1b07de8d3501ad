"""What was read of a shop's folder, each part with its place in the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.catalogue import Order, Product, Promotion
from app.shop.document import KeyPlace
from app.shop.faq import FaqRow
from app.shop.schema import ShopSettings
from app.shop.sheet import RowPlace
from app.shop.when import Calendar


@dataclass(frozen=True, slots=True)
class FolderContents:
    """The parts of a folder that could be read, whatever is wrong with the others.

    Attributes:
        settings_place: shop.yml; None when it cannot be read.
        sku_places: the catalogue's row of each SKU.
        order_places: the rows of each order, one a line.
        promotion_places: the entry of each promotion, by id.
    """

    calendar: Calendar
    settings: ShopSettings | None = None
    settings_place: KeyPlace | None = None
    rows: Sequence[FaqRow] = ()
    products: Sequence[Product] = ()
    sku_places: Mapping[str, RowPlace] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    order_places: Mapping[str, Sequence[RowPlace]] = field(default_factory=dict)
    promotions: Sequence[Promotion] = ()
    promotion_places: Mapping[str, KeyPlace] = field(default_factory=dict)
