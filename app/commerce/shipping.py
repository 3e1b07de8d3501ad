"""When a paid order must have left the shop, and what carrying it costs: hours, cut-off, presale dates, fees."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import chinese_calendar

from app.domain.catalogue import Order, OrderState, Sku
from app.language.places import lies_in
from app.shop.schema import ShippingPromise

LONGEST_CLOSURE = 370  # days; bounds the search in a calendar without working days
NEW_YEAR, LABOUR_DAY, NATIONAL_DAY = (1, 1), (5, 1), (10, 1)
FIXED_HOLIDAYS = frozenset({NEW_YEAR, LABOUR_DAY, NATIONAL_DAY, (10, 2), (10, 3)})


@dataclass(frozen=True, slots=True)
class ShipByDeadline:
    """The time by which the shop promised to ship an order.

    Attributes:
        ship_by: the deadline, aware.
        today_until: today's cut-off, if the order was paid before it and so leaves today.
        presale_on: the presale date, where it replaces the promised hours.
    """

    ship_by: datetime
    today_until: datetime | None = None
    presale_on: date | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether the deadline has passed."""
        return now > self.ship_by


def is_working_day(day: date, promise: ShippingPromise) -> bool:
    """Whether the shop ships on this day."""
    if any(first <= day <= last for first, last in promise.closed):
        return False
    if not promise.public_holidays:
        return day.isoweekday() in promise.working_days
    if _is_public_holiday(day):
        return False
    return day.isoweekday() in promise.working_days or _is_moved_working_day(day)


def _is_public_holiday(day: date) -> bool:
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:  # next year's calendar is announced in November
        return (day.month, day.day) in FIXED_HOLIDAYS
    return off and name is not None


def _is_moved_working_day(day: date) -> bool:
    """Whether the holiday calendar makes this weekend day a working day (调休)."""
    try:
        return day.isoweekday() > 5 and chinese_calendar.is_workday(day)  # noqa: PLR2004 - ISO: 6 and 7 are the weekend
    except NotImplementedError:
        return False


def ship_by_deadline(
    paid_at: datetime, promise: ShippingPromise, zone: ZoneInfo, presale_on: date | None = None
) -> ShipByDeadline:
    """The deadline of an order paid at `paid_at`; a presale date replaces the promised hours when it is later."""
    paid = paid_at.astimezone(zone)
    by_hours = _add_working_hours(paid, promise)
    if presale_on is not None and end_of_day(presale_on, zone) > by_hours:
        return ShipByDeadline(end_of_day(presale_on, zone), presale_on=presale_on)
    return ShipByDeadline(by_hours, today_until=_next_cut_off(paid, promise))


def order_ship_by_deadline(
    order: Order, skus: Iterable[Sku], promise: ShippingPromise, zone: ZoneInfo
) -> ShipByDeadline | None:
    """The deadline of a paid order; None when the order is not waiting to be shipped."""
    if order.state is not OrderState.PAID or order.paid_at is None:
        return None
    presales = [sku.presale_ship_on for sku in skus if sku.presale_ship_on is not None]
    return ship_by_deadline(order.paid_at, promise, zone, max(presales, default=None))


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last minute of the day."""
    return datetime.combine(day, time(23, 59), zone)


def remote_region(promise: ShippingPromise, places: Iterable[str]) -> str | None:
    """The first of the shop's remote places that one of these places is or lies in, as the shop calls it."""
    return next((each for place in places for each in promise.remote_places if lies_in(place, each)), None)


def delivery_fee(promise: ShippingPromise, total: Decimal, places: Iterable[str] = ()) -> Decimal | None:
    """What carrying goods of this total to the places costs, 元; None where the shop did not write it down."""
    if remote_region(promise, places):
        return promise.remote_fee
    if promise.free_from is not None and total >= promise.free_from:
        return Decimal(0)
    return promise.fee


def _next_cut_off(moment: datetime, promise: ShippingPromise) -> datetime | None:
    if promise.cut_off is None or not is_working_day(moment.date(), promise):
        return None
    cut_off = datetime.combine(moment.date(), promise.cut_off, moment.tzinfo)
    return cut_off if moment <= cut_off else None


def _add_working_hours(start: datetime, promise: ShippingPromise) -> datetime:
    moment, left = start, timedelta(hours=promise.within_hours)
    for _ in range(LONGEST_CLOSURE):
        day_ends = datetime.combine(moment.date() + timedelta(days=1), time(0), moment.tzinfo)
        if is_working_day(moment.date(), promise):
            if left <= day_ends - moment:
                return moment + left
            left -= day_ends - moment
        moment = day_ends
    return moment + left
