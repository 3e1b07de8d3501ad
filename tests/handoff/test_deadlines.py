"""Opening hours and the clocks of a ticket."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.handoff import Group
from app.shop.schema import Deadlines, GroupSettings, Hours
from handoff.deadlines import add_open_time, day_phrase, is_open, moment_phrase, next_open_at, ticket_deadlines
from handoff.phrases import handoff_phrases
from tests.handoff.builders import HOURS, MORNING, NIGHT, some_settings

ZONES = ["Asia/Shanghai", "UTC", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu"]
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - made aware by the strategy
times_of_day = st.times().map(lambda at: at.replace(second=0, microsecond=0))
opening_hours = st.builds(
    Hours,
    timezone=st.sampled_from(ZONES),
    opens=times_of_day,
    closes=times_of_day,
    days=st.lists(st.integers(1, 7), min_size=1, unique=True).map(tuple),
)


def in_shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_in_opening_hours_the_first_answer_is_due_after_three_minutes():
    due = ticket_deadlines(some_settings(), Group.PRESALE, MORNING).first_response_due

    assert due == MORNING + timedelta(minutes=3)


def test_out_of_hours_the_three_minutes_begin_when_people_are_back():
    due = ticket_deadlines(some_settings(), Group.PRESALE, NIGHT).first_response_due

    assert due == in_shanghai(24, 9, 3)


def test_minutes_left_over_at_closing_time_are_counted_the_next_morning():
    due = ticket_deadlines(some_settings(), Group.PRESALE, in_shanghai(23, 21, 59)).first_response_due

    assert due == in_shanghai(24, 9, 2)


def test_a_ticket_is_due_after_24_hours_and_its_closure_after_48():
    due = ticket_deadlines(some_settings(), Group.PRESALE, NIGHT)

    assert due.resolve_due == NIGHT + timedelta(hours=24)
    assert due.close_due == NIGHT + timedelta(hours=48)


def test_a_group_may_promise_another_first_answer_than_the_shop():
    settings = some_settings(
        deadlines=Deadlines(first_response_minutes=5),
        groups={Group.SUPERVISOR: GroupSettings(name="店长", first_response=15)},
    )

    assert ticket_deadlines(settings, Group.SUPERVISOR, MORNING).first_response_due == MORNING + timedelta(minutes=15)
    assert ticket_deadlines(settings, Group.PRESALE, MORNING).first_response_due == MORNING + timedelta(minutes=5)


def test_days_off_are_skipped():
    weekdays = HOURS.model_copy(update={"days": (1, 2, 3, 4, 5)})
    saturday = in_shanghai(28, 10)

    assert not is_open(weekdays, saturday)
    assert next_open_at(weekdays, saturday) == in_shanghai(30, 9)


def test_a_shift_past_midnight_belongs_to_the_day_it_began():
    nights = Hours(opens=time(18), closes=time(2), days=(1,))

    assert is_open(nights, in_shanghai(24, 1))
    assert not is_open(nights, in_shanghai(23, 1))


def test_closing_at_the_hour_of_opening_is_open_round_the_clock():
    always = Hours(opens=time(0), closes=time(0))

    assert is_open(always, NIGHT)


def test_a_shop_without_working_days_still_has_a_deadline_and_nobody_back():
    never = HOURS.model_copy(update={"days": ()})

    assert next_open_at(never, MORNING) is None
    assert add_open_time(never, MORNING, timedelta(minutes=3)) == MORNING + timedelta(minutes=3)


@given(opening_hours, moments)
def test_people_are_never_back_in_the_past_and_then_they_are_there(hours: Hours, now: datetime):
    back = next_open_at(hours, now)

    assert back is not None
    assert back >= now
    assert is_open(hours, back)


@given(opening_hours, moments)
def test_people_are_back_now_exactly_when_it_is_open(hours: Hours, now: datetime):
    assert (next_open_at(hours, now) == now) == is_open(hours, now)


@given(opening_hours, moments, st.integers(1, 600))
def test_a_deadline_is_never_sooner_than_the_wait_itself_and_lies_in_or_at_the_end_of_a_shift(
    hours: Hours, now: datetime, minutes: int
):
    due = add_open_time(hours, now, timedelta(minutes=minutes))

    assert due >= now + timedelta(minutes=minutes)
    assert is_open(hours, due - timedelta(microseconds=1))


@given(opening_hours, moments, st.integers(1, 300), st.integers(1, 300))
def test_waiting_twice_is_waiting_the_sum(hours: Hours, now: datetime, first: int, second: int):
    halfway = add_open_time(hours, now, timedelta(minutes=first))

    after_both = add_open_time(hours, halfway, timedelta(minutes=second))

    assert after_both == add_open_time(hours, now, timedelta(minutes=first + second))


@given(opening_hours, moments, moments, st.integers(1, 300))
def test_who_came_first_is_due_first(hours: Hours, one: datetime, other: datetime, minutes: int):
    early, late = sorted((one, other))
    wait = timedelta(minutes=minutes)

    assert add_open_time(hours, early, wait) <= add_open_time(hours, late, wait)


@pytest.mark.parametrize(
    ("moment", "spoken"),
    [
        (in_shanghai(23, 14), "今天下午2:00"),
        (in_shanghai(24, 9), "明天上午9:00"),
        (in_shanghai(25, 8, 30), "后天早上8:30"),
        (in_shanghai(27, 12), "周五中午12:00"),
        (in_shanghai(30, 9), "下周一上午9:00"),
        (in_shanghai(24, 0, 5), "明天凌晨0:05"),
        (in_shanghai(24, 18), "明天晚上6:00"),
        (datetime(2026, 12, 8, 1, tzinfo=UTC), "12月8日上午9:00"),
    ],
)
def test_times_are_said_as_a_shop_says_them(moment: datetime, spoken: str):
    assert moment_phrase(moment, MORNING, HOURS, handoff_phrases().times) == spoken


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_a_day_is_called_today_or_tomorrow_only_when_it_is(today: date, ahead: int):
    name = day_phrase(today + timedelta(days=ahead), today, handoff_phrases().times)

    assert (name == "今天") == (ahead == 0)
    assert (name == "明天") == (ahead == 1)
