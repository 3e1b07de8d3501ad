"""When a paid order must have left: hours over working days, the cut-off, holidays, presale."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commerce.shipping import is_working_day, order_ship_by_deadline, ship_by_deadline
from app.domain.catalogue import OrderState
from app.shop.schema import ShippingPromise
from tests.builders import a_sku, an_order

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = (1, 2, 3, 4, 5)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def a_promise(**changes: Any) -> ShippingPromise:
    return ShippingPromise.model_validate({"within_hours": 48, **changes})


def test_every_day_a_working_day_the_hours_are_counted_straight() -> None:
    leaves = ship_by_deadline(at("2026-11-25T10:30"), a_promise(), SHANGHAI)

    assert leaves.ship_by == at("2026-11-27T10:30")


def test_hours_do_not_run_on_a_day_off() -> None:
    friday_noon = at("2026-11-27T12:00")

    leaves = ship_by_deadline(friday_noon, a_promise(working_days=WEEKDAYS), SHANGHAI)

    assert leaves.ship_by == at("2026-12-01T12:00")


def test_what_is_paid_on_a_day_off_starts_with_the_next_working_day() -> None:
    saturday = at("2026-11-28T15:00")

    leaves = ship_by_deadline(saturday, a_promise(within_hours=24, working_days=WEEKDAYS), SHANGHAI)

    assert leaves.ship_by == at("2026-12-01T00:00")


def test_hours_do_not_run_while_the_shop_is_closed() -> None:
    closed = [[date(2026, 11, 26), date(2026, 11, 28)]]

    leaves = ship_by_deadline(at("2026-11-25T10:00"), a_promise(closed=closed), SHANGHAI)

    assert leaves.ship_by == at("2026-11-30T10:00")


def test_the_national_holiday_is_counted_when_the_shop_rests_then() -> None:
    promise = a_promise(public_holidays=True)

    leaves = ship_by_deadline(at("2026-09-30T10:00"), promise, SHANGHAI)

    assert leaves.ship_by == at("2026-10-09T10:00")


def test_a_weekend_moved_to_a_working_day_counts_as_one() -> None:
    sunday_worked_for_the_holiday = date(2026, 9, 20)

    assert is_working_day(sunday_worked_for_the_holiday, a_promise(working_days=WEEKDAYS, public_holidays=True))
    assert not is_working_day(sunday_worked_for_the_holiday, a_promise(working_days=WEEKDAYS))


def test_a_year_whose_calendar_is_not_announced_keeps_its_fixed_holidays() -> None:
    promise = a_promise(public_holidays=True)

    assert not is_working_day(date(2031, 10, 1), promise)
    assert is_working_day(date(2031, 10, 15), promise)


def test_before_the_cut_off_it_leaves_today() -> None:
    leaves = ship_by_deadline(at("2026-11-25T15:59"), a_promise(cut_off="16:00"), SHANGHAI)

    assert leaves.today_until == at("2026-11-25T16:00")


def test_after_the_cut_off_nothing_is_said_of_today() -> None:
    leaves = ship_by_deadline(at("2026-11-25T16:01"), a_promise(cut_off="16:00"), SHANGHAI)

    assert leaves.today_until is None


def test_on_a_day_off_the_cut_off_says_nothing() -> None:
    leaves = ship_by_deadline(at("2026-11-28T10:00"), a_promise(cut_off="16:00", working_days=WEEKDAYS), SHANGHAI)

    assert leaves.today_until is None


def test_a_presale_date_holds_instead_of_the_hours() -> None:
    leaves = ship_by_deadline(at("2026-11-25T10:00"), a_promise(cut_off="16:00"), SHANGHAI, date(2026, 12, 10))

    assert leaves.presale_on == date(2026, 12, 10)
    assert leaves.ship_by == at("2026-12-10T23:59")
    assert leaves.today_until is None


def test_a_presale_date_already_past_does_not_shorten_the_promise() -> None:
    leaves = ship_by_deadline(at("2026-11-25T10:00"), a_promise(), SHANGHAI, date(2026, 11, 20))

    assert leaves.presale_on is None
    assert leaves.ship_by == at("2026-11-27T10:00")


def test_an_order_of_several_lines_waits_for_the_last_presale() -> None:
    order = an_order(paid_at=at("2026-11-25T10:00"))
    skus = (a_sku(presale_ship_on=date(2026, 12, 1)), a_sku("T2-S", presale_ship_on=date(2026, 12, 8)))

    leaves = order_ship_by_deadline(order, skus, a_promise(), SHANGHAI)

    assert leaves is not None
    assert leaves.presale_on == date(2026, 12, 8)


@pytest.mark.parametrize("state", [state for state in OrderState if state is not OrderState.PAID])
def test_an_order_that_does_not_wait_has_no_departure(state: OrderState) -> None:
    assert order_ship_by_deadline(an_order(state=state), (), a_promise(), SHANGHAI) is None


def test_the_promise_is_broken_only_after_its_last_moment() -> None:
    leaves = ship_by_deadline(at("2026-11-25T10:00"), a_promise(), SHANGHAI)

    assert not leaves.is_overdue(at("2026-11-27T10:00"))
    assert leaves.is_overdue(at("2026-11-27T10:01"))


def test_a_shop_that_never_works_still_gets_an_answer() -> None:
    leaves = ship_by_deadline(at("2026-11-25T10:00"), a_promise(working_days=()), SHANGHAI)

    assert leaves.ship_by > at("2027-11-01T00:00")


@given(
    paid=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),  # noqa: DTZ001 - the zone follows
    hours=st.integers(1, 240),
    days=st.sets(st.integers(1, 7), min_size=1),
    holidays=st.booleans(),
)
def test_the_hours_counted_on_working_days_are_the_promise(
    paid: datetime,
    hours: int,
    days: set[int],
    holidays: bool,
) -> None:
    promise = a_promise(within_hours=hours, working_days=tuple(days), public_holidays=holidays)
    start = paid.replace(second=0, microsecond=0, tzinfo=SHANGHAI)

    end = ship_by_deadline(start, promise, SHANGHAI).ship_by

    assert _minutes_worked(start, end, promise) == hours * 60


def _minutes_worked(start: datetime, end: datetime, promise: ShippingPromise) -> int:
    """The slow way: day by day, the minutes of each working day between the two."""
    minutes, day = 0, start.date()
    while day <= end.date():
        opens = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        first, last = max(start, opens), min(end, opens + timedelta(days=1))
        if is_working_day(day, promise) and last > first:
            minutes += int((last - first).total_seconds()) // 60
        day += timedelta(days=1)
    return minutes
