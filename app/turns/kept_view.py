"""Goods that a message names only beside those in view: put into them, worn with them, or a part of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.domain.acts import Act
from app.domain.catalogue import Product
from app.domain.intent_traits import ROLES_OF_GOODS, IntentDirectory, IntentRole
from app.domain.understanding import Entity, EntityKind, Request, Understanding
from app.language.limits import is_put_in
from app.language.together import compares, is_acted_on, is_added

_OF_GOODS = frozenset({EntityKind.PRODUCT, EntityKind.SKU})


def keep_view(
    understanding: Understanding,
    view: str | None,
    products: Mapping[str, Product],
    traits: IntentDirectory,
    sure: float,
) -> Understanding:
    """The message without goods that are no matter of their own, where others are in view or named beside them.

    Args:
        understanding: of the message by itself.
        view: the product spoken of.
        products: the shop's, by id.
        traits: of the intents.
        sure: the confidence from which an intent is certain.
    """
    named = {(each.start, each.end): str(each.value) for each in understanding.entities if each.kind in _OF_GOODS}
    if not named:
        return understanding
    text, in_view = understanding.normalised, products.get(view or "")
    added = any(is_added(text, start) for start, _ in named)
    of_details = not added and _asks_details(understanding, traits, sure)
    put = {span for span in named if is_put_in(text, *span) or (of_details and is_acted_on(text, *span))}
    if in_view:
        names = [name for name, _ in in_view.details]
        put |= {span for span in named if _is_inside_name(text, span, names, whole=of_details)}
    kept = named.keys() - put
    if not put or (in_view is None and not kept) or set(named.values()) == {view}:
        return understanding
    return _drop_goods(understanding, put)


def _asks_details(understanding: Understanding, traits: IntentDirectory, sure: float) -> bool:
    """Whether it is asked what goods are like, and surely nothing else of them: no price, no stock, no order."""
    best = (understanding.whole or understanding.requests[0]).intents[0]
    if traits.holds_role(best.intent, IntentRole.GOODS_DETAILS):
        return True
    of_goods = any(traits.holds_role(best.intent, role) for role in ROLES_OF_GOODS)
    return best.confidence < sure and not of_goods and Act.ASK in understanding.acts


def _is_inside_name(text: str, span: tuple[int, int], names: Iterable[str], *, whole: bool) -> bool:
    """Whether what stands at this place is part of a detail's name, or all of it: the 烤箱 of 烤箱容积.

    A name that is the whole of a detail's (奶嘴 of a bottle) asks for that detail only where `whole` says so.
    """
    least = span[1] - span[0] if whole else span[1] - span[0] + 1
    starts = ((name, text.find(name)) for name in names if len(name) >= least)
    return any(at >= 0 and at <= span[0] and span[1] <= at + len(name) for name, at in starts)


def _drop_goods(understanding: Understanding, put: Iterable[tuple[int, int]]) -> Understanding:
    spans = frozenset(put)

    def drop(request: Request) -> Request:
        return replace(request, entities=tuple(each for each in request.entities if not _is_put(each)))

    def _is_put(each: Entity) -> bool:
        return each.kind in _OF_GOODS and (each.start, each.end) in spans

    return replace(
        understanding,
        entities=tuple(each for each in understanding.entities if not _is_put(each)),
        requests=tuple(map(drop, understanding.requests)),
        whole=understanding.whole and drop(understanding.whole),
    )


def stays_in_view(understanding: Understanding, view: str | None) -> str | None:
    """The product in view, where a message only compares it with others; None where another comes into view."""
    named = {str(each.value) for each in understanding.entities if each.kind is EntityKind.PRODUCT}
    return view if view in named and len(named) > 1 and compares(understanding.normalised) else None
