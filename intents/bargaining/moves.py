"""Our answers in a haggle, each for the situation it fits."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from app.commerce.pricing import BasketLine, best_quote, undercuts_floor
from app.domain.acts import Act
from app.domain.catalogue import PromotionKind
from app.domain.commitment import (
    BasketCommitment,
    Commitment,
    CouponCommitment,
    PromotionCommitment,
    StockCommitment,
)
from app.domain.conversation import Pending
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest, Outcome
from app.guard.authority import coupon_spends
from app.shop.schema import BulkTier, CouponOffer
from intents._framework.contract import RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import build_pending
from intents._kit.promotion_terms import claim_instructions
from intents._kit.wording import format_yuan, local_now, moment_word, sku_full_name
from intents.bargaining.history import GivenCoupon, PriceOffer
from intents.bargaining.negotiation import (
    Negotiation,
    make_offer,
    offer_expiry,
    offer_placeholders,
    price_commitment,
    promotions_from_facts,
)
from intents.bargaining.price_range import PriceRange
from intents.bargaining.reading import Argument
from intents.bargaining.supervisor_notes import build_supervisor_request, floor_margins, offer_notes

note = load_notes(__file__)

AGREEMENT: Final = "agreement"
VALUE_KEYS: Final = {
    Argument.OLD_CUSTOMER: "value_old_customer",
    Argument.COMPETITOR: "value_competitor",
    Argument.GIFT: "value_gift",
    Argument.FLOOR: "value_floor",
    Argument.LEAVING: "value_leaving",
}


def choose_move(negotiation: Negotiation) -> Outcome:
    """The first of our answers that fits."""
    steps = (
        _close_deal,
        _confirm_offer,
        _leave_time,
        _decline_out_of_stock,
        _verify_boss_claim,
        _escalate_large_order,
        _honour_offer,
        _list_tiers,
        _give_tier_price,
        _explain_free_shipping,
        _decline_bargaining,
        _meet_target,
        _give_round_down,
        _explain_value,
        _escalate_after_rounds,
        _hold_same_argument,
        _give_coupon,
        _offer_price,
    )
    return next(outcome for step in steps if (outcome := step(negotiation)) is not None)


def _close_deal(negotiation: Negotiation) -> Outcome | None:
    """The price is agreed: people change it on the platform, which nothing here can."""
    standing = negotiation.history.lowest_offer(negotiation.quantity) or next(iter(negotiation.history.offers), None)
    if negotiation.price_request.argument is not Argument.ACCEPT or standing is None:
        return None
    words = offer_placeholders(negotiation, standing)
    wish = HandoffRequest(
        Reason.AUTHORITY_EXCEEDED,
        wish=note("deal", title=words["title"], quantity=standing.quantity, total=format_yuan(standing.total)),
        suggested=(negotiation.case.replies.render_reply("suggested_deal", **words).text,),
        notes=offer_notes(negotiation),
        margins=floor_margins(negotiation, standing.total),
        collected={
            note("field_goods"): sku_full_name(negotiation.target_sku),
            note("field_quantity"): str(standing.quantity),
            note("field_deal"): note("yuan", amount=format_yuan(standing.total)),
        },
        group=Group.PRESALE,
    )
    made = (price_commitment(negotiation, standing),)
    return negotiation.build_outcome(
        negotiation.case.replies.render_reply("deal", **words),
        history=negotiation.history,
        commitments=made,
        handoff=wish,
    )


def _confirm_offer(negotiation: Negotiation) -> Outcome | None:
    """No hurry: the offer stands, and other questions are welcome."""
    standing = negotiation.history.lowest_offer(negotiation.quantity) or next(iter(negotiation.history.offers), None)
    if negotiation.price_request.argument is not Argument.THINK or standing is None:
        return None
    said = negotiation.case.replies.render_reply("think", **offer_placeholders(negotiation, standing))
    made = (price_commitment(negotiation, standing),)
    return negotiation.build_outcome(said, history=negotiation.history, commitments=made, tried=note("kept_offer"))


def _leave_time(negotiation: Negotiation) -> Outcome | None:
    """Who only puts it off, when nothing more is ours to give, is left to think: no supervisor is called for that."""
    history, puts_off = negotiation.history, Act.DEFER in negotiation.case.request.acts
    spent = bool(history.rounds) and (
        not negotiation.price_range.is_negotiable or history.rounds >= negotiation.max_rounds
    )
    if not puts_off or not spent or negotiation.target_total is not None:
        return None
    said = negotiation.case.replies.render_reply("no_hurry", title=sku_full_name(negotiation.target_sku))
    return negotiation.build_outcome(said, history=history, tried=note("left_time"))


def _decline_out_of_stock(negotiation: Negotiation) -> Outcome | None:
    """A price for what cannot be had is no kindness."""
    if negotiation.target_sku.stock >= negotiation.quantity or _is_large_order(negotiation):
        return None
    said = negotiation.case.replies.render_reply("no_stock", title=sku_full_name(negotiation.target_sku))
    claim = StockCommitment(negotiation.target_sku.sku_id, negotiation.quantity, available=False)
    return negotiation.build_outcome(said, history=negotiation.history, commitments=(claim,), tried=note("told_short"))


def _verify_boss_claim(negotiation: Negotiation) -> Outcome | None:
    """Somebody else's promise is for that somebody to confirm."""
    if negotiation.price_request.argument is not Argument.BOSS:
        return None
    return _escalate_to_supervisor(negotiation, "verify", note("boss"))


def _is_large_order(negotiation: Negotiation) -> bool:
    many = negotiation.case.shop.settings.authority.is_bulk(negotiation.quantity)
    return many or (
        negotiation.quantity > 1 and _exceeds_order_limit(negotiation, negotiation.price_range.public.total)
    )


def _exceeds_order_limit(negotiation: Negotiation, total: Decimal) -> bool:
    """Whether the shop keeps such a sum for its people; it may be told, but not haggled over."""
    limit = negotiation.case.shop.settings.authority.always_people.order_value_above
    return limit is not None and total > limit


def _escalate_large_order(negotiation: Negotiation) -> Outcome | None:
    if not _is_large_order(negotiation):
        return None
    said = negotiation.case.replies.render_reply(
        "large_order", title=sku_full_name(negotiation.target_sku), quantity=negotiation.quantity
    )
    wish = build_supervisor_request(
        negotiation,
        Reason.BULK_ORDER,
        note("large_order", title=sku_full_name(negotiation.target_sku), quantity=negotiation.quantity),
    )
    held = StockCommitment(
        negotiation.target_sku.sku_id,
        negotiation.quantity,
        available=negotiation.target_sku.stock >= negotiation.quantity,
    )
    history = negotiation.history.record_answer(negotiation.price_request.memory_key, negotiation.quantity)
    return negotiation.build_outcome(said, history=history, commitments=(held,), handoff=wish)


def _honour_offer(negotiation: Negotiation) -> Outcome | None:
    """What was offered holds until it expires."""
    if negotiation.price_request.argument is not Argument.HONOUR:
        return None
    standing = negotiation.history.lowest_offer(negotiation.quantity) or next(iter(negotiation.history.offers), None)
    if standing is None:
        return None
    return _restate_offer(negotiation, standing, "honour")


def _restate_offer(negotiation: Negotiation, standing: PriceOffer, key: str) -> Outcome:
    made = price_commitment(negotiation, standing)
    said = negotiation.case.replies.render_reply(key, **offer_placeholders(negotiation, standing))
    history = negotiation.history.record_answer(
        negotiation.price_request.memory_key, standing.quantity, round_used=key != "honour"
    )
    return negotiation.build_outcome(
        said, history=history, commitments=(made,), asks=_agreement_question(negotiation), tried=note("restated")
    )


def _list_tiers(negotiation: Negotiation) -> Outcome | None:
    """多买呢: each tier by piece and in total."""
    policy = negotiation.price_range.policy
    if (
        negotiation.price_request.argument is not Argument.BULK
        or negotiation.price_request.quantity_named
        or policy is None
    ):
        return None
    authority = negotiation.case.shop.settings.authority
    tiers = [tier for tier in policy.bulk_tiers if not authority.is_bulk(tier.quantity)]
    priced = [(tier, offer) for tier in tiers if (offer := _make_tier_offer(negotiation, tier))]
    offers = [(tier, offer) for tier, offer in priced if not _exceeds_order_limit(negotiation, offer.total)]
    if not offers:
        return None
    listed = "；".join(_render_tier(negotiation, tier, offer) for tier, offer in offers)
    history = negotiation.history.record_answer(
        negotiation.price_request.memory_key, negotiation.quantity, round_used=False
    )
    made = tuple(price_commitment(negotiation, offer) for _, offer in offers)
    said = negotiation.case.replies.render_reply("tiers", title=sku_full_name(negotiation.target_sku), tiers=listed)
    return negotiation.build_outcome(said, history=history, commitments=made, tried=note("told_tiers"))


def _make_tier_offer(negotiation: Negotiation, tier: BulkTier) -> PriceOffer | None:
    public = best_quote(
        [BasketLine(negotiation.target_sku, tier.quantity)], promotions_from_facts(negotiation), negotiation.case.now
    )
    room = PriceRange(
        negotiation.target_sku, tier.quantity, public, negotiation.price_range.policy, negotiation.history
    )
    unit = room.tier_unit_price()
    return make_offer(negotiation, unit, tier.quantity) if unit is not None else None


def _render_tier(negotiation: Negotiation, tier: BulkTier, offer: PriceOffer) -> str:
    words = {"quantity": tier.quantity, "unit": format_yuan(offer.unit), "total": format_yuan(offer.total)}
    return negotiation.case.replies.render_reply("tier", **words).text


def _give_tier_price(negotiation: Negotiation) -> Outcome | None:
    """A named quantity that reaches a tier gets the tier, whatever the round: tiers are the same for everybody."""
    unit = negotiation.price_range.tier_unit_price() if negotiation.price_request.quantity_named else None
    if unit is None or negotiation.was_conceded:
        return None
    return _give_price(negotiation, unit, "bulk")


def _explain_free_shipping(negotiation: Negotiation) -> Outcome | None:
    """By the shop's policy, once; after that it is an argument like any other."""
    shipping = negotiation.case.shop.settings.authority.shipping
    free_from = shipping.free_from if shipping else None
    if (
        negotiation.price_request.argument is not Argument.FREE_SHIPPING
        or free_from is None
        or negotiation.price_request.memory_key in negotiation.history.arguments
    ):
        return None
    if undercuts_floor(negotiation.price_range.public):
        return None
    total = negotiation.price_range.public.total
    words = {"free_from": format_yuan(free_from), "gap": format_yuan(max(free_from - total, Decimal(0)))}
    key = "free_shipping_gap" if total < free_from else "free_shipping"
    said = negotiation.case.replies.render_reply(key if free_from else "free_shipping_always", **words)
    history = negotiation.history.record_answer(
        negotiation.price_request.memory_key, negotiation.quantity, round_used=False
    )
    return negotiation.build_outcome(
        said, history=history, commitments=_public_commitments(negotiation), tried=note("told_free_shipping")
    )


def _decline_bargaining(negotiation: Negotiation) -> Outcome | None:
    """The shop does not bargain on this: said kindly once, then it is a supervisor's business."""
    if negotiation.price_range.is_negotiable:
        return None
    if negotiation.history.rounds:
        return _escalate_to_supervisor(negotiation, "to_supervisor", note("no_authority"))
    return _list_public_offers(
        negotiation, negotiation.case.replies.render_reply("fixed_price", title=sku_full_name(negotiation.target_sku))
    )


def _explain_value(negotiation: Negotiation) -> Outcome | None:
    """Value and public offers before anything is given."""
    if negotiation.history.rounds:
        return None
    key = VALUE_KEYS.get(negotiation.price_request.argument, "value")
    return _list_public_offers(
        negotiation, negotiation.case.replies.render_reply(key, title=sku_full_name(negotiation.target_sku))
    )


def _list_public_offers(negotiation: Negotiation, *said: RenderedReply) -> Outcome:
    """The public price when it is less than the page's, and gifts that come with it."""
    public = negotiation.price_range.public
    history = negotiation.history.record_answer(negotiation.price_request.memory_key, negotiation.quantity)
    if undercuts_floor(public):
        return negotiation.build_outcome(*said, history=history, tried=note("told_value"))
    if public.savings:
        words = {
            "quantity": negotiation.quantity,
            "total": format_yuan(public.total),
            "listed": format_yuan(public.full_price),
        }
        said = (
            *said,
            negotiation.case.replies.render_reply(
                "public", **words, saved=format_yuan(public.full_price - public.total)
            ),
        )
        said = (*said, *claim_instructions(negotiation.case, public))
    gift = next((found for found in public.extras if found.kind is PromotionKind.GIFT), None)
    if gift:
        said = (*said, negotiation.case.replies.render_reply("public_gift", gift=gift.gift))
    commitments = _public_commitments(negotiation)
    return negotiation.build_outcome(
        *said, history=history, commitments=commitments, tried=note("told_value_and_offers")
    )


def _public_commitments(negotiation: Negotiation) -> tuple[Commitment, ...]:
    public = negotiation.price_range.public
    used = tuple(promotion.promotion_id for promotion in public.quote_promotions)
    basket = BasketCommitment(((negotiation.target_sku.sku_id, negotiation.quantity),), used, public.total)
    return (basket, *(PromotionCommitment(promotion_id) for promotion_id in used))


def _meet_target(negotiation: Negotiation) -> Outcome | None:
    """A number the shop can meet is met, once the first round is over; one above the public price gets that price."""
    target, history = negotiation.target_total, negotiation.history
    if target is None or not history.rounds or negotiation.was_conceded:
        return None
    standing = history.lowest_offer(negotiation.quantity)
    if target >= negotiation.price_range.current_total:
        return _restate_offer(negotiation, standing, "honour") if standing else _quote_public_price(negotiation)
    unit = negotiation.price_range.find_unit_price(target)
    return _give_price(negotiation, unit, "accepted") if unit is not None else None


def _quote_public_price(negotiation: Negotiation) -> Outcome:
    public = negotiation.price_range.public
    words = {
        "title": sku_full_name(negotiation.target_sku),
        "quantity": negotiation.quantity,
        "total": format_yuan(public.total),
    }
    said = negotiation.case.replies.render_reply("public_is_less", **words)
    history = negotiation.history.record_answer(
        negotiation.price_request.memory_key, negotiation.quantity, round_used=False
    )
    claims = claim_instructions(negotiation.case, public)
    return negotiation.build_outcome(
        said, *claims, history=history, commitments=_public_commitments(negotiation), tried=note("told_public_price")
    )


def _escalate_after_rounds(negotiation: Negotiation) -> Outcome | None:
    if negotiation.history.rounds < negotiation.max_rounds:
        return None
    return _escalate_to_supervisor(
        negotiation, "keep_and_supervisor" if negotiation.history.offers else "to_supervisor", note("goes_on")
    )


def _give_round_down(negotiation: Negotiation) -> Outcome | None:
    total = negotiation.price_range.round_down_total()
    if negotiation.price_request.argument is not Argument.ROUND_DOWN or total is None or negotiation.was_conceded:
        return None
    until = offer_expiry(negotiation)
    offer = PriceOffer(negotiation.quantity, negotiation.target_sku.price, total, until)
    return _reply_with_offer(negotiation, offer, "rounded")


def _hold_same_argument(negotiation: Negotiation) -> Outcome | None:
    """Nothing twice for the same argument: the offer stands as it is."""
    if not negotiation.was_conceded:
        return None
    return _hold_position(negotiation)


def _hold_position(negotiation: Negotiation) -> Outcome:
    standing = negotiation.history.lowest_offer(negotiation.quantity)
    if standing:
        return _restate_offer(negotiation, standing, "hold")
    said = negotiation.case.replies.render_reply("hold_value", title=sku_full_name(negotiation.target_sku))
    return negotiation.build_outcome(
        said,
        history=negotiation.history.record_answer(negotiation.price_request.memory_key, negotiation.quantity),
        tried=note("told_offers"),
    )


def _give_coupon(negotiation: Negotiation) -> Outcome | None:
    """An authorised coupon in the middle rounds, while its budgets last."""
    if negotiation.history.rounds >= negotiation.max_rounds - 1 and negotiation.max_rounds > 2:  # noqa: PLR2004 - with two rounds the coupon is the last
        return None
    offers = [
        offer for offer in negotiation.case.shop.settings.authority.coupons if _has_coupon_budget(negotiation, offer)
    ]
    offer = negotiation.price_range.best_coupon(offers)
    if offer is None:
        return None
    until = negotiation.case.now + timedelta(hours=offer.valid_hours)
    made = CouponCommitment(offer.id, offer.amount, offer.minimum_spend, until)
    history = negotiation.history.record_concession(
        negotiation.price_request.memory_key, GivenCoupon(offer.id, offer.amount, until), negotiation.quantity
    )
    spends = coupon_spends(
        offer, negotiation.case.shop.shop_id, negotiation.case.buyer, local_now(negotiation.case).date()
    )
    return negotiation.build_outcome(
        _render_coupon(negotiation, offer, until),
        history=history,
        commitments=(made,),
        effects=spends,
        tried=note("gave_coupon"),
    )


def _has_coupon_budget(negotiation: Negotiation, offer: CouponOffer) -> bool:
    case = negotiation.case
    spends = coupon_spends(offer, case.shop.shop_id, case.buyer, local_now(case).date())
    return not any(spend.budget in case.exhausted for spend in spends)


def _render_coupon(negotiation: Negotiation, offer: CouponOffer, until: datetime) -> RenderedReply:
    how = offer.how.rstrip("。") or negotiation.case.replies.render_reply("coupon_how").text
    words = {"amount": format_yuan(offer.amount), "until": moment_word(until, negotiation.case), "how": how}
    if offer.minimum_spend > 0:
        return negotiation.case.replies.render_reply("coupon_over", minimum=format_yuan(offer.minimum_spend), **words)
    return negotiation.case.replies.render_reply("coupon", **words)


def _offer_price(negotiation: Negotiation) -> Outcome:
    """Half way down, or the last price in the last round; holds where there is no room."""
    last = negotiation.history.rounds >= negotiation.max_rounds - 1
    unit = negotiation.price_range.lowest_unit if last else negotiation.price_range.middle_unit
    if not negotiation.price_range.is_improvement(unit):
        return _hold_position(negotiation)
    return _give_price(negotiation, unit, "last_offer" if last else "offer")


def _give_price(negotiation: Negotiation, unit: Decimal, key: str) -> Outcome:
    return _reply_with_offer(negotiation, make_offer(negotiation, unit, negotiation.quantity), key)


def _reply_with_offer(negotiation: Negotiation, offer: PriceOffer, key: str) -> Outcome:
    said = negotiation.case.replies.render_reply(key, **offer_placeholders(negotiation, offer))
    history = negotiation.history.record_concession(negotiation.price_request.memory_key, offer, negotiation.quantity)
    made = (price_commitment(negotiation, offer),)
    return negotiation.build_outcome(
        said, history=history, commitments=made, asks=_agreement_question(negotiation), tried=note("gave_price")
    )


def _agreement_question(negotiation: Negotiation) -> Pending:
    """An offer is a question: 行吧 or a bare number is its answer."""
    return build_pending(negotiation.case, AGREEMENT)


def _escalate_to_supervisor(negotiation: Negotiation, key: str, wish: str) -> Outcome:
    said = negotiation.case.replies.render_reply(key, title=sku_full_name(negotiation.target_sku))
    history = negotiation.history.record_answer(negotiation.price_request.memory_key, negotiation.quantity)
    return negotiation.build_outcome(
        said, history=history, handoff=build_supervisor_request(negotiation, Reason.AUTHORITY_EXCEEDED, wish)
    )
