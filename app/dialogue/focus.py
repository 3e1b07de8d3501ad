"""The focus stack: the goods a buyer has spoken of, each with the colour and size chosen of it. Pure.

27码有吗 … 深蓝的 … come to one size in one colour of one product; 小号 after 大号 is another thing beside the first, so
that 那两个 can point at both.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.dialogue.listening import dialogue_cues
from app.domain.catalogue import Product, Sku, is_called, skus_with_attributes
from app.domain.understanding import Entity, EntityKind, Request, Understanding

DEEPEST: Final = 6
"""Goods that are remembered; what was spoken of before is not pointed at any more."""


@dataclass(frozen=True, slots=True)
class FocusItem:
    """One thing spoken of: a product, and the colours and sizes named of it."""

    product_id: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FocusStack:
    """What was spoken of, the latest last."""

    items: tuple[FocusItem, ...] = ()

    @classmethod
    def load_stack(cls, stored: str | None) -> "FocusStack":
        """From the text of the conversation's slot."""
        items = ((product, tuple(values)) for product, values, *_ in json.loads(stored or "[]"))
        return cls(tuple(FocusItem(*item) for item in items))

    def dump_stack(self) -> str:
        """As the conversation's slot keeps it."""
        return json.dumps([[each.product_id, each.values] for each in self.items], ensure_ascii=False)

    def chosen_values(self, product_id: str) -> tuple[str, ...]:
        """What was named last of this product."""
        return next((each.values for each in reversed(self.items) if each.product_id == product_id), ())

    def push_product(self, product: Product, said: Sequence[str]) -> "FocusStack":
        """The product spoken of now: a value for an open axis completes what was named of it, another replaces it."""
        last = next((each for each in reversed(self.items) if each.product_id == product.product_id), None)
        earlier = last.values if last else ()
        item = FocusItem(product.product_id, choose_values(product, earlier, said))
        completes = last is not None and set(map(str.lower, last.values)) <= set(map(str.lower, item.values))
        others = tuple(each for each in self.items if each != item and not (completes and each == last))
        return FocusStack((*others, item)[-DEEPEST:])


def choose_values(product: Product, earlier: Sequence[str], said: Sequence[str]) -> tuple[str, ...]:
    """What is chosen once `said` is added: it replaces what was chosen on its own axis (colour, size), one value each.

    An axis of which several values are named is open again.
    """
    axes: dict[int, set[str]] = {}
    for value in said:
        axis = axis_of(product, value)
        if axis is not None:
            axes.setdefault(axis, set()).add(value.lower())
    kept = {axis: value for value in earlier if (axis := axis_of(product, value)) is not None and axis not in axes}
    chosen = {**kept, **{axis: next(iter(values)) for axis, values in axes.items() if len(values) == 1}}
    return tuple(chosen[axis] for axis in sorted(chosen))


def find_chosen_sku(product: Product, values: Sequence[str]) -> Sku | None:
    """The one listed SKU with all of these values; None while several fit, or none does."""
    fitting = skus_with_attributes(product.listed_skus, values) if values else []
    return fitting[0] if len(fitting) == 1 else None


def said_values(entities: Iterable[Entity]) -> tuple[str, ...]:
    """The colours and sizes that a message names."""
    return tuple(str(each.value) for each in entities if each.kind is EntityKind.ATTRIBUTE)


def named_products(entities: Iterable[Entity]) -> tuple[str, ...]:
    """Ids of the products that a message names, in its order."""
    return tuple(dict.fromkeys(str(each.value) for each in entities if each.kind is EntityKind.PRODUCT))


def product_spoken_of(entities: Sequence[Entity], products: Mapping[str, Product], view: str | None) -> Product | None:
    """The one product that a message's colours and sizes are of: the only one it names, else the one in view."""
    named = named_products(entities)
    product_id = named[0] if named else view
    return products.get(product_id) if product_id and len(named) <= 1 else None


def update_focus(
    stack: FocusStack, entities: Sequence[Entity], products: Mapping[str, Product], view: str | None
) -> FocusStack:
    """The stack with what this message speaks of on top."""
    one, said = product_spoken_of(entities, products, view), said_values(entities)
    if one is not None:
        return stack.push_product(one, said)
    for each in named_products(entities):
        stack = stack.push_product(products[each], said) if each in products else stack
    return stack


def settle_variant(understanding: Understanding, product: Product | None, earlier: Sequence[str]) -> Understanding:
    """The message with the SKU that it settles on together with what was chosen before.

    One that asks which sizes or colours there are (黑色有哪些码) settles on none.
    """
    said = said_values(understanding.entities)
    known = any(each.kind is EntityKind.SKU for each in understanding.entities)
    if product is None or known or not said or dialogue_cues().hears("asks_range", understanding.normalised):
        return understanding
    sku = find_chosen_sku(product, choose_values(product, earlier, said))
    if sku is None:
        return understanding
    at = next(each for each in understanding.entities if each.kind is EntityKind.ATTRIBUTE)
    settled = Entity(EntityKind.SKU, at.text, sku.sku_id, at.start, at.end)
    return replace(
        understanding,
        entities=(*understanding.entities, settled),
        requests=tuple(_add_entity(each, settled) for each in understanding.requests),
        whole=_add_entity(understanding.whole, settled) if understanding.whole else None,
    )


def dump_offered(products: Iterable[str]) -> str:
    """The goods proposed or compared, by their ids in the order told, as the conversation's slot keeps them."""
    return json.dumps(list(products))


def load_offered(stored: str | None) -> tuple[str, ...]:
    """The same from the text of the slot."""
    return tuple(json.loads(stored or "[]"))


def item_words(item: FocusItem, products: Mapping[str, Product]) -> str:
    """What a full question calls it: the product's title, with the colour and size chosen."""
    product = products.get(item.product_id)
    return f"{product.title}{''.join(item.values)}" if product else ""


def _add_entity(request: Request, settled: Entity) -> Request:
    inside = any(each.start == settled.start and each.kind is EntityKind.ATTRIBUTE for each in request.entities)
    return replace(request, entities=(*request.entities, settled)) if inside else request


def axis_of(product: Product, value: str) -> int | None:
    """Which of a SKU's attributes the value is of: 0 for the first column of the catalogue."""
    axes = (axis for sku in product.skus for axis, own in enumerate(sku.attributes) if is_called(own, value))
    return next(axes, None)
