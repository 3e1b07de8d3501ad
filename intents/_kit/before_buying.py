"""Who looks at goods and has not bought them: what they would do in an order is answered of the goods themselves."""

from collections.abc import Collection, Sequence
from typing import Final

from app.dialogue.focus import FocusStack, choose_values, find_chosen_sku
from app.dialogue.slots import is_newer
from app.domain.acts import Act
from app.domain.catalogue import OrderState, Product, Sku, is_called
from app.domain.commitment import PriceCommitment, StockCommitment
from app.domain.conversation import SlotName
from app.domain.fact import FactsError
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.body import read_size_step
from app.language.doubts import asks_remedy
from app.language.size_charts import sort_worn_sizes
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply, find_best_entry, quote_faq_entry
from intents._kit.goods import GoodsMatch, resolve_goods
from intents._kit.missing_look import tell_missing_look
from intents._kit.orders import names_goods_of
from intents._kit.wording import (
    day_word,
    format_price_span,
    format_yuan,
    join_variants,
    next_restock,
    sku_full_name,
)

note = load_notes(__file__)

WARRANTY: Final = ("质保", "保修", "售后")
"""What a shop calls the detail that says how long it stands for its goods."""
_DROPPED: Final = frozenset({OrderState.CANCELLED, OrderState.REFUNDED})
_NOT_RECEIVED: Final = _DROPPED | {OrderState.UNPAID, OrderState.PAID}


async def find_goods_looked_at(case: Case, *, but: Collection[OrderState] = _DROPPED) -> GoodsMatch | None:
    """The goods in view of a buyer who speaks of no order and has none of them; None otherwise.

    Raises FactsError where the catalogue is away; orders that cannot be read are taken for some.

    Args:
        case: with what the message and the conversation name.
        but: the states in which an order of the goods counts for nothing.
    """
    ordered = case.first_entity(EntityKind.ORDER_ID) or case.message.context.order_id
    if ordered or case.hears_in_message("own_order") or case.hears_in_message("has_ordered"):
        return None
    goods = await resolve_goods(case)
    return goods if goods and not await _has_bought(case, goods.fact.value, but) else None


async def answer_wish_before_buying(case: Case) -> Outcome | None:
    """Another colour or size wished for by who has not bought: whether it is there and what it costs."""
    goods = await find_goods_looked_at(case)
    if goods is None:
        return None
    if not goods.skus:
        said = case.replies.render_reply("unlisted", title=goods.product_title)
        return compose_reply(said, facts=(goods.fact,), slots=_in_view(goods), tried=note("told_unlisted"))
    missing = await tell_missing_look(case, goods)
    if missing:
        return missing
    named = [each for each in case.request.entities if each.kind in {EntityKind.ATTRIBUTE, EntityKind.SKU}]
    if not case.hears_in_message("takes_other") and not named:
        entry = find_best_entry(case)
        if entry:
            return quote_faq_entry(case, entry)
        return compose_reply(case.replies.render_reply("note_when_ordering"), slots=_in_view(goods))
    stepped = _step_size(case, goods.fact.value)
    return _tell_variant(case, goods, (stepped,) if stepped else goods.skus if named else _listed(goods.fact.value))


async def answer_fault_before_buying(case: Case) -> Outcome | None:
    """What the shop does about goods that fail, to who wonders before buying: how long it stands for them."""
    wonders = asks_remedy(case.message.text) and Act.COMPLAIN not in case.acts
    if not wonders or case.hears_in_message("has_happened"):
        return None
    goods = await find_goods_looked_at(case, but=_NOT_RECEIVED)
    if goods is None:
        return None
    entry = find_best_entry(case) if _has_sure_row(case) else None
    if entry:
        return quote_faq_entry(case, entry)
    written = [(name, value) for name, value in goods.fact.value.details if any(word in name for word in WARRANTY)]
    if not written:
        return compose_reply(case.replies.render_reply("if_damaged"), slots=_in_view(goods))
    name, value = written[0]
    said = case.replies.render_reply("if_it_fails", title=goods.product_title, name=name, value=value)
    return compose_reply(said, facts=(goods.fact,), slots=_in_view(goods), tried=note("told_warranty"))


def _has_sure_row(case: Case) -> bool:
    """Whether a row of the shop's surely answers the question."""
    best = case.request.faqs[0] if case.request.faqs else None
    return best is not None and best.confidence >= case.shop.settings.thresholds.answer


async def _has_bought(case: Case, product: Product, but: Collection[OrderState]) -> bool:
    """Whether an order of the buyer's holds the product, or one is spoken of that is not known to be theirs."""
    try:
        mine = await case.facts.list_buyer_orders(case.buyer)
    except FactsError:
        return True
    spoken_of = case.slot_value(SlotName.ORDER)
    if spoken_of and spoken_of not in {order.order_id for order in mine.value}:
        return True
    kept = [order for order in mine.value if order.state not in but]
    if await names_goods_of(case, kept) or (_speaks_of_order(case) and any(o.order_id == spoken_of for o in kept)):
        return True
    own = {sku.sku_id for sku in product.skus}
    return any(line.sku_id in own for order in mine.value if order.state not in but for line in order.lines)


def _speaks_of_order(case: Case) -> bool:
    """Whether an order was spoken of no earlier than any goods, and this message names and shows none."""
    shown = case.message.context.product_id or case.first_entity(EntityKind.PRODUCT)
    return not shown and is_newer(case.conversation.slots, SlotName.ORDER, SlotName.PRODUCT)


def _tell_variant(case: Case, goods: GoodsMatch, skus: Sequence[Sku]) -> Outcome:
    """The one variant with its price and whether it is there; of several what each costs."""
    if len(skus) > 1:
        words = {"title": goods.product_title, "specs": join_variants(skus), "prices": format_price_span(skus)}
        made = tuple(PriceCommitment(sku.sku_id, 1, sku.price, sku.price) for sku in skus)
        said = case.replies.render_reply("choose_other", **words)
        return compose_reply(said, facts=(goods.fact,), commitments=made, slots=_in_view(goods))
    sku = skus[0]
    there, back = sku.stock > 0, next_restock(case, [sku])
    words = {"title": sku_full_name(sku), "price": format_yuan(sku.price), "day": day_word(back, case) if back else ""}
    held = "other_priced" if sku.presale_ship_on else "take_other"
    key = held if there else "other_comes" if back else "other_gone"
    return compose_reply(
        case.replies.render_reply(key, **words),
        facts=(goods.fact,),
        commitments=(
            StockCommitment(sku.sku_id, 1, available=there),
            PriceCommitment(sku.sku_id, 1, sku.price, sku.price),
        ),
        slots=_in_view(goods) | {SlotName.SKU: sku.sku_id},
    )


def _step_size(case: Case, product: Product) -> Sku | None:
    """The next size up or down of the one chosen before, in its colour: 换成大一码."""
    step = read_size_step(case.message.text)
    chosen = FocusStack.load_stack(case.slot_value(SlotName.FOCUS)).chosen_values(product.product_id)
    sizes = sort_worn_sizes(value for sku in product.listed_skus for value in sku.attributes)
    at = next((sizes.index(each) for each in sizes for value in chosen if is_called(each, value)), None)
    if not step or at is None or not 0 <= at + step < len(sizes):
        return None
    return find_chosen_sku(product, choose_values(product, chosen, (sizes[at + step],)))


def _listed(product: Product) -> tuple[Sku, ...]:
    """Those that can be had, else all."""
    listed = product.listed_skus
    return tuple(sku for sku in listed if sku.stock > 0) or listed


def _in_view(goods: GoodsMatch) -> dict[str, str | None]:
    return {SlotName.PRODUCT: goods.fact.value.product_id}
