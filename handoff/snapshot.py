"""Snapshots: facts as labelled Chinese lines with source and time, never with a floor price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import not_
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.catalogue import Order, Product, Promotion, Sku
from app.domain.fact import Fact
from handoff.phrases import handoff_phrases
from handoff.promises import plain_amount

# A brief is read in seconds; a whole catalogue would bury the matter.
MOST_ITEMS = 8
TO_THE_MINUTE = len("2026-11-25 10:30")
RANKS = ("order", "sku", "product", "promotion")


class SnapshotLine(BaseModel):
    """One labelled value."""

    model_config = ConfigDict(frozen=True)

    label: str = Field(examples=["状态"])
    value: str = Field(examples=["已付款待发货"])


class Snapshot(BaseModel):
    """A fact as of the handoff."""

    model_config = ConfigDict(frozen=True)

    kind: str = Field(examples=["order"], description="order, product, sku, promotion; or the fact's own kind")
    id: str = Field(default="", examples=["202608150001"])
    title: str = Field(examples=["订单 202608150001"])
    lines: tuple[SnapshotLine, ...] = ()
    source: str = Field(examples=["files"], description="where the fact came from")
    as_of: AwareDatetime = Field(description="when the source knew it to be true")
    # Told when a brief is read, and left out where there is nothing to tell.
    stale_at: AwareDatetime | None = Field(
        default=None,
        exclude_if=not_,
        description="from when it is older than the shop allows facts of its source to be",
    )
    stale: bool = Field(default=False, exclude_if=not_, description="whether it was, when this was read")


@dataclass(frozen=True, slots=True)
class SnapshotContext:
    """The shop's zone, and the names of things by id."""

    zone: ZoneInfo
    names: Mapping[str, str]


def take_snapshots(
    facts: Iterable[Fact[Any]], zone: ZoneInfo, names: Mapping[str, str] | None = None
) -> tuple[Snapshot, ...]:
    """Takes snapshots of the facts: orders and goods first, then running promotions.

    Each thing appears once, with its latest fact; times are in `zone`; `names` default to those in the facts.
    """
    known_facts = tuple(facts)
    reading = SnapshotContext(zone, titles_by_id(known_facts) if names is None else names)
    return tuple(_build_snapshot(seen, reading) for seen in _select_subjects(known_facts))


def snapshot_ids(facts: Iterable[Fact[Any]]) -> set[str]:
    """The ids of the things that snapshots of these facts would show."""
    return {seen.id for seen in _select_subjects(facts)}


@dataclass(frozen=True, slots=True)
class SnapshotSubject:
    """One thing in a fact, with its kind and id."""

    kind: str
    id: str
    item: object
    fact: Fact[Any]


def _select_subjects(facts: Iterable[Fact[Any]]) -> list[SnapshotSubject]:
    latest: dict[tuple[str, str], SnapshotSubject] = {}
    for fact in facts:
        for item in _fact_items(fact.value):
            if isinstance(item, Promotion) and not item.begins <= fact.as_of < item.ends:
                continue
            kind, key = _identify_item(item, fact)
            known = latest.get((kind, key))
            if known is None or known.fact.as_of <= fact.as_of:
                latest[kind, key] = SnapshotSubject(kind, key, item, fact)
    return sorted(latest.values(), key=_subject_rank)[:MOST_ITEMS]


def _identify_item(item: object, fact: Fact[Any]) -> tuple[str, str]:
    match item:
        case Order():
            return "order", item.order_id
        case Sku():
            return "sku", item.sku_id
        case Product():
            return "product", item.product_id
        case Promotion():
            return "promotion", item.promotion_id
    return fact.kind.value, str(item)


def _subject_rank(seen: SnapshotSubject) -> int:
    return RANKS.index(seen.kind) if seen.kind in RANKS else len(RANKS)


def titles_by_id(facts: Iterable[Fact[Any]]) -> dict[str, str]:
    """Names of the SKUs, products and promotions in the facts, by id."""
    found: dict[str, str] = {}
    for fact in facts:
        for item in _fact_items(fact.value):
            found.update(_item_titles(item))
    return found


def _fact_items(value: object) -> Sequence[object]:
    if isinstance(value, tuple | list):
        return value
    return () if value is None else (value,)


def _build_snapshot(seen: SnapshotSubject, reading: SnapshotContext) -> Snapshot:
    title, told = _describe_subject(seen, reading)
    labels = handoff_phrases().labels
    lines = [{"label": labels[label], "value": _value_phrase(value, reading)} for label, value in told if value]
    # validated in one go: building the model line by line costs three times as much
    return Snapshot.model_validate(
        {
            "kind": seen.kind,
            "id": seen.id,
            "title": title,
            "lines": lines,
            "source": seen.fact.source,
            "as_of": seen.fact.as_of,
        }
    )


def _describe_subject(seen: SnapshotSubject, reading: SnapshotContext) -> tuple[str, Sequence[tuple[str, object]]]:
    item = seen.item
    match item:
        case Order():
            return f"{handoff_phrases().labels['order']} {item.order_id}", _order_rows(item, reading)
        case Sku():
            return _full_sku_title(item), _sku_rows(item)
        case Product():
            return item.title, _product_rows(item)
        case Promotion():
            return item.title, _promotion_rows(item)
    return f"{handoff_phrases().labels.get(seen.kind, seen.kind)} {item}", ()


def _order_rows(order: Order, reading: SnapshotContext) -> Sequence[tuple[str, object]]:
    lines = "，".join(f"{reading.names.get(line.sku_id, line.sku_id)}×{line.quantity}" for line in order.lines)
    return (
        ("state", handoff_phrases().order_states[order.state]),
        ("amount", order.total_amount),
        ("lines", lines),
        ("paid_at", order.paid_at),
        ("shipped_at", order.shipped_at),
        ("delivered_at", order.delivered_at),
        ("courier", order.courier),
        ("tracking_no", order.tracking_no),
        ("last_moved_at", order.last_moved_at),
        ("last_place", order.last_place),
    )


def _sku_rows(sku: Sku) -> Sequence[tuple[str, object]]:
    return (
        ("attributes", "，".join(sku.attributes)),
        ("price", sku.price),
        ("stock", str(sku.stock)),
        ("restock_on", sku.restock_on),
        ("presale_ship_on", sku.presale_ship_on),
        ("listed", handoff_phrases().labels["yes" if sku.listed else "no"]),
    )


def _product_rows(product: Product) -> Sequence[tuple[str, object]]:
    skus = "；".join(
        handoff_phrases()
        .labels["sku_line"]
        .format(title=_full_sku_title(sku), price=plain_amount(sku.price), stock=sku.stock)
        for sku in product.skus[:MOST_ITEMS]
    )
    return (("sku", skus),)


def _promotion_rows(promotion: Promotion) -> Sequence[tuple[str, object]]:
    return ("begins", promotion.begins), ("ends", promotion.ends), ("claim", promotion.claim)


def _full_sku_title(sku: Sku) -> str:
    return " ".join((sku.title, *sku.attributes))


def _item_titles(item: object) -> dict[str, str]:
    match item:
        case Sku():
            return {item.product_id: item.title, item.sku_id: _full_sku_title(item)}
        case Product():
            return {item.product_id: item.title} | {sku.sku_id: _full_sku_title(sku) for sku in item.skus}
        case Promotion():
            return {item.promotion_id: item.title}
    return {}


def _value_phrase(value: object, reading: SnapshotContext) -> str:
    match value:
        case datetime():
            return str(value.astimezone(reading.zone))[:TO_THE_MINUTE]
        case date():
            return value.isoformat()
        case Decimal():
            return handoff_phrases().summary["money"].format(amount=plain_amount(value))
    return str(value)
