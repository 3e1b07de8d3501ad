"""Prices a basket: finds the cheapest legal combination of public promotions and shows what each one saves.

The rules are those of the big marketplaces: promotions on goods (第N件, 打折) come first and are computed from list
prices; promotions on the order (满减, 优惠券) are computed from what remains. One that does not stack is used alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain, combinations

from app.domain.catalogue import Promotion, PromotionKind, Sku

CENT = Decimal("0.01")
MOST_GOODS_PROMOTIONS = 10  # 2^10 combinations; of more promotions, those that save most are tried
ON_GOODS = frozenset({PromotionKind.NTH_PIECE, PromotionKind.PERCENT})
ON_ORDER = frozenset({PromotionKind.THRESHOLD, PromotionKind.COUPON})


@dataclass(frozen=True, slots=True)
class BasketLine:
    """Some pieces of one SKU in a basket."""

    sku: Sku
    quantity: int

    @property
    def full_price(self) -> Decimal:
        """What the line costs without promotions, 元."""
        return self.sku.price * self.quantity


@dataclass(frozen=True, slots=True)
class Saving:
    """What one promotion takes off the basket, 元."""

    promotion: Promotion
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """A basket's price: `full_price` minus every saving is `total`; `extras` are gifts and free shipping."""

    lines: tuple[BasketLine, ...]
    full_price: Decimal
    total: Decimal
    savings: tuple[Saving, ...] = ()
    extras: tuple[Promotion, ...] = field(default=())

    @property
    def quote_promotions(self) -> tuple[Promotion, ...]:
        """Every promotion the quote uses."""
        return tuple(saving.promotion for saving in self.savings) + self.extras

    @property
    def off_goods(self) -> Decimal:
        """What comes off goods by themselves, before anything comes off the order."""
        return sum((saving.amount for saving in self.savings if saving.promotion.kind in ON_GOODS), Decimal(0))


def round_to_cents(amount: Decimal) -> Decimal:
    """Rounded to 分, halves up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def is_running(promotion: Promotion, now: datetime) -> bool:
    """Whether the promotion is valid at this moment."""
    return promotion.begins <= now < promotion.ends


def covers_product(promotion: Promotion, product_id: str) -> bool:
    """Whether the promotion covers the product."""
    return not promotion.products or product_id in promotion.products


def best_quote(lines: Sequence[BasketLine], promotions: Iterable[Promotion], now: datetime) -> Quote:
    """The cheapest legal combination of the promotions running now; among equals, the one of fewest promotions."""
    running = [found for found in promotions if is_running(found, now) and _touches_basket(found, lines)]
    stacking = [found for found in running if found.stacks]
    alone = [_price_basket(lines, [found]) for found in running if not found.stacks]
    together = [
        _price_basket(lines, [*goods, *_order_promotions(stacking)]) for goods in _goods_promotion_sets(lines, stacking)
    ]
    best = min([*together, *alone], key=lambda quote: (quote.total, len(quote.savings)))
    return _add_extras(best, running)


def _touches_basket(promotion: Promotion, lines: Sequence[BasketLine]) -> bool:
    return any(covers_product(promotion, line.sku.product_id) for line in lines)


def _order_promotions(promotions: Iterable[Promotion]) -> list[Promotion]:
    return [found for found in promotions if found.kind in ON_ORDER]


def _goods_promotion_sets(
    lines: Sequence[BasketLine], stacking: Sequence[Promotion]
) -> Iterable[tuple[Promotion, ...]]:
    """Every set of goods promotions, because a larger saving on goods may fall below a threshold on the order."""
    goods = [found for found in stacking if found.kind in ON_GOODS]
    goods.sort(key=lambda found: _price_basket(lines, [found]).total)
    kept = goods[:MOST_GOODS_PROMOTIONS]
    return chain.from_iterable(combinations(kept, size) for size in range(len(kept) + 1))


def _price_basket(lines: Sequence[BasketLine], promotions: Sequence[Promotion]) -> Quote:
    left = [line.full_price for line in lines]
    savings: list[Saving] = []
    for promotion in sorted(promotions, key=lambda found: found.kind is PromotionKind.PERCENT):
        if promotion.kind in ON_GOODS:
            before = _sum_rounded(left)
            cuts = _goods_cuts(promotion, lines, left)
            left = [max(amount - off, Decimal(0)) for amount, off in zip(left, cuts, strict=True)]
            savings.append(Saving(promotion, before - _sum_rounded(left)))
    left = [round_to_cents(amount) for amount in left]  # rounded once, so that the order of shares does not matter
    total = sum(left, Decimal(0))
    for promotion in _order_promotions(promotions):
        off = min(_order_cut(promotion, lines, left), total)
        total -= off
        savings.append(Saving(promotion, off))
    used = tuple(saving for saving in savings if saving.amount > 0)
    return Quote(tuple(lines), sum((line.full_price for line in lines), Decimal(0)), total, used)


def _sum_rounded(amounts: Iterable[Decimal]) -> Decimal:
    return sum((round_to_cents(amount) for amount in amounts), Decimal(0))


def _goods_cuts(promotion: Promotion, lines: Sequence[BasketLine], left: Sequence[Decimal]) -> list[Decimal]:
    """The reduction of each line, 元; conditions are checked against list prices."""
    covered = [covers_product(promotion, line.sku.product_id) for line in lines]
    amount = sum((line.full_price for line, yes in zip(lines, covered, strict=True) if yes), Decimal(0))
    pieces = sum(line.quantity for line, yes in zip(lines, covered, strict=True) if yes)
    if amount < promotion.over or pieces < promotion.quantity:
        return [Decimal(0)] * len(lines)
    if promotion.kind is PromotionKind.PERCENT:
        return [rest * (1 - promotion.rate) if yes else Decimal(0) for rest, yes in zip(left, covered, strict=True)]
    return _nth_piece_cuts(promotion, lines, covered)


def _nth_piece_cuts(promotion: Promotion, lines: Sequence[BasketLine], covered: Sequence[bool]) -> list[Decimal]:
    """Reductions of an 第N件 promotion: counts the covered pieces from the dearest down and reduces each n-th.

    Without `repeats` only the first n-th piece is reduced.
    """
    cuts = [Decimal(0)] * len(lines)
    every = max(promotion.quantity, 1)
    order = sorted((i for i, yes in enumerate(covered) if yes), key=lambda i: -lines[i].sku.price)
    passed = 0
    for i in order:
        hits = (passed + lines[i].quantity) // every - passed // every
        if not promotion.repeats:
            hits = int(passed < every <= passed + lines[i].quantity)
        cuts[i] = round_to_cents(lines[i].sku.price * (1 - promotion.rate)) * hits
        passed += lines[i].quantity
    return cuts


def _order_cut(promotion: Promotion, lines: Sequence[BasketLine], left: Sequence[Decimal]) -> Decimal:
    covered = [
        (line, rest) for line, rest in zip(lines, left, strict=True) if covers_product(promotion, line.sku.product_id)
    ]
    amount = sum((rest for _, rest in covered), Decimal(0))
    pieces = sum(line.quantity for line, _ in covered)
    if amount <= 0 or amount < promotion.over or pieces < promotion.quantity:
        return Decimal(0)
    times = int(amount // promotion.over) if promotion.repeats and promotion.over > 0 else 1
    return min(promotion.minus * times, amount)


def _add_extras(quote: Quote, running: Sequence[Promotion]) -> Quote:
    """Adds the gifts and free shipping that may be combined with the chosen price."""
    if any(not saving.promotion.stacks for saving in quote.savings):
        return quote
    extras = [found for found in running if found.kind not in ON_GOODS | ON_ORDER and _is_earned(found, quote)]
    allowed = [found for found in extras if found.stacks] or ([] if quote.savings else extras[:1])
    return Quote(quote.lines, quote.full_price, quote.total, quote.savings, tuple(allowed))


def _is_earned(promotion: Promotion, quote: Quote) -> bool:
    covered = [line for line in quote.lines if covers_product(promotion, line.sku.product_id)]
    share = sum((line.full_price for line in covered), Decimal(0))
    paid = quote.total if not promotion.products else min(share, quote.total)
    return bool(covered) and paid >= promotion.over and sum(line.quantity for line in covered) >= promotion.quantity


def merge_lines(lines: Iterable[BasketLine]) -> tuple[BasketLine, ...]:
    """Merges lines so that each SKU has one."""
    found: dict[str, BasketLine] = {}
    for line in lines:
        before = found.get(line.sku.sku_id)
        found[line.sku.sku_id] = BasketLine(line.sku, line.quantity + (before.quantity if before else 0))
    return tuple(found.values())


def undercuts_floor(quote: Quote) -> bool:
    """Whether public promotions together make the basket cheaper than its floors allow."""
    floor = sum(((line.sku.floor_price or Decimal(0)) * line.quantity for line in quote.lines), Decimal(0))
    return quote.total < floor
