"""Pydantic models of remote rows: a missing, mistyped or senseless value raises here, so later steps need no checks."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.domain.catalogue import Order, OrderLine, OrderState, Product, Promotion, PromotionKind, Sku
from app.facts.rows import FactRow


def _split_words(value: object) -> object:
    """Splits a text at |; leaves a list as it is."""
    if value is None:
        return ()
    return [word.strip() for word in value.split("|") if word.strip()] if isinstance(value, str) else value


def _empty_to_none(value: object) -> object:
    return None if value == "" else value


Id = Annotated[str, Field(min_length=1, max_length=200, coerce_numbers_to_str=True)]
Words = Annotated[tuple[str, ...], BeforeValidator(_split_words)]
Amount = Annotated[Decimal, Field(ge=0, le=Decimal(10_000_000))]
MaybeDay = Annotated[date | None, BeforeValidator(_empty_to_none)]
MaybeTime = Annotated[datetime | None, BeforeValidator(_empty_to_none)]
MaybeText = Annotated[str | None, BeforeValidator(_empty_to_none)]


class _RemoteRecord(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class StockRecord(_RemoteRecord):
    """The stock of one SKU."""

    sku_id: Id | None = None
    stock: int = Field(ge=0, le=100_000_000)
    restock_on: MaybeDay = None


class SkuRecord(_RemoteRecord):
    """One SKU of the catalogue."""

    sku_id: Id
    product_id: Id
    title: str = Field(min_length=1)
    attributes: Words = ()
    price: Amount
    floor_price: Annotated[Amount | None, BeforeValidator(_empty_to_none)] = None
    stock: int = Field(default=0, ge=0)
    restock_on: MaybeDay = None
    presale_ship_on: MaybeDay = None
    listed: bool = True
    keywords: Words = ()

    def to_sku(self) -> Sku:
        """Converts to a Sku; drops a floor price above the price, which is a mistake."""
        if self.floor_price is not None and self.floor_price > self.price:
            raise ValueError(f"floor above price: {self.sku_id}")
        return Sku(**{name: value for name, value in self if name != "keywords"})


class OrderLineRecord(_RemoteRecord):
    """One SKU of an order."""

    sku_id: Id
    quantity: int = Field(ge=1)
    amount: Amount


class OrderRecord(_RemoteRecord):
    """One order; without `lines`, the row itself holds one line of it."""

    order_id: Id
    buyer: Annotated[str, BeforeValidator(lambda value: value or "")] = ""
    state: OrderState
    lines: tuple[OrderLineRecord, ...] = ()
    paid_at: MaybeTime = None
    shipped_at: MaybeTime = None
    delivered_at: MaybeTime = None
    courier: MaybeText = None
    tracking_no: MaybeText = None
    last_moved_at: MaybeTime = None
    last_place: MaybeText = None


class PromotionRecord(_RemoteRecord):
    """One public promotion."""

    promotion_id: Id
    title: str
    kind: PromotionKind
    begins: datetime
    ends: datetime
    products: Words = ()
    over: Amount = Decimal(0)
    minus: Amount = Decimal(0)
    rate: Annotated[Decimal, Field(gt=0, le=1)] = Decimal(1)
    quantity: int = Field(default=0, ge=0)
    gift: str = ""
    claim: str = ""
    repeats: bool = False
    stacks: bool = False


def parse_stock_record(row: FactRow) -> StockRecord:
    """Validates a row; raises ValueError."""
    return StockRecord.model_validate(row)


def parse_product_rows(rows: Iterable[FactRow]) -> tuple[Product, ...]:
    """Groups rows into products; raises ValueError."""
    grouped: dict[str, list[SkuRecord]] = {}
    for row in rows:
        record = SkuRecord.model_validate(_drop_missing(row))
        grouped.setdefault(record.product_id, []).append(record)
    return tuple(_merge_product(records) for records in grouped.values())


def _merge_product(records: list[SkuRecord]) -> Product:
    keywords = dict.fromkeys(word for record in records for word in record.keywords)
    skus = tuple(record.to_sku() for record in records)
    return Product(records[0].product_id, records[0].title, tuple(keywords), skus)


def parse_order_rows(rows: Iterable[FactRow], zone: ZoneInfo) -> tuple[Order, ...]:
    """Groups rows into orders, in the order they came; raises ValueError."""
    grouped: dict[str, tuple[OrderRecord, list[OrderLineRecord]]] = {}
    for row in rows:
        record = OrderRecord.model_validate(_drop_missing(row))
        _, lines = grouped.setdefault(record.order_id, (record, []))
        lines.extend(record.lines or [OrderLineRecord.model_validate(row)])
    return tuple(_merge_order(record, lines, zone) for record, lines in grouped.values())


def _merge_order(record: OrderRecord, lines: list[OrderLineRecord], zone: ZoneInfo) -> Order:
    if record.state is OrderState.PAID and record.paid_at is None:
        raise ValueError(f"paid order without its time: {record.order_id}")
    fields = {name: _localise_time(value, zone) for name, value in record if name != "lines"}
    return Order(lines=tuple(OrderLine(line.sku_id, line.quantity, line.amount) for line in lines), **fields)


def parse_promotion_rows(rows: Iterable[FactRow], zone: ZoneInfo) -> tuple[Promotion, ...]:
    """Validates rows; raises ValueError, also for a promotion that ends before it begins."""
    return tuple(_convert_promotion(PromotionRecord.model_validate(_drop_missing(row)), zone) for row in rows)


def _convert_promotion(record: PromotionRecord, zone: ZoneInfo) -> Promotion:
    fields = {name: _localise_time(value, zone) for name, value in record if name != "products"}
    found = Promotion(products=frozenset(record.products), **fields)
    if found.ends <= found.begins:
        raise ValueError(f"promotion ends before it begins: {found.promotion_id}")
    return found


def _localise_time(value: Any, zone: ZoneInfo) -> Any:
    """Gives a time without a zone the shop's zone."""
    return value.replace(tzinfo=zone) if isinstance(value, datetime) and value.tzinfo is None else value


def _drop_missing(row: FactRow) -> FactRow:
    """Drops empty fields, so that an optional field takes its default instead of None."""
    return {name: value for name, value in row.items() if value is not None}
