"""Commitments: what a reply binds the shop to. Amounts are 元 as Decimal; times are aware."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PriceCommitment:
    """A price: `quantity` pieces of `sku_id` at `unit_price` each, `total` in all, valid until `valid_until`."""

    sku_id: str
    quantity: int
    unit_price: Decimal
    total: Decimal
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BasketCommitment:
    """The total of a basket under public promotions: (sku_id, quantity) pairs, the promotions used, the sum."""

    lines: tuple[tuple[str, int], ...]
    promotions: tuple[str, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class PromotionCommitment:
    """A public promotion named as valid, or as beginning later when `upcoming`."""

    promotion_id: str
    upcoming: bool = False


@dataclass(frozen=True, slots=True)
class DiscountCommitment:
    """A discount on `sku_id`: the buyer pays the share `rate`, 0.9 for 9折."""

    sku_id: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class CouponCommitment:
    """A coupon that the shop authorised: `amount` off from `minimum_spend` on."""

    coupon_id: str
    amount: Decimal
    minimum_spend: Decimal
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class GiftCommitment:
    """A gift that the shop authorised."""

    gift: str


@dataclass(frozen=True, slots=True)
class ShipByCommitment:
    """The order ships by `ship_by`; with `order_id` None, an order paid at `paid_at` (None: now) does."""

    ship_by: datetime
    order_id: str | None = None
    sku_id: str | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShippingDaysCommitment:
    """From `first` to `last`, both included, the shop ships on every day, or on none of them (`ships`).

    `ships` None says that some of them are working days and some are not.
    """

    first: date
    last: date
    ships: bool | None


@dataclass(frozen=True, slots=True)
class PostageCommitment:
    """Sending goods costs `fee` to one of the shop's remote places, or to everywhere else where `place` is None.

    `total` is what the goods cost together, where the fee hangs on it.
    """

    fee: Decimal
    place: str | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StackingCommitment:
    """These public promotions may be used together."""

    promotions: tuple[str, ...]


class CompensationKind(StrEnum):
    """The kinds of compensation."""

    CASH = "cash"  # 小额打款
    COUPON = "coupon"  # 优惠券
    GIFT = "gift"  # 赠品


@dataclass(frozen=True, slots=True)
class CompensationCommitment:
    """Compensation for one order; `amount` in 元, 0 for a gift without a price."""

    kind: CompensationKind
    order_id: str
    amount: Decimal
    gift: str = ""


@dataclass(frozen=True, slots=True)
class StockCommitment:
    """`quantity` pieces of `sku_id` are in stock now, or are not (`available`)."""

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
    | ShippingDaysCommitment
    | PostageCommitment
    | StackingCommitment
    | CompensationCommitment
    | StockCommitment
)
