"""Offering a product's SKUs as choices, and reading which one a buyer picked."""

from collections.abc import Sequence
from typing import Any, Final

from app.commerce.advice import find_kind
from app.dialogue.focus import FocusStack
from app.dialogue.listening import dialogue_cues
from app.domain.catalogue import Product, Sku, skus_with_attributes
from app.domain.conversation import SlotName
from app.domain.decision import Option, Reason
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.choices import read_choice
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, build_pending, compose_reply, find_awaited_slot
from intents._kit.other_thing import tell_unsold
from intents._kit.wording import variant_name

note = load_notes(__file__)

MOST_OPTIONS: Final = 6
NAMED_PRODUCTS: Final = 3
MOST_OF_KIND: Final = 5
"""Goods of one kind that fit into a question; of more the name is asked for."""


def sku_options(skus: Sequence[Sku], intent: str) -> tuple[Option, ...]:
    """The SKUs by colour and size, those that can be had first."""
    return tuple(Option(label=variant_name(sku), intent=intent) for sku in rank_skus(skus))


def pick_skus(case: Case, skus: Sequence[Sku]) -> tuple[Sku, ...]:
    """The SKU the message picks out of those we offered, by its place or name; else those chosen before, or all."""
    pending = case.conversation.pending
    if pending is None or pending.slot != SlotName.SKU or pending.intent != case.intent:
        return _keep_chosen(case, skus)
    text, offered = case.message.text.strip(), rank_skus(skus)
    chosen = read_choice(text, len(offered))
    if chosen and chosen.whole and chosen.index is not None:
        return (offered[chosen.index],)
    return tuple(sku for sku in skus if variant_name(sku) in text) or tuple(skus)


def _keep_chosen(case: Case, skus: Sequence[Sku]) -> tuple[Sku, ...]:
    """Those with what was chosen of the product before (4升), where this message names nothing and asks no range."""
    named = any(each.kind in {EntityKind.ATTRIBUTE, EntityKind.SKU} for each in case.request.entities)
    if named or not skus or dialogue_cues().hears("asks_range", case.request.text):
        return tuple(skus)
    chosen = FocusStack.load_stack(case.slot_value(SlotName.FOCUS)).chosen_values(skus[0].product_id)
    return tuple(skus_with_attributes(skus, chosen)) or tuple(skus)


def rank_skus(skus: Sequence[Sku]) -> list[Sku]:
    """Those that fit into a question, what can be had first; in the order of the options."""
    return sorted(skus, key=lambda sku: sku.stock <= 0)[:MOST_OPTIONS]


async def word_product_question(case: Case) -> tuple[RenderedReply, tuple[Fact[Any], ...]]:
    """The question which product is meant, with those of the kind that is named and the fact that it quotes.

    Raises FactsError.
    """
    kind = await find_few_of_kind(case)
    if kind is None:
        return case.replies.render_reply("ask_product"), ()
    titles = "、".join(each.title for each in kind.value)
    return case.replies.render_reply("ask_product_of_kind", titles=titles), (kind,)


async def find_few_of_kind(case: Case) -> Fact[tuple[Product, ...]] | None:
    """The goods in stock of the kind that is named, where they are two or a few more; raises FactsError."""
    everything = await case.facts.list_products()
    kind = tuple(each for each in find_kind(everything.value, case.request.text) if _is_available(each))
    return everything.with_value(kind) if 1 < len(kind) <= MOST_OF_KIND else None


async def ask_which_product(case: Case, wish: str) -> Outcome:
    """Which product: asked, asked again with a few of the shop's named, then a person finds out; raises FactsError."""
    times = int(case.intent_memory.get("asked_product", 0)) if find_awaited_slot(case) == SlotName.PRODUCT else 0
    memory = {**case.intent_memory, "asked_product": times + 1}
    pending = build_pending(case, SlotName.PRODUCT)
    if times == 0:
        asked, facts = await word_product_question(case)
        return await tell_unsold(case) or compose_reply(
            asked, facts=facts, asks=pending, memory=memory, tried=note("asked_product")
        )
    everything = await case.facts.list_products()
    some = tuple(product for product in everything.value if _is_available(product))[:NAMED_PRODUCTS]
    if times > 1 or not some:
        return compose_reply(
            case.replies.render_reply("unknown"), handoff=build_handoff(case, Reason.LOW_CONFIDENCE, wish)
        )
    said = case.replies.render_reply("ask_product_again", titles="、".join(product.title for product in some))
    fact = everything.with_value(some)
    return compose_reply(said, facts=(fact,), asks=pending, memory=memory, tried=note("asked_product_again"))


def _is_available(product: Product) -> bool:
    return any(sku.listed and sku.stock > 0 for sku in product.skus)
