"""Compares two versions of a shop, in a shopkeeper's words."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from app.domain.catalogue import FaqEntry, Order, Promotion, Sku
from app.shop.schema import ShopSettings
from app.shop.shop import Shop

_SHOWN = 60


class ChangeKind(StrEnum):
    """What became of a row or a setting."""

    ADDED = "新增"
    REMOVED = "删除"
    CHANGED = "修改"


@dataclass(frozen=True, slots=True)
class ShopChange:
    """One row or setting that differs; `before` and `after` are short texts, empty where there is none."""

    kind: ChangeKind
    part: str
    name: str
    before: str = ""
    after: str = ""


def compare_shops(before: Shop, after: Shop) -> tuple[ShopChange, ...]:
    """Every row and setting that differs, by part: settings, FAQ, goods, promotions, orders."""
    return (
        *_compare("设置", _list_settings(before.settings), _list_settings(after.settings)),
        *(() if before.faq == after.faq else _compare("问答", _list_entries(before.faq), _list_entries(after.faq))),
        *_compare("商品", _list_skus(before), _list_skus(after)),
        *_compare("活动", _list_promotions(before.promotions), _list_promotions(after.promotions)),
        *_compare("订单", _list_orders(before.orders), _list_orders(after.orders)),
    )


def summarize_changes(changes: Iterable[ShopChange]) -> str:
    """The changes as counts: 问答 新增 3 修改 1，商品 删除 2; empty when nothing changed."""
    counts: dict[str, dict[ChangeKind, int]] = {}
    for change in changes:
        of_part = counts.setdefault(change.part, {})
        of_part[change.kind] = of_part.get(change.kind, 0) + 1
    return "，".join(
        f"{part} " + " ".join(f"{kind} {of_part[kind]}" for kind in ChangeKind if kind in of_part)
        for part, of_part in counts.items()
    )


def format_change(change: ShopChange) -> str:
    """The change in one line."""
    if change.kind is ChangeKind.CHANGED:
        return f"{change.kind} {change.part}「{change.name}」：{change.before} → {change.after}"
    text = change.after or change.before
    return f"{change.kind} {change.part}「{change.name}」" + (f"：{text}" if text else "")


_Row = tuple[str, Mapping[str, object]]


def _compare(part: str, before: Mapping[Hashable, _Row], after: Mapping[Hashable, _Row]) -> Iterator[ShopChange]:
    for key, (name, values) in after.items():
        old = before.get(key)
        if old is None:
            yield ShopChange(ChangeKind.ADDED, part, name, after=_clip_text(next(iter(values.values()), "")))
        elif old[1] != values:
            yield _describe_change(part, name, old[1], values)
    for key, (name, values) in before.items():
        if key not in after:
            yield ShopChange(ChangeKind.REMOVED, part, name, before=_clip_text(next(iter(values.values()), "")))


def _describe_change(part: str, name: str, before: Mapping[str, object], after: Mapping[str, object]) -> ShopChange:
    changed = [key for key in after if before.get(key) != after[key]]
    old, new = (
        "，".join(f"{key} {_clip_text(values.get(key))}".strip() for key in changed) for values in (before, after)
    )
    return ShopChange(ChangeKind.CHANGED, part, name, old, new)


def _clip_text(value: object) -> str:
    if isinstance(value, (tuple, frozenset)):
        value = "|".join(sorted(map(str, value)) if isinstance(value, frozenset) else map(str, value))
    text = "" if value is None else str(value).replace("\n", " ")
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _list_entries(entries: Iterable[FaqEntry]) -> dict[Hashable, _Row]:
    return {
        entry.entry_id: (entry.question, _read_fields(entry, "answer", skip=("entry_id", "source")))
        for entry in entries
    }


def _list_skus(shop: Shop) -> dict[Hashable, _Row]:
    skus: list[Sku] = [sku for product in shop.products for sku in product.skus]
    rows: dict[Hashable, _Row] = {
        sku.sku_id: (" ".join((sku.title, *sku.attributes)), _read_fields(sku, "price", skip=("sku_id",)))
        for sku in skus
    }
    for product in shop.products:
        rows["product", product.product_id] = (
            product.title,
            {"别名": product.keywords, "参数": tuple(f"{name}:{value}" for name, value in product.details)},
        )
    return rows


def _list_promotions(promotions: Iterable[Promotion]) -> dict[Hashable, _Row]:
    return {each.promotion_id: (each.title, _read_fields(each, "kind", skip=("promotion_id",))) for each in promotions}


def _list_orders(orders: Mapping[str, Order]) -> dict[Hashable, _Row]:
    return {
        order.order_id: (order.order_id, _read_fields(order, "state", skip=("order_id",))) for order in orders.values()
    }


def _list_settings(settings: ShopSettings) -> dict[Hashable, _Row]:
    return {path: (path, {"": value}) for path, value in _flatten(settings.model_dump(mode="json"), "")}


def _flatten(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, f"{path}.{key}" if path else str(key))
    elif value not in (None, [], ""):
        yield path, str(value)


def _read_fields(row: FaqEntry | Sku | Promotion | Order, first: str, skip: tuple[str, ...]) -> dict[str, object]:
    """The fields by name, the telling one first."""
    names = [each.name for each in fields(row) if each.name not in (first, *skip)]
    return {name: getattr(row, name) for name in (first, *names)}
