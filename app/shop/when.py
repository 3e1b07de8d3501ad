"""Parses dates and times as shopkeepers write them: absolute, or relative to now (for a demo that never goes stale)."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.language.dates import RELATIVE_DAYS

EXAMPLES = "2026-01-05、2026-01-05 15:00、今天、今天+3天、明天 10:00、现在-2小时"

_ENGLISH_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_DAYS = {word: days for word, days in RELATIVE_DAYS.items() if word.endswith("天")} | _ENGLISH_DAYS
_NOW = {"现在", "now"}
_UNITS = {
    **dict.fromkeys(("w", "周", "星期", "个星期"), timedelta(weeks=1)),
    **dict.fromkeys(("d", "天", "日"), timedelta(days=1)),
    **dict.fromkeys(("h", "小时", "个小时", "时"), timedelta(hours=1)),
    **dict.fromkeys(("m", "min", "分钟", "分"), timedelta(minutes=1)),
}
_STEP = re.compile(r"([+-])\s*(\d{1,5})\s*([a-z]+|[周星期个天日小时分钟]+)?")
_ANCHOR = re.compile(rf"^({'|'.join([*_DAYS, *_NOW])})?")
_CLOCK = re.compile(r"(?:^|\s|T|日)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$")
_DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_EXCEL_DAY = re.compile(r"^[34]\d{4}(\.\d+)?$|^5\d{4}(\.\d+)?$")
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


class UnreadableTimeError(ValueError):
    """A cell that is no time; the Chinese message says what to write."""


@dataclass(slots=True)
class Calendar:
    """Parses times relative to one `now` (aware) in one zone; `relative` is set once a relative time was read."""

    now: datetime
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    has_relative_dates: bool = False
    _days: dict[str, date] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The date in the shop's zone."""
        return self.now.astimezone(self.zone).date()

    def parse_date(self, text: str) -> date:
        """Parses a date; drops a time of day."""
        if text not in self._days:  # a column of a hundred thousand rows has a handful of distinct dates
            self._days[text] = self._parse_time(text)[0].date()
        return self._days[text]

    def parse_moment(self, text: str, *, whole_day: bool = False) -> datetime:
        """Parses a time, aware UTC; with `whole_day` a bare date means its end, the next midnight."""
        moment, timed = self._parse_time(text)
        if whole_day and not timed:
            moment = datetime.combine(moment.date() + timedelta(days=1), time(), self.zone)
        return moment.astimezone(UTC)

    def _parse_time(self, text: str) -> tuple[datetime, bool]:
        clean = unicodedata.normalize("NFKC", text).strip().lower().replace("t", "T") if text else ""
        clean = re.sub(r"(?<=\d)T(?=\d)", " ", clean).replace("T", "t")
        try:
            moment, timed = self._parse_relative(clean) or self._parse_absolute(clean)
            return moment.replace(year=_check_year(moment.year)), timed
        except (ValueError, OverflowError) as error:
            if isinstance(error, UnreadableTimeError):
                raise
            raise UnreadableTimeError(f"“{text}”不是存在的日期，请写成例如 {EXAMPLES}。") from error

    def _parse_relative(self, text: str) -> tuple[datetime, bool] | None:
        anchor = _ANCHOR.match(text)
        word = (anchor.group(1) or "") if anchor else ""
        rest, clock = _split_clock(text[len(word) :].strip())
        if not word and not rest.startswith(("+", "-")):
            return None
        steps = _parse_steps(rest)
        start = self._anchor_time(word)
        self.has_relative_dates = True
        moved = start + steps
        timed = word not in _DAYS or clock is not None or bool(steps % timedelta(days=1))
        return (_set_clock(moved, clock) if clock else moved), timed

    def _anchor_time(self, word: str) -> datetime:
        if word in _DAYS:
            return datetime.combine(self.today + timedelta(days=_DAYS[word]), time(), self.zone)
        return self.now.astimezone(self.zone)

    def _parse_absolute(self, text: str) -> tuple[datetime, bool]:
        if not text:
            raise UnreadableTimeError(f"没有写日期，请写成例如 {EXAMPLES}。")
        if _EXCEL_DAY.match(text):
            day = date(1899, 12, 30) + timedelta(days=int(float(text)))
            raise UnreadableTimeError(f"“{text}”是 Excel 的日期序号，请把这一列改成日期格式，写成 {day.isoformat()}。")
        if _OFFSET.search(text.upper()) and ":" in text:
            return datetime.fromisoformat(text.upper().replace(" ", "T", 1)).astimezone(self.zone), True
        body, clock = _split_clock(text)
        day = _parse_calendar_day(body)
        moment = datetime.combine(day, time(), self.zone)
        return (_set_clock(moment, clock) if clock else moment), clock is not None


def _check_year(year: int) -> int:
    """Refuses far years, which are slips and overflow when a zone is applied."""
    if not 2000 <= year <= 2199:  # noqa: PLR2004  said in the sentence above
        raise ValueError(year)
    return year


def _split_clock(text: str) -> tuple[str, time | None]:
    found = _CLOCK.search(text)
    if found is None:
        return text, None
    hour, minute, second = (int(part or 0) for part in found.groups())
    keep = found.start() + (1 if text[found.start()] == "日" else 0)
    return text[:keep].strip(), time(hour, minute, second)


def _set_clock(moment: datetime, clock: time) -> datetime:
    return datetime.combine(moment.date(), clock, moment.tzinfo)


def _parse_steps(text: str) -> timedelta:
    total, position = timedelta(), 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or (found.group(3) or "d") not in _UNITS:
            raise UnreadableTimeError(f"看不懂“{text}”，相对时间请写成例如 今天+3天、现在-2小时、+3d、-2h。")
        amount = int(found.group(2)) * _UNITS[found.group(3) or "d"]
        total += amount if found.group(1) == "+" else -amount
        position = found.end()
        while position < len(text) and text[position].isspace():
            position += 1
    return total


def _parse_calendar_day(text: str) -> date:
    found = _DATE.match(text) or _COMPACT.match(text)
    if found is None:
        raise UnreadableTimeError(f"看不懂日期“{text}”，请写成例如 {EXAMPLES}。")
    return date(*(int(part) for part in found.groups()))
