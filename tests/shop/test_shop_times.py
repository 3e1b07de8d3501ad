"""Dates and times as shopkeepers write them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.shop.when import Calendar, UnreadableTimeError


def a_calendar() -> Calendar:
    return Calendar(datetime(2026, 1, 10, 4, 30, tzinfo=UTC))  # 12:30 in Shanghai


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-05",
        "2026/1/5",
        "2026.1.5",
        "2026年1月5日",
        "20260105",
        "２０２６/１/５",
        " 2026-01-05 ",
        "2026-01-05 15:00",
    ],
)
def test_a_date_may_be_written_in_every_usual_way(written: str) -> None:
    assert a_calendar().parse_date(written) == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("今天", date(2026, 1, 10)),
        ("昨天", date(2026, 1, 9)),
        ("后天", date(2026, 1, 12)),
        ("+3d", date(2026, 1, 13)),
        ("-2h", date(2026, 1, 10)),
        ("今天+3天", date(2026, 1, 13)),
        ("今天 - 1 周", date(2026, 1, 3)),
        ("today-1d 15:00", date(2026, 1, 9)),
        ("现在-13小时", date(2026, 1, 9)),
    ],
)
def test_a_relative_date_moves_with_today_in_the_shops_zone(written: str, meant: date) -> None:
    calendar = a_calendar()

    assert calendar.parse_date(written) == meant
    assert calendar.has_relative_dates


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-05 15:00", datetime(2026, 1, 5, 7, tzinfo=UTC)),
        ("2026/1/5 9:05:30", datetime(2026, 1, 5, 1, 5, 30, tzinfo=UTC)),
        ("2026年1月5日15：00", datetime(2026, 1, 5, 7, tzinfo=UTC)),
        ("2026-01-05T15:00:00+00:00", datetime(2026, 1, 5, 15, tzinfo=UTC)),
        ("2026-01-05T15:00:00Z", datetime(2026, 1, 5, 15, tzinfo=UTC)),
        ("2026-01-05", datetime(2026, 1, 4, 16, tzinfo=UTC)),
        ("-2h", datetime(2026, 1, 10, 2, 30, tzinfo=UTC)),
        ("现在-90分钟", datetime(2026, 1, 10, 3, 0, tzinfo=UTC)),
        ("+1d+2h", datetime(2026, 1, 11, 6, 30, tzinfo=UTC)),
        ("today-1d 15:00", datetime(2026, 1, 9, 7, tzinfo=UTC)),
        ("昨天 16:40", datetime(2026, 1, 9, 8, 40, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_the_shops_zone(written: str, meant: datetime) -> None:
    assert a_calendar().parse_moment(written) == meant


def test_an_end_written_as_a_day_lasts_the_whole_day() -> None:
    calendar = a_calendar()

    assert calendar.parse_moment("2026-01-05", whole_day=True) == datetime(2026, 1, 5, 16, tzinfo=UTC)
    assert calendar.parse_moment("今天+1天", whole_day=True) == datetime(2026, 1, 11, 16, tzinfo=UTC)
    assert calendar.parse_moment("2026-01-05 15:00", whole_day=True) == datetime(2026, 1, 5, 7, tzinfo=UTC)
    assert calendar.parse_moment("现在+2小时", whole_day=True) == datetime(2026, 1, 10, 6, 30, tzinfo=UTC)


def test_an_absolute_date_does_not_make_the_shop_move_with_the_clock() -> None:
    calendar = a_calendar()

    calendar.parse_date("2026-01-05")

    assert not calendar.has_relative_dates


@pytest.mark.parametrize(
    "written",
    [
        "",
        "下周",
        "今年",
        "2月30日",
        "2026-02-30",
        "2026-13-01",
        "2026-01-05 25:00",
        "1-5",
        "+3y",
        "今天x",
        "0001-01-01",
    ],
)
def test_an_unreadable_date_is_refused_with_an_example_of_what_to_write(written: str) -> None:
    with pytest.raises(UnreadableTimeError, match="例如"):
        a_calendar().parse_date(written)


def test_excels_serial_number_is_named_with_the_date_it_stands_for() -> None:
    with pytest.raises(UnreadableTimeError, match="2026-01-05"):
        a_calendar().parse_date("46027")


@settings(deadline=None, derandomize=True)
@given(
    st.text(max_size=40)
    | st.from_regex(r"(今天|现在|today|now)?[+-]\d{0,9}[天dhw小时]{0,3}( \d{1,2}:\d\d)?", fullmatch=True)
)
def test_no_text_does_worse_than_being_refused(written: str) -> None:
    calendar = a_calendar()

    try:
        moment = calendar.parse_moment(written, whole_day=True)
    except UnreadableTimeError:
        return

    assert moment.utcoffset() is not None
