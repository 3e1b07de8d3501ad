"""Our answers in a haggle, each for the situation it fits."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from app.commerce.pricing import Line, best_quote, undercuts_floor
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
from intents._framework.contract import Said
from intents._kit.forms import asking
from intents._kit.goods import money
from intents._kit.price_summary import claim_words
from intents._kit.wording import full_name, local_now, moment_word
from intents.bargaining.history import GivenCoupon, PriceOffer
from intents.bargaining.negotiation import Table, offer_of, offer_until, price_commitment, price_words, promotions_of
from intents.bargaining.price_range import Room
from intents.bargaining.reading import Argument
from intents.bargaining.supervisor_notes import margin_notes, wish_for

AGREEMENT: Final = "agreement"
VALUE_KEYS: Final = {
    Argument.OLD_CUSTOMER: "value_old_customer",
    Argument.COMPETITOR: "value_competitor",
    Argument.GIFT: "value_gift",
    Argument.FLOOR: "value_floor",
    Argument.LEAVING: "value_leaving",
}


def next_step(table: Table) -> Outcome:
    """The first of our answers that fits."""
    steps = (
        _accepted,
        _thinking,
        _out_of_stock,
        _boss_said,
        _large_order,
        _honour,
        _tiers,
        _bulk_price,
        _free_shipping,
        _fixed_price,
        _within_reach,
        _round_down,
        _first_round,
        _supervisor_after_rounds,
        _hold_same_argument,
        _coupon,
        _price,
    )
    return next(outcome for step in steps if (outcome := step(table)) is not None)


def _accepted(table: Table) -> Outcome | None:
    """The price is agreed: people change it on the platform, which nothing here can."""
    standing = table.talk.standing(table.quantity) or next(iter(table.talk.offers), None)
    if table.ask.argument is not Argument.ACCEPT or standing is None:
        return None
    words = price_words(table, standing)
    wish = HandoffRequest(
        Reason.AUTHORITY_EXCEEDED,
        wish=f"买家接受报价：{words['title']} {standing.quantity} 件共 {money(standing.total)} 元，请为买家改价",
        suggested=(table.case.replies.say("suggested_deal", **words).text,),
        notes=margin_notes(table, standing.total),
        collected={
            "商品": full_name(table.sku),
            "数量": str(standing.quantity),
            "成交价": f"{money(standing.total)} 元",
        },
        group=Group.PRESALE,
    )
    made = (price_commitment(table, standing),)
    return table.told(table.case.replies.say("deal", **words), talk=table.talk, commitments=made, handoff=wish)


def _thinking(table: Table) -> Outcome | None:
    """No hurry: the offer stands, and other questions are welcome."""
    standing = table.talk.standing(table.quantity) or next(iter(table.talk.offers), None)
    if table.ask.argument is not Argument.THINK or standing is None:
        return None
    said = table.case.replies.say("think", **price_words(table, standing))
    made = (price_commitment(table, standing),)
    return table.told(said, talk=table.talk, commitments=made, tried="报价仍为买家保留")


def _out_of_stock(table: Table) -> Outcome | None:
    """A price for what cannot be had is no kindness."""
    if table.sku.stock >= table.quantity or _is_large(table):
        return None
    said = table.case.replies.say("no_stock", title=full_name(table.sku))
    claim = StockCommitment(table.sku.sku_id, table.quantity, available=False)
    return table.told(said, talk=table.talk, commitments=(claim,), tried="已说明库存不足")


def _boss_said(table: Table) -> Outcome | None:
    """Somebody else's promise is for that somebody to confirm."""
    if table.ask.argument is not Argument.BOSS:
        return None
    return _to_supervisor(table, "verify", "买家称老板或同事已同意特价，请核实")


def _is_large(table: Table) -> bool:
    policy = table.room.policy
    many = policy is not None and policy.bulk_handoff_from is not None and table.quantity >= policy.bulk_handoff_from
    return many or (table.quantity > 1 and _is_dear(table, table.room.public.total))


def _is_dear(table: Table, total: Decimal) -> bool:
    """Whether the shop keeps such a sum for its people; it may be told, but not haggled over."""
    limit = table.case.shop.settings.authority.always_people.order_value_above
    return limit is not None and total > limit


def _large_order(table: Table) -> Outcome | None:
    if not _is_large(table):
        return None
    said = table.case.replies.say("large_order", title=full_name(table.sku), quantity=table.quantity)
    wish = wish_for(table, Reason.BULK_ORDER, f"大单议价：{full_name(table.sku)} {table.quantity} 件")
    held = StockCommitment(table.sku.sku_id, table.quantity, available=table.sku.stock >= table.quantity)
    talk = table.talk.answered(table.ask.name, table.quantity)
    return table.told(said, talk=talk, commitments=(held,), handoff=wish)


def _honour(table: Table) -> Outcome | None:
    """What was offered holds until it expires."""
    if table.ask.argument is not Argument.HONOUR:
        return None
    standing = table.talk.standing(table.quantity) or next(iter(table.talk.offers), None)
    if standing is None:
        return None
    return _restate(table, standing, "honour")


def _restate(table: Table, standing: PriceOffer, key: str) -> Outcome:
    made = price_commitment(table, standing)
    said = table.case.replies.say(key, **price_words(table, standing))
    talk = table.talk.answered(table.ask.name, standing.quantity, round_used=key != "honour")
    return table.told(said, talk=talk, commitments=(made,), asks=_agreement(table), tried="已重申之前的报价")


def _tiers(table: Table) -> Outcome | None:
    """多买呢: each tier by piece and in total."""
    policy = table.room.policy
    if table.ask.argument is not Argument.BULK or table.ask.quantity_named or policy is None:
        return None
    tiers = [
        tier for tier in policy.bulk_tiers if not policy.bulk_handoff_from or tier.quantity < policy.bulk_handoff_from
    ]
    priced = [(tier, offer) for tier in tiers if (offer := _tier_offer(table, tier))]
    offers = [(tier, offer) for tier, offer in priced if not _is_dear(table, offer.total)]
    if not offers:
        return None
    listed = "；".join(_tier_words(table, tier, offer) for tier, offer in offers)
    talk = table.talk.answered(table.ask.name, table.quantity, round_used=False)
    made = tuple(price_commitment(table, offer) for _, offer in offers)
    said = table.case.replies.say("tiers", title=full_name(table.sku), tiers=listed)
    return table.told(said, talk=talk, commitments=made, tried="已告知多件优惠")


def _tier_offer(table: Table, tier: BulkTier) -> PriceOffer | None:
    public = best_quote([Line(table.sku, tier.quantity)], promotions_of(table), table.case.now)
    room = Room(table.sku, tier.quantity, public, table.room.policy, table.talk)
    unit = room.tier_unit()
    return offer_of(table, unit, tier.quantity) if unit is not None else None


def _tier_words(table: Table, tier: BulkTier, offer: PriceOffer) -> str:
    words = {"quantity": tier.quantity, "unit": money(offer.unit), "total": money(offer.total)}
    return table.case.replies.say("tier", **words).text


def _bulk_price(table: Table) -> Outcome | None:
    """A named quantity that reaches a tier gets the tier, whatever the round: tiers are the same for everybody."""
    unit = table.room.tier_unit() if table.ask.quantity_named else None
    if unit is None or table.repeated:
        return None
    return _give(table, unit, "bulk")


def _free_shipping(table: Table) -> Outcome | None:
    """By the shop's policy, once; after that it is an argument like any other."""
    shipping = table.case.shop.settings.authority.shipping
    free_from = shipping.free_from if shipping else None
    if table.ask.argument is not Argument.FREE_SHIPPING or free_from is None or table.ask.name in table.talk.arguments:
        return None
    if undercuts_floor(table.room.public):
        return None
    total = table.room.public.total
    words = {"free_from": money(free_from), "gap": money(max(free_from - total, Decimal(0)))}
    key = "free_shipping_gap" if total < free_from else "free_shipping"
    said = table.case.replies.say(key if free_from else "free_shipping_always", **words)
    talk = table.talk.answered(table.ask.name, table.quantity, round_used=False)
    return table.told(said, talk=talk, commitments=_public_commitments(table), tried="已说明包邮条件")


def _fixed_price(table: Table) -> Outcome | None:
    """The shop does not bargain on this: said kindly once, then it is a supervisor's business."""
    if table.room.moves:
        return None
    if table.talk.rounds:
        return _to_supervisor(table, "to_supervisor", "买家坚持议价，该商品没有议价授权")
    return _with_public(table, table.case.replies.say("fixed_price", title=full_name(table.sku)))


def _first_round(table: Table) -> Outcome | None:
    """Value and public offers before anything is given."""
    if table.talk.rounds:
        return None
    key = VALUE_KEYS.get(table.ask.argument, "value")
    return _with_public(table, table.case.replies.say(key, title=full_name(table.sku)))


def _with_public(table: Table, *said: Said) -> Outcome:
    """The public price when it is less than the page's, and gifts that come with it."""
    public = table.room.public
    talk = table.talk.answered(table.ask.name, table.quantity)
    if undercuts_floor(public):
        return table.told(*said, talk=talk, tried="已介绍商品价值")
    if public.savings:
        words = {"quantity": table.quantity, "total": money(public.total), "listed": money(public.listed)}
        said = (*said, table.case.replies.say("public", **words, saved=money(public.listed - public.total)))
        said = (*said, *claim_words(table.case, public))
    gift = next((found for found in public.extras if found.kind is PromotionKind.GIFT), None)
    if gift:
        said = (*said, table.case.replies.say("public_gift", gift=gift.gift))
    commitments = _public_commitments(table)
    return table.told(*said, talk=talk, commitments=commitments, tried="已介绍商品价值和公开优惠")


def _public_commitments(table: Table) -> tuple[Commitment, ...]:
    public = table.room.public
    used = tuple(promotion.promotion_id for promotion in public.promotions)
    basket = BasketCommitment(((table.sku.sku_id, table.quantity),), used, public.total)
    return (basket, *(PromotionCommitment(promotion_id) for promotion_id in used))


def _within_reach(table: Table) -> Outcome | None:
    """A number the shop can meet is met, once the first round is over; one above the public price gets that price."""
    target, talk = table.target, table.talk
    if target is None or not talk.rounds or table.repeated:
        return None
    standing = talk.standing(table.quantity)
    if target >= table.room.start:
        return _restate(table, standing, "honour") if standing else _public_is_less(table)
    unit = table.room.unit_for(target)
    return _give(table, unit, "accepted") if unit is not None else None


def _public_is_less(table: Table) -> Outcome:
    public = table.room.public
    words = {"title": full_name(table.sku), "quantity": table.quantity, "total": money(public.total)}
    said = table.case.replies.say("public_is_less", **words)
    talk = table.talk.answered(table.ask.name, table.quantity, round_used=False)
    claims = claim_words(table.case, public)
    return table.told(said, *claims, talk=talk, commitments=_public_commitments(table), tried="已告知公开到手价")


def _supervisor_after_rounds(table: Table) -> Outcome | None:
    if table.talk.rounds < table.rounds:
        return None
    return _to_supervisor(table, "keep_and_supervisor" if table.talk.offers else "to_supervisor", "买家继续议价")


def _round_down(table: Table) -> Outcome | None:
    total = table.room.rounded_total()
    if table.ask.argument is not Argument.ROUND_DOWN or total is None or table.repeated:
        return None
    until = offer_until(table)
    offer = PriceOffer(table.quantity, table.sku.price, total, until)
    return _offered(table, offer, "rounded")


def _hold_same_argument(table: Table) -> Outcome | None:
    """Nothing twice for the same argument: the offer stands as it is."""
    if not table.repeated:
        return None
    return _hold(table)


def _hold(table: Table) -> Outcome:
    standing = table.talk.standing(table.quantity)
    if standing:
        return _restate(table, standing, "hold")
    said = table.case.replies.say("hold_value", title=full_name(table.sku))
    return table.told(said, talk=table.talk.answered(table.ask.name, table.quantity), tried="已说明目前的优惠")


def _coupon(table: Table) -> Outcome | None:
    """An authorised coupon in the middle rounds, while its budgets last."""
    if table.talk.rounds >= table.rounds - 1 and table.rounds > 2:  # noqa: PLR2004 - with two rounds the coupon is the last
        return None
    offers = [offer for offer in table.case.shop.settings.authority.coupons if _affordable(table, offer)]
    offer = table.room.coupon(offers)
    if offer is None:
        return None
    until = table.case.now + timedelta(hours=offer.valid_hours)
    made = CouponCommitment(offer.id, offer.amount, offer.minimum_spend, until)
    talk = table.talk.gave(table.ask.name, GivenCoupon(offer.id, offer.amount, until), table.quantity)
    spends = coupon_spends(offer, table.case.shop.shop_id, table.case.buyer, local_now(table.case).date())
    return table.told(
        _coupon_said(table, offer, until), talk=talk, commitments=(made,), effects=spends, tried="已给出授权优惠券"
    )


def _affordable(table: Table, offer: CouponOffer) -> bool:
    case = table.case
    spends = coupon_spends(offer, case.shop.shop_id, case.buyer, local_now(case).date())
    return not any(spend.budget in case.exhausted for spend in spends)


def _coupon_said(table: Table, offer: CouponOffer, until: datetime) -> Said:
    how = offer.how.rstrip("。") or table.case.replies.say("coupon_how").text
    words = {"amount": money(offer.amount), "until": moment_word(until, table.case), "how": how}
    if offer.minimum_spend > 0:
        return table.case.replies.say("coupon_over", minimum=money(offer.minimum_spend), **words)
    return table.case.replies.say("coupon", **words)


def _price(table: Table) -> Outcome:
    """Half way down, or the last price in the last round; holds where there is no room."""
    last = table.talk.rounds >= table.rounds - 1
    unit = table.room.lowest_unit if last else table.room.middle_unit
    if not table.room.improves(unit):
        return _hold(table)
    return _give(table, unit, "last_offer" if last else "offer")


def _give(table: Table, unit: Decimal, key: str) -> Outcome:
    return _offered(table, offer_of(table, unit, table.quantity), key)


def _offered(table: Table, offer: PriceOffer, key: str) -> Outcome:
    said = table.case.replies.say(key, **price_words(table, offer))
    talk = table.talk.gave(table.ask.name, offer, table.quantity)
    made = (price_commitment(table, offer),)
    return table.told(said, talk=talk, commitments=made, asks=_agreement(table), tried="已给出授权价格")


def _agreement(table: Table) -> Pending:
    """An offer is a question: 行吧 or a bare number is its answer."""
    return asking(table.case, AGREEMENT)


def _to_supervisor(table: Table, key: str, wish: str) -> Outcome:
    said = table.case.replies.say(key, title=full_name(table.sku))
    talk = table.talk.answered(table.ask.name, table.quantity)
    return table.told(said, talk=talk, handoff=wish_for(table, Reason.AUTHORITY_EXCEEDED, wish))
