"""A thing that is asked for and is not the goods in view: the goods that are one, or that the shop has none."""

import re
from collections.abc import Iterable, Sequence

from app.domain.catalogue import FaqEntry, Product
from app.domain.conversation import SlotName
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.things import find_named_thing, find_plain_goods, find_wanted_thing
from app.shop.shop import Shop, cache_per_shop
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.goods import GoodsMatch, resolve_goods

note = load_notes(__file__)

_WORDS = re.compile(r"[\s()（）【】\[\]/|、，,·-]+")
_GOODS = frozenset({EntityKind.PRODUCT, EntityKind.SKU})
TOLD_APART = 4
"""Letters from which a thing is no other one that only ends alike."""
SHORT = 2
"""Letters from which a thing that no goods are named by is surely one."""


async def resolve_wanted_goods(case: Case) -> GoodsMatch | Outcome | None:
    """The goods of the message or the conversation, those that are the thing asked for, or that there are none.

    None when nothing is named and nothing is in view. Raises FactsError.
    """
    in_view = await resolve_goods(case)
    thing = None if case.request.entities else find_wanted_thing(case.request.text)
    everything = await case.facts.list_products() if thing else None
    if thing is None or everything is None:
        return in_view
    named = [product for product in everything.value if _is_one(product, thing)]
    if in_view and (in_view.fact.value in named or (not named and _speaks_of(in_view.fact.value, thing))):
        return in_view
    if len(named) == 1:
        fact = await case.facts.get_product(named[0].product_id)
        return GoodsMatch(fact.with_value(named[0]), named[0].listed_skus)
    if named or len(thing) < SHORT or not everything.value:
        return None if named else in_view
    return tell_not_sold(case, thing)


async def tell_unsold(case: Case) -> Outcome | None:
    """That the shop sells no such thing, where one is named that no word of the shop speaks of; raises FactsError."""
    if any(entity.kind in _GOODS for entity in case.request.entities):
        return None
    thing = find_named_thing(case.request.text) or find_plain_goods(case.request.text)
    before = None if thing else _find_unsold_before(case)
    if before:
        said = case.replies.render_reply("not_sold_either", thing=before)
        return compose_reply(said, tried=note("told_not_sold", thing=before))
    everything = await case.facts.list_products() if thing else None
    if thing is None or everything is None or not everything.value:
        return None
    if not is_foreign_to(case.shop, thing, tuple(everything.value)):
        return None
    return tell_not_sold(case, thing)


def tell_not_sold(case: Case, thing: str) -> Outcome:
    """That the shop has no such thing, which is kept unless it is but a look (红色的) that goods may lack."""
    return compose_reply(
        case.replies.render_reply("not_sold", thing=thing),
        slots={} if thing.endswith("的") else {SlotName.UNSOLD: thing},
        tried=note("told_not_sold", thing=thing),
    )


def _find_unsold_before(case: Case) -> str | None:
    """The thing that was just told not to be sold, where this asks how it comes (有厚一点的吗) and for nothing else."""
    thing = case.slot_value(SlotName.UNSOLD)
    just_told = thing is not None and case.conversation.tried[-1:] == (note("told_not_sold", thing=thing),)
    return thing if just_told and not case.hears("asks_other_goods") else None


def is_foreign_to(shop: Shop, thing: str, products: tuple[Product, ...]) -> bool:
    """Whether nothing of a shop speaks of a thing; of the goods in its own files that is worked out once."""
    return _is_in_no_file(shop, thing) if products == shop.products else _is_foreign(thing, products, shop.faq)


@cache_per_shop
def _is_in_no_file(shop: Shop, thing: str) -> bool:
    return _is_foreign(thing, shop.products, shop.faq)


def _is_foreign(thing: str, products: Sequence[Product], entries: Iterable[FaqEntry]) -> bool:
    """Whether nothing that the shop has written speaks of a thing, and none of its goods are called by its last letter.

    拖鞋 may be what a shop calls 凉鞋: what ends alike is no foreign thing.
    """
    stem = thing.removesuffix("子") or thing
    names = [name for product in products for name in (product.title, *product.keywords)]
    alike = any(word.endswith(stem[-1]) for name in names for word in _WORDS.split(name))
    if alike and len(stem) < TOLD_APART:
        return False
    details = (value for product in products for _, value in product.details)
    asked = (text for entry in entries for text in (entry.question, *entry.similar_questions, entry.answer))
    pairs = {stem[at : at + 2] for at in range(len(stem) - 1)} or {stem}
    return not any(pair in text for text in (*names, *details, *asked) for pair in pairs)


def _is_one(product: Product, thing: str) -> bool:
    """Whether the goods are such a thing: the last word of a name says what it is, and 茶叶罐 is no 茶叶."""
    return any(name.endswith(thing) for name in (product.title, *product.keywords))


def _speaks_of(product: Product, thing: str) -> bool:
    """Whether the thing is the product, one of its variants, or in what is written of it."""
    written = (value for pair in product.details for value in pair)
    variants = (value for sku in product.skus for value in sku.attributes)
    return any(
        thing in text or text in thing for text in (product.title, *product.keywords, *variants, *written) if text
    )
