"""Advice: goods from stock for who names a purse, a person or a use, each with its price and a reason."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from app.commerce.advice import Proposal, count_shared_words, find_called, find_kind, find_related, propose_goods
from app.dialogue.focus import dump_offered
from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Product, Sku
from app.domain.commitment import PriceCommitment, StockCommitment
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.wishes import Wish, read_wish
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import build_pending, compose_reply, find_awaited_slot, find_untold_policy
from intents._kit.details import format_details, told_details
from intents._kit.goods import GoodsMatch
from intents._kit.wording import format_price_span, format_yuan, sku_full_name
from intents.product_question.advised import Advised

note = load_notes(__file__)

WISH_SLOT: Final = "wish"
"""The slot of our question what the goods are for and what they may cost."""
SEVERAL: Final = 2
LONGEST_REASON: Final = 30


async def advise_buyer(case: Case, goods: GoodsMatch | None) -> Outcome | None:
    """Two or three goods that can be had; None where no advice is wanted. Raises FactsError."""
    wish = _read_wish(case)
    if wish.asks_match and goods is not None:
        return await _tell_related(case, goods)
    if not (wish.seeks_advice or wish.wants) or _singles_out(case, wish):
        return None
    everything = await case.facts.list_products()
    kind = _find_kind(case, wish, everything.value)
    if kind:
        return await _propose_kind(case, wish, kind)
    if not wish.seeks_advice or (wish.budget is None and find_untold_policy(case)):
        return None
    if (
        wish.budget is None
        and not wish.is_gift
        and not wish.is_cheap
        and not _is_described(everything.value, case.request.text)
    ):
        return _ask_wish(case)
    return await _propose(case, wish, everything.value)


async def _tell_related(case: Case, goods: GoodsMatch) -> Outcome | None:
    """What goes with the goods we speak of: the shop's own words, else the goods that are written to belong to them."""
    if find_untold_policy(case):
        return None
    everything = await case.facts.list_products()
    proposals = find_related(goods.fact.value, everything.value)
    facts = [await case.facts.get_product(each.product.product_id) for each in proposals]
    held = _keep_held(proposals, facts)
    if not held:
        return None
    lines = [_render_proposal(case, proposal) for proposal, _ in held]
    told = _compose_advice(case, "related", lines, [fact for _, fact in held], [each.sku for each, _ in held])
    return replace(told, slots={SlotName.PRODUCT: goods.fact.value.product_id})


def _read_wish(case: Case) -> Wish:
    """The wish of this message, with what led to our question where this answers it."""
    text = case.request.text
    if find_awaited_slot(case) == WISH_SLOT and case.conversation.pending:
        text = f"{case.conversation.pending.text}，{text}"
    return read_wish(text)


def _singles_out(case: Case, wish: Wish) -> bool:
    """Whether one variant is named, or something else is asked beside the wish: 想买小号茶盘, 想买茶盘包邮吗."""
    variant = any(each.kind in {EntityKind.ATTRIBUTE, EntityKind.SKU} for each in case.request.entities)
    return not wish.seeks_advice and (variant or Act.ASK in case.request.acts)


def _find_kind(case: Case, wish: Wish, products: Sequence[Product]) -> tuple[Product, ...]:
    """The products that the message's own word for goods calls, else those of the kind it names."""
    text = case.request.text.replace(wish.recipient, " ") if wish.recipient else case.request.text
    called = next((each.text for each in case.request.entities if each.kind is EntityKind.PRODUCT), None)
    return (called and find_called(products, called)) or find_kind(products, text)


async def _propose_kind(case: Case, wish: Wish, kind: Sequence[Product]) -> Outcome | None:
    """The goods of one kind, each with its price; a single one in full."""
    if len(kind) >= SEVERAL or wish.budget is not None:
        return await _propose(case, wish, kind)
    fact = await case.facts.get_product(kind[0].product_id)
    skus = [sku for sku in (fact.value.skus if fact.value else ()) if sku.listed and sku.stock > 0]
    if fact.value is None or not skus:
        return None
    details = format_details(told_details(fact.value))
    line = case.replies.render_reply(
        "compared" if details else "compared_price",
        title=fact.value.title,
        prices=format_price_span(skus),
        details=details,
    )
    return _compose_advice(case, "advice_one", [line.text], [fact.with_value(fact.value)], skus)


def _is_described(products: Sequence[Product], text: str) -> bool:
    """Whether the goods' own words stand in the message: 喝茶, 办公室."""
    return any(count_shared_words(each, text) for each in products)


async def _propose(case: Case, wish: Wish, products: Sequence[Product]) -> Outcome | None:
    """The likeliest of the products with their price; the nearest in price where none fits the purse."""
    text, favoured = case.request.text, favoured_products(case, products)
    proposals = propose_goods(products, wish, text, favoured)
    key = "advice" if len(proposals) >= SEVERAL else "advice_one"
    if not proposals:
        unbounded = Wish(recipient=wish.recipient, is_gift=wish.is_gift, excluded=wish.excluded)
        proposals, key = propose_goods(products, unbounded, text, favoured), "advice_beyond"
    return await tell_proposals(case, key, proposals, Advised(text)) or _ask_wish(case)


async def tell_proposals(case: Case, key: str, proposals: Sequence[Proposal], before: Advised) -> Outcome | None:
    """The proposals that can be had, remembered for what is asked next; None where none can. Raises FactsError."""
    facts = [await case.facts.get_product(each.product.product_id) for each in proposals]
    held = _keep_held(proposals, facts)
    if not held:
        return None
    lines = [_render_proposal(case, proposal) for proposal, _ in held]
    told = _compose_advice(case, key, lines, [fact for _, fact in held], [each.sku for each, _ in held])
    return replace(told, memory=before.remember(case, [each for each, _ in held]))


def _keep_held(
    proposals: Sequence[Proposal], facts: Sequence[Fact[Product | None]]
) -> list[tuple[Proposal, Fact[Product]]]:
    """The proposals that the goods' newest facts hold in stock."""
    return [
        (each, fact.with_value(fact.value))
        for each, fact in zip(proposals, facts, strict=True)
        if fact.value and any(sku.sku_id == each.sku.sku_id and sku.stock > 0 for sku in fact.value.skus)
    ]


def _compose_advice(
    case: Case, key: str, lines: Sequence[str], products: Sequence[Fact[Product]], skus: Sequence[Sku]
) -> Outcome:
    facts: tuple[Fact[Any], ...] = tuple(products)
    ids = [fact.value.product_id for fact in products]
    return compose_reply(
        case.replies.render_reply(key, goods="\n".join(lines)),
        facts=facts,
        commitments=(
            *(PriceCommitment(sku.sku_id, 1, sku.price, sku.price) for sku in skus),
            *(StockCommitment(sku.sku_id, 1, available=True) for sku in skus),
        ),
        slots={SlotName.PRODUCT: ids[0], SlotName.OFFERED: dump_offered(ids)},
        tried=note("told_advice"),
    )


def _render_proposal(case: Case, proposal: Proposal) -> str:
    title, price = sku_full_name(proposal.sku), format_yuan(proposal.sku.price)
    if proposal.reason is None or len(proposal.reason[1]) > LONGEST_REASON:
        return case.replies.render_reply("proposal_plain", title=title, price=price).text
    name, value = proposal.reason
    return case.replies.render_reply("proposal", title=title, price=price, name=name, value=value).text


def _ask_wish(case: Case) -> Outcome | None:
    """Whom it is for and what it may cost, once."""
    if find_awaited_slot(case) == WISH_SLOT:
        return None
    said = case.replies.render_reply("ask_wish")
    return compose_reply(said, asks=build_pending(case, WISH_SLOT), tried=note("asked_wish"))


def favoured_products(case: Case, products: Sequence[Product]) -> frozenset[str]:
    """The goods that the shop's own answers to such a wish name."""
    least = case.shop.settings.thresholds.clarify
    likely = [case.shop.entries.get(score.entry_id) for score in case.request.faqs if score.confidence >= least]
    own = [entry for entry in likely if entry is not None]
    return frozenset(each.product_id for each in products if any(_is_proposed(each, entry) for entry in own))


def _is_proposed(product: Product, entry: FaqEntry) -> bool:
    return any(name in entry.answer for name in (product.title, *product.keywords) if len(name) > 1)
