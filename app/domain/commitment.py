"""What a reply binds the shop to. Amounts are 元 as Decimal; times are aware."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PriceCommitment:
    """`quantity` pieces of `sku_id` at `unit_price` each, `total` together, held until `valid_until`."""

    sku_id: str
    quantity: int
    unit_price: Decimal
    total: Decimal
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BasketCommitment:
    """What a basket costs under public promotions: (sku_id, quantity) pairs, the promotions used, the sum."""

    lines: tuple[tuple[str, int], ...]
    promotions: tuple[str, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class PromotionCommitment:
    """A public promotion is named as valid (or as beginning later, when `upcoming`)."""

    promotion_id: str
    upcoming: bool = False


@dataclass(frozen=True, slots=True)
class DiscountCommitment:
    """A share still paid (`rate` 0.9 for 9折) on `sku_id`."""

    sku_id: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class CouponCommitment:
    """A coupon out of the shop's authority: `amount` off from `minimum_spend`."""

    coupon_id: str
    amount: Decimal
    minimum_spend: Decimal
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class GiftCommitment:
    """A gift out of the shop's authority."""

    gift: str


@dataclass(frozen=True, slots=True)
class ShipByCommitment:
    """An order (or one placed now, when `order_id` is None) leaves the shop by `ship_by`."""

    ship_by: datetime
    order_id: str | None = None
    sku_id: str | None = None


class CompensationKind(StrEnum):
    """How a shop makes amends."""

    CASH = "cash"  # 小额打款
    COUPON = "coupon"  # 优惠券
    GIFT = "gift"  # 赠品


@dataclass(frozen=True, slots=True)
class CompensationCommitment:
    """Amends for one order; `amount` 元 (0 for a gift without a price)."""

    kind: CompensationKind
    order_id: str
    amount: Decimal
    gift: str = ""


@dataclass(frozen=True, slots=True)
class StockCommitment:
    """`quantity` pieces of `sku_id` can be had now (`available`), or not."""

    sku_id: str
    quantity: int
    available: bool


Commitment = (
    PriceCommitment
    | BasketCommitment
    | PromotionCommitment
    | DiscountCommitment
    | CouponCommitment
    | GiftCommitment
    | ShipByCommitment
    | CompensationCommitment
    | StockCommitment
)
