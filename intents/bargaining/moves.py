"""Our answers in a haggle, each for the situation it fits."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from app.commerce.pricing import BasketLine, best_quote, undercuts_floor
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
from intents._kit.price_summary import claim_instructions
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
from intents.bargaining.supervisor_notes import build_supervisor_request, margin_notes

note = load_notes(__file__)

AGREEMENT: Final = "agreement"
VALUE_KEYS: Final = {
    Argument.OLD_CUSTOMER: "value_old_customer",
    Argument.COMPETITOR: "value_competitor",
    Argument.GIFT: "value_gift",
    Argument.FLOOR: "value_floor",
    Argument.LEAVING: "value_leaving",
}


def choose_move(table: Negotiation) -> Outcome:
    """The first of our answers that fits."""
    steps = (
        _close_deal,
        _confirm_offer,
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
    return next(outcome for step in steps if (outcome := step(table)) is not None)


def _close_deal(table: Negotiation) -> Outcome | None:
    """The price is agreed: people change it on the platform, which nothing here can."""
    standing = table.history.lowest_offer(table.quantity) or next(iter(table.history.offers), None)
    if table.price_request.argument is not Argument.ACCEPT or standing is None:
        return None
    words = offer_placeholders(table, standing)
    wish = HandoffRequest(
        Reason.AUTHORITY_EXCEEDED,
        wish=note("deal", title=words["title"], quantity=standing.quantity, total=format_yuan(standing.total)),
        suggested=(table.case.replies.render_reply("suggested_deal", **words).text,),
        notes=margin_notes(table, standing.total),
        collected={
            note("field_goods"): sku_full_name(table.target_sku),
            note("field_quantity"): str(standing.quantity),
            note("field_deal"): note("yuan", amount=format_yuan(standing.total)),
        },
        group=Group.PRESALE,
    )
    made = (price_commitment(table, standing),)
    return table.build_outcome(
        table.case.replies.render_reply("deal", **words), talk=table.history, commitments=made, handoff=wish
    )


def _confirm_offer(table: Negotiation) -> Outcome | None:
    """No hurry: the offer stands, and other questions are welcome."""
    standing = table.history.lowest_offer(table.quantity) or next(iter(table.history.offers), None)
    if table.price_request.argument is not Argument.THINK or standing is None:
        return None
    said = table.case.replies.render_reply("think", **offer_placeholders(table, standing))
    made = (price_commitment(table, standing),)
    return table.build_outcome(said, talk=table.history, commitments=made, tried=note("kept_offer"))


def _decline_out_of_stock(table: Negotiation) -> Outcome | None:
    """A price for what cannot be had is no kindness."""
    if table.target_sku.stock >= table.quantity or _is_large_order(table):
        return None
    said = table.case.replies.render_reply("no_stock", title=sku_full_name(table.target_sku))
    claim = StockCommitment(table.target_sku.sku_id, table.quantity, available=False)
    return table.build_outcome(said, talk=table.history, commitments=(claim,), tried=note("told_short"))


def _verify_boss_claim(table: Negotiation) -> Outcome | None:
    """Somebody else's promise is for that somebody to confirm."""
    if table.price_request.argument is not Argument.BOSS:
        return None
    return _escalate_to_supervisor(table, "verify", note("boss"))


def _is_large_order(table: Negotiation) -> bool:
    many = table.case.shop.settings.authority.is_bulk(table.quantity)
    return many or (table.quantity > 1 and _exceeds_order_limit(table, table.price_range.public.total))


def _exceeds_order_limit(table: Negotiation, total: Decimal) -> bool:
    """Whether the shop keeps such a sum for its people; it may be told, but not haggled over."""
    limit = table.case.shop.settings.authority.always_people.order_value_above
    return limit is not None and total > limit


def _escalate_large_order(table: Negotiation) -> Outcome | None:
    if not _is_large_order(table):
        return None
    said = table.case.replies.render_reply(
        "large_order", title=sku_full_name(table.target_sku), quantity=table.quantity
    )
    wish = build_supervisor_request(
        table, Reason.BULK_ORDER, note("large_order", title=sku_full_name(table.target_sku), quantity=table.quantity)
    )
    held = StockCommitment(table.target_sku.sku_id, table.quantity, available=table.target_sku.stock >= table.quantity)
    talk = table.history.record_answer(table.price_request.memory_key, table.quantity)
    return table.build_outcome(said, talk=talk, commitments=(held,), handoff=wish)


def _honour_offer(table: Negotiation) -> Outcome | None:
    """What was offered holds until it expires."""
    if table.price_request.argument is not Argument.HONOUR:
        return None
    standing = table.history.lowest_offer(table.quantity) or next(iter(table.history.offers), None)
    if standing is None:
        return None
    return _restate_offer(table, standing, "honour")


def _restate_offer(table: Negotiation, standing: PriceOffer, key: str) -> Outcome:
    made = price_commitment(table, standing)
    said = table.case.replies.render_reply(key, **offer_placeholders(table, standing))
    talk = table.history.record_answer(table.price_request.memory_key, standing.quantity, round_used=key != "honour")
    return table.build_outcome(
        said, talk=talk, commitments=(made,), asks=_agreement_question(table), tried=note("restated")
    )


def _list_tiers(table: Negotiation) -> Outcome | None:
    """多买呢: each tier by piece and in total."""
    policy = table.price_range.policy
    if table.price_request.argument is not Argument.BULK or table.price_request.quantity_named or policy is None:
        return None
    authority = table.case.shop.settings.authority
    tiers = [tier for tier in policy.bulk_tiers if not authority.is_bulk(tier.quantity)]
    priced = [(tier, offer) for tier in tiers if (offer := _make_tier_offer(table, tier))]
    offers = [(tier, offer) for tier, offer in priced if not _exceeds_order_limit(table, offer.total)]
    if not offers:
        return None
    listed = "；".join(_render_tier(table, tier, offer) for tier, offer in offers)
    talk = table.history.record_answer(table.price_request.memory_key, table.quantity, round_used=False)
    made = tuple(price_commitment(table, offer) for _, offer in offers)
    said = table.case.replies.render_reply("tiers", title=sku_full_name(table.target_sku), tiers=listed)
    return table.build_outcome(said, talk=talk, commitments=made, tried=note("told_tiers"))


def _make_tier_offer(table: Negotiation, tier: BulkTier) -> PriceOffer | None:
    public = best_quote([BasketLine(table.target_sku, tier.quantity)], promotions_from_facts(table), table.case.now)
    room = PriceRange(table.target_sku, tier.quantity, public, table.price_range.policy, table.history)
    unit = room.tier_unit_price()
    return make_offer(table, unit, tier.quantity) if unit is not None else None


def _render_tier(table: Negotiation, tier: BulkTier, offer: PriceOffer) -> str:
    words = {"quantity": tier.quantity, "unit": format_yuan(offer.unit), "total": format_yuan(offer.total)}
    return table.case.replies.render_reply("tier", **words).text


def _give_tier_price(table: Negotiation) -> Outcome | None:
    """A named quantity that reaches a tier gets the tier, whatever the round: tiers are the same for everybody."""
    unit = table.price_range.tier_unit_price() if table.price_request.quantity_named else None
    if unit is None or table.was_conceded:
        return None
    return _give_price(table, unit, "bulk")


def _explain_free_shipping(table: Negotiation) -> Outcome | None:
    """By the shop's policy, once; after that it is an argument like any other."""
    shipping = table.case.shop.settings.authority.shipping
    free_from = shipping.free_from if shipping else None
    if (
        table.price_request.argument is not Argument.FREE_SHIPPING
        or free_from is None
        or table.price_request.memory_key in table.history.arguments
    ):
        return None
    if undercuts_floor(table.price_range.public):
        return None
    total = table.price_range.public.total
    words = {"free_from": format_yuan(free_from), "gap": format_yuan(max(free_from - total, Decimal(0)))}
    key = "free_shipping_gap" if total < free_from else "free_shipping"
    said = table.case.replies.render_reply(key if free_from else "free_shipping_always", **words)
    talk = table.history.record_answer(table.price_request.memory_key, table.quantity, round_used=False)
    return table.build_outcome(
        said, talk=talk, commitments=_public_commitments(table), tried=note("told_free_shipping")
    )


def _decline_bargaining(table: Negotiation) -> Outcome | None:
    """The shop does not bargain on this: said kindly once, then it is a supervisor's business."""
    if table.price_range.is_negotiable:
        return None
    if table.history.rounds:
        return _escalate_to_supervisor(table, "to_supervisor", note("no_authority"))
    return _list_public_offers(
        table, table.case.replies.render_reply("fixed_price", title=sku_full_name(table.target_sku))
    )


def _explain_value(table: Negotiation) -> Outcome | None:
    """Value and public offers before anything is given."""
    if table.history.rounds:
        return None
    key = VALUE_KEYS.get(table.price_request.argument, "value")
    return _list_public_offers(table, table.case.replies.render_reply(key, title=sku_full_name(table.target_sku)))


def _list_public_offers(table: Negotiation, *said: RenderedReply) -> Outcome:
    """The public price when it is less than the page's, and gifts that come with it."""
    public = table.price_range.public
    talk = table.history.record_answer(table.price_request.memory_key, table.quantity)
    if undercuts_floor(public):
        return table.build_outcome(*said, talk=talk, tried=note("told_value"))
    if public.savings:
        words = {
            "quantity": table.quantity,
            "total": format_yuan(public.total),
            "listed": format_yuan(public.full_price),
        }
        said = (
            *said,
            table.case.replies.render_reply("public", **words, saved=format_yuan(public.full_price - public.total)),
        )
        said = (*said, *claim_instructions(table.case, public))
    gift = next((found for found in public.extras if found.kind is PromotionKind.GIFT), None)
    if gift:
        said = (*said, table.case.replies.render_reply("public_gift", gift=gift.gift))
    commitments = _public_commitments(table)
    return table.build_outcome(*said, talk=talk, commitments=commitments, tried=note("told_value_and_offers"))


def _public_commitments(table: Negotiation) -> tuple[Commitment, ...]:
    public = table.price_range.public
    used = tuple(promotion.promotion_id for promotion in public.quote_promotions)
    basket = BasketCommitment(((table.target_sku.sku_id, table.quantity),), used, public.total)
    return (basket, *(PromotionCommitment(promotion_id) for promotion_id in used))


def _meet_target(table: Negotiation) -> Outcome | None:
    """A number the shop can meet is met, once the first round is over; one above the public price gets that price."""
    target, talk = table.target_total, table.history
    if target is None or not talk.rounds or table.was_conceded:
        return None
    standing = talk.lowest_offer(table.quantity)
    if target >= table.price_range.current_total:
        return _restate_offer(table, standing, "honour") if standing else _quote_public_price(table)
    unit = table.price_range.find_unit_price(target)
    return _give_price(table, unit, "accepted") if unit is not None else None


def _quote_public_price(table: Negotiation) -> Outcome:
    public = table.price_range.public
    words = {"title": sku_full_name(table.target_sku), "quantity": table.quantity, "total": format_yuan(public.total)}
    said = table.case.replies.render_reply("public_is_less", **words)
    talk = table.history.record_answer(table.price_request.memory_key, table.quantity, round_used=False)
    claims = claim_instructions(table.case, public)
    return table.build_outcome(
        said, *claims, talk=talk, commitments=_public_commitments(table), tried=note("told_public_price")
    )


def _escalate_after_rounds(table: Negotiation) -> Outcome | None:
    if table.history.rounds < table.max_rounds:
        return None
    return _escalate_to_supervisor(
        table, "keep_and_supervisor" if table.history.offers else "to_supervisor", note("goes_on")
    )


def _give_round_down(table: Negotiation) -> Outcome | None:
    total = table.price_range.round_down_total()
    if table.price_request.argument is not Argument.ROUND_DOWN or total is None or table.was_conceded:
        return None
    until = offer_expiry(table)
    offer = PriceOffer(table.quantity, table.target_sku.price, total, until)
    return _reply_with_offer(table, offer, "rounded")


def _hold_same_argument(table: Negotiation) -> Outcome | None:
    """Nothing twice for the same argument: the offer stands as it is."""
    if not table.was_conceded:
        return None
    return _hold_position(table)


def _hold_position(table: Negotiation) -> Outcome:
    standing = table.history.lowest_offer(table.quantity)
    if standing:
        return _restate_offer(table, standing, "hold")
    said = table.case.replies.render_reply("hold_value", title=sku_full_name(table.target_sku))
    return table.build_outcome(
        said,
        talk=table.history.record_answer(table.price_request.memory_key, table.quantity),
        tried=note("told_offers"),
    )


def _give_coupon(table: Negotiation) -> Outcome | None:
    """An authorised coupon in the middle rounds, while its budgets last."""
    if table.history.rounds >= table.max_rounds - 1 and table.max_rounds > 2:  # noqa: PLR2004 - with two rounds the coupon is the last
        return None
    offers = [offer for offer in table.case.shop.settings.authority.coupons if _has_coupon_budget(table, offer)]
    offer = table.price_range.best_coupon(offers)
    if offer is None:
        return None
    until = table.case.now + timedelta(hours=offer.valid_hours)
    made = CouponCommitment(offer.id, offer.amount, offer.minimum_spend, until)
    talk = table.history.record_concession(
        table.price_request.memory_key, GivenCoupon(offer.id, offer.amount, until), table.quantity
    )
    spends = coupon_spends(offer, table.case.shop.shop_id, table.case.buyer, local_now(table.case).date())
    return table.build_outcome(
        _render_coupon(table, offer, until), talk=talk, commitments=(made,), effects=spends, tried=note("gave_coupon")
    )


def _has_coupon_budget(table: Negotiation, offer: CouponOffer) -> bool:
    case = table.case
    spends = coupon_spends(offer, case.shop.shop_id, case.buyer, local_now(case).date())
    return not any(spend.budget in case.exhausted for spend in spends)


def _render_coupon(table: Negotiation, offer: CouponOffer, until: datetime) -> RenderedReply:
    how = offer.how.rstrip("。") or table.case.replies.render_reply("coupon_how").text
    words = {"amount": format_yuan(offer.amount), "until": moment_word(until, table.case), "how": how}
    if offer.minimum_spend > 0:
        return table.case.replies.render_reply("coupon_over", minimum=format_yuan(offer.minimum_spend), **words)
    return table.case.replies.render_reply("coupon", **words)


def _offer_price(table: Negotiation) -> Outcome:
    """Half way down, or the last price in the last round; holds where there is no room."""
    last = table.history.rounds >= table.max_rounds - 1
    unit = table.price_range.lowest_unit if last else table.price_range.middle_unit
    if not table.price_range.is_improvement(unit):
        return _hold_position(table)
    return _give_price(table, unit, "last_offer" if last else "offer")


def _give_price(table: Negotiation, unit: Decimal, key: str) -> Outcome:
    return _reply_with_offer(table, make_offer(table, unit, table.quantity), key)


def _reply_with_offer(table: Negotiation, offer: PriceOffer, key: str) -> Outcome:
    said = table.case.replies.render_reply(key, **offer_placeholders(table, offer))
    talk = table.history.record_concession(table.price_request.memory_key, offer, table.quantity)
    made = (price_commitment(table, offer),)
    return table.build_outcome(
        said, talk=talk, commitments=made, asks=_agreement_question(table), tried=note("gave_price")
    )


def _agreement_question(table: Negotiation) -> Pending:
    """An offer is a question: 行吧 or a bare number is its answer."""
    return build_pending(table.case, AGREEMENT)


def _escalate_to_supervisor(table: Negotiation, key: str, wish: str) -> Outcome:
    said = table.case.replies.render_reply(key, title=sku_full_name(table.target_sku))
    talk = table.history.record_answer(table.price_request.memory_key, table.quantity)
    return table.build_outcome(
        said, talk=talk, handoff=build_supervisor_request(table, Reason.AUTHORITY_EXCEEDED, wish)
    )
