"""What the types of shop.yml cannot say: values that contradict each other or look like a slip of the pen."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from itertools import pairwise

from app.shop.document import Document, Path, name_of
from app.shop.report import Problems
from app.shop.schema import Bargaining, CouponOffer, ShippingPromise, ShopSettings
from app.shop.sources import check_sources
from app.shop.suggest import did_you_mean

_LARGE_DISCOUNT = Decimal("0.5")


def check_settings(
    settings: ShopSettings, document: Document, problems: Problems, intents: Collection[str] | None
) -> None:
    """Note every contradiction in settings whose types are right."""
    note = _Note(document, problems)
    _check_hours(settings, note)
    _check_thresholds(settings, note)
    _check_always_people(settings, note, intents)
    check_sources(settings, note)
    _check_shipping(settings.authority.shipping, note)
    _check_coupons(settings.authority.coupons, note)
    if settings.authority.bargaining:
        _check_bargaining(settings.authority.bargaining, note)


class _Note:
    """Puts a problem at the line of its key."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self._document = document
        self._problems = problems

    def error(self, path: Path, message: str) -> None:
        """An error at this key."""
        self._problems.error(self._document.file, message, self._document.line(path), name_of(path))

    def warning(self, path: Path, message: str) -> None:
        """A warning at this key."""
        self._problems.warning(self._document.file, message, self._document.line(path), name_of(path))


def _check_hours(settings: ShopSettings, note: _Note) -> None:
    if settings.hours.opens >= settings.hours.closes:
        note.error(("hours", "closes"), '下班时间要晚于上班时间；到午夜请写 "23:59"。')


def _check_thresholds(settings: ShopSettings, note: _Note) -> None:
    if settings.thresholds.clarify >= settings.thresholds.answer:
        note.error(("thresholds", "clarify"), "clarify 要小于 answer，例如 clarify: 0.25、answer: 0.62。")


def _check_always_people(settings: ShopSettings, note: _Note, intents: Collection[str] | None) -> None:
    if intents is None:
        return
    for at, intent in enumerate(settings.authority.always_people.intents):
        if intent not in intents:
            note.error(
                ("authority", "always_people", "intents", at), f"没有意图“{intent}”。{did_you_mean(intent, intents)}"
            )


def _check_shipping(shipping: ShippingPromise | None, note: _Note) -> None:
    if shipping is None:
        note.warning(("authority",), "没有写 authority.shipping（发货承诺），机器人不会说几小时内发货。")
        return
    path: Path = ("authority", "shipping")
    if shipping.remote_fee is not None and not shipping.remote_places:
        note.warning((*path, "remote_fee"), "写了偏远地区运费，却没有写 remote_places（哪些地区），请补上。")
    if shipping.free_from is not None and shipping.fee is None:
        note.warning((*path, "free_from"), "写了满多少包邮，却没有写 fee（不满时收多少运费），请补上。")
    for at, (begins, ends) in enumerate(shipping.closed):
        if begins > ends:
            note.error((*path, "closed", at), f"停发结束日 {ends} 早于开始日 {begins}，请对调。")


def _check_coupons(coupons: Iterable[CouponOffer], note: _Note) -> None:
    seen: set[str] = set()
    for at, coupon in enumerate(coupons):
        path: Path = ("authority", "coupons", at)
        if coupon.id in seen:
            note.error((*path, "id"), f"优惠券 id“{coupon.id}”重复，请换一个。")
        seen.add(coupon.id)
        if coupon.minimum_spend <= coupon.amount:
            note.warning(
                (*path, "minimum_spend"),
                f"使用门槛 {coupon.minimum_spend} 元不高于面额 {coupon.amount} 元，可能倒贴钱，请确认。",
            )


def _check_bargaining(bargaining: Bargaining, note: _Note) -> None:
    path: Path = ("authority", "bargaining")
    if bargaining.max_discount > _LARGE_DISCOUNT:
        share = f"{bargaining.max_discount:.0%}"
        note.warning((*path, "max_discount"), f"最多让利 {share}，是不是写反了？让 5% 写 0.05（不是 0.95）。")
    tiers = bargaining.bulk_tiers
    for at, (fewer, more) in enumerate(pairwise(tiers), start=1):
        if more.quantity <= fewer.quantity or more.rate > fewer.rate:
            note.error((*path, "bulk_tiers", at), "批量档位请按件数从少到多写，件数越多 rate 越低。")
    for at, tier in enumerate(tiers):
        if tier.rate <= _LARGE_DISCOUNT:
            note.warning(
                (*path, "bulk_tiers", at, "rate"),
                f"rate {tier.rate} 表示只收 {tier.rate:.0%} 的价格，请确认；95 折写 0.95。",
            )
