"""Promotions and sums in words: each kind's terms, and a basket's price step by step."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from app.commerce.pricing import BasketLine, Quote, Saving, best_quote, covers_product, is_running
from app.dialogue.bulk import wants_bulk
from app.domain.catalogue import Promotion, PromotionKind, Sku
from app.domain.commitment import PromotionCommitment, StockCommitment
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import EntityKind
from app.language.wishes import asks_packs
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import build_pending, compose_reply
from intents._kit.basket import Basket, UndecidedProduct, pointed_pieces
from intents._kit.choices import sku_options
from intents._kit.promotion_terms import basket_commitments, claim_instructions, promotion_terms
from intents._kit.sum_tail import tell_missing_sum, tell_postage
from intents._kit.wording import format_yuan, sku_full_name, variant_name

note = load_notes(__file__)

TOLD_TOTAL: Final = note("told_total")
"""What a conversation has tried once a sum was told."""


def asks_sum(case: Case) -> bool:
    """Whether a sum is wanted: in so many words, for several pieces, or for several products."""
    products = {entity.value for entity in case.request.entities if entity.kind is EntityKind.PRODUCT}
    pieces = case.first_entity(EntityKind.QUANTITY)
    several = len(products) > 1 or (pieces is not None and int(pieces.value) > 1) or pointed_pieces(case) is not None
    return several or asks_packs(case.request.text) or case.hears("asks_sum")


def quote_total(case: Case, promotions: Fact[tuple[Promotion, ...]], found: Basket | UndecidedProduct) -> Outcome:
    """The best legal price of the basket with each saving shown; asks which SKU where the sum depends on it."""
    if isinstance(found, UndecidedProduct):
        is_bulk = wants_bulk(case.request, case.shop.settings.authority)
        if is_bulk:
            return _escalate_open_bulk(case, found)
        return _tell_each_sum(case, promotions, found) if found.choices else _ask_basket_sku(case, found)
    large = next((line for line in found.lines if case.shop.settings.authority.is_bulk(line.quantity)), None)
    if large:
        return _escalate_bulk_line(case, large, found)
    quote = best_quote(found.lines, usable_promotions(case, promotions.value), case.now)
    missing = tell_missing_sum(case, promotions, quote, found)
    if missing:
        return replace(missing, slots={SlotName.PRODUCT: quote.lines[-1].sku.product_id})
    carried, postage = tell_postage(case, quote)
    said = [render_basket_total(case, quote), *claim_instructions(case, quote), *carried]
    named = quote.quote_promotions
    nearest = None if quote.savings else _nearest_promotion(quote, promotions.value, case)
    if nearest:
        gap = format_yuan(nearest.over - quote.total)
        said.append(case.replies.render_reply("sum_nearly", gap=gap, terms=promotion_terms(case, nearest)))
        named = (*named, nearest)
    short = [line for line in quote.lines if line.quantity > line.sku.stock]
    said += [_render_shortage(case, line.sku) for line in short]
    gone = tuple(StockCommitment(line.sku.sku_id, line.quantity, available=False) for line in short)
    return compose_reply(
        *said,
        facts=(promotions, *found.facts),
        commitments=(*basket_commitments(quote, named), *postage, *gone),
        slots={SlotName.PRODUCT: quote.lines[-1].sku.product_id},
        tried=TOLD_TOTAL,
    )


def _render_shortage(case: Case, sku: Sku) -> RenderedReply:
    """How many of what is wanted can be had; of none there are no first ones to take."""
    key = "sum_short" if sku.stock > 0 else "sum_gone"
    return case.replies.render_reply(key, title=sku_full_name(sku), stock=sku.stock)


def usable_promotions(case: Case, promotions: Sequence[Promotion]) -> tuple[Promotion, ...]:
    """Those the buyer can use: of coupons that are spent or not held none is reckoned with."""
    if not case.hears_in_message("coupon_spent"):
        return tuple(promotions)
    return tuple(each for each in promotions if each.kind is not PromotionKind.COUPON)


def _escalate_bulk_line(case: Case, line: BasketLine, found: Basket) -> Outcome:
    """So many pieces have a price of their own, which people make."""
    title = sku_full_name(line.sku)
    wish = HandoffRequest(
        Reason.BULK_ORDER,
        wish=note("wish_sum", quantity=line.quantity, title=title),
        notes=(note("stock_and_price", stock=line.sku.stock, price=line.sku.price),),
        collected={note("field_goods"): title, note("field_quantity"): str(line.quantity)},
        group=Group.SUPERVISOR,
    )
    held = StockCommitment(line.sku.sku_id, line.quantity, available=line.sku.stock >= line.quantity)
    said = case.replies.render_reply("sum_large", title=title, quantity=line.quantity)
    return compose_reply(said, facts=found.facts, commitments=(held,), handoff=wish)


def _escalate_open_bulk(case: Case, found: UndecidedProduct) -> Outcome:
    """The same before it is known which variant is wanted."""
    title = found.fact.value.title
    pieces = max((int(each.value) for each in case.request.entities if each.kind is EntityKind.QUANTITY), default=1)
    wish = HandoffRequest(
        Reason.BULK_ORDER,
        wish=note("wish_sum", quantity=pieces, title=title),
        collected={note("field_goods"): title, note("field_quantity"): str(pieces)},
        group=Group.SUPERVISOR,
    )
    said = case.replies.render_reply("sum_large_open", title=title)
    return compose_reply(said, facts=(found.fact,), handoff=wish)


def _ask_basket_sku(case: Case, found: UndecidedProduct) -> Outcome:
    product = found.fact.value
    options = sku_options(found.fitting or product.listed_skus, case.intent)
    listed = "、".join(option.label for option in options)
    return compose_reply(
        case.replies.render_reply("sum_which_sku", title=product.title, options=listed),
        facts=(found.fact,),
        asks=build_pending(case, SlotName.SKU, options=options),
        slots={SlotName.PRODUCT: product.product_id},
        tried=note("asked_total_sku"),
    )


def _tell_each_sum(case: Case, promotions: Fact[tuple[Promotion, ...]], found: UndecidedProduct) -> Outcome:
    """What each variant comes to, a line each, instead of the question which is meant."""
    usable = usable_promotions(case, promotions.value)
    quotes = [best_quote(choice.lines, usable, case.now) for choice in found.choices]
    most = max(quotes, key=lambda quote: len(quote.savings))
    used = dict.fromkeys(each for quote in quotes for each in quote.quote_promotions)
    totals = tuple(made for quote in quotes for made in basket_commitments(quote, ())[-1:])
    options = sku_options([quote.lines[-1].sku for quote in quotes], case.intent)
    lines = "\n".join(_render_sum_line(case, quote) for quote in quotes)
    beside = "、".join(_render_basket_line(case, line) for line in quotes[0].lines[:-1])
    key = "sum_each_beside" if beside else "sum_each"
    return compose_reply(
        case.replies.render_reply(key, title=found.fact.value.title, lines=lines, beside=beside),
        *claim_instructions(case, most),
        facts=(promotions, *(found.choices[0].facts or (found.fact,))),
        commitments=(*(PromotionCommitment(each.promotion_id) for each in used), *totals),
        asks=build_pending(case, SlotName.SKU, options=options),
        slots={SlotName.PRODUCT: found.fact.value.product_id},
        tried=TOLD_TOTAL,
    )


def _render_sum_line(case: Case, quote: Quote) -> str:
    """小号×2件：原价256元，到手236元."""
    line = quote.lines[-1]
    key = "sum_each_saved" if quote.savings else "sum_each_plain"
    words = {"name": variant_name(line.sku), "quantity": line.quantity, "listed": format_yuan(quote.full_price)}
    return case.replies.render_reply(key, **words, total=format_yuan(quote.total)).text


def _nearest_promotion(quote: Quote, promotions: Iterable[Promotion], case: Case) -> Promotion | None:
    """The running promotion that needs the least more."""
    products = {line.sku.product_id for line in quote.lines}
    running = [each for each in promotions if is_running(each, case.now)]
    touching = [each for each in running if any(covers_product(each, product_id) for product_id in products)]
    ahead = [each for each in touching if each.over > quote.total and each.quantity <= 1]
    return min(ahead, key=lambda each: each.over, default=None)


def render_basket_total(case: Case, quote: Quote) -> RenderedReply:
    """The sum: list price, each saving, what is left."""
    goods = "、".join(_render_basket_line(case, line) for line in quote.lines)
    if not quote.savings:
        return case.replies.render_reply("sum_plain", goods=goods, total=format_yuan(quote.total))
    steps = ",".join(_render_saving(case, saving) for saving in quote.savings)
    return case.replies.render_reply(
        "sum",
        goods=goods,
        listed=format_yuan(quote.full_price),
        steps=steps.replace(",", "，"),
        total=format_yuan(quote.total),
    )


def _render_basket_line(case: Case, line: BasketLine) -> str:
    return case.replies.render_reply("sum_line", title=sku_full_name(line.sku), quantity=line.quantity).text


def _render_saving(case: Case, saving: Saving) -> str:
    return case.replies.render_reply("sum_step", title=saving.promotion.title, saved=format_yuan(saving.amount)).text
