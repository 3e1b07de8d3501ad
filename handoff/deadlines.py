"""Opening hours, the clocks of a ticket, and how the time people are back is said."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.handoff import Group
from app.shop.schema import Hours, ShopSettings
from handoff.phrases import TimePhrases

# A week ahead holds every working day there is; one day more for a shift that began yesterday.
LOOK_AHEAD = 9
DAY_AFTER_TOMORROW = 2


@dataclass(frozen=True, slots=True)
class TicketDeadlines:
    """When people owe the first answer, the solution and the closure; aware UTC."""

    first_response_due: datetime
    resolve_due: datetime
    close_due: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """One stretch of opening, [begins, ends), in the shop's zone."""

    begins: datetime
    ends: datetime


def shift_on(day: date, hours: Hours) -> Shift:
    """The shift that begins on `day`; closing at or before opening means on the next day."""
    return _build_shift(day, hours.opens, hours.closes, hours.timezone)


@lru_cache(maxsize=1024)  # yesterday's and today's of some hundred shops: each ticket asks five times
def _build_shift(day: date, opens: time, closes: time, timezone: str) -> Shift:
    zone = ZoneInfo(timezone)
    last = day if closes > opens else day + timedelta(days=1)
    return Shift(datetime.combine(day, opens, zone), datetime.combine(last, closes, zone))


def iter_shifts(hours: Hours, now: datetime) -> Iterator[Shift]:
    """The shifts not over at `now`, in order, from the one running."""
    today = now.astimezone(ZoneInfo(hours.timezone)).date()
    for offset in range(-1, LOOK_AHEAD):
        day = today + timedelta(days=offset)
        if day.isoweekday() in hours.days and (shift := shift_on(day, hours)).ends > now:
            yield shift


def is_open(hours: Hours, now: datetime) -> bool:
    """Whether people work at `now`."""
    shift = next(iter_shifts(hours, now), None)
    return shift is not None and shift.begins <= now


def next_open_at(hours: Hours, now: datetime) -> datetime | None:
    """When people are next there, in the shop's zone: `now` while open; None when no day is a working day."""
    shift = next(iter_shifts(hours, now), None)
    if shift is None:
        return None
    return max(shift.begins, now.astimezone(ZoneInfo(hours.timezone)))


def add_open_time(hours: Hours, now: datetime, wait: timedelta) -> datetime:
    """The moment `wait` of opening hours has passed since `now`, aware UTC.

    Without any working day the plain clock counts, so that a ticket always has a deadline.
    """
    left, moment = wait, now
    while (shift := next(iter_shifts(hours, moment), None)) is not None:
        begins, ends = max(_utc_moment(shift.begins), moment), _utc_moment(shift.ends)
        if ends - begins >= left:
            return _utc_moment(begins + left)
        left, moment = left - (ends - begins), ends
    return _utc_moment(moment + left)


def ticket_deadlines(settings: ShopSettings, group: Group, now: datetime) -> TicketDeadlines:
    """The clocks of a ticket opened at `now` for `group`; the group's own promise goes before the shop's."""
    own = settings.groups.get(group)
    minutes = own.first_response if own else settings.deadlines.first_response_minutes
    return TicketDeadlines(
        first_response_due=add_open_time(settings.hours, now, timedelta(minutes=minutes)),
        resolve_due=_utc_moment(now + timedelta(hours=settings.deadlines.resolve_hours)),
        close_due=_utc_moment(now + timedelta(hours=settings.deadlines.close_hours)),
    )


def moment_phrase(moment: datetime, now: datetime, hours: Hours, words: TimePhrases) -> str:
    """Such as 明天上午9:00, in the shop's zone."""
    zone = ZoneInfo(hours.timezone)
    there = moment.astimezone(zone)
    return day_phrase(there.date(), now.astimezone(zone).date(), words) + clock_phrase(there.time(), words)


def date_time_phrase(moment: datetime, hours: Hours, words: TimePhrases) -> str:
    """Such as 11月23日上午9:00, in the shop's zone: still right when it is read another day."""
    there = moment.astimezone(ZoneInfo(hours.timezone))
    return words.date.format(month=there.month, day=there.day) + clock_phrase(there.time(), words)


def day_phrase(day: date, today: date, words: TimePhrases) -> str:
    """今天, 明天, 后天, then the weekday of this and next week, then the date."""
    near = {0: words.today, 1: words.tomorrow, DAY_AFTER_TOMORROW: words.after_tomorrow}
    if name := near.get((day - today).days):
        return name
    weeks = (_week_start(day) - _week_start(today)).days // 7
    template = {0: words.this_week, 1: words.next_week}.get(weeks, words.date)
    weekday = words.weekdays[day.weekday()]
    return template.format(weekday=weekday, month=day.month, day=day.day)


def clock_phrase(at: time, words: TimePhrases) -> str:
    """Such as 下午2:30, on a clock of twelve hours."""
    start = max(hour for hour in words.periods if hour <= at.hour)
    hour = at.hour if at.hour <= 12 else at.hour - 12  # noqa: PLR2004 - the clock has twelve hours
    return f"{words.periods[start]}{hour}:{at.minute:02d}"


def _week_start(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _utc_moment(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
