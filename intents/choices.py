"""Offering a product's SKUs as choices, and reading which one a buyer picked."""

import re
from collections.abc import Sequence
from typing import Final

from app.domain.catalogue import Sku
from app.domain.conversation import SlotName
from app.domain.decision import Option
from intents.base import Case
from intents.goods import variant_name

MOST_OPTIONS: Final = 6
_PLACE: Final = re.compile(r"^(?:第|选|要|就|拍)*([1-6一二三四五六])(?:个|款|种|号)?[吧呢啊的。.!!]*$")
_PLACES: Final = {sign: place % 6 for place, sign in enumerate("123456一二三四五六")}


def sku_options(skus: Sequence[Sku], intent: str) -> tuple[Option, ...]:
    """The SKUs by colour and size, those that can be had first."""
    return tuple(Option(label=variant_name(sku), intent=intent) for sku in offered_skus(skus))


def picked_skus(case: Case, skus: Sequence[Sku]) -> tuple[Sku, ...]:
    """The SKU the message picks out of those we offered, by its place or its name; all of them when it picks none."""
    pending = case.conversation.pending
    if pending is None or pending.slot != SlotName.SKU or pending.intent != case.intent:
        return tuple(skus)
    text = case.message.text.strip()
    place = _PLACE.match(text)
    offered = offered_skus(skus)
    if place and _PLACES[place[1]] < len(offered):
        return (offered[_PLACES[place[1]]],)
    return tuple(sku for sku in skus if variant_name(sku) in text) or tuple(skus)


def offered_skus(skus: Sequence[Sku]) -> list[Sku]:
    """Those that fit into a question, what can be had first; in the order of the options."""
    return sorted(skus, key=lambda sku: sku.stock <= 0)[:MOST_OPTIONS]
