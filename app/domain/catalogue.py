"""A shop's goods, orders, promotions and FAQ entries, whatever source they come from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Sku:
    """One sellable variant of a product. Prices in 元; `floor_price` is never shown to buyers.

    `floor_price=None` forbids bargaining on this SKU. `labels` name the attributes (色号, 片数), each at its
    place, with nothing where the shop wrote the value alone; empty where it named none.
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
    labels: tuple[str, ...] = ()

    def has_attribute(self, attribute: str) -> bool:
        """Whether the SKU has this colour or size, or a whole word of one is it: 8寸 in 8寸原木色, not L in XL."""
        return any(is_called(own, attribute) for own in self.attributes)


def skus_with_attribute(skus: Iterable[Sku], attribute: str) -> list[Sku]:
    """The SKUs of this very colour or size, else those of which a whole word is it: 一米 is no 一米三条装."""
    listed, name = list(skus), attribute.lower()
    exact = [sku for sku in listed if name in map(str.lower, sku.attributes)]
    return exact or [sku for sku in listed if sku.has_attribute(attribute)]


def skus_with_attributes(skus: Iterable[Sku], attributes: Iterable[str]) -> list[Sku]:
    """The SKUs that have all of these."""
    fitting = list(skus)
    for attribute in attributes:
        fitting = skus_with_attribute(fitting, attribute)
    return fitting


def is_called(attribute: str, name: str) -> bool:
    """Whether a colour or size is called so: the name is in it, without a letter or digit of it continuing the name."""
    before, found, after = attribute.lower().partition(name := name.lower())
    return bool(found) and not (_continues_word(before[-1:], name[:1]) or _continues_word(name[-1:], after[:1]))


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

    @property
    def listed_skus(self) -> tuple[Sku, ...]:
        """Those on sale, whether in stock or not."""
        return tuple(sku for sku in self.skus if sku.listed)


class OrderState(StrEnum):
    """An order's state at the platform; late and stuck are computed from times (commerce.order_status)."""

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

    `last_moved_at` is the time of the parcel's last scan, None if unknown.
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
        """The total of the order, 元."""
        return sum((line.amount for line in self.lines), Decimal(0))


class PromotionKind(StrEnum):
    """How a promotion changes the price."""

    THRESHOLD = "threshold"  # 满减: `minus` off from `over`, once or for every `over`
    PERCENT = "percent"  # 打折: the buyer pays the share `rate`
    COUPON = "coupon"  # 优惠券: `minus` off from `over`, once the buyer has claimed it
    GIFT = "gift"  # 赠品: `gift` from `over` or `quantity` on
    NTH_PIECE = "nth_piece"  # 第N件: the `quantity`-th piece at `rate`
    FREE_SHIPPING = "free_shipping"  # 包邮: free shipping from `over` on


@dataclass(frozen=True, slots=True)
class Promotion:
    """A public promotion, valid in [begins, ends), aware times.

    Attributes:
        products: ids of the products it covers; empty means the whole shop.
        over: minimum amount, 元. minus: reduction, 元. rate: share the buyer pays, 0.8 for 8折.
        quantity: minimum number of pieces. gift: the gift. claim: how the buyer claims it.
        repeats: 每满, granted for every `over`; stacks: may be combined with others that stack.
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


class MatchMode(StrEnum):
    """How an FAQ entry's wordings are compared with a message."""

    SMART = "smart"  # by meaning, among the intents
    EXACT = "exact"  # the whole message, marks and spaces aside
    CONTAINS = "contains"  # anywhere in the message
    PATTERN = "pattern"  # a regular expression found in the message


class SaleStage(StrEnum):
    """Where a buyer stands: before an order, while one is under way, after it came."""

    PRESALE = "presale"
    INSALE = "insale"
    AFTERSALE = "aftersale"


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """A question the shop answers in its own words.

    Attributes:
        match: how its wordings are compared; what is not smart goes before every intent.
        stages: where the buyer has to stand; empty means anywhere.
        then_people: whether a person takes over after the answer.
        images, links: URLs shown below the answer.
        similar_questions: other wordings. not_matching: wordings that must not match.
        products: ids of the products it is about; empty means all.
        valid_from, valid_to: inclusive dates in the shop's time zone.
        source: its file and row, as a shopkeeper would name them.
        confirmed: the shop has said that it means what a check took for a mistake.
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
    match: MatchMode = MatchMode.SMART
    stages: frozenset[SaleStage] = frozenset()
    then_people: bool = False
    images: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    confirmed: bool = False

    def is_in_force(self, today: date | None, products: Collection[str]) -> bool:
        """Whether the entry speaks for this day and one of these products."""
        if today and ((self.valid_from and today < self.valid_from) or (self.valid_to and today > self.valid_to)):
            return False
        return not self.products or not self.products.isdisjoint(products)
