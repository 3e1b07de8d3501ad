"""When a paid order must have left the shop: the promise's hours over working days, the cut-off, presale dates."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from app.domain.catalogue import Order, OrderState, Sku
from app.shop.schema import ShippingPromise

LONGEST_CLOSURE = 370  # days; a calendar that never opens must not hang a turn
NEW_YEAR, LABOUR_DAY, NATIONAL_DAY = (1, 1), (5, 1), (10, 1)
FIXED_HOLIDAYS = frozenset({NEW_YEAR, LABOUR_DAY, NATIONAL_DAY, (10, 2), (10, 3)})


@dataclass(frozen=True, slots=True)
class ShipByDeadline:
    """When an order leaves, as far as the shop promised.

    Attributes:
        ship_by: the promise's end, aware.
        today_until: the cut-off, while what is paid now (or was paid) still leaves today.
        presale_on: the presale date that holds instead of the hours.
    """

    ship_by: datetime
    today_until: datetime | None = None
    presale_on: date | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether the promise is broken."""
        return now > self.ship_by


def is_working_day(day: date, promise: ShippingPromise) -> bool:
    """Whether parcels leave on this day."""
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
    except NotImplementedError:  # the State Council announces a year's calendar in the November before
        return (day.month, day.day) in FIXED_HOLIDAYS
    return off and name is not None


def _is_moved_working_day(day: date) -> bool:
    """A weekend day that the holiday calendar makes a working day (调休)."""
    try:
        return day.isoweekday() > 5 and chinese_calendar.is_workday(day)  # noqa: PLR2004 - ISO: 6 and 7 are the weekend
    except NotImplementedError:
        return False


def ship_by_deadline(
    paid_at: datetime, promise: ShippingPromise, zone: ZoneInfo, presale_on: date | None = None
) -> ShipByDeadline:
    """When what is paid at `paid_at` leaves; a presale date later than the hours holds instead of them."""
    paid = paid_at.astimezone(zone)
    by_hours = _add_working_hours(paid, promise)
    if presale_on is not None and end_of_day(presale_on, zone) > by_hours:
        return ShipByDeadline(end_of_day(presale_on, zone), presale_on=presale_on)
    return ShipByDeadline(by_hours, today_until=_next_cut_off(paid, promise))


def order_ship_by_deadline(
    order: Order, skus: tuple[Sku, ...], promise: ShippingPromise, zone: ZoneInfo
) -> ShipByDeadline | None:
    """When a paid order leaves; None when it is not waiting to leave."""
    if order.state is not OrderState.PAID or order.paid_at is None:
        return None
    presales = [sku.presale_ship_on for sku in skus if sku.presale_ship_on is not None]
    return ship_by_deadline(order.paid_at, promise, zone, max(presales, default=None))


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The day's last minute."""
    return datetime.combine(day, time(23, 59), zone)


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
