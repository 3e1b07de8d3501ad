"""How far a price may move: between what everybody pays today and the least the shop allows. Pure arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from app.commerce.pricing import Quote
from app.domain.catalogue import Sku
from app.domain.commitment import CouponCommitment
from app.guard.authority import coupon_keeps_floor, lowest_unit_price
from app.shop.schema import Bargaining, CouponOffer
from intents.bargaining.history import BargainHistory

CENT: Final = Decimal("0.01")
DIME: Final = Decimal("0.1")
WHOLE_FROM: Final = Decimal(50)  # dearer goods are offered at whole 元


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The room for one SKU in one quantity.

    Attributes:
        public: what everybody pays today, under the best combination of promotions.
        policy: None when the shop does not bargain.
    """

    sku: Sku
    quantity: int
    public: Quote
    policy: Bargaining | None
    history: BargainHistory

    @property
    def list_total(self) -> Decimal:
        """The page price of all pieces."""
        return self.sku.price * self.quantity

    @property
    def is_negotiable(self) -> bool:
        """Whether the shop bargains on this SKU at all."""
        return self.policy is not None and self.policy.rounds > 0 and self.sku.floor_price is not None

    @property
    def floor_total(self) -> Decimal:
        """The floor of all pieces, counting coupons given before: they can be used on top."""
        given = sum((coupon.amount for coupon in self.history.coupons), Decimal(0))
        return (self.sku.floor_price or self.sku.price) * self.quantity + given

    @property
    def lowest_unit(self) -> Decimal:
        """The least a piece may be offered at, rounded up to a price a shop would say."""
        least = lowest_unit_price(self.sku, self.quantity, self.policy)
        return round_up_price(max(least, self.floor_total / self.quantity), self.sku.price)

    @property
    def current_total(self) -> Decimal:
        """What the buyer can pay anyway: the public price, or what we offered before."""
        before = self.history.lowest_offer(self.quantity)
        return min(self.public.total, before.total) if before else self.public.total

    @property
    def middle_unit(self) -> Decimal:
        """Half way down."""
        return round_up_price((self.current_total / self.quantity + self.lowest_unit) / 2, self.sku.price)

    def is_improvement(self, unit: Decimal) -> bool:
        """Whether this unit price is less than what the buyer can pay anyway, and not too low."""
        return self.lowest_unit <= unit and unit * self.quantity < self.current_total

    def find_unit_price(self, target: Decimal) -> Decimal | None:
        """The unit price that meets the buyer's total, when the shop allows it."""
        unit = (target / self.quantity).quantize(CENT, ROUND_CEILING)
        return unit if self._is_allowed_price(unit) and unit * self.quantity < self.current_total else None

    def _is_allowed_price(self, unit: Decimal) -> bool:
        least = max(lowest_unit_price(self.sku, self.quantity, self.policy), self.floor_total / self.quantity)
        return least <= unit <= self.sku.price

    def round_down_total(self) -> Decimal | None:
        """The list total without its odd 元, as far as the shop rounds down; None when nothing comes off."""
        policy = self.policy
        if policy is None or self.sku.floor_price is None or self.public.total < self.list_total:
            return None
        for step in (Decimal(10), Decimal(1)):
            odd = self.list_total % step
            if (
                0 < odd <= policy.round_down
                and self.list_total - odd >= self.floor_total
                and self.list_total - odd < self.current_total
            ):
                return self.list_total - odd
        return None

    def tier_unit_price(self) -> Decimal | None:
        """The unit price of the bulk tier this quantity reaches, when it is less than the public price."""
        reached = [
            tier.rate for tier in (self.policy.bulk_tiers if self.policy else ()) if self.quantity >= tier.quantity
        ]
        if not reached or self.sku.floor_price is None:
            return None
        unit = (self.sku.price * min(reached)).quantize(CENT, ROUND_CEILING)
        unit = max(unit, self.sku.floor_price, self.floor_total / self.quantity).quantize(CENT, ROUND_CEILING)
        return unit if unit <= self.sku.price and unit * self.quantity < self.current_total else None

    def best_coupon(self, offers: Iterable[CouponOffer]) -> CouponOffer | None:
        """The largest authorised coupon that keeps the floor on top of everything given so far."""
        given = {coupon.coupon_id for coupon in self.history.coupons}
        fitting = [offer for offer in offers if offer.id not in given and self._fits_coupon(offer)]
        return max(fitting, key=lambda offer: offer.amount, default=None)

    def _fits_coupon(self, offer: CouponOffer) -> bool:
        if offer.per_day < 1 or offer.per_buyer < 1 or offer.amount <= 0 or offer.minimum_spend > self.current_total:
            return False
        coupon = CouponCommitment(offer.id, offer.amount, offer.minimum_spend)
        return self.current_total - offer.amount >= self.floor_total and coupon_keeps_floor(coupon, self.sku)


def round_up_price(amount: Decimal, price: Decimal) -> Decimal:
    """Rounded up to whole 元 (dear goods) or 角, never above the page price."""
    step = Decimal(1) if price >= WHOLE_FROM else DIME
    rounded = (amount / step).to_integral_value(ROUND_CEILING) * step
    return min(rounded, price)
