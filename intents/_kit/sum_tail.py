"""What is told around a sum: what sending costs, and how much is missing to what comes next."""

from decimal import Decimal
from typing import Final

from app.commerce.pricing import Quote, covers_product, is_running
from app.commerce.shipping import delivery_fee, remote_region
from app.domain.catalogue import Promotion, PromotionKind
from app.domain.commitment import PostageCommitment
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.language.sums import Goal, asks_with_postage, find_goal
from app.shop.schema import ShippingPromise
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.basket import Basket
from intents._kit.destination import named_places
from intents._kit.promotion_terms import basket_commitments, promotion_terms
from intents._kit.wording import format_yuan

note = load_notes(__file__)

Told = tuple[list[RenderedReply], list[PostageCommitment]]
KINDS_OF_GOALS: Final = {
    Goal.COUPON: frozenset({PromotionKind.COUPON}),
    Goal.OFFER: frozenset({PromotionKind.COUPON, PromotionKind.THRESHOLD}),
    Goal.NEXT: frozenset({PromotionKind.COUPON, PromotionKind.THRESHOLD}),
}


def tell_postage(case: Case, quote: Quote) -> Told:
    """What comes on top of the sum: at the place that is named, or anywhere where it is asked for; else nothing."""
    promise, places = case.shop.settings.authority.shipping, named_places(case)
    asked = asks_with_postage(case.request.text)
    if promise is None or not (places or asked):
        return [], []
    remote = remote_region(promise, places)
    free = remote is None and any(each.kind is PromotionKind.FREE_SHIPPING for each in quote.extras)
    fee = Decimal(0) if free else delivery_fee(promise, quote.total, places)
    if fee is None:
        said = case.replies.render_reply("sum_fee_by_page", place=remote or places[0]) if places else None
        return [said] if said else [], []
    if fee == 0:
        told = [case.replies.render_reply("sum_free"), *_render_far_places(case, promise)] if asked else []
        return told, [PostageCommitment(fee, remote, quote.total)] if told else []
    words = {"fee": format_yuan(fee), "all": format_yuan(quote.total + fee)}
    told = [case.replies.render_reply("sum_fee", place=remote or places[0], **words)] if places else []
    told = told or [case.replies.render_reply("sum_with_fee", **words), *_render_far_places(case, promise)]
    return told, [PostageCommitment(fee, remote, quote.total)]


def _render_far_places(case: Case, promise: ShippingPromise) -> list[RenderedReply]:
    if not promise.remote_places or not promise.remote_fee or named_places(case):
        return []
    places = "、".join(promise.remote_places)
    return [case.replies.render_reply("sum_far_fee", places=places, fee=format_yuan(promise.remote_fee))]


def tell_missing_sum(
    case: Case, promotions: Fact[tuple[Promotion, ...]], quote: Quote, found: Basket
) -> Outcome | None:
    """How much is missing to what is asked for, or that it is reached; None where neither is asked or known."""
    goal = find_goal(case.request.text)
    if goal is None:
        return None
    postage = _tell_missing_postage(case, promotions, quote, found) if goal in {Goal.POSTAGE, Goal.NEXT} else None
    return postage or (_tell_missing_offer(case, promotions, quote, found, goal) if goal is not Goal.POSTAGE else None)


def _tell_missing_postage(
    case: Case, promotions: Fact[tuple[Promotion, ...]], quote: Quote, found: Basket
) -> Outcome | None:
    """To free postage, which some far places never have; who asks what is next hears of it while it is missing."""
    promise = case.shop.settings.authority.shipping
    if promise is None or promise.free_from is None or remote_region(promise, named_places(case)):
        return None
    words = {"total": format_yuan(quote.total), "free_from": format_yuan(promise.free_from)}
    if quote.total < promise.free_from:
        gap = format_yuan(promise.free_from - quote.total)
        said = case.replies.render_reply("missing_postage", gap=gap, **words)
    elif find_goal(case.request.text) is Goal.NEXT:
        return None
    else:
        said = case.replies.render_reply("postage_reached", **words)
    free = quote.total >= promise.free_from
    made = (PostageCommitment(Decimal(0), total=quote.total),) if free else ()
    return compose_reply(
        said,
        *_render_far_places(case, promise),
        facts=(promotions, *found.facts),
        commitments=(*made, *basket_commitments(quote, quote.quote_promotions)),
        tried=note("told_missing"),
    )


def _tell_missing_offer(
    case: Case, promotions: Fact[tuple[Promotion, ...]], quote: Quote, found: Basket, goal: Goal
) -> Outcome | None:
    """To the nearest coupon or reduction; where none is ahead, which of them are in the sum."""
    kinds = KINDS_OF_GOALS[goal]
    gaps = {
        each.promotion_id: (each.over - _counted_for(each, quote), each)
        for each in promotions.value
        if each.kind in kinds and each.over > 0 and is_running(each, case.now) and each.quantity <= 1
    }
    ahead = [(gap, each) for gap, each in gaps.values() if gap > 0 and _counted_for(each, quote) > 0]
    words = {"total": format_yuan(quote.total)}
    if ahead:
        gap, nearest = min(ahead, key=lambda pair: pair[0])
        told = case.replies.render_reply(
            "missing_offer", gap=format_yuan(gap), terms=promotion_terms(case, nearest), **words
        )
        named = (nearest, *quote.quote_promotions)
    else:
        named = tuple(each.promotion for each in quote.savings if each.promotion.kind in kinds)
        if not named:
            return None
        terms = "、".join(promotion_terms(case, each) for each in named)
        told = case.replies.render_reply("offer_reached", terms=terms, **words)
    return compose_reply(
        told,
        facts=(promotions, *found.facts),
        commitments=basket_commitments(quote, (*named, *quote.quote_promotions)),
        tried=note("told_missing"),
    )


def _counted_for(promotion: Promotion, quote: Quote) -> Decimal:
    """What of the basket counts towards a promotion of the order: its goods, less what came off them by themselves."""
    goods = sum((line.full_price for line in quote.lines if covers_product(promotion, line.sku.product_id)), Decimal(0))
    return max(goods - quote.off_goods, Decimal(0))
