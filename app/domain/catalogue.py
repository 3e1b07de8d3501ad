"""The shop's goods, orders, promotions and FAQ entries as the steps see them, wherever they come from."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Sku:
    """One thing that can be bought. Prices in 元; `floor_price` is secret to the shop.

    `floor_price=None` means no bargaining on this SKU at all.
    """

    sku_id: str
    product_id: str
    title: str
    attributes: tuple[str, ...]
    price: Decimal
    floor_price: Decimal | None
    stock: int
    restock_on: date | None = None
    presale_ship_on: date | None = None
    listed: bool = True

    def has_attribute(self, attribute: str) -> bool:
        """Whether the colour or size is one of its own, or a word in one: 8寸 of 8寸原木色, but not L of XL."""
        name = attribute.lower()
        return any(name in own and _is_whole_word(name, own) for own in map(str.lower, self.attributes))


def _is_whole_word(name: str, text: str) -> bool:
    """Whether letters and digits at the name's ends go on beside it nowhere in the text."""
    before, _, after = text.partition(name)
    return not (_continues_word(before[-1:], name[:1]) or _continues_word(name[-1:], after[:1]))


def _continues_word(left: str, right: str) -> bool:
    return all(each.isascii() and each.isalnum() for each in (left, right))


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its SKUs and the words buyers use for it; `details` are (name, value) pairs such as 材质."""

    product_id: str
    title: str
    keywords: tuple[str, ...]
    skus: tuple[Sku, ...]
    details: tuple[tuple[str, str], ...] = ()


class OrderState(StrEnum):
    """Where an order stands; overdue and stuck are computed from times, not stored."""

    UNPAID = "unpaid"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One SKU of an order; `amount` is what was paid for the line, 元."""

    sku_id: str
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its parcel. Times are aware.

    `last_moved_at` is the parcel's last scan, when the source knows it.
    """

    order_id: str
    buyer: str
    lines: tuple[OrderLine, ...]
    state: OrderState
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    courier: str | None = None
    tracking_no: str | None = None
    last_moved_at: datetime | None = None
    last_place: str | None = None

    @property
    def total_amount(self) -> Decimal:
        """What the whole order cost, 元."""
        return sum((line.amount for line in self.lines), Decimal(0))


class PromotionKind(StrEnum):
    """How a promotion changes what is paid."""

    THRESHOLD = "threshold"  # 满减: every or once `minus` off from `over`
    PERCENT = "percent"  # 打折: `rate` still paid
    COUPON = "coupon"  # 优惠券: `minus` off from `over`, the buyer claims it
    GIFT = "gift"  # 赠品: `gift` from `over` or from `quantity`
    NTH_PIECE = "nth_piece"  # 第N件: the `quantity`-th piece at `rate`
    FREE_SHIPPING = "free_shipping"  # 包邮: from `over`


@dataclass(frozen=True, slots=True)
class Promotion:
    """A public promotion, valid in [begins, ends), aware times.

    Attributes:
        products: product ids it is for; empty means the whole shop.
        over: least amount in 元 it needs. minus: 元 taken off. rate: share still paid, 0.8 for 8折.
        quantity: least pieces it needs. gift: what is given. claim: how the buyer gets it.
        repeats: 每满; stacks: may be combined with others that stack.
    """

    promotion_id: str
    title: str
    kind: PromotionKind
    begins: datetime
    ends: datetime
    products: frozenset[str] = frozenset()
    over: Decimal = Decimal(0)
    minus: Decimal = Decimal(0)
    rate: Decimal = Decimal(1)
    quantity: int = 0
    gift: str = ""
    claim: str = ""
    repeats: bool = False
    stacks: bool = False


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """A question the shop answers in its own words.

    Attributes:
        similar_questions: other wordings. not_matching: wordings that must not match.
        products: product ids it is for; empty means all.
        valid_from, valid_to: inclusive dates in the shop's time zone.
        source: file and row it stands in, as a shopkeeper would say it.
    """

    entry_id: str
    question: str
    answer: str
    similar_questions: tuple[str, ...] = ()
    not_matching: tuple[str, ...] = ()
    category: str = ""
    products: frozenset[str] = field(default_factory=frozenset)
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
