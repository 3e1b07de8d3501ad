"""Offering a product's SKUs as choices, and reading which one a buyer picked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.commerce.advice import find_kind, find_of_kind
from app.dialogue.act_moves import is_merely_heard
from app.dialogue.focus import FocusStack, dump_offered, load_offered
from app.dialogue.listening import dialogue_cues
from app.domain.catalogue import Product, Sku, skus_with_attributes
from app.domain.conversation import Pending, SlotName
from app.domain.decision import Option, Reason
from app.domain.fact import Fact
from app.domain.message import MessageType
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.choices import read_choice
from app.language.codes import find_codes
from app.language.kinds import find_bare_kind
from app.language.text import content_letters, normalise
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, build_pending, compose_reply, find_awaited_slot
from intents._kit.forms import MOST_ASKED_AGAIN
from intents._kit.other_thing import tell_unsold
from intents._kit.wording import variant_name

note = load_notes(__file__)

MOST_OPTIONS: Final = 6
NAMED_PRODUCTS: Final = 3
MOST_OF_KIND: Final = 5
"""Goods of one kind that fit into a question; of more the name is asked for."""
_NO_NAMES: Final = frozenset({EntityKind.PLACE, EntityKind.ORDER_ID, EntityKind.TRACKING_NO, EntityKind.QUANTITY})


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


@dataclass(frozen=True, slots=True)
class ProductQuestion:
    """Our question which product is meant, the fact it quotes, and the slots by which an answer picks one it names."""

    said: RenderedReply
    facts: tuple[Fact[Any], ...] = ()
    slots: Mapping[str, str | None] = field(default_factory=dict)


async def word_product_question(case: Case) -> ProductQuestion:
    """The question which product is meant, with those of the kind that is named; raises FactsError."""
    kind = await find_few_of_kind(case) or await _find_told(case)
    if kind is None:
        return ProductQuestion(case.replies.render_reply("ask_product"))
    titles = "、".join(each.title for each in kind.value)
    told: Mapping[str, str | None] = {SlotName.OFFERED: dump_offered(each.product_id for each in kind.value)}
    return ProductQuestion(case.replies.render_reply("ask_product_of_kind", titles=titles), (kind,), told)


async def _find_told(case: Case) -> Fact[tuple[Product, ...]] | None:
    """The few goods that were told of last, where they are two or more; raises FactsError."""
    told = load_offered(case.slot_value(SlotName.OFFERED))
    everything = await case.facts.list_products()
    return _keep_few(everything, (each for each in everything.value if each.product_id in told))


async def find_few_of_kind(case: Case) -> Fact[tuple[Product, ...]] | None:
    """The goods in stock of the kind that is named, where they are two or a few more; raises FactsError."""
    everything = await case.facts.list_products()
    bare = find_bare_kind(case.request.text)
    called = find_of_kind(everything.value, bare.word) if bare else ()
    return _keep_few(everything, called or find_kind(everything.value, case.request.text))


async def find_bare_kind_goods(case: Case) -> Fact[tuple[Product, ...]] | None:
    """The same where the message is but the word for the kind (碗呢), whatever other goods are in view."""
    bare = find_bare_kind(case.request.text)
    if bare is None or any(each.kind in {EntityKind.PRODUCT, EntityKind.SKU} for each in case.request.entities):
        return None
    everything = await case.facts.list_products()
    kind = _keep_few(everything, find_of_kind(everything.value, bare.word))
    in_view = case.message.context.product_id or case.slot_value(SlotName.PRODUCT)
    return None if kind is None or any(each.product_id == in_view for each in kind.value) else kind


def _keep_few(everything: Fact[tuple[Product, ...]], found: Iterable[Product]) -> Fact[tuple[Product, ...]] | None:
    """Those of the goods found that can be had, where they are two or a few more."""
    few = tuple(filter(_is_available, found))
    return everything.with_value(few) if 1 < len(few) <= MOST_OF_KIND else None


async def await_name(case: Case) -> Outcome | None:
    """Our question which goods are meant once more, to who answers it with nothing (怎么了, a place) or a number.

    None where it is not asked, or the message says something. Raises FactsError.
    """
    if find_awaited_slot(case) != SlotName.PRODUCT or case.message.type is not MessageType.TEXT:
        return None
    rest = case.message.text
    for each in case.request.entities:
        rest = rest.replace(each.text, "") if each.kind in _NO_NAMES else rest
    numbered = any(find_codes(case.message.text))
    if content_letters(rest) and not is_merely_heard(normalise(case.message.text)):
        return None
    if case.hears_in_message("points_at_it") and not numbered:
        return None
    times = int(case.intent_memory.get("asked_product", 0))
    if times > MOST_ASKED_AGAIN:
        return None
    memory = {**case.intent_memory, "at": case.now.isoformat(), "asked_product": times + 1}
    pending = build_pending(case, SlotName.PRODUCT)
    if numbered:
        said = case.replies.render_reply("number_of_no_goods")
        return compose_reply(said, asks=pending, memory=memory, tried=note("asked_product_again"))
    everything = await case.facts.list_products()
    return _ask_with_names(case, everything, pending, memory) if any(map(_is_available, everything.value)) else None


def _ask_with_names(
    case: Case, everything: Fact[tuple[Product, ...]], pending: Pending, memory: Mapping[str, Any]
) -> Outcome:
    some = tuple(product for product in everything.value if _is_available(product))[:NAMED_PRODUCTS]
    said = case.replies.render_reply("ask_product_again", titles="、".join(product.title for product in some))
    fact = everything.with_value(some)
    return compose_reply(said, facts=(fact,), asks=pending, memory=memory, tried=note("asked_product_again"))


async def ask_which_product(case: Case, wish: str) -> Outcome:
    """Which product: asked, asked again with a few of the shop's named, then a person finds out; raises FactsError."""
    nothing = await await_name(case)
    if nothing:
        return nothing
    times = int(case.intent_memory.get("asked_product", 0)) if find_awaited_slot(case) == SlotName.PRODUCT else 0
    memory = {**case.intent_memory, "asked_product": times + 1}
    pending = build_pending(case, SlotName.PRODUCT)
    if times == 0:
        asked = await word_product_question(case)
        return await tell_unsold(case) or compose_reply(
            asked.said, facts=asked.facts, asks=pending, slots=asked.slots, memory=memory, tried=note("asked_product")
        )
    everything = await case.facts.list_products()
    if times > 1 or not any(map(_is_available, everything.value)):
        return compose_reply(
            case.replies.render_reply("unknown"), handoff=build_handoff(case, Reason.LOW_CONFIDENCE, wish)
        )
    return _ask_with_names(case, everything, pending, memory)


def _is_available(product: Product) -> bool:
    return any(sku.stock > 0 for sku in product.listed_skus)
