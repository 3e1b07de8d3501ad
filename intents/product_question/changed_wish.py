"""The next proposals for who changes what he looks for: 便宜点的呢, 还有别的吗, 一百以内的, 玻璃的有吗."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from typing import Final

from app.commerce.advice import find_kind, find_likes, propose_goods
from app.domain.catalogue import Product
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.looks import Look, comes_in, find_wanted_looks
from app.language.wish_changes import OF_ANY_GOODS, WishChange, read_wish_change
from app.language.wishes import Budget, Wish, read_wish
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.goods import GoodsMatch
from intents.product_question.advice import SEVERAL, favoured_products, tell_proposals
from intents.product_question.advised import Advised

note = load_notes(__file__)

_CENT: Final = Decimal("0.01")
_FAR_DEARER: Final = Decimal(5)
BY_PRICE: Final = frozenset({WishChange.CHEAPER, WishChange.DEARER})


async def change_advice(case: Case, goods: GoodsMatch | None) -> Outcome | None:
    """Other goods than those proposed, or than the one in view; None where nothing changes. Raises FactsError."""
    before, change = Advised.recall(case), read_wish_change(case.request.text)
    named = case.first_entity(EntityKind.PRODUCT) is not None
    if change is None or (named and change not in BY_PRICE):
        return None
    everything = (await case.facts.list_products()).value
    aside = named or before is None or (goods is not None and goods.fact.value.product_id not in before.told)
    spoken_of = goods if aside else None
    if spoken_of and change in OF_ANY_GOODS:
        instead = await _propose_likes(case, spoken_of, change, everything)
        if instead:
            return instead
    if before is None or (change in {WishChange.LOOK, WishChange.USE} and not _was_just_proposed(case)):
        return None
    return await _propose_anew(case, before, change, everything)


def _was_just_proposed(case: Case) -> bool:
    return case.conversation.tried[-1:] == (note("told_advice"),)


async def _propose_likes(
    case: Case, goods: GoodsMatch, change: WishChange, everything: Sequence[Product]
) -> Outcome | None:
    """Goods of the kind of the one in view: for less, for more, or just others."""
    product = goods.fact.value
    prices = [sku.price for sku in goods.skus] or [sku.price for sku in product.skus]
    wish = _bound(Wish(), change, prices)
    likes = [each for each in find_likes(everything, product) if wish.budget or each.product_id != product.product_id]
    proposals = propose_goods(likes, wish, product.title)
    key = "advice" if len(proposals) >= SEVERAL else "advice_one"
    before = Advised(product.title, (product.product_id,), like=product.product_id)
    told = await tell_proposals(case, key, proposals, before) if proposals else None
    if told is None and change is not WishChange.DEARER:
        key = "advice_lowest" if change is WishChange.CHEAPER else "advice_only_one"
        said = case.replies.render_reply(key, title=goods.product_title)
        return compose_reply(said, facts=(goods.fact,), tried=note("told_advice"))
    return told


async def _propose_anew(
    case: Case, before: Advised, change: WishChange, everything: Sequence[Product]
) -> Outcome | None:
    words = before.words if change in OF_ANY_GOODS else f"{case.request.text}，{before.words}"
    wish, looks = read_wish(words), find_wanted_looks(case.request.text) if change is WishChange.LOOK else ()
    wish = _bound(wish, change, before.prices)
    others = [each for each in everything if change is not WishChange.OTHERS or each.product_id not in before.told]
    kind = _find_kind(before, wish, words, everything)
    looking = [each for each in others if all(_has_look(each, look) for look in looks)]
    fitting = [each for each in looking if each in kind] or (looking if looks else [])
    if looks and not fitting:
        said = case.replies.render_reply("advice_no_look", look="、".join(look.word for look in looks))
        return compose_reply(said, tried=note("told_advice"), memory=replace(before, words=words).remember(case, ()))
    proposals = propose_goods(fitting, wish, words, favoured_products(case, fitting))
    key = "advice" if len(proposals) >= SEVERAL else "advice_one"
    kept = replace(before, words=words)
    told = await tell_proposals(case, key, proposals, kept) if proposals else None
    return told or _tell_no_more(case, change)


def _find_kind(before: Advised, wish: Wish, words: str, everything: Sequence[Product]) -> Sequence[Product]:
    """The goods to choose from: those like the one that was too dear, or of the kind that was named, else all."""
    like = next((each for each in everything if each.product_id == before.like), None)
    if like:
        return find_likes(everything, like)
    text = reduce(lambda rest, word: rest.replace(word, " "), (*wish.excluded, wish.recipient or " "), words)
    return find_kind(everything, text) or everything


def _bound(wish: Wish, change: WishChange, prices: Sequence[Decimal]) -> Wish:
    """The wish for less than the cheapest, or for more than the dearest, of what was told.

    Who changes something else about it may pay less than he first meant to.
    """
    if change is WishChange.CHEAPER and prices:
        return replace(wish, budget=Budget(Decimal(0), min(prices) - _CENT))
    if change is WishChange.DEARER and prices:
        return replace(wish, budget=Budget(max(prices) + _CENT, max(prices) * _FAR_DEARER))
    if wish.budget and change not in {WishChange.PURSE, WishChange.OTHERS}:
        return replace(wish, budget=Budget(Decimal(0), wish.budget.high))
    return wish


def _tell_no_more(case: Case, change: WishChange) -> Outcome:
    key = "advice_lowest" if change is WishChange.CHEAPER else "advice_no_more"
    return compose_reply(case.replies.render_reply(key), tried=note("told_advice"))


def _has_look(product: Product, look: Look) -> bool:
    names = [product.title, *product.keywords, *(value for sku in product.skus for value in sku.attributes)]
    return comes_in(look, [*names, *(value for _, value in product.details)])
