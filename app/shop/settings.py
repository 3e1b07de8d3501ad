"""Checks of shop.yml beyond its types: contradictions and likely slips."""

from collections.abc import Collection, Iterable, Mapping
from datetime import time
from decimal import Decimal
from itertools import pairwise

from app.shop.document import KeyPath, YamlDocument, path_label
from app.shop.report import ProblemCollector
from app.shop.schema import Bargaining, CouponOffer, ShippingPromise, ShopSettings
from app.shop.sources import check_sources
from app.shop.suggest import suggest_sentence

_LARGE_DISCOUNT = Decimal("0.5")
MIDNIGHT = time(0)
NIGHT_ENDS = time(6)
"""Who closes before this may close on the next day; anything later was written the wrong way round."""


def check_settings(
    settings: ShopSettings, document: YamlDocument, problems: ProblemCollector, intents: Collection[str] | None
) -> None:
    """Notes every contradiction in settings whose types are right."""
    note = _DocumentProblems(document, problems)
    _check_hours(settings, note)
    _check_thresholds(settings, note)
    _check_always_people(settings, note, intents)
    check_sources(settings, note)
    _check_shipping(settings.authority.shipping, note)
    _check_coupons(settings.authority.coupons, note)
    if settings.authority.bargaining:
        _check_bargaining(settings.authority.bargaining, note)


class _DocumentProblems:
    """Notes a problem at the line of its key."""

    def __init__(self, document: YamlDocument, problems: ProblemCollector) -> None:
        self._document = document
        self._problems = problems

    def add_error_at(self, path: KeyPath, message: str) -> None:
        """An error at this key."""
        self._problems.add_error(self._document.file, message, self._document.line_number(path), path_label(path))

    def add_warning_at(self, path: KeyPath, message: str) -> None:
        """A warning at this key."""
        self._problems.add_warning(self._document.file, message, self._document.line_number(path), path_label(path))


def _check_hours(settings: ShopSettings, note: _DocumentProblems) -> None:
    opens, closes = settings.hours.opens, settings.hours.closes
    if not (opens < closes or closes < NIGHT_ENDS):
        note.add_error_at(
            ("hours", "closes"), '下班时间要晚于上班时间；到午夜请写 "24:00"，凌晨下班请写 "06:00" 以前。'
        )
    elif MIDNIGHT < closes <= opens:
        note.add_warning_at(
            ("hours", "closes"), f"下班比上班早，按第二天 {closes:%H:%M} 下班算；写反了的话，请把两个时间对调。"
        )


def _check_thresholds(settings: ShopSettings, note: _DocumentProblems) -> None:
    if settings.thresholds.clarify >= settings.thresholds.answer:
        note.add_error_at(("thresholds", "clarify"), "clarify 要小于 answer，例如 clarify: 0.25、answer: 0.62。")


def _check_always_people(settings: ShopSettings, note: _DocumentProblems, intents: Collection[str] | None) -> None:
    if intents is None:
        return
    titles = list(intents.values()) if isinstance(intents, Mapping) else list(intents)
    named = [*intents, *titles]
    for at, intent in enumerate(settings.authority.always_people.intents):
        if intent not in intents:
            cure = suggest_sentence(intent, named) or "可以写：" + "、".join(titles) + "。"
            note.add_error_at(("authority", "always_people", "intents", at), f"没有意图“{intent}”。{cure}")


def _check_shipping(shipping: ShippingPromise | None, note: _DocumentProblems) -> None:
    if shipping is None:
        note.add_warning_at(("authority",), "没有写 authority.shipping（发货承诺），机器人不会说几小时内发货。")
        return
    path: KeyPath = ("authority", "shipping")
    if shipping.remote_fee is not None and not shipping.remote_places:
        note.add_warning_at((*path, "remote_fee"), "写了偏远地区运费，却没有写 remote_places（哪些地区），请补上。")
    if shipping.free_from is not None and shipping.fee is None:
        note.add_warning_at((*path, "free_from"), "写了满多少包邮，却没有写 fee（不满时收多少运费），请补上。")
    for at, (begins, ends) in enumerate(shipping.closed):
        if begins > ends:
            note.add_error_at((*path, "closed", at), f"停发结束日 {ends} 早于开始日 {begins}，请对调。")


def _check_coupons(coupons: Iterable[CouponOffer], note: _DocumentProblems) -> None:
    seen: set[str] = set()
    for at, coupon in enumerate(coupons):
        path: KeyPath = ("authority", "coupons", at)
        if coupon.id in seen:
            note.add_error_at((*path, "id"), f"优惠券 id“{coupon.id}”重复，请换一个。")
        seen.add(coupon.id)
        if coupon.minimum_spend <= coupon.amount:
            note.add_warning_at(
                (*path, "minimum_spend"),
                f"使用门槛 {coupon.minimum_spend} 元不高于面额 {coupon.amount} 元，可能倒贴钱，请确认。",
            )


def _check_bargaining(bargaining: Bargaining, note: _DocumentProblems) -> None:
    path: KeyPath = ("authority", "bargaining")
    if bargaining.max_discount > _LARGE_DISCOUNT:
        share = f"{bargaining.max_discount:.0%}"
        note.add_warning_at((*path, "max_discount"), f"最多让利 {share}，是不是写反了？让 5% 写 0.05（不是 0.95）。")
    tiers = bargaining.bulk_tiers
    for at, (fewer, more) in enumerate(pairwise(tiers), start=1):
        if more.quantity <= fewer.quantity or more.rate > fewer.rate:
            note.add_error_at((*path, "bulk_tiers", at), "批量档位请按件数从少到多写，件数越多 rate 越低。")
    for at, tier in enumerate(tiers):
        if tier.rate <= _LARGE_DISCOUNT:
            note.add_warning_at(
                (*path, "bulk_tiers", at, "rate"),
                f"rate {tier.rate} 表示只收 {tier.rate:.0%} 的价格，请确认；95 折写 0.95。",
            )
