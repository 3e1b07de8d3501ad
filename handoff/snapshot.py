"""Facts as a person reads them: labelled Chinese lines with source and time. A floor price is never among them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.catalogue import Order, Product, Promotion, Sku
from app.domain.fact import Fact
from handoff.promises import plain
from handoff.words import words

# A brief is read in seconds: a whole catalogue in it would bury the matter.
MOST_ITEMS = 8
RANKS = ("order", "sku", "product", "promotion")


class Line(BaseModel):
    """One labelled value."""

    model_config = ConfigDict(frozen=True)

    label: str = Field(examples=["状态"])
    value: str = Field(examples=["已付款待发货"])


class Snapshot(BaseModel):
    """A fact as it stood when the handoff happened."""

    model_config = ConfigDict(frozen=True)

    kind: str = Field(examples=["order"], description="order, product, sku, promotion; or the fact's own kind")
    id: str = Field(default="", examples=["202608150001"])
    title: str = Field(examples=["订单 202608150001"])
    lines: tuple[Line, ...] = ()
    source: str = Field(examples=["files"], description="where the fact came from")
    as_of: AwareDatetime = Field(description="when the source knew it to be true")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the shop's people read: their clock, and the names they know things by."""

    zone: ZoneInfo
    names: Mapping[str, str]


def snapshots(
    facts: Iterable[Fact[Any]], zone: ZoneInfo, names: Mapping[str, str] = MappingProxyType({})
) -> tuple[Snapshot, ...]:
    """What is worth a person's eye among the facts: orders and goods first, then the promotions that run.

    Each thing once, as it was known last; times are told in `zone`; `names` adds to those in the facts.
    """
    known_facts = tuple(facts)
    reading = Reading(zone, {**names, **titles(known_facts)})
    latest: dict[tuple[str, str], Snapshot] = {}
    for fact in known_facts:
        for item in _items(fact.value):
            if isinstance(item, Promotion) and not item.begins <= fact.as_of < item.ends:
                continue
            shot = _snapshot(item, fact, reading)
            known = latest.get((shot.kind, shot.id))
            if known is None or known.as_of <= shot.as_of:
                latest[shot.kind, shot.id] = shot
    return tuple(sorted(latest.values(), key=_rank))[:MOST_ITEMS]


def _rank(shot: Snapshot) -> int:
    return RANKS.index(shot.kind) if shot.kind in RANKS else len(RANKS)


def titles(facts: Iterable[Fact[Any]]) -> dict[str, str]:
    """Names of the SKUs, products and promotions in the facts, by id."""
    found: dict[str, str] = {}
    for fact in facts:
        for item in _items(fact.value):
            found |= _titles_of(item)
    return found


def _items(value: object) -> Sequence[object]:
    if isinstance(value, tuple | list):
        return value
    return () if value is None else (value,)


def _snapshot(item: object, fact: Fact[Any], reading: Reading) -> Snapshot:
    kind, key, title, lines = _told(item, fact, reading)
    return Snapshot(
        kind=kind,
        id=key,
        title=title,
        lines=tuple(
            Line(label=words().labels[label], value=_spoken(value, reading)) for label, value in lines if value
        ),
        source=fact.source,
        as_of=fact.as_of,
    )


Told = tuple[str, str, str, Sequence[tuple[str, object]]]


def _told(item: object, fact: Fact[Any], reading: Reading) -> Told:
    match item:
        case Order():
            return "order", item.order_id, f"{words().labels['order']} {item.order_id}", _order(item, reading)
        case Sku():
            return "sku", item.sku_id, _sku_title(item), _sku(item)
        case Product():
            return "product", item.product_id, item.title, _product(item)
        case Promotion():
            return "promotion", item.promotion_id, item.title, _promotion(item)
    label = words().labels.get(fact.kind.value, fact.kind.value)
    return fact.kind.value, str(item), f"{label} {item}", ()


def _order(order: Order, reading: Reading) -> Sequence[tuple[str, object]]:
    lines = "，".join(f"{reading.names.get(line.sku_id, line.sku_id)}×{line.quantity}" for line in order.lines)
    return (
        ("state", words().order_states[order.state]),
        ("amount", order.amount),
        ("lines", lines),
        ("paid_at", order.paid_at),
        ("shipped_at", order.shipped_at),
        ("delivered_at", order.delivered_at),
        ("courier", order.courier),
        ("tracking_no", order.tracking_no),
        ("last_moved_at", order.last_moved_at),
        ("last_place", order.last_place),
    )


def _sku(sku: Sku) -> Sequence[tuple[str, object]]:
    return (
        ("attributes", "，".join(sku.attributes)),
        ("price", sku.price),
        ("stock", str(sku.stock)),
        ("restock_on", sku.restock_on),
        ("presale_ship_on", sku.presale_ship_on),
        ("listed", words().labels["yes" if sku.listed else "no"]),
    )


def _product(product: Product) -> Sequence[tuple[str, object]]:
    skus = "；".join(f"{_sku_title(sku)} {plain(sku.price)}元 {sku.stock}件" for sku in product.skus[:MOST_ITEMS])
    return (("sku", skus),)


def _promotion(promotion: Promotion) -> Sequence[tuple[str, object]]:
    return ("begins", promotion.begins), ("ends", promotion.ends), ("claim", promotion.claim)


def _sku_title(sku: Sku) -> str:
    return " ".join((sku.title, *sku.attributes))


def _titles_of(item: object) -> dict[str, str]:
    match item:
        case Sku():
            return {item.product_id: item.title, item.sku_id: _sku_title(item)}
        case Product():
            return {item.product_id: item.title} | {sku.sku_id: _sku_title(sku) for sku in item.skus}
        case Promotion():
            return {item.promotion_id: item.title}
    return {}


def _spoken(value: object, reading: Reading) -> str:
    match value:
        case datetime():
            return value.astimezone(reading.zone).strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case Decimal():
            return words().summary["money"].format(amount=plain(value))
    return str(value)
