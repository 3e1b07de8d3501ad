"""Reference: puts the goods into a message that points at them, adds to them (和杯垫一起) or sums them up. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.commerce.qualities import rank_by_quality
from app.dialogue.focus import FocusItem, FocusStack, item_words
from app.domain.catalogue import Product
from app.domain.understanding import Entity, EntityKind, Understanding
from app.language.fragments import find_former, find_two
from app.language.measures import find_ordinals
from app.language.qualities import find_pointed_quality
from app.language.wishes import names_offer

ONE_MORE: Final = "一件"
SEVERAL: Final = 2
SHORT_NAME: Final = 3
"""Letters from which on a word for goods is known by itself, whatever other goods are named beside it."""
_OF_GOODS = frozenset({EntityKind.PRODUCT, EntityKind.SKU, EntityKind.ATTRIBUTE, EntityKind.QUANTITY})


def point_at_goods(text: str, stack: FocusStack, products: Mapping[str, Product]) -> str | None:
    """The message with the goods named in place of words that point at two of them, or at the one before."""
    two, former = find_two(text), find_former(text)
    if two and len(stack.items) > 1:
        return f"{text[: two[0]]}{_pair_words(stack.items[-2], stack.items[-1], products)}{text[two[1] :]}"
    if not former or not stack.items:
        return None
    now = stack.items[-1].product_id
    before = next((each for each in reversed(stack.items) if each.product_id != now), None)
    return f"{text[: former[0]]}{item_words(before, products)}{text[former[1] :]}" if before else None


def point_at_offered(text: str, offered: Sequence[str], products: Mapping[str, Product]) -> str | None:
    """The message with the goods named in place of their place among those we told: 第二个有什么颜色.

    第二件半价 is a promotion's rule and points at nothing.
    """
    told = [found for found in find_ordinals(text) if found.place <= len(offered)]
    if names_offer(text):
        return None
    if not told:
        return _point_by_quality(text, [products[each] for each in offered if each in products])
    for found in reversed(told):
        product = products.get(offered[int(found.place) - 1])
        text = f"{text[: found.start]}{product.title if product else found.text}{text[found.end :]}"
    return text


def _point_by_quality(text: str, offered: Sequence[Product]) -> str | None:
    """The goods that are the cheaper, the lighter … of those told: 便宜的那个."""
    found = find_pointed_quality(text)
    if found is None or len(offered) < SEVERAL:
        return None
    start, end, quality = found
    ranked = rank_by_quality(offered, quality)
    return f"{text[:start]}{ranked[0].title}{text[end:]}" if ranked else None


def _pair_words(one: FocusItem, other: FocusItem, products: Mapping[str, Product]) -> str:
    """Both by name; two variants of one product by its name once."""
    if one.product_id == other.product_id:
        return f"{item_words(one, products)}和{''.join(other.values)}"
    return f"{item_words(one, products)}和{item_words(other, products)}"


def join_goods(rest: str, understanding: Understanding, asked: Understanding | None, spoken_of: str) -> str:
    """What is wanted beside (`rest`) put behind the goods of the question before, or else those spoken of.

    A number of pieces on one side makes the other side one piece, so that each has its own.
    """
    before = (goods_words(asked) if asked else "") or spoken_of
    counted = asked is not None and _counts(asked)
    more = "" if _counts(understanding) or not counted else ONE_MORE
    return f"{before}{ONE_MORE if _counts(understanding) and not counted else ''}和{more}{rest}"


def name_titles(text: str, entities: Sequence[Entity], products: Mapping[str, Product]) -> str:
    """The message with the titles of goods in place of short words for them: 膜 is 秒贴钢化膜."""
    for each in sorted(entities, key=lambda each: each.start, reverse=True):
        product = products.get(str(each.value)) if each.kind is EntityKind.PRODUCT else None
        if product and len(each.text) < SHORT_NAME:
            text = f"{text[: each.start]}{product.title}{text[each.end :]}"
    return text


def goods_words(asked: Understanding) -> str:
    """The stretch of a question that names goods, with their numbers of pieces; empty where it names none."""
    named = [each for each in asked.entities if each.kind in _OF_GOODS]
    if not any(each.kind is EntityKind.PRODUCT for each in named):
        return ""
    return asked.normalised[min(each.start for each in named) : max(each.end for each in named)]


def _counts(understanding: Understanding) -> bool:
    return any(each.kind is EntityKind.QUANTITY for each in understanding.entities)
