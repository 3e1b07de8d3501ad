"""The one grammar of dates and times: 今晚, 下周三, 月底前, 国庆, 12月3号下午五点, 三天后, 48小时内, 等了四天.

Everything is read against `now` in now's own zone. Festivals of the lunar calendar come from borax, the length of a
public holiday from chinese_calendar, which knows it once the State Council has announced it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

import chinese_calendar
from borax.calendars.lunardate import LunarDate, TermUtils

from app.language.numbers import HAN, NUMBER, NumberRange, read_number, read_range


class DateKind(StrEnum):
    """What a stretch of text says of time."""

    POINT = "point"  # a moment, a part of a day or a day
    PERIOD = "period"  # several days, or all from some point on
    DURATION = "duration"  # a length of time that hangs on nothing: 等了四天
    DEADLINE = "deadline"  # until some point: 周五前, 48小时内


class Said(StrEnum):
    """Which part of a time was said."""

    DAY = "day"
    CLOCK = "clock"
    BOTH = "both"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A time at its place in the text.

    Attributes:
        begins, ends: the stretch meant, aware, `ends` exclusive; equal for a moment. A deadline begins now. None where
            it is open (国庆后 has no end) or hangs on nothing (等了四天).
        day: the one calendar day that is named (20号之前 names the 20th); None where it is none or several.
        clock: the time of day as said, moved to the afternoon only where 下午 or the like is said.
        duration, shortest: a length of time and, for a range (3-5天), its shorter end; a working day is a day here.
    """

    start: int
    end: int
    text: str
    kind: DateKind
    said: Said
    begins: datetime | None = None
    ends: datetime | None = None
    day: date | None = None
    clock: time | None = None
    duration: timedelta | None = None
    shortest: timedelta | None = None

    @property
    def days(self) -> tuple[date, date] | None:
        """First and last of the calendar days that are named; None where a clock, a length or an open time is."""
        if self.said is not Said.DAY or self.kind is DateKind.DEADLINE or self.begins is None or self.ends is None:
            return None
        return self.begins.date(), max(self.begins, self.ends - timedelta(seconds=1)).date()


class _Days(NamedTuple):
    """First and last day."""

    first: date
    last: date


ONE_DAY = timedelta(days=1)
_DECEMBER = 12
_NOON = 12
_EARLY = 6  # a bare 五点 is the afternoon's: shops are asleep before seven
RELATIVE_DAYS: Mapping[str, int] = {
    **dict.fromkeys(("大前天",), -3),
    **dict.fromkeys(("前天",), -2),
    **dict.fromkeys(("昨天", "昨日", "昨晚", "昨儿", "昨早"), -1),
    **dict.fromkeys(("今天", "今日", "今晚", "今早", "今儿", "今夜"), 0),
    **dict.fromkeys(("明天", "明日", "明早", "明晚", "明儿"), 1),
    **dict.fromkeys(("大后天",), 3),
    **dict.fromkeys(("后天",), 2),
}
"""How many days from today each word is."""
_PARTS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("凌晨", "半夜"), (0, 6)),
    **dict.fromkeys(("清晨", "早晨", "早上", "一早", "早"), (6, 9)),
    "上午": (8, 12),
    "中午": (11, 14),
    "下午": (12, 18),
    "傍晚": (17, 19),
    **dict.fromkeys(("晚上", "夜里", "晚", "夜"), (18, 24)),
}
_AFTERNOON = frozenset({"中午", "下午", "傍晚", "晚上", "夜里", "晚", "夜"})
_WEEKDAYS = {name: place for place, name in enumerate("一二三四五六日")} | {"天": 6}
_HOURS: Mapping[str, Decimal] = {
    "分钟": Decimal(1) / 60,
    **dict.fromkeys(("小时", "钟头", "h"), Decimal(1)),
    **dict.fromkeys(("天", "日", "工作日"), Decimal(24)),
    **dict.fromkeys(("周", "星期", "礼拜"), Decimal(168)),
    "月": Decimal(720),
    "年": Decimal(8760),
}
_SAME_DAY = {
    **dict.fromkeys(("当天", "当日", "即日"), timedelta()),
    **dict.fromkeys(("次日", "隔天", "隔日", "第二天"), ONE_DAY),
}
_LONGEST_YEARS = 100  # 2026年 is no length of time
_VAGUE = {"过": (1, 4), "这": (0, 3), "前": (-7, -1), "近": (-3, 4), "最": (-7, 4)}


def _on(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _lunar(month: int, day: int) -> Callable[[int], date]:
    return lambda year: LunarDate(year, month, day).to_solar_date()


def _nth_weekday(month: int, nth: int, weekday: int) -> Callable[[int], date]:
    def found(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))

    return found


_spring = _lunar(1, 1)
_FESTIVALS: Mapping[str, Callable[[int], date]] = {
    **dict.fromkeys(("元旦", "跨年"), _on(1, 1)),
    "情人节": _on(2, 14),
    **dict.fromkeys(("三八节", "三八妇女节", "三八女神节", "妇女节", "女神节", "38节", "三八大促"), _on(3, 8)),
    **dict.fromkeys(("清明节", "清明"), lambda year: TermUtils.nth_term_day(year, term_name="清明")),
    **dict.fromkeys(("五一劳动节", "五一", "劳动节"), _on(5, 1)),
    "母亲节": _nth_weekday(5, 2, 6),
    **dict.fromkeys(("六一儿童节", "六一", "儿童节"), _on(6, 1)),
    **dict.fromkeys(("618", "六一八"), _on(6, 18)),
    "父亲节": _nth_weekday(6, 3, 6),
    "教师节": _on(9, 10),
    **dict.fromkeys(("国庆节", "国庆", "十一"), _on(10, 1)),
    **dict.fromkeys(("双十一", "双11"), _on(11, 11)),
    **dict.fromkeys(("双十二", "双12"), _on(12, 12)),
    "平安夜": _on(12, 24),
    **dict.fromkeys(("圣诞节", "圣诞"), _on(12, 25)),
    **dict.fromkeys(("春节", "过年", "大年初一"), _spring),
    **dict.fromkeys(("除夕", "大年三十", "年三十"), lambda year: _spring(year) - ONE_DAY),
    "元宵节": _lunar(1, 15),
    **dict.fromkeys(("端午节", "端午"), _lunar(5, 5)),
    **dict.fromkeys(("七夕节", "七夕"), _lunar(7, 7)),
    **dict.fromkeys(("中秋节", "中秋"), _lunar(8, 15)),
    **dict.fromkeys(("重阳节", "重阳"), _lunar(9, 9)),
    "腊八节": lambda year: LunarDate(year - 1, 12, 8).to_solar_date(),
}
_PUBLIC = frozenset(
    {"元旦", "清明", "清明节", "五一", "五一劳动节", "劳动节", "国庆", "国庆节", "十一", "春节", "过年"}
    | {"端午", "端午节", "中秋", "中秋节"}
)
_ANY_HOLIDAY = frozenset({"节假日", "法定节假日", "法定假日", "法定假", "节日期间", "假日期间", "公共假期"})
"""Names of public holidays in general: the next one is meant."""
_FESTIVAL = (
    "|".join(
        sorted(
            (re.escape(name) for name in {*_FESTIVALS, *_ANY_HOLIDAY} if name not in ("十一", "五一", "618")),
            key=len,
            reverse=True,
        )
    )
    + r"|五一(?![折块元个件])|十一(?=长假|假期|期间|放假|黄金周)|(?<!\d)618(?![\d元块个件])"
)
_FESTIVAL_NAME = re.compile(_FESTIVAL)
_SHORT = rf"(?:\d{{1,2}}|[{HAN}]{{1,3}})"
_REACH = r"\s*(?:-|~|到|至|或)\s*"
_NO_MEASURE = r"(?!\s*(?:[天个件块元折]|小时|分钟|cm|kg|ml|\d))"
_ATOM = re.compile(
    r"(?=[\d零〇大前昨节法假公今明后当即次隔第上下这本周星礼月年去过近最凌清早一中傍晚夜半元跨情三妇女五劳母六儿父教国十双平圣春除端七重腊二四八九两廿卅百])(?:"
    rf"(?P<relative>{'|'.join(sorted(RELATIVE_DAYS, key=len, reverse=True))})"
    r"|(?P<same>当天|当日|即日|次日|隔天|隔日|第二天)"
    rf"|(?P<festival>{_FESTIVAL})"
    rf"|(?P<full>(?:(?P<year>20\d\d)\s*年\s*)?(?P<month>{_SHORT})\s*月\s*(?:份)?\s*(?P<mday>{_SHORT})\s*[日号]?(?!个|件)"
    r"|(?P<iyear>20\d\d)[-/.](?P<imonth>\d{1,2})[-/.](?P<iday>\d{1,2})(?!\d))"
    r"|(?<![\d./-])(?P<short>(?P<smonth>1[0-2]|0?[1-9])(?:[./-](?P<sday>3[01]|[12]\d|0?[1-9])(?:[号日]|(?=\s*(?:之?前|以前|之?后|发货|发出)))"
    rf"|/(?P<sday2>3[01]|[12]\d|0?[1-9])(?!\d|/){_NO_MEASURE}|-(?P<sday3>0[1-9]|[12]\d|3[01])(?![\d-]){_NO_MEASURE}))"
    r"|(?P<week>(?P<shift>上上|下下|上|下|这|本)?个?(?:周|星期|礼拜)(?:(?P<weekday>[一二三四五六日天])(?!二|三|四|五|六|个|件|百|千)|(?P<weekend>末)))"
    r"|(?P<weeks>(?P<wshift>上上|下下|上|下|这|本)个?(?:周|星期|礼拜)|(?<!一)周(?=内))"
    rf"|(?P<inmonth>(?P<mshift>下下|下|上|这|本)个?月\s*(?:(?P<dom>{_SHORT})[号日]|(?P<mpart>初|中旬?|底|末|上旬|下旬))?"
    r"|(?P<mpart2>月初|月中(?!旬)|月底|月末|[上中下]旬)|(?<![个\d])月(?=内))"
    rf"|(?<![\d月.第./路街道巷弄村-])(?P<dayofmonth>(?P<dnumber>3[01]|[12]\d|0?[1-9]|[一二三四五六七八九十廿卅]{{1,3}})(?:号(?![楼店线仓码色机电门院口选柜])|日(?!内|后|左右|之|以|起|历|常|用|本)))"
    r"|(?P<inyear>(?P<yshift>今|明|去)年(?:(?P<ypart>初|底|末|中)|(?P<ymonth>1[0-2]|[1-9])月)?|(?P<ypart2>年初|年底|年末)|(?<![\d半一今明去往成])(?P<around>年[前后])(?!面|的?人))"
    r"|(?P<vague>过[几两]天|这[几两]天|(?<!提)前[几两]天|近期|近日|最近(?!一|的[地店仓网站门]))"
    rf"|(?<![\d.])(?P<length>(?:(?P<least>{NUMBER}){_REACH})?(?<![第哪.\d])(?P<most>{NUMBER}|半)\s*(?P<more>多|来)?\s*(?:个(?P<and>半|多)?)?"
    r"(?P<unit>工作日|分钟|小时|钟头|星期(?![一二三四五六日天])|礼拜(?![一二三四五六日天])|天|周(?![一二三四五六日天末岁])|(?<=[个半多])月(?!饼)|年(?!级|货|代|底|初|前|后面)|[hH](?![A-Za-z])|日(?=内|后|左右|之|以))"
    r"(?P<half>半)?)"
    rf"|(?P<hm>(?<![\d:])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::\d{{2}})?(?!\d))"
    rf"|(?P<oclock>(?P<said>{_SHORT})点(?P<rest>半|整|钟|一刻|三刻|{_SHORT}分?(?!折))?(?!吗|了[吧吗]|开|儿|赞|击|餐|心|货|[{HAN}\d]))"
    r"|(?P<part>凌晨|清晨|早晨|早上|一早|上午|中午|下午|傍晚|晚上|夜里|半夜))"
)
_GAP = re.compile(r"[的 ,]?")
_EDGE = re.compile(
    r"\s*(?:(?P<before>(?:之|以)?前(?!面|台|天|后|几)|截止|为止)|(?P<after>(?:之|以)?后(?!面|天|台|续))|(?P<within>(?:之|以)?内(?![衣裤存蒙])))"
)
_LATEST = re.compile(r"(?:最晚|最迟|赶在|不超过)\s*$")
_PAST = re.compile(
    r"(?:的时候|那天)?(?:就|才|已经|刚)?\s*(?:拍|买|下单?|付款?|订|发货?|收到?|签收|寄|到货?)\s*(?:[了过]|的(?!话))"
)
_MAY = re.compile(r"[天日晚早夜周期拜月年节假点:钟时hH/.\-号旦庆秋清端七重三五六十1双诞儿除凌上中下跨近]")
"""What every atom holds a character of: most texts hold none and are done."""
_DONE = re.compile(r"(?:已(?:经)?|曾)?于\s*$|已经?\s*$")
_RANK = {"part": 1, "hm": 2, "oclock": 2}
_NO_MERGE = frozenset({"length", "same", "vague"})


def names_festival(text: str) -> bool:
    """Whether the text begins with a festival's name: 国庆, 双11, 国庆前."""
    return _FESTIVAL_NAME.match(text) is not None


def names_other_time(spans: Sequence[DateSpan], now: datetime) -> bool:
    """Whether times are named, and this moment is in none of them; a length of time names none."""
    bounded = [each for each in spans if each.begins is not None or each.ends is not None]
    return bool(bounded) and not any(
        (each.begins is None or each.begins <= now) and (each.ends is None or now <= each.ends) for each in bounded
    )


def find_dates(text: str, now: datetime) -> tuple[DateSpan, ...]:
    """Every time that a plain text names, in order, resolved against `now`, which must be aware."""
    if not _MAY.search(text):
        return ()
    return tuple(span for group in _groups(text) if (span := _resolve(text, group, now)) is not None)


@lru_cache(maxsize=2048)
def _groups(text: str) -> tuple[tuple[re.Match[str], ...], ...]:
    """The atoms of the text, those of one time together: 明天 下午 五点."""
    groups: list[list[re.Match[str]]] = []
    for atom in _ATOM.finditer(text):
        if _is_trap(atom):
            continue
        if groups and _joins(groups[-1][-1], atom):
            groups[-1].append(atom)
        else:
            groups.append([atom])
    return tuple(map(tuple, groups))


def _is_trap(atom: re.Match[str]) -> bool:
    """便宜一点 names no hour; only a bare figure or what stands around makes 一点 one."""
    said, rest = atom["said"], atom["rest"]
    if said != "一" or rest:
        return False
    text = atom.string
    return not (
        re.search(r"[午晨上晚]$", text[: atom.start()]) or re.match(r"(?:之|以)?[前后]|左右|发", text[atom.end() :])
    )


def _joins(before: re.Match[str], atom: re.Match[str]) -> bool:
    first, second = before.lastgroup or "", atom.lastgroup or ""
    if {first, second} & _NO_MERGE or _RANK.get(first, 0) >= _RANK.get(second, 0):
        return False
    return _GAP.fullmatch(before.string, before.end(), atom.start()) is not None


def _resolve(text: str, group: Sequence[re.Match[str]], now: datetime) -> DateSpan | None:
    start, end = group[0].start(), group[-1].end()
    kind = group[0].lastgroup
    if kind == "length":
        span = _length(group[0], now)
    elif kind == "same":
        span = _same_day(group[0], now)
    else:
        span = _day_and_clock(group, now, past=_of_past(text, start, end))
    if span is None:
        return None
    edge = _EDGE.match(text, end)
    if edge is not None:
        changes = _bounds(span, text[start : edge.end()], edge, now)
        return replace(span, end=edge.end(), text=text[start : edge.end()], **changes)
    late = kind != "length" and _LATEST.search(text[max(0, start - 4) : start])
    return replace(span, **_by(span, span.text, now)) if late else span


def _of_past(text: str, start: int, end: int) -> bool:
    """双十一买的, 已于11月20日签收."""
    return _PAST.match(text, end) is not None or _DONE.search(text[max(0, start - 4) : start]) is not None


def _bounds(span: DateSpan, said: str, edge: re.Match[str], now: datetime) -> dict[str, Any]:
    """What 前, 后 or 内 behind a time changes of it."""
    if span.duration is not None and span.begins is None:
        return _from_now(span, edge, now)
    if edge["after"]:
        return {"kind": DateKind.PERIOD, "begins": span.ends, "ends": None}
    if edge["within"]:
        return {"kind": DateKind.DEADLINE, "begins": now}
    return _by(span, said, now)


def _by(span: DateSpan, said: str, now: datetime) -> dict[str, Any]:
    ends = span.ends if _named_end(said) else span.begins
    return {"kind": DateKind.DEADLINE, "begins": now, "ends": ends}


def _named_end(said: str) -> bool:
    """月底前 means by the month's end, 周五前 before Friday begins."""
    return re.search("底|末|下旬", said) is not None


def _from_now(span: DateSpan, edge: re.Match[str], now: datetime) -> dict[str, Any]:
    """三天后, 三天前, 三天内: the length counted from now."""
    longest = span.duration or timedelta()
    shortest = span.shortest if span.shortest is not None else longest
    if edge["within"]:
        return {"kind": DateKind.DEADLINE, "begins": now, "ends": now + longest}
    sign = 1 if edge["after"] else -1
    begins, ends = sorted((now + sign * shortest, now + sign * longest))
    whole_days = shortest == longest and not longest % ONE_DAY
    return {"kind": DateKind.POINT, "begins": begins, "ends": ends, "day": begins.date() if whole_days else None}


def _length(atom: re.Match[str], now: datetime) -> DateSpan | None:
    del now
    most = NumberRange(Decimal("0.5"), Decimal("0.5")) if atom["most"] == "半" else read_range(atom["most"])
    least = read_range(atom["least"]) if atom["least"] else most
    unit = atom["unit"].lower()
    if most is None or least is None or (unit == "年" and most.high >= _LONGEST_YEARS):
        return None
    more = Decimal("0.5") if atom["half"] or atom["and"] == "半" else Decimal(0)
    longest, shortest = (_hours((each + more) * _HOURS[unit]) for each in (most.high, least.low))
    if longest is None or shortest is None:
        return None
    return DateSpan(
        *atom.span(), atom[0], DateKind.DURATION, Said.LENGTH, duration=longest, shortest=min(shortest, longest)
    )


def _hours(hours: Decimal) -> timedelta | None:
    """None for more than some hundred years."""
    return timedelta(seconds=round(hours * 3600)) if hours < _LONGEST_YEARS * _HOURS["年"] else None


def _same_day(atom: re.Match[str], now: datetime) -> DateSpan:
    del now
    length = _SAME_DAY[atom[0]]
    return DateSpan(*atom.span(), atom[0], DateKind.DURATION, Said.DAY, duration=length, shortest=length)


def _day_and_clock(group: Sequence[re.Match[str]], now: datetime, *, past: bool) -> DateSpan | None:
    dayed = group[0] if group[0].lastgroup not in _RANK else None
    days = _days(dayed, now.date(), past=past) if dayed else None
    if dayed is not None and days is None:
        return None
    part = _part(group)
    clocked = next((atom for atom in group if _RANK.get(atom.lastgroup or "") == 2), None)  # noqa: PLR2004  a clock's rank
    clock = _clock(clocked, part) if clocked else None
    if clocked is not None and clock is None:
        return None
    first, last = (days.first, days.last) if days else (now.date(), now.date())
    said = Said.BOTH if days and (clock or part) else Said.DAY if days else Said.CLOCK
    begins, ends = _stretch(first, last, part, clock, clocked, now)
    one = first == last
    return DateSpan(
        group[0].start(),
        group[-1].end(),
        group[0].string[group[0].start() : group[-1].end()],
        DateKind.POINT if one else DateKind.PERIOD,
        said,
        begins,
        ends,
        day=first if one and days else None,
        clock=clock,
    )


def _part(group: Sequence[re.Match[str]]) -> str | None:
    named = next((atom["part"] for atom in group if atom.lastgroup == "part"), None)
    inside = group[0]["relative"][-1] if group[0].lastgroup == "relative" else ""
    return named or (inside if inside in _PARTS else None)


def _clock(atom: re.Match[str], part: str | None) -> time | None:
    if atom.lastgroup == "hm":
        return time(int(atom["hour"]), int(atom["minute"]))
    hour, rest = read_number(atom["said"]), atom["rest"]
    minute = {"半": 30, "一刻": 15, "三刻": 45, "整": 0, "钟": 0, None: 0}.get(rest)
    if minute is None:
        minute = int(read_number((rest or "").rstrip("分")) or 0)
    value = int(hour) if hour is not None else -1
    value += _NOON if part in _AFTERNOON and 0 < value < _NOON and not (part == "中午" and value > _EARLY) else 0
    return time(value % 24, minute) if 0 <= value <= 24 and 0 <= minute < 60 else None  # noqa: PLR2004  hours and minutes


def _stretch(
    first: date, last: date, part: str | None, clock: time | None, clocked: re.Match[str] | None, now: datetime
) -> tuple[datetime, datetime]:
    if clock is not None and clocked is not None:
        moment = _at(first, clock, now) + (ONE_DAY if _is_midnight(clocked, part) else timedelta())
        moment += timedelta(hours=_NOON if _means_afternoon(clocked, part, moment, now) else 0)
        return moment, moment
    if part:
        begins, ends = _PARTS[part]
        midnight = _at(first, time(), now)
        return midnight + timedelta(hours=begins), midnight + timedelta(hours=ends)
    return _at(first, time(), now), _at(last, time(), now) + ONE_DAY


def _is_midnight(clocked: re.Match[str], part: str | None) -> bool:
    """晚上十二点 ends the day."""
    return part in ("晚上", "晚", "夜里", "半夜") and read_number(clocked["said"] or "") == _NOON


def _means_afternoon(clocked: re.Match[str], part: str | None, moment: datetime, now: datetime) -> bool:
    """A bare 五点 is the afternoon's, and so is a bare 九点 that is over this morning."""
    if part is not None or clocked.lastgroup != "oclock" or not 0 < moment.hour < _NOON:
        return False
    return moment.hour <= _EARLY or (moment < now and moment.date() == now.date())


def _at(day: date, clock: time, now: datetime) -> datetime:
    return datetime.combine(day, clock, now.tzinfo)


def _days(atom: re.Match[str], today: date, *, past: bool) -> _Days | None:
    """The days an atom names; None for a day that no calendar has."""
    try:
        return _READERS[atom.lastgroup or ""](atom, today, past)
    except (ValueError, OverflowError):
        return None


def _relative(atom: re.Match[str], today: date, _past: bool) -> _Days:  # noqa: FBT001  as all of the readers
    day = today + timedelta(days=RELATIVE_DAYS[atom["relative"]])
    return _Days(day, day)


def _full(atom: re.Match[str], today: date, past: bool) -> _Days | None:  # noqa: FBT001
    year, month, day = (
        _int(atom[name] or atom[other]) for name, other in (("year", "iyear"), ("month", "imonth"), ("mday", "iday"))
    )
    return _one(_nearest(year, month, day, today, past=past))


def _short(atom: re.Match[str], today: date, past: bool) -> _Days | None:  # noqa: FBT001
    day = _int(atom["sday"] or atom["sday2"] or atom["sday3"])
    return _one(_nearest(None, _int(atom["smonth"]), day, today, past=past))


def _nearest(year: int | None, month: int | None, day: int | None, today: date, *, past: bool) -> date | None:
    """Without a year the day to come, unless it was within the last three months or the past is spoken of."""
    if month is None or day is None:
        return None
    years = [year] if year else [today.year + shift for shift in (-1, 0, 1)]
    dates = [found for each in years if (found := _date(each, month, day))]
    fitting = [each for each in dates if each <= today] if past and not year else dates
    return min(fitting or dates, key=lambda found: _distance(found, today, 3), default=None)


def _distance(day: date, today: date, weight: int) -> int:
    """In days; those past count so many times."""
    days = (day - today).days
    return days if days >= 0 else -days * weight


def _day_of_month(atom: re.Match[str], today: date, past: bool) -> _Days | None:  # noqa: FBT001
    """Of this month or a neighbour: 3号 said on the 28th is the next, unless the past is spoken of."""
    day = _int(atom["dnumber"])
    months = [_month(today, shift) for shift in (-1, 0, 1)]
    dates = [found for each in months if day and (found := _date(each.year, each.month, day))]
    fitting = [each for each in dates if each <= today] if past else dates
    return _one(min(fitting or dates, key=lambda found: _distance(found, today, 2), default=None))


def _week(atom: re.Match[str], today: date, past: bool) -> _Days:  # noqa: FBT001
    """A weekday of this week, or the next such day where this week's is over; 下周 is always the week after."""
    monday = today - timedelta(days=today.weekday())
    shift = _shift(atom["shift"])
    if atom["weekend"]:
        saturday = monday + timedelta(days=5, weeks=shift or 0)
        return _Days(saturday, saturday + ONE_DAY)
    day = monday + timedelta(days=_WEEKDAYS[atom["weekday"]], weeks=shift or 0)
    if shift is None and past and day > today:
        day -= timedelta(weeks=1)
    elif shift is None and not past and day < today:
        day += timedelta(weeks=1)
    return _Days(day, day)


def _weeks(atom: re.Match[str], today: date, _past: bool) -> _Days:  # noqa: FBT001
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_shift(atom["wshift"]) or 0)
    return _Days(monday, monday + timedelta(days=6))


def _shift(said: str | None) -> int | None:
    """How many weeks or months away; None where nothing is said."""
    return {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}[said] if said else None


def _in_month(atom: re.Match[str], today: date, _past: bool) -> _Days | None:  # noqa: FBT001
    month = _month(today, _shift(atom["mshift"]) or 0)
    if atom["dom"]:
        return _one(_date(month.year, month.month, _int(atom["dom"]) or 0))
    last = _month(month, 1) - ONE_DAY
    part = (atom["mpart"] or atom["mpart2"] or "").removeprefix("月")
    first_day, last_day = {
        "初": (1, 5),
        "上旬": (1, 10),
        "中": (11, 20),
        "中旬": (11, 20),
        "下旬": (21, last.day),
        "底": (last.day - 4, last.day),
        "末": (last.day - 4, last.day),
    }.get(part, (1, last.day))
    return _Days(month.replace(day=first_day), month.replace(day=last_day))


def _month(day: date, shift: int) -> date:
    """The first day of the month so many months away."""
    months = day.year * 12 + day.month - 1 + shift
    return date(months // 12, months % 12 + 1, 1)


def _in_year(atom: re.Match[str], today: date, past: bool) -> _Days:  # noqa: FBT001
    if atom["around"]:
        spring = _festival_days("春节", today, past=past)
        after = atom["around"] == "年后"
        return (
            _Days(spring.last + ONE_DAY, spring.last + timedelta(days=15))
            if after
            else _Days(today, spring.first - ONE_DAY)
        )
    year = today.year + {"去": -1, "今": 0, "明": 1}.get(atom["yshift"] or "今", 0)
    month = _int(atom["ymonth"]) or {"初": 1, "中": 6}.get((atom["ypart"] or atom["ypart2"] or "")[-1:])
    if atom["ypart"] in ("底", "末") or (atom["ypart2"] or "")[-1:] in ("底", "末"):
        month = _DECEMBER
    first = date(year, month or 1, 1)
    return _Days(first, _month(first, 1 if month else 12) - ONE_DAY)


def _vague(atom: re.Match[str], today: date, _past: bool) -> _Days:  # noqa: FBT001
    first, last = _VAGUE[atom["vague"][0]]
    return _Days(today + timedelta(days=first), today + timedelta(days=last))


def _festival(atom: re.Match[str], today: date, past: bool) -> _Days:  # noqa: FBT001
    return _festival_days(atom["festival"], today, past=past)


def _festival_days(name: str, today: date, *, past: bool) -> _Days:
    """The festival that is now or comes next, or the last one where the past is spoken of."""
    if name in _ANY_HOLIDAY:
        return min(_festival_days(each, today, past=past) for each in _PUBLIC)
    found = [_holiday(name, today.year + shift) for shift in (-1, 0, 1)]
    if past:
        return max((each for each in found if each.first <= today), default=found[0])
    return min(each for each in found if each.last >= today)


@lru_cache(maxsize=512)
def _holiday(name: str, year: int) -> _Days:
    """The festival's day, and the days off around it where they are announced."""
    day = _FESTIVALS[name](year)
    if name not in _PUBLIC or not _is_off(day):
        return _Days(day, day)
    first = last = day
    while _is_off(first - ONE_DAY):
        first -= ONE_DAY
    while _is_off(last + ONE_DAY):
        last += ONE_DAY
    return _Days(first, last)


def _is_off(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_holiday(day))
    except NotImplementedError:  # a year's calendar is announced in the November before
        return False


def _int(said: str | None) -> int | None:
    value = read_number(said) if said else None
    return None if value is None or value != value.to_integral_value() else int(value)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _one(day: date | None) -> _Days | None:
    return _Days(day, day) if day else None


_READERS: Mapping[str, Callable[[re.Match[str], date, bool], _Days | None]] = {
    "relative": _relative,
    "full": _full,
    "short": _short,
    "dayofmonth": _day_of_month,
    "week": _week,
    "weeks": _weeks,
    "inmonth": _in_month,
    "inyear": _in_year,
    "vague": _vague,
    "festival": _festival,
}
