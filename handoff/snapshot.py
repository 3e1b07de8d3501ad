"""Facts as a person reads them: labelled Chinese lines with source and time. A floor price is never among them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.catalogue import Order, Product, Promotion, Sku
from app.domain.fact import Fact
from handoff.phrases import words
from handoff.promises import plain

# A brief is read in seconds: a whole catalogue in it would bury the matter.
MOST_ITEMS = 8
TO_THE_MINUTE = len("2026-11-25 10:30")
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
    facts: Iterable[Fact[Any]], zone: ZoneInfo, names: Mapping[str, str] | None = None
) -> tuple[Snapshot, ...]:
    """What is worth a person's eye among the facts: orders and goods first, then the promotions that run.

    Each thing once, as it was known last; times are told in `zone`; `names` are those in the facts when not given.
    """
    known_facts = tuple(facts)
    reading = Reading(zone, titles(known_facts) if names is None else names)
    return tuple(_snapshot(seen, reading) for seen in _worth_seeing(known_facts))


def shown_ids(facts: Iterable[Fact[Any]]) -> set[str]:
    """The ids of what the snapshots of these facts would show."""
    return {seen.id for seen in _worth_seeing(facts)}


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing in a fact, and what it goes by."""

    kind: str
    id: str
    item: object
    fact: Fact[Any]


def _worth_seeing(facts: Iterable[Fact[Any]]) -> list[Seen]:
    latest: dict[tuple[str, str], Seen] = {}
    for fact in facts:
        for item in _items(fact.value):
            if isinstance(item, Promotion) and not item.begins <= fact.as_of < item.ends:
                continue
            kind, key = _named(item, fact)
            known = latest.get((kind, key))
            if known is None or known.fact.as_of <= fact.as_of:
                latest[kind, key] = Seen(kind, key, item, fact)
    return sorted(latest.values(), key=_rank)[:MOST_ITEMS]


def _named(item: object, fact: Fact[Any]) -> tuple[str, str]:
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


def _rank(seen: Seen) -> int:
    return RANKS.index(seen.kind) if seen.kind in RANKS else len(RANKS)


def titles(facts: Iterable[Fact[Any]]) -> dict[str, str]:
    """Names of the SKUs, products and promotions in the facts, by id."""
    found: dict[str, str] = {}
    for fact in facts:
        for item in _items(fact.value):
            found.update(_titles_of(item))
    return found


def _items(value: object) -> Sequence[object]:
    if isinstance(value, tuple | list):
        return value
    return () if value is None else (value,)


def _snapshot(seen: Seen, reading: Reading) -> Snapshot:
    title, told = _told(seen, reading)
    labels = words().labels
    lines = [{"label": labels[label], "value": _spoken(value, reading)} for label, value in told if value]
    # Read in one go: a model made line by line costs three times as much.
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


def _told(seen: Seen, reading: Reading) -> tuple[str, Sequence[tuple[str, object]]]:
    item = seen.item
    match item:
        case Order():
            return f"{words().labels['order']} {item.order_id}", _order(item, reading)
        case Sku():
            return _sku_title(item), _sku(item)
        case Product():
            return item.title, _product(item)
        case Promotion():
            return item.title, _promotion(item)
    return f"{words().labels.get(seen.kind, seen.kind)} {item}", ()


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
            return str(value.astimezone(reading.zone))[:TO_THE_MINUTE]
        case date():
            return value.isoformat()
        case Decimal():
            return words().summary["money"].format(amount=plain(value))
    return str(value)
