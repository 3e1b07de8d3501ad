"""Reads a shop's catalogue: products with their SKUs, prices, floor prices and stock."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.domain.catalogue import Product, Sku
from app.shop.sheet import Column, RowPlace, Sheet, SheetRecord

COLUMNS = (
    Column("product_id", "商品编号", ("商品id", "商品货号", "货号"), required=True),
    Column("sku_id", "规格编号", ("skuid", "规格id", "sku", "sku编号"), required=True),
    Column("title", "标题", ("商品标题", "商品名称", "名称", "品名"), required=True),
    Column("attributes", "规格", ("规格名称", "颜色尺寸")),
    Column("price", "价格", ("售价", "单价", "现价"), required=True),
    Column("floor_price", "底价", ("最低价", "议价底价")),
    Column("stock", "库存", ("库存数量", "现货数量"), required=True),
    Column("restock_on", "补货日期", ("到货日期", "补货时间")),
    Column("presale_ship_on", "预售发货", ("预售发货日期", "预售发货时间")),
    Column("listed", "在售", ("上架", "是否在售", "是否上架")),
    Column("keywords", "别名", ("关键词", "俗称")),
    Column("details", "商品参数", ("参数", "详情")),
)
_NAMED = re.compile(r"^([^:：]{1,8})[:：]\s*(.+)$")


@dataclass(slots=True)
class _ProductDraft:
    """A product while its rows are read."""

    title: str
    first: SheetRecord
    skus: list[Sku] = field(default_factory=list)
    keywords: dict[str, None] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShopCatalogue:
    """The catalogue and every id in it, also those of rows with a mistake, so that references to them are no errors."""

    products: tuple[Product, ...]
    product_ids: frozenset[str]
    sku_ids: frozenset[str]
    places: Mapping[str, RowPlace]


def read_catalogue(sheets: Iterable[Sheet]) -> ShopCatalogue:
    """Reads products in the order of the sheets and groups rows by product id; rows with a mistake are left out."""
    drafts: dict[str, _ProductDraft] = {}
    seen: dict[str, SheetRecord] = {}
    product_ids = {_collect_sku_row(record, drafts, seen) for sheet in sheets for record in sheet.iter_records()}
    products = tuple(_build_product(product_id, draft) for product_id, draft in drafts.items() if draft.skus)
    places = {sku_id: record.place for sku_id, record in seen.items()}
    return ShopCatalogue(products, frozenset(product_ids), frozenset(seen), places)


def _collect_sku_row(record: SheetRecord, drafts: dict[str, _ProductDraft], seen: dict[str, SheetRecord]) -> str:
    for column in ("title", "attributes", "keywords", "details"):
        record.refuse_formula(column)
    product_id, title = record.read_identifier("product_id", needed=True), record.require_text("title")
    sku = _read_sku(record, product_id, title, seen)
    if sku is None:
        return product_id
    draft = drafts.setdefault(product_id, _ProductDraft(title, record))
    if title != draft.title:
        first = draft.first.describe_row(record)
        record.note_error(
            "title",
            f"商品编号“{product_id}”和{first}相同，标题却不同（{first}是“{draft.title}”）。"
            f"是同一个商品，请把标题写成一样；不是，请改规格“{sku.sku_id}”的商品编号。",
        )
    details = _read_details(record)
    if not record.has_failed:
        draft.skus.append(sku)
        draft.keywords.update(dict.fromkeys(record.read_words("keywords")))
        draft.details.update(details)
    return product_id


def _check_repeat(record: SheetRecord, sku_id: str, seen: dict[str, SheetRecord]) -> None:
    earlier = seen.setdefault(sku_id, record) if sku_id else record
    if earlier is not record:
        told = f"“{sku_id}”和{earlier.describe_row(record)}重复，每个规格要有自己的编号。"
        record.note_error("sku_id", told)


def _read_sku(record: SheetRecord, product_id: str, title: str, seen: dict[str, SheetRecord]) -> Sku | None:
    sku_id = record.read_identifier("sku_id", needed=True)
    _check_repeat(record, sku_id, seen)
    price, stock = record.read_money("price"), record.read_count("stock")
    for column in ("price", "stock"):
        record.require_text(column)
    _check_prices(record, price, floor := record.read_money("floor_price"))
    restock, presale = _read_future_date(record, "restock_on"), _read_future_date(record, "presale_ship_on")
    listed = record.read_flag("listed")
    if not (product_id and sku_id and title) or price is None or stock is None:
        return None
    named = [_split_attribute(part) for part in record.read_words("attributes")]
    labels, values = (tuple(each) for each in zip(*named, strict=True)) if named else ((), ())
    return Sku(sku_id, product_id, title, values, price, floor, stock, restock, presale, listed, labels)


def _split_attribute(part: str) -> tuple[str, str]:
    """颜色:胡桃木 as its name and what buyers say; a value alone has no name."""
    named = _NAMED.match(part)
    return (named[1].strip(), named[2].strip()) if named else ("", part)


def _check_prices(record: SheetRecord, price: Decimal | None, floor: Decimal | None) -> None:
    if price is not None and price == 0:
        record.note_warning("price", "价格是 0 元，买家会以为免费，请确认。")
    if price is not None and floor is not None and floor > price:
        record.note_error("floor_price", f"底价 {floor} 高于价格 {price}，底价请写不高于价格的数；不议价就留空。")


def _read_future_date(record: SheetRecord, column: str) -> date | None:
    day = record.read_date(column)
    if day is not None and day < record.shop_today:
        record.note_warning(column, f"{day} 已经过去了，请改成新的日期；不确定就留空，机器人会转给人工回答。")
    return day


def _read_details(record: SheetRecord) -> dict[str, str]:
    """Reads 材质:黑胡桃木|尺寸:30×20cm as name → value and notes parts without a colon."""
    parts: dict[str, str] = {}
    for part in record.read_words("details"):
        name, colon, value = part.replace("：", ":").partition(":")
        if colon and name.strip() and value.strip():
            parts[name.strip()] = value.strip()
        else:
            record.note_warning("details", f"“{part}”请写成“名称:内容”，例如 材质:黑胡桃木，几项用 | 分开。")
    return parts


def _build_product(product_id: str, draft: _ProductDraft) -> Product:
    return Product(product_id, draft.title, tuple(draft.keywords), tuple(draft.skus), tuple(draft.details.items()))
