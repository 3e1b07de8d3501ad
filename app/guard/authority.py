"""Whether the shop allows a commitment: each kind against the policy, the facts it rests on and the budgets it spends.

A refusal is a Chinese line for the person who takes over. Nothing here reads the rendered text; gate.py does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import singledispatch
from zoneinfo import ZoneInfo

from app.commerce.pricing import BasketLine, best_quote, is_running, undercuts_floor
from app.commerce.shipping import (
    ShipByDeadline,
    delivery_fee,
    end_of_day,
    is_working_day,
    order_ship_by_deadline,
    remote_region,
    ship_by_deadline,
)
from app.domain.catalogue import Order, Promotion, PromotionKind, Sku
from app.domain.commitment import (
    BasketCommitment,
    Commitment,
    CompensationCommitment,
    CompensationKind,
    CouponCommitment,
    DiscountCommitment,
    GiftCommitment,
    PostageCommitment,
    PriceCommitment,
    PromotionCommitment,
    ShipByCommitment,
    ShippingDaysCommitment,
    StackingCommitment,
    StockCommitment,
)
from app.domain.outcome import Effect, Spend
from app.shop.schema import Authority, Bargaining, CompensationLimit, CouponOffer, ShippingPromise, ShopSettings

GRACE = timedelta(minutes=1)  # between the action's clock and the commitment's rounded time


@dataclass(frozen=True, slots=True)
class AuthorityContext:
    """What a commitment may rest on: the policy, the facts quoted beside it, and the effects written with it."""

    settings: ShopSettings
    shop_id: str
    now: datetime
    buyer: str
    skus: Mapping[str, Sku] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    promotions: Mapping[str, Promotion] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    exhausted: frozenset[str] = frozenset()
    zone: ZoneInfo = field(init=False)
    today: date = field(init=False)

    def __post_init__(self) -> None:
        """Where the shop's days begin and end, and its calendar day: asked for many times a reply."""
        object.__setattr__(self, "zone", self.settings.hours.zone)
        object.__setattr__(self, "today", self.now.astimezone(self.zone).date())

    @property
    def authority(self) -> Authority:
        """The shop's policy."""
        return self.settings.authority


def coupon_spends(offer: CouponOffer, shop_id: str, buyer: str, today: date) -> tuple[Spend, ...]:
    """What giving this coupon takes from its budgets: the shop's day and the buyer's share."""
    name = f"{shop_id}/coupon/{offer.id}"
    return (
        Spend(f"{name}/day/{today.isoformat()}", Decimal(1), Decimal(offer.per_day)),
        Spend(f"{name}/buyer/{buyer}", Decimal(1), Decimal(offer.per_buyer)),
    )


def compensation_spends(
    amends: CompensationCommitment, authority: Authority, shop_id: str, today: date
) -> tuple[Spend, ...]:
    """What these amends take from their budgets: once for the order, and the day's ceiling of their kind."""
    name = f"{shop_id}/compensation"
    once = Spend(f"{name}/order/{amends.order_id}", Decimal(1), Decimal(1))
    day = f"{name}/{amends.kind}/day/{today.isoformat()}"
    if amends.kind is CompensationKind.GIFT:
        gift = authority.compensation.gift
        return (once, Spend(day, Decimal(1), Decimal(gift.per_day if gift else 0)))
    limit = _compensation_limit(authority, amends.kind)
    return (once, Spend(day, amends.amount, limit.per_day if limit else Decimal(0)))


def _compensation_limit(authority: Authority, kind: CompensationKind) -> CompensationLimit | None:
    return authority.compensation.cash if kind is CompensationKind.CASH else authority.compensation.coupon


def lowest_unit_price(sku: Sku, quantity: int, policy: Bargaining | None) -> Decimal:
    """The least a piece may go for in this quantity: never under the floor, nor past the greatest discount or tier.

    Without a policy or a floor the price does not move.
    """
    if policy is None or sku.floor_price is None:
        return sku.price
    rate = min([1 - policy.max_discount, *(tier.rate for tier in policy.bulk_tiers if quantity >= tier.quantity)])
    return min(sku.price, max(sku.floor_price, sku.price * rate))


def coupon_keeps_floor(coupon: CouponCommitment, sku: Sku) -> bool:
    """Whether the coupon on the fewest pieces that reach its minimum leaves each at or above the floor."""
    if sku.floor_price is None or sku.price <= 0:
        return False
    pieces = max(1, -int(-coupon.minimum_spend // sku.price))
    return sku.price * pieces - coupon.amount >= sku.floor_price * pieces


@singledispatch
def refusal_reason(commitment: Commitment, context: AuthorityContext) -> str | None:
    """Why the shop does not allow the commitment, in Chinese for people; None when it does."""
    del context
    raise TypeError(f"unknown commitment: {commitment!r}")


@refusal_reason.register
def _refuse_price(promise: PriceCommitment, context: AuthorityContext) -> str | None:
    sku, policy = context.skus.get(promise.sku_id), context.authority.bargaining
    if sku is None:
        return f"报价的规格 {promise.sku_id} 没有引用商品资料"
    if not sku.listed:
        return f"{sku.title} 已下架，不能报价"
    if promise.quantity < 1:
        return "报价的件数不对"
    listed = promise.unit_price == sku.price and promise.total == sku.price * promise.quantity
    return None if listed else _refuse_bargained_price(promise, sku, policy, context)


def _refuse_bargained_price(
    promise: PriceCommitment, sku: Sku, policy: Bargaining | None, context: AuthorityContext
) -> str | None:
    if policy is None or sku.floor_price is None:
        return f"{sku.title} 不在可议价范围内"
    if promise.unit_price < lowest_unit_price(sku, promise.quantity, policy):
        return f"{sku.title} 单价 {promise.unit_price} 元低于授权价"
    least = promise.unit_price * promise.quantity - policy.round_down
    if promise.total < max(least, sku.floor_price * promise.quantity):
        return f"{sku.title} {promise.quantity} 件总价 {promise.total} 元低于授权价"
    if context.authority.is_bulk(promise.quantity):
        return f"{promise.quantity} 件达到大单人工处理的数量"
    return _refuse_validity(promise.valid_until, policy.offer_valid_hours, context)


def _refuse_validity(until: datetime | None, hours: int, context: AuthorityContext) -> str | None:
    if until is None:
        return "特别优惠没有写明有效期"
    if until > context.now + timedelta(hours=hours) + GRACE:
        return f"优惠有效期超过了 {hours} 小时"
    return "优惠已经过期" if until <= context.now else None


@refusal_reason.register
def _refuse_basket(promise: BasketCommitment, context: AuthorityContext) -> str | None:
    missing = [sku_id for sku_id, _ in promise.lines if sku_id not in context.skus]
    if missing:
        return f"合计里的规格 {missing[0]} 没有引用商品资料"
    named = [context.promotions.get(promotion_id) for promotion_id in promise.promotions]
    running = [found for found in named if found is not None and is_running(found, context.now)]
    if len(running) < len(named):
        return "合计用了无效或已结束的活动"
    lines = [BasketLine(context.skus[sku_id], quantity) for sku_id, quantity in promise.lines]
    quote = best_quote(lines, running, context.now)
    if promise.total != quote.total:
        return f"合计 {promise.total} 元与活动规则算出的 {quote.total} 元不符"
    # Public promotions may add up to less than the shop's own floor; a person looks at that first.
    return "活动叠加后低于底价，请主管核对" if undercuts_floor(quote) else None


@refusal_reason.register
def _refuse_promotion(promise: PromotionCommitment, context: AuthorityContext) -> str | None:
    found = context.promotions.get(promise.promotion_id)
    if found is None:
        return f"活动 {promise.promotion_id} 没有引用活动资料"
    if promise.upcoming:
        return None if context.now < found.begins else f"活动「{found.title}」不是未开始的活动"
    return None if is_running(found, context.now) else f"活动「{found.title}」现在无效"


@refusal_reason.register
def _refuse_discount(promise: DiscountCommitment, context: AuthorityContext) -> str | None:
    sku, policy = context.skus.get(promise.sku_id), context.authority.bargaining
    if sku is None:
        return f"折扣的规格 {promise.sku_id} 没有引用商品资料"
    if policy is None or sku.floor_price is None:
        return f"{sku.title} 不在可议价范围内"
    tiers = {tier.rate: tier.quantity for tier in policy.bulk_tiers}
    lowest = lowest_unit_price(sku, tiers.get(promise.rate, 1), policy)
    return None if sku.price * promise.rate >= lowest else f"{sku.title} 的折扣 {promise.rate} 超出授权"


@refusal_reason.register
def _refuse_coupon(promise: CouponCommitment, context: AuthorityContext) -> str | None:
    offer = next((found for found in context.authority.coupons if found.id == promise.coupon_id), None)
    if offer is None:
        return f"优惠券 {promise.coupon_id} 没有授权"
    if (promise.amount, promise.minimum_spend) != (offer.amount, offer.minimum_spend):
        return f"优惠券 {promise.coupon_id} 的面额或门槛与授权不符"
    if not context.skus or not all(coupon_keeps_floor(promise, sku) for sku in context.skus.values()):
        return f"优惠券 {promise.coupon_id} 用在这款商品上会低于底价"
    unpaid = _refuse_spends(coupon_spends(offer, context.shop_id, context.buyer, context.today), context)
    return unpaid or _refuse_validity(promise.valid_until, offer.valid_hours, context)


def _refuse_spends(spends: Iterable[Spend], context: AuthorityContext) -> str | None:
    for spend in spends:
        if spend.budget in context.exhausted or spend.amount > spend.limit:
            return f"额度 {spend.budget} 已用完"
        if spend not in context.effects:
            return f"没有登记额度 {spend.budget}"
    return None


@refusal_reason.register
def _refuse_gift(promise: GiftCommitment, context: AuthorityContext) -> str | None:
    running = [found for found in context.promotions.values() if is_running(found, context.now)]
    if any(found.kind is PromotionKind.GIFT and found.gift == promise.gift for found in running):
        return None
    return f"赠品「{promise.gift}」没有授权"


@refusal_reason.register
def _refuse_ship_by(promise: ShipByCommitment, context: AuthorityContext) -> str | None:
    policy = context.authority.shipping
    if policy is None:
        return "店铺没有授权发货时间承诺"
    if promise.ship_by < context.now - GRACE:
        return "承诺的发货时间已经过去"
    paid_at, allowed = _authorised_deadline(promise, policy, context)
    if paid_at is None or allowed is None:
        return f"订单 {promise.order_id} 没有引用订单资料或还没有付款"
    if promise.ship_by >= allowed.ship_by - GRACE:
        return None
    # Only the cut-off allows a time before the hours are over.
    paid = paid_at.astimezone(context.zone)
    today = allowed.today_until is not None and is_working_day(paid.date(), policy)
    return None if today and promise.ship_by >= end_of_day(paid.date(), context.zone) else "承诺的发货时间早于授权"


@refusal_reason.register
def _refuse_shipping_days(promise: ShippingDaysCommitment, context: AuthorityContext) -> str | None:
    policy = context.authority.shipping
    if policy is None:
        return "店铺没有写哪些天发货"
    span = range((promise.last - promise.first).days + 1)
    works = {is_working_day(promise.first + timedelta(days=place), policy) for place in span}
    truth = works.pop() if len(works) == 1 else None
    return None if promise.ships is truth else "这几天发不发货和店铺的设置不一致"


@refusal_reason.register
def _refuse_postage(promise: PostageCommitment, context: AuthorityContext) -> str | None:
    policy = context.authority.shipping
    if policy is None:
        return "店铺没有写运费"
    places = (promise.place,) if promise.place else ()
    if promise.place and remote_region(policy, places) is None:
        return f"{promise.place}不在店铺写的偏远地区里"
    due = {delivery_fee(policy, promise.total or Decimal(0), places)}
    due |= {policy.fee} if promise.place is None and promise.total is None else set()
    return None if promise.fee in due else f"运费 {promise.fee} 元与店铺写的不符"


@refusal_reason.register
def _refuse_stacking(promise: StackingCommitment, context: AuthorityContext) -> str | None:
    found = [context.promotions.get(promotion_id) for promotion_id in promise.promotions]
    if not found or any(each is None or not is_running(each, context.now) for each in found):
        return "说可以叠加的活动无效或没有引用活动资料"
    alone = next((each.title for each in found if each and not each.stacks), None)
    return f"活动「{alone}」不能和别的叠加" if alone else None


def _authorised_deadline(
    promise: ShipByCommitment, policy: ShippingPromise, context: AuthorityContext
) -> tuple[datetime | None, ShipByDeadline | None]:
    """When it was (or would be) paid, and the deadline of an order paid then; None where no paid order is known."""
    if promise.order_id is None:
        sku = context.skus.get(promise.sku_id or "")
        paid_at = max(promise.paid_at or context.now, context.now)
        return paid_at, ship_by_deadline(paid_at, policy, context.zone, sku.presale_ship_on if sku else None)
    order = context.orders.get(promise.order_id)
    if order is None:
        return None, None
    goods = (context.skus[line.sku_id] for line in order.lines if line.sku_id in context.skus)
    return order.paid_at, order_ship_by_deadline(order, goods, policy, context.zone)


@refusal_reason.register
def _refuse_compensation(promise: CompensationCommitment, context: AuthorityContext) -> str | None:
    if promise.order_id not in context.orders:
        return f"补偿的订单 {promise.order_id} 没有引用订单资料"
    over = (
        _refuse_compensation_gift(promise, context)
        if promise.kind is CompensationKind.GIFT
        else _refuse_compensation_amount(promise, context)
    )
    return over or _refuse_spends(
        compensation_spends(promise, context.authority, context.shop_id, context.today), context
    )


def _refuse_compensation_gift(promise: CompensationCommitment, context: AuthorityContext) -> str | None:
    allowed = context.authority.compensation.gift
    known = allowed is not None and allowed.gift == promise.gift and promise.amount == 0
    return None if known else f"补偿赠品「{promise.gift}」没有授权"


def _refuse_compensation_amount(promise: CompensationCommitment, context: AuthorityContext) -> str | None:
    limit = _compensation_limit(context.authority, promise.kind)
    if limit is None:
        return "店铺没有授权这种补偿"
    if not 0 < promise.amount <= limit.per_order:
        return f"补偿 {promise.amount} 元超出每单上限 {limit.per_order} 元"
    return None


@refusal_reason.register
def _refuse_stock(promise: StockCommitment, context: AuthorityContext) -> str | None:
    sku = context.skus.get(promise.sku_id)
    if sku is None:
        return f"库存的规格 {promise.sku_id} 没有引用商品资料"
    holds = sku.listed and sku.stock >= promise.quantity
    return None if holds == promise.available else f"{sku.title} 的库存与所说不符"
