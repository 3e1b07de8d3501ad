"""The goods a buyer puts together to be had at once, as the focus stack keeps them: jeans, and a scarf added. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from app.dialogue.focus import FocusItem, FocusStack, item_words
from app.domain.catalogue import Product
from app.domain.understanding import Entity, EntityKind
from app.language.fragments import is_filler
from app.language.together import are_joined, asks_of_all, asks_of_sum, is_added, says_together

SEVERAL: Final = 2
_VARIANTS = frozenset({EntityKind.ATTRIBUTE, EntityKind.SKU})


def note_wanted(before: FocusStack, after: FocusStack, text: str, entities: Sequence[Entity]) -> FocusStack:
    """The stack `after` a message with what it puts together: all goods it joins, or one added to those before it."""
    goods = [each for each in entities if each.kind is EntityKind.PRODUCT]
    named = {str(each.value) for each in goods}
    if len(named) >= SEVERAL and are_joined(text, goods_spans(text, entities)):
        return _want(_forget_wanted(after), named)
    added = len(named) == 1 and is_added(text, goods[0].start)
    if not added or not before.items or before.items[-1].product_id in named:
        return after
    wanted = {each.product_id for each in before.items if each.wanted} or {before.items[-1].product_id}
    return _want(after, named | wanted)


def wanted_words(text: str, stack: FocusStack, products: Mapping[str, Product], *, of_several: bool) -> str | None:
    """The words for all goods that a question of the whole (一起能减多少) is about; None where it is about no several.

    Without goods put together these are the last two spoken of, where the words cannot be of one. Where the question
    before was `of_several`, what asks for less or for what comes off (再少点呢) is of the same.
    """
    if not (asks_of_all(text) or (of_several and asks_of_sum(text))):
        return None
    wanted = [each for each in _last_of_each(stack) if each.wanted]
    if len(wanted) < SEVERAL and says_together(text):
        wanted = _last_of_each(stack)[-SEVERAL:]
    words = [item_words(each, products) for each in wanted]
    return "和".join(words) if len(words) >= SEVERAL and all(words) else None


def goods_spans(text: str, entities: Sequence[Entity]) -> list[tuple[int, int]]:
    """Where each product is named in a text, with the colours and sizes that stand beside it: 圆形托盘, 砧板大号."""
    spans = [(each.start, each.end) for each in entities if each.kind is EntityKind.PRODUCT]
    variants = sorted((each.start, each.end) for each in entities if each.kind in _VARIANTS)
    return [_grow_left(text, variants, *_grow_right(text, variants, *span)) for span in sorted(spans)]


def _grow_right(text: str, variants: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    for first, last in variants:
        end = last if end <= first and is_filler(text[end:first]) else end
    return start, end


def _grow_left(text: str, variants: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    for first, last in reversed(variants):
        start = first if last <= start and is_filler(text[last:start]) else start
    return start, end


def find_owner(entities_of: Mapping[str, Sequence[Entity]], products: Mapping[str, Product]) -> Product | None:
    """Of the goods wanted together the one that alone has most of the colours and sizes of a message.

    `entities_of` are the entities of the message as read with each of them in view.
    """
    ranked = sorted(
        ((_count_own(products[each], found), each) for each, found in entities_of.items() if each in products),
        reverse=True,
    )
    if len(ranked) < SEVERAL or not ranked[0][0] or ranked[0][0] == ranked[1][0]:
        return None
    return products[ranked[0][1]]


def _count_own(product: Product, entities: Sequence[Entity]) -> int:
    said = {str(each.value) for each in entities if each.kind is EntityKind.ATTRIBUTE}
    return sum(any(sku.has_attribute(value) for sku in product.listed_skus) for value in said)


def _want(stack: FocusStack, products: set[str]) -> FocusStack:
    """The stack with the latest item of each of these products wanted."""
    last = {each.product_id: each for each in stack.items if each.product_id in products}
    return FocusStack(tuple(replace(each, wanted=True) if each in last.values() else each for each in stack.items))


def _forget_wanted(stack: FocusStack) -> FocusStack:
    return FocusStack(tuple(replace(each, wanted=False) for each in stack.items))


def _last_of_each(stack: FocusStack) -> list[FocusItem]:
    """The latest item of each product, the latest product last."""
    last: dict[str, FocusItem] = {}
    for each in stack.items:
        last.pop(each.product_id, None)
        last[each.product_id] = each
    return list(last.values())
