"""What a text may say: the values that approved commitments, quoted facts and the shop's policy stand behind."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import singledispatch

from app.commerce.pricing import BasketLine, best_quote
from app.domain.catalogue import Order, OrderState, Promotion, PromotionKind, Sku
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
from app.domain.outcome import Outcome, RecordUrge
from app.guard.authority import AuthorityContext
from app.guard.claims import Claim, ClaimKind
from app.guard.phrases import AmountRole
from app.language.measures import find_quantities
from app.language.units import MeasureKind
from app.shop.schema import ShippingPromise

HOUR = 3600
MINUTE = timedelta(minutes=1)
DAY_HOURS = 24
RATE_STEP = Decimal("0.001")


@dataclass(slots=True)
class Grounding:
    """The values a text may hold, by kind; `names` are words whose digits claim nothing."""

    amounts: set[Decimal] = field(default_factory=set)
    prices: set[Decimal] = field(default_factory=set)  # of goods; no price stands behind a reduction or a fee
    terms: set[tuple[AmountRole, Decimal]] = field(default_factory=set)  # of the policy and of promotions
    rates: set[Decimal] = field(default_factory=set)
    dates: set[date] = field(default_factory=set)
    some_days: bool = False  # days without a date, as 周末, are spoken of by a commitment
    times: set[time] = field(default_factory=set)
    hours: set[Decimal] = field(default_factory=set)
    seconds: set[int] = field(default_factory=set)  # from now to the moments; told in whole minutes, hours or days
    counts: set[Decimal] = field(default_factory=set)
    flags: set[ClaimKind] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    couriers: set[str] = field(default_factory=set)

    def supports(self, claim: Claim) -> bool:  # noqa: PLR0911 (one return a kind of claim)
        """Whether something stands behind the claim; nothing ever does behind an arrival time or a floor."""
        value = claim.value
        match claim.kind:
            case ClaimKind.ARRIVAL | ClaimKind.FLOOR:
                return False
            case ClaimKind.AMOUNT:
                return self._supports_amount(value, claim.role)
            case ClaimKind.RATE:
                return self._supports_rate(value, claim.role)
            case ClaimKind.DATE:
                return self.some_days if value is None else value in self.dates
            case ClaimKind.TIME:
                return value in self.times
            case ClaimKind.DURATION:
                return value in self.hours or any(value in _distance_hours(distance) for distance in self.seconds)
            case ClaimKind.COUNT:
                return value in self.counts
            case ClaimKind.NUMBER:
                return value in self.counts or self._supports_amount(value, AmountRole.PRICE)
            case ClaimKind.FREE_CARRIER:
                return any(claim.text in courier.lower() for courier in self.couriers)
            case _:
                return claim.kind in self.flags

    def _supports_amount(self, value: object, role: AmountRole) -> bool:
        """Whether an amount may play this part.

        What is paid out is never taken from a price or a reduction, and a threshold or a fee is nobody's price.
        """
        if value in self.amounts and role is not AmountRole.CASH:
            return True
        if value in self.prices and role in (AmountRole.PLAIN, AmountRole.PRICE):
            return True
        if role is AmountRole.PLAIN:
            return any(value == amount for _, amount in self.terms)
        return (role, value) in self.terms

    def _supports_rate(self, value: object, role: AmountRole) -> bool:
        """打8折 and 优惠20% say the same."""
        if not isinstance(value, Decimal):
            return False
        if role is AmountRole.NTH_PIECE:
            return any((role, each) in self.terms for each in (value, 1 - value))
        return value in self.rates or 1 - value in self.rates

    def add_moment(self, at: datetime, context: AuthorityContext) -> None:
        """A point in time: its day, its clock and how far off it is."""
        local = at.astimezone(context.zone)
        self.dates.add(local.date())
        self.times.add(local.time().replace(second=0, microsecond=0))
        self.seconds.add(int(abs((at - context.now).total_seconds())))

    def add_date(self, day: date, context: AuthorityContext) -> None:
        """A calendar day and how many days off it is."""
        self.dates.add(day)
        self.hours.add(Decimal(abs((day - context.today).days) * DAY_HOURS))

    def add_duration(self, hours: Decimal | int) -> None:
        """A length of time."""
        self.hours.add(Decimal(hours))


def _distance_hours(seconds: int) -> tuple[Decimal, ...]:
    """A distance as it may be told: in minutes, hours or days."""
    days = seconds // (HOUR * DAY_HOURS)
    return Decimal(seconds // 60) / 60, Decimal(seconds // HOUR), Decimal(days * DAY_HOURS)


def ground_policy(context: AuthorityContext) -> Grounding:
    """The shop's own promises: hours, cut-off, fees, days to return goods, opening hours."""
    grounding = Grounding()
    grounding.times |= {context.settings.hours.opens, context.settings.hours.closes}
    grounding.names |= {context.settings.name}
    shipping = context.authority.shipping
    if shipping is None:
        return grounding
    grounding.add_duration(shipping.within_hours)
    if shipping.returns_days is not None:
        grounding.add_duration(shipping.returns_days * DAY_HOURS)
    if shipping.cut_off is not None:
        grounding.times.add(shipping.cut_off)
        grounding.add_duration(0)
    _ground_fees(grounding, shipping)
    return grounding


def _ground_fees(grounding: Grounding, shipping: ShippingPromise) -> None:
    grounding.couriers |= set(shipping.couriers)
    grounding.terms |= {(AmountRole.FEE, fee) for fee in (shipping.fee, shipping.remote_fee) if fee is not None}
    if shipping.free_from is not None:
        grounding.terms |= {(role, shipping.free_from) for role in (AmountRole.OVER, AmountRole.OVER_FREE)}
    if shipping.free_from is not None or 0 in (shipping.fee, shipping.remote_fee):
        grounding.flags.add(ClaimKind.FREE_SHIPPING)
        if shipping.remote_fee == 0 or (shipping.remote_fee is None and not shipping.remote_places):
            grounding.flags.add(ClaimKind.FREE_EVERYWHERE)
    if 0 in (shipping.free_from, shipping.fee):
        grounding.flags.add(ClaimKind.ALWAYS_FREE)


def _ground_free_sum(grounding: Grounding, total: Decimal, context: AuthorityContext) -> None:
    """A sum that reaches the shop's threshold goes without a fee."""
    shipping = context.authority.shipping
    if shipping and shipping.free_from is not None and total >= shipping.free_from:
        grounding.flags.add(ClaimKind.ALWAYS_FREE)


def ground_facts(grounding: Grounding, context: AuthorityContext) -> None:
    """Goods and orders; a promotion backs nothing until a commitment names it."""
    for sku in context.skus.values():
        _ground_sku(grounding, sku, context)
    if context.skus:
        _ground_free_sum(grounding, min(sku.price for sku in context.skus.values()), context)
    for order in context.orders.values():
        _ground_order(grounding, order, context)
    for promotion in context.promotions.values():
        grounding.add_date(promotion.ends.astimezone(context.zone).date(), context)


def _ground_sku(grounding: Grounding, sku: Sku, context: AuthorityContext) -> None:
    grounding.prices.add(sku.price)
    grounding.counts.add(Decimal(sku.stock))
    grounding.names |= {sku.title, sku.sku_id, *sku.attributes}
    for day in (sku.restock_on, sku.presale_ship_on):
        if day is not None:
            grounding.add_date(day, context)


def _ground_order(grounding: Grounding, order: Order, context: AuthorityContext) -> None:
    grounding.amounts |= {order.total_amount, *(line.amount for line in order.lines)}
    grounding.counts |= {Decimal(line.quantity) for line in order.lines}
    grounding.names |= {word for word in (order.order_id, order.courier, order.tracking_no, order.last_place) if word}
    for at in (order.paid_at, order.shipped_at, order.delivered_at, order.last_moved_at):
        if at is not None:
            grounding.add_moment(at, context)
    if order.shipped_at is not None:
        grounding.flags.add(ClaimKind.AT_ONCE)
    if order.state in (OrderState.REFUNDING, OrderState.REFUNDED):
        grounding.flags.add(ClaimKind.AMENDS)


@singledispatch
def ground_commitment(commitment: Commitment, grounding: Grounding, context: AuthorityContext) -> None:
    """Add what an approved commitment lets the text say."""
    del grounding, context
    raise TypeError(f"unknown commitment: {commitment!r}")


@ground_commitment.register
def _ground_price(promise: PriceCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    sku = context.skus[promise.sku_id]
    listed = sku.price * promise.quantity
    grounding.amounts |= {promise.unit_price, promise.total, listed, promise.unit_price * promise.quantity}
    grounding.amounts |= {listed - promise.total, sku.price - promise.unit_price}
    grounding.counts.add(Decimal(promise.quantity))
    _ground_free_sum(grounding, promise.total, context)
    if sku.price:
        grounding.rates.add((promise.unit_price / sku.price).quantize(RATE_STEP))
    _ground_validity(promise.valid_until, grounding, context)


def _ground_validity(until: datetime | None, grounding: Grounding, context: AuthorityContext) -> None:
    if until is not None:
        grounding.add_moment(until, context)
        grounding.add_duration(Decimal(round((until - context.now).total_seconds() / HOUR)))


@ground_commitment.register
def _ground_basket(promise: BasketCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    lines = [BasketLine(context.skus[sku_id], quantity) for sku_id, quantity in promise.lines]
    named = [context.promotions[promotion_id] for promotion_id in promise.promotions]
    quote = best_quote(lines, named, context.now)
    grounding.amounts |= {quote.total, quote.full_price, quote.full_price - quote.total}
    grounding.flags |= {ClaimKind.STACKS} if quote.savings else set()
    grounding.amounts |= {saving.amount for saving in quote.savings} | {line.full_price for line in lines}
    grounding.counts |= {Decimal(line.quantity) for line in lines} | {Decimal(sum(line.quantity for line in lines))}
    ground_promotion_terms(grounding, named)
    _ground_free_sum(grounding, quote.total, context)
    for reached in (quote.total, quote.full_price - quote.off_goods):
        _ground_gaps(grounding, context, reached)


def _ground_gaps(grounding: Grounding, context: AuthorityContext, total: Decimal) -> None:
    """How much more the basket needs for a promotion or free shipping (再买30元) is arithmetic on two backed sums."""
    shipping = context.authority.shipping
    steps = [found.over for found in context.promotions.values()]
    steps += [shipping.free_from] if shipping and shipping.free_from else []
    grounding.amounts |= {step - total for step in steps if step > total}


@ground_commitment.register
def _ground_promotion(promise: PromotionCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    found = context.promotions[promise.promotion_id]
    ground_promotion_terms(grounding, [found])
    grounding.add_moment(found.begins, context)
    grounding.add_moment(found.ends, context)
    grounding.add_date(
        (found.ends - MINUTE).astimezone(context.zone).date(), context
    )  # what ends at midnight ends the day before


def ground_outcome(grounding: Grounding, outcome: Outcome) -> None:
    """What is written with the reply: a ticket or an urge is a record for people."""
    urged = any(isinstance(effect, RecordUrge) for effect in outcome.effects)
    if outcome.handoff is not None or urged:
        grounding.flags.add(ClaimKind.RECORDED)


def ground_promotion_terms(grounding: Grounding, promotions: Iterable[Promotion]) -> None:
    """The terms of public promotions, each amount and rate with the part it plays."""
    for found in promotions:
        over = _OVER[found.kind]
        grounding.terms |= {(role, found.over) for role in (AmountRole.OVER, over) if found.over}
        grounding.terms |= {(AmountRole.REDUCED, found.minus)} if found.minus else set()
        grounding.counts.add(Decimal(found.quantity))
        grounding.names |= promotion_names(found)
        if found.kind is PromotionKind.NTH_PIECE:
            grounding.terms.add((AmountRole.NTH_PIECE, found.rate))
        elif found.rate != 1:
            grounding.rates.add(found.rate)
    ground_promotion_kinds(grounding, promotions)


def ground_promotion_kinds(grounding: Grounding, promotions: Iterable[Promotion]) -> None:
    """That the shop has coupons, gifts or free shipping at all; their terms are another matter."""
    for found in promotions:
        flag = _PROMOTION_FLAGS.get(found.kind)
        if flag:
            grounding.flags.add(flag)
        if found.kind is PromotionKind.FREE_SHIPPING and not found.over and found.quantity <= 1:
            grounding.flags.add(ClaimKind.ALWAYS_FREE)


def promotion_names(found: Promotion) -> set[str]:
    """What a promotion and its gift are called, and how it is claimed."""
    return {found.title, found.claim, *gift_names(found.gift)} - {""}


def gift_names(gift: str) -> set[str]:
    """The gift as written, and without its count: 杯垫一片 is 一片杯垫 as well."""
    counted = [each for each in find_quantities(gift, MeasureKind.COUNT) if each.end == len(gift)]
    return {gift, *(gift[: each.start] for each in counted)} - {""}


_OVER = {
    PromotionKind.THRESHOLD: AmountRole.OVER_REDUCED,
    PromotionKind.PERCENT: AmountRole.OVER_REDUCED,
    PromotionKind.COUPON: AmountRole.OVER_REDUCED,
    PromotionKind.NTH_PIECE: AmountRole.OVER_REDUCED,
    PromotionKind.GIFT: AmountRole.OVER_GIVEN,
    PromotionKind.FREE_SHIPPING: AmountRole.OVER_FREE,
}
_PROMOTION_FLAGS = {
    PromotionKind.COUPON: ClaimKind.COUPON,
    PromotionKind.GIFT: ClaimKind.GIFT,
    PromotionKind.FREE_SHIPPING: ClaimKind.FREE_SHIPPING,
}


@ground_commitment.register
def _ground_discount(promise: DiscountCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    grounding.rates.add(promise.rate)
    policy = context.authority.bargaining
    grounding.counts |= {Decimal(tier.quantity) for tier in (policy.bulk_tiers if policy else ())}


@ground_commitment.register
def _ground_coupon(promise: CouponCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    grounding.amounts |= {promise.amount, promise.minimum_spend}
    grounding.flags.add(ClaimKind.COUPON)
    offers = [found for found in context.authority.coupons if found.id == promise.coupon_id]
    grounding.names |= {found.how for found in offers if found.how}
    _ground_validity(promise.valid_until, grounding, context)


@ground_commitment.register
def _ground_gift(promise: GiftCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    del context
    grounding.flags.add(ClaimKind.GIFT)
    grounding.names |= gift_names(promise.gift)


@ground_commitment.register
def _ground_ship_by(promise: ShipByCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    grounding.add_moment(promise.ship_by, context)
    if promise.paid_at is not None:
        grounding.add_moment(promise.paid_at, context)
        grounding.some_days = True  # 双十二 is the day that was named
    paid_on = (promise.paid_at or context.now).astimezone(context.zone).date()
    if promise.ship_by.astimezone(context.zone).date() in {context.today, paid_on}:
        grounding.flags |= {ClaimKind.AT_ONCE, ClaimKind.IN_TIME}


@ground_commitment.register
def _ground_postage(promise: PostageCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    del context
    grounding.terms.add((AmountRole.FEE, promise.fee))
    if promise.fee == 0:
        grounding.flags |= {ClaimKind.FREE_SHIPPING, ClaimKind.ALWAYS_FREE}
    if promise.total is not None:
        grounding.amounts |= {promise.total, promise.total + promise.fee}


@ground_commitment.register
def _ground_stacking(promise: StackingCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    grounding.flags.add(ClaimKind.STACKS)
    ground_promotion_terms(grounding, [context.promotions[each] for each in promise.promotions])


@ground_commitment.register
def _ground_shipping_days(promise: ShippingDaysCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    for place in range((promise.last - promise.first).days + 1):
        grounding.add_date(promise.first + timedelta(days=place), context)
    grounding.some_days = True


@ground_commitment.register
def _ground_compensation(promise: CompensationCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    del context
    grounding.amounts.add(promise.amount)
    grounding.terms.add((AmountRole.CASH, promise.amount))
    grounding.flags.add(ClaimKind.AMENDS)
    grounding.names |= gift_names(promise.gift or "")
    flags = {CompensationKind.COUPON: ClaimKind.COUPON, CompensationKind.GIFT: ClaimKind.GIFT}
    if promise.kind in flags:
        grounding.flags.add(flags[promise.kind])


@ground_commitment.register
def _ground_stock(promise: StockCommitment, grounding: Grounding, context: AuthorityContext) -> None:
    del context
    grounding.counts.add(Decimal(promise.quantity))
