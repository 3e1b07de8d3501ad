"""What a word for several of the shop's goods means beside those in view: 衬衫能机洗吗 after a jacket was looked at."""

from dataclasses import replace
from datetime import datetime

from app.commerce.kind_words import KindWords, NamedKind
from app.dialogue.focus import load_offered, named_products
from app.dialogue.slots import set_slots
from app.domain.catalogue import Product
from app.domain.conversation import Conversation, SlotName
from app.domain.message import Message
from app.domain.understanding import DialogueContext, EntityKind, Request, Understanding
from app.language.kinds import is_kind_topic
from app.language.wishes import read_audience
from app.shop.shop import Shop, cache_per_shop
from app.tenants.registry import OpenShop
from app.turns.focusing import load_focus, product_in_view

_OF_GOODS = frozenset({EntityKind.PRODUCT, EntityKind.SKU})


@cache_per_shop
def _index_kinds(shop: Shop) -> KindWords:
    return KindWords(shop.products)


def settle_kind(
    opened: OpenShop, conversation: Conversation, message: Message, understanding: Understanding, now: datetime
) -> tuple[Understanding, Conversation]:
    """The message and the conversation once it is known which goods a word for several of them means.

    It means those of the kind that were spoken of last, else the only ones of it that were told, or that are made for
    whom the goods in view are made for. Where none is meant alone, the goods in view are left, and rows of other goods
    say nothing.
    """
    view = product_in_view(conversation, message, now)
    kind = find_named_kind(opened, understanding, view)
    if kind is None:
        return understanding, conversation
    meant = _find_meant(opened, conversation, kind, view, now)
    if meant is not None:
        text = understanding.normalised
        told = f"{text[: kind.start]}{meant.title}{text[kind.end :]}"
        full = opened.understand(told, now, DialogueContext(), message.context.product_id)
        return replace(full, text=understanding.text), conversation
    if not named_products(understanding.entities):
        conversation = set_slots(conversation, {SlotName.PRODUCT: None, SlotName.SKU: None}, now)
    return _keep_rows_of(opened, understanding, kind), conversation


def find_named_kind(opened: OpenShop, understanding: Understanding, view: str | None) -> NamedKind | None:
    """The kind that a message is about, or wants one of; None where the goods in view may be called so."""
    text, in_view = understanding.normalised.lower(), opened.shop.products_by_id.get(view or "")
    taken = [(each.start, each.end) for each in understanding.entities if each.kind in _OF_GOODS]
    for kind in _index_kinds(opened.shop).find_kinds(text, taken):
        if in_view and kind.calls(in_view):
            return None
        if is_kind_topic(text, kind.start, kind.end):
            return kind
    return None


def _find_meant(
    opened: OpenShop, conversation: Conversation, kind: NamedKind, view: str | None, now: datetime
) -> Product | None:
    products = opened.shop.products_by_id
    spoken_of = [each.product_id for each in reversed(load_focus(conversation, now).items)]
    told = [each for each in load_offered(conversation.current_slot(SlotName.OFFERED, now)) if each in kind.product_ids]
    named = [each for each in spoken_of if each in kind.product_ids] or (told if len(told) == 1 else [])
    if named:
        return products.get(named[0])
    in_view = products.get(view or "")
    audience = read_audience(in_view.title) if in_view else frozenset()
    alike = [each for each in kind.product_ids if audience and read_audience(products[each].title) == audience]
    return products[alike[0]] if len(alike) == 1 else None


def _keep_rows_of(opened: OpenShop, understanding: Understanding, kind: NamedKind) -> Understanding:
    """The understanding without rows that the shop wrote of other goods alone."""

    def keep(request: Request) -> Request:
        of_kind = [
            each
            for each in request.faqs
            if not (own := opened.entries[each.entry_id].products) or not own.isdisjoint(kind.product_ids)
        ]
        return request if len(of_kind) == len(request.faqs) else replace(request, faqs=tuple(of_kind))

    whole = understanding.whole and keep(understanding.whole)
    return replace(understanding, requests=tuple(map(keep, understanding.requests)), whole=whole)
