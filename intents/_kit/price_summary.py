"""Promotions and sums in words: each kind's terms, and a basket's price step by step."""

from collections.abc import Iterable, Sequence
from typing import Final

from app.commerce.pricing import BasketLine, Quote, Saving, best_quote, covers_product, is_running
from app.commerce.shipping import delivery_fee, remote_region
from app.dialogue.bulk import wants_bulk
from app.domain.catalogue import Promotion, PromotionKind, Sku
from app.domain.commitment import BasketCommitment, Commitment, PostageCommitment, PromotionCommitment, StockCommitment
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
from intents._kit.destination import named_places
from intents._kit.wording import discount_word, format_yuan, sku_full_name, variant_name

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
    carried, postage = _tell_delivery_fee(case, quote)
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
        slots={SlotName.PRODUCT: quote.lines[0].sku.product_id},
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


def _tell_delivery_fee(case: Case, quote: Quote) -> tuple[list[RenderedReply], list[PostageCommitment]]:
    """What comes on top of the sum at the place that is named; nothing where it is free, or no place is named."""
    promise, places = case.shop.settings.authority.shipping, named_places(case)
    if promise is None or not places:
        return [], []
    remote = remote_region(promise, places)
    if remote is None and any(each.kind is PromotionKind.FREE_SHIPPING for each in quote.extras):
        return [], []
    fee = delivery_fee(promise, quote.total, places)
    if fee is None:
        return [case.replies.render_reply("sum_fee_by_page", place=remote or places[0])], []
    if fee == 0:
        return [], []
    told = case.replies.render_reply("sum_fee", place=remote or places[0], fee=format_yuan(fee))
    return [told], [PostageCommitment(fee, remote, quote.total)]


def _is_bulk_line(case: Case, line: BasketLine) -> bool:
    policy = case.shop.settings.authority.bargaining
    return bool(policy and policy.bulk_handoff_from and line.quantity >= policy.bulk_handoff_from)


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


def claim_instructions(case: Case, quote: Quote) -> list[RenderedReply]:
    """How to get what must be claimed before the sum is true."""
    claimed = [saving.promotion for saving in quote.savings if saving.promotion.claim]
    return [case.replies.render_reply("sum_claim", title=each.title, claim=each.claim.rstrip("。")) for each in claimed]


def basket_commitments(quote: Quote, named: Iterable[Promotion]) -> tuple[Commitment, ...]:
    """What the words of a sum bind the shop to."""
    pairs = tuple((line.sku.sku_id, line.quantity) for line in quote.lines)
    used = tuple(promotion.promotion_id for promotion in quote.quote_promotions)
    promotions = tuple(PromotionCommitment(each.promotion_id) for each in dict.fromkeys(named))
    return (*promotions, BasketCommitment(pairs, used, quote.total))


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
    options = sku_options([quote.lines[0].sku for quote in quotes], case.intent)
    lines = "\n".join(_render_sum_line(case, quote) for quote in quotes)
    return compose_reply(
        case.replies.render_reply("sum_each", title=found.fact.value.title, lines=lines),
        *claim_instructions(case, most),
        facts=(promotions, found.fact),
        commitments=(*(PromotionCommitment(each.promotion_id) for each in used), *totals),
        asks=build_pending(case, SlotName.SKU, options=options),
        slots={SlotName.PRODUCT: found.fact.value.product_id},
        tried=TOLD_TOTAL,
    )


def _render_sum_line(case: Case, quote: Quote) -> str:
    """小号×2件：原价256元，到手236元."""
    line = quote.lines[0]
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


def promotion_terms(case: Case, promotion: Promotion) -> str:
    """满199元减20元, 第2件半价 and so on, by the intent's own words."""
    words = {
        "over": format_yuan(promotion.over),
        "minus": format_yuan(promotion.minus),
        "share": discount_word(promotion.rate),
        "quantity": promotion.quantity,
        "gift": promotion.gift,
    }
    return case.replies.render_reply(f"terms_{_terms_key(promotion)}", **words).text


def _terms_key(promotion: Promotion) -> str:
    kind = promotion.kind
    if kind is PromotionKind.THRESHOLD:
        return "threshold_repeats" if promotion.repeats else "threshold"
    if kind is PromotionKind.PERCENT:
        return f"percent{_condition_suffix(promotion)}"
    if kind in (PromotionKind.GIFT, PromotionKind.FREE_SHIPPING, PromotionKind.COUPON):
        return f"{kind}{_condition_suffix(promotion)}"
    return str(kind)


def _condition_suffix(promotion: Promotion) -> str:
    if promotion.over > 0:
        return "_over"
    return "_pieces" if promotion.quantity > 1 else ""


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
