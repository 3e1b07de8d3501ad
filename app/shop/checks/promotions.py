"""Checks promotions against the clock, their own titles, each other, the prices and shop.yml."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from typing import NamedTuple

from app.domain.catalogue import Product, Promotion, PromotionKind, Sku
from app.language.measures import find_quantities
from app.language.numbers import normalise_width
from app.language.title_terms import TitleTerms, read_title_terms
from app.language.units import MeasureKind
from app.shop.contents import FolderContents
from app.shop.report import ProblemCollector, Severity

_JUST_OVER = timedelta(days=7)
_LONGEST = timedelta(days=3 * 366)
_FEW_BASKETS = 200
"""A threshold of this many times the dearest thing is never reached."""

_FOR_A_TIME = ("限时", "日", "节", "期间", "月", "大促", "周")


class Told(NamedTuple):
    """What a check found: the key, what is wrong, and the check's name."""

    key: str
    message: str
    rule: str
    severity: Severity = Severity.WARNING


class FloorBreach(NamedTuple):
    """Goods sold below their floor: by which promotion first, and a message in Chinese."""

    promotion_id: str
    message: str


def check_promotions(contents: FolderContents, problems: ProblemCollector) -> None:
    """Reports promotions that are over, cannot be had, or say one thing and count another."""
    for promotion in contents.promotions:
        place = contents.promotion_places[promotion.promotion_id]
        for check in _CHECKS:
            for told in check(promotion, contents):
                problems.report_problem(told.severity, place.locate_key(told.key), told.message, told.rule)
    for one, other in combinations(contents.promotions, 2):
        for told in _compare_promotions(one, other):
            place = contents.promotion_places[other.promotion_id]
            problems.report_problem(told.severity, place.locate_key(told.key), told.message, told.rule)


def _check_dates(promotion: Promotion, contents: FolderContents) -> Iterator[Told]:
    now = contents.calendar.now
    if promotion.ends <= now:
        day = (promotion.ends - timedelta(minutes=1)).astimezone(contents.calendar.zone).date()
        told = f"“{promotion.title}”在 {day} 已经结束，机器人不会再提。请改 ends，或删掉这个活动。"
        recent = now - promotion.ends < _JUST_OVER
        yield Told("ends", told, "expired_promotion", Severity.HINT if recent else Severity.WARNING)
    elif promotion.ends - now > _LONGEST:
        told = f"“{promotion.title}”要到 {promotion.ends.year} 年才结束，像是年份写错了。请核对 ends。"
        yield Told("ends", told, "far_date")
    elif promotion.begins - now > _LONGEST:
        told = f"“{promotion.title}”要到 {promotion.begins.year} 年才开始，像是年份写错了。请核对 begins。"
        yield Told("begins", told, "far_date")


def _check_reach(promotion: Promotion, contents: FolderContents) -> Iterator[Told]:
    """Thresholds that no basket reaches, and goods that cannot be bought."""
    covered = list(_covered_skus(promotion, contents.products))
    if not covered:
        return
    selling = [sku for sku in covered if sku.listed]
    if not selling:
        told = f"“{promotion.title}”的商品都已下架，买家用不到。请改 products，或删掉这个活动。"
        yield Told("products", told, "unreachable")
        return
    dearest, stock = max(sku.price for sku in selling), sum(sku.price * sku.stock for sku in selling)
    if promotion.over and dearest and (promotion.over > dearest * _FEW_BASKETS or promotion.over > stock > 0):
        told = (
            f"“{promotion.title}”要满 {promotion.over} 元，而最贵的才 {dearest} 元，没有买家够得到。"
            "请核对 over 有没有多写零。"
        )
        yield Told("over", told, "unreachable")
    pieces = sum(sku.stock for sku in selling)
    if promotion.quantity > pieces > 0:
        told = (
            f"“{promotion.title}”要买 {promotion.quantity} 件，而库存一共 {pieces} 件，没有买家够得到。"
            "请核对 quantity。"
        )
        yield Told("quantity", told, "unreachable")


def _check_coupon(promotion: Promotion, contents: FolderContents) -> Iterator[Told]:
    """A coupon worth more than what it is used on."""
    if promotion.kind not in (PromotionKind.COUPON, PromotionKind.THRESHOLD):
        return
    buyable = [sku for sku in _covered_skus(promotion, contents.products) if sku.listed and sku.price]
    cheap = min((sku for sku in buyable if sku.price >= promotion.over), key=lambda sku: sku.price, default=None)
    if cheap and promotion.minus >= cheap.price:
        told = (
            f"“{promotion.title}”减 {promotion.minus} 元，不低于“{_sku_name(cheap)}”的价格 {cheap.price} 元，"
            "买家可以白拿。请调低 minus，或写 over（满多少可用）。"
        )
        yield Told("minus", told, "coupon_above_price")


def _check_title(promotion: Promotion, contents: FolderContents) -> Iterator[Told]:
    """A title whose numbers are not those that are counted with."""
    del contents
    said = read_title_terms(normalise_width(promotion.title))
    for key, words, value, shown in _compare_terms(said, promotion):
        told = (
            f"标题“{promotion.title}”写的是{words}，{key} 却是 {value:f}（{shown}）。"
            "买家看到的和实际算的不一样。请改成一致。"
        )
        yield Told(key, told, "title_mismatch")


def _compare_terms(said: TitleTerms, promotion: Promotion) -> Iterator[tuple[str, str, Decimal, str]]:
    counts_over = promotion.kind is not PromotionKind.NTH_PIECE
    if counts_over and said.over is not None and promotion.over and said.over != promotion.over:
        yield "over", f"满 {said.over:f} 元", promotion.over, f"满 {promotion.over:f} 元"
    if said.minus is not None and promotion.minus and said.minus != promotion.minus:
        yield "minus", f"减 {said.minus:f} 元", promotion.minus, f"减 {promotion.minus:f} 元"
    rated = promotion.kind in (PromotionKind.PERCENT, PromotionKind.NTH_PIECE)
    if rated and said.rate is not None and said.rate != promotion.rate:
        yield "rate", _rate_words(said.rate), promotion.rate, _rate_words(promotion.rate)
    if said.piece is not None and promotion.kind is PromotionKind.NTH_PIECE and said.piece != promotion.quantity:
        yield "quantity", f"第 {said.piece:f} 件", Decimal(promotion.quantity), f"第 {promotion.quantity} 件"


def _rate_words(rate: Decimal) -> str:
    return "半价" if rate == Decimal("0.5") else f"{(rate * 10).normalize():f} 折"


def _check_gift(promotion: Promotion, contents: FolderContents) -> Iterator[Told]:
    """A gift that the catalogue does not have, or has no more."""
    if promotion.kind is not PromotionKind.GIFT or not contents.products:
        return
    found = [product for product in contents.products if _is_gift(product, promotion.gift)]
    if not found:
        told = (
            f"赠品“{promotion.gift}”在商品表里没有，机器人不知道它还有没有，送完了也会照样答应。"
            "请把赠品加进商品表（不单卖就把“在售”写“否”），标题和这里写成一样。"
        )
        yield Told("gift", told, "unknown_gift", Severity.HINT)
    elif not any(sku.stock for product in found for sku in product.skus):
        told = f"赠品“{promotion.gift}”的库存是 0，机器人却还会答应送。请补库存，或结束这个活动。"
        yield Told("gift", told, "unknown_gift")


def _is_gift(product: Product, gift: str) -> bool:
    counted = [span for span in find_quantities(gift, MeasureKind.COUNT) if span.end == len(gift)]
    name = gift[: counted[0].start] if counted else gift
    return any(word in gift or name in word for word in (product.title, *product.keywords) if len(word) > 1 and name)


def _check_free_shipping(promotion: Promotion, contents: FolderContents) -> Iterator[Told]:
    """Free shipping from another sum than shop.yml says."""
    shipping = contents.settings.authority.shipping if contents.settings else None
    if promotion.kind is not PromotionKind.FREE_SHIPPING or shipping is None or shipping.free_from is None:
        return
    if promotion.quantity or promotion.products or promotion.over == shipping.free_from:
        return
    told = (
        f"“{promotion.title}”满 {promotion.over:f} 元包邮，shop.yml 的 free_from 却是 {shipping.free_from:f} 元，"
        "买家会听到两个数。请改成一致；是临时降门槛，就在标题里写明时间。"
    )
    if not any(mark in promotion.title for mark in _FOR_A_TIME):
        yield Told("over", told, "free_shipping_conflict")


_CHECKS: tuple[Callable[[Promotion, FolderContents], Iterable[Told]], ...] = (
    _check_dates,
    _check_reach,
    _check_coupon,
    _check_title,
    _check_gift,
    _check_free_shipping,
)


def _compare_promotions(one: Promotion, other: Promotion) -> Iterator[Told]:
    """Two promotions of a kind on the same goods at the same time, of which only one can be true."""
    together = one.begins < other.ends and other.begins < one.ends
    shared = not one.products or not other.products or bool(one.products & other.products)
    if one.kind is not other.kind or not together or not shared:
        return
    if _is_same_step(one, other):
        told = (
            f"“{other.title}”和“{one.title}”在同一段时间、对同样的商品、同样的门槛给出不同的优惠，"
            "买家会听到两个说法。请删掉一个，或把时间、商品或门槛分开。"
        )
        yield Told("begins", told, "overlapping_promotions")


def _is_same_step(one: Promotion, other: Promotion) -> bool:
    """Whether both begin at the same sum; tiers (满99减10, 满199减25) do not, nor do coupons side by side."""
    if one.kind in (PromotionKind.COUPON, PromotionKind.GIFT) or bool(one.products) != bool(other.products):
        return False
    same_step = (one.over, one.quantity) == (other.over, other.quantity)
    return same_step and (one.minus, one.rate) != (other.minus, other.rate)


def _covered_skus(promotion: Promotion, products: Iterable[Product]) -> Iterator[Sku]:
    for product in products:
        if not promotion.products or product.product_id in promotion.products:
            yield from product.skus


def _sku_name(sku: Sku) -> str:
    return " ".join([sku.title, *sku.attributes])
