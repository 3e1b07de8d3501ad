"""Computes opening hours and ticket deadlines, and words times in Chinese."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.handoff import Group
from app.shop.schema import Hours, ShopSettings
from handoff.phrases import TimePhrases

# Days searched for a shift: a week has every working day, and one may have begun yesterday.
LOOK_AHEAD = 9
DAY_AFTER_TOMORROW = 2


@dataclass(frozen=True, slots=True)
class TicketDeadlines:
    """The deadlines of first response, solution and closure; aware UTC."""

    first_response_due: datetime
    resolve_due: datetime
    close_due: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """One stretch of opening hours, [begins, ends), in the shop's zone."""

    begins: datetime
    ends: datetime


def shift_on(day: date, hours: Hours) -> Shift:
    """The shift that begins on `day`; a closing time at or before the opening time is on the next day."""
    return _build_shift(day, hours.opens, hours.closes, hours.timezone)


@lru_cache(maxsize=1024)  # shifts of two days for some hundred shops; each ticket needs five
def _build_shift(day: date, opens: time, closes: time, timezone: str) -> Shift:
    zone = ZoneInfo(timezone)
    last = day if closes > opens else day + timedelta(days=1)
    return Shift(datetime.combine(day, opens, zone), datetime.combine(last, closes, zone))


def iter_shifts(hours: Hours, now: datetime) -> Iterator[Shift]:
    """Yields the shifts that end after `now`, in order."""
    today = now.astimezone(hours.zone).date()
    for offset in range(-1, LOOK_AHEAD):
        day = today + timedelta(days=offset)
        if day.isoweekday() in hours.days and (shift := shift_on(day, hours)).ends > now:
            yield shift


def is_open(hours: Hours, now: datetime) -> bool:
    """Whether people work at `now`."""
    shift = next(iter_shifts(hours, now), None)
    return shift is not None and shift.begins <= now


def next_open_at(hours: Hours, now: datetime) -> datetime | None:
    """The next opening time, in the shop's zone: `now` while open; None without working days."""
    shift = next(iter_shifts(hours, now), None)
    if shift is None:
        return None
    return max(shift.begins, now.astimezone(hours.zone))


def add_open_time(hours: Hours, now: datetime, wait: timedelta) -> datetime:
    """Adds `wait` of opening hours to `now`; aware UTC.

    Without working days it adds plain time, so that a ticket always has a deadline.
    """
    left, moment = wait, now
    while (shift := next(iter_shifts(hours, moment), None)) is not None:
        begins, ends = max(_utc_moment(shift.begins), moment), _utc_moment(shift.ends)
        if ends - begins >= left:
            return _utc_moment(begins + left)
        left, moment = left - (ends - begins), ends
    return _utc_moment(moment + left)


def ticket_deadlines(settings: ShopSettings, group: Group, now: datetime) -> TicketDeadlines:
    """The deadlines of a ticket opened at `now` for `group`; the group's own first-response time takes precedence."""
    own = settings.groups.get(group)
    minutes = own.first_response if own else settings.deadlines.first_response_minutes
    return TicketDeadlines(
        first_response_due=add_open_time(settings.hours, now, timedelta(minutes=minutes)),
        resolve_due=_utc_moment(now + timedelta(hours=settings.deadlines.resolve_hours)),
        close_due=_utc_moment(now + timedelta(hours=settings.deadlines.close_hours)),
    )


def moment_phrase(moment: datetime, now: datetime, hours: Hours, words: TimePhrases) -> str:
    """Words a time as 明天上午9:00, in the shop's zone."""
    zone = hours.zone
    there = moment.astimezone(zone)
    return day_phrase(there.date(), now.astimezone(zone).date(), words) + clock_phrase(there.time(), words)


def date_time_phrase(moment: datetime, hours: Hours, words: TimePhrases) -> str:
    """Words a time as 11月23日上午9:00, in the shop's zone, which stays right on later days."""
    there = moment.astimezone(hours.zone)
    return words.date.format(month=there.month, day=there.day) + clock_phrase(there.time(), words)


def day_phrase(day: date, today: date, words: TimePhrases) -> str:
    """Words a day as 今天, 明天, 后天, a weekday of this or next week, else as a date."""
    near = {0: words.today, 1: words.tomorrow, DAY_AFTER_TOMORROW: words.after_tomorrow}
    if name := near.get((day - today).days):
        return name
    weeks = (_week_start(day) - _week_start(today)).days // 7
    template = {0: words.this_week, 1: words.next_week}.get(weeks, words.date)
    weekday = words.weekdays[day.weekday()]
    return template.format(weekday=weekday, month=day.month, day=day.day)


def clock_phrase(at: time, words: TimePhrases) -> str:
    """Words a time of day as 下午2:30, on a twelve-hour clock."""
    start = max(hour for hour in words.periods if hour <= at.hour)
    hour = at.hour if at.hour <= 12 else at.hour - 12  # noqa: PLR2004 - the clock has twelve hours
    return f"{words.periods[start]}{hour}:{at.minute:02d}"


def _week_start(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _utc_moment(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
