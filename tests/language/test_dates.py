"""Days, clocks, festivals and lengths of time are resolved against now."""

from datetime import date, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.dates import _FESTIVALS, RELATIVE_DAYS, DateKind, DateSpan, Said, find_dates

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 18, 10, 30, tzinfo=ZONE)  # a Wednesday


def only(text: str, now: datetime = NOW) -> DateSpan:
    (found,) = find_dates(text, now)
    return found


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天", date(2026, 3, 18)),
        ("明天能到吗", date(2026, 3, 19)),
        ("后天", date(2026, 3, 20)),
        ("大后天", date(2026, 3, 21)),
        ("昨天拍的", date(2026, 3, 17)),
        ("前天", date(2026, 3, 16)),
        ("大前天", date(2026, 3, 15)),
        ("周五", date(2026, 3, 20)),
        ("这周五", date(2026, 3, 20)),
        ("周日", date(2026, 3, 22)),
        ("星期天", date(2026, 3, 22)),
        ("礼拜天", date(2026, 3, 22)),
        ("周一能发吗", date(2026, 3, 23)),
        ("周一拍的", date(2026, 3, 16)),
        ("下周三", date(2026, 3, 25)),
        ("下周五前要用", date(2026, 3, 27)),
        ("下下周一", date(2026, 3, 30)),
        ("上周五", date(2026, 3, 13)),
        ("12月3号", date(2026, 12, 3)),
        ("1月3日", date(2026, 1, 3)),
        ("十二月五号", date(2026, 12, 5)),
        ("3月20号能到不", date(2026, 3, 20)),
        ("12.3号", date(2026, 12, 3)),
        ("12.3前发", date(2026, 12, 3)),
        ("12/5发出", date(2026, 12, 5)),
        ("12-03", date(2026, 12, 3)),
        ("2026年12月3日", date(2026, 12, 3)),
        ("2026-12-05发出", date(2026, 12, 5)),
        ("已于12月3日签收", date(2025, 12, 3)),
        ("20号之前", date(2026, 3, 20)),
        ("十五号", date(2026, 3, 15)),
        ("3号", date(2026, 4, 3)),
        ("3号拍的", date(2026, 3, 3)),
        ("下个月3号", date(2026, 4, 3)),
        ("双十一", date(2026, 11, 11)),
        ("双11", date(2026, 11, 11)),
        ("双十二", date(2026, 12, 12)),
        ("618", date(2026, 6, 18)),
        ("三八节", date(2027, 3, 8)),
        ("情人节", date(2027, 2, 14)),
        ("七夕", date(2026, 8, 19)),
        ("母亲节", date(2026, 5, 10)),
        ("父亲节", date(2026, 6, 21)),
        ("圣诞节", date(2026, 12, 25)),
        ("除夕", date(2027, 2, 5)),
        ("元宵节", date(2027, 2, 20)),
        ("双十一买的", date(2025, 11, 11)),
        ("三天后", date(2026, 3, 21)),
        ("两周后", date(2026, 4, 1)),
        ("三天前", date(2026, 3, 15)),
    ],
)
def test_a_day_is_named(text: str, day: date) -> None:
    assert only(text).day == day


@pytest.mark.parametrize(
    ("text", "first", "after_last"),
    [
        ("周末", at(3, 21), at(3, 23)),
        ("下周", at(3, 23), at(3, 30)),
        ("月底", at(3, 27), at(4, 1)),
        ("月初", at(3, 1), at(3, 6)),
        ("下个月", at(4, 1), at(5, 1)),
        ("下月底", at(4, 26), at(5, 1)),
        ("年底", at(12, 1), at(1, 1, year=2027)),
        ("国庆发货吗", at(10, 1), at(10, 8)),
        ("端午", at(6, 19), at(6, 22)),
        ("中秋", at(9, 25), at(9, 28)),
        ("清明", at(4, 4), at(4, 7)),
        ("五一", at(5, 1), at(5, 6)),
        ("今晚", at(3, 18, 18), at(3, 19)),
        ("明早", at(3, 19, 6), at(3, 19, 9)),
        ("明天上午", at(3, 19, 8), at(3, 19, 12)),
        ("过年", at(2, 6, year=2027), at(2, 7, year=2027)),
        ("元旦", at(1, 1, year=2027), at(1, 2, year=2027)),
    ],
)
def test_a_stretch_begins_and_ends(text: str, first: datetime, after_last: datetime) -> None:
    found = only(text)

    assert (found.begins, found.ends) == (first, after_last)


@pytest.mark.parametrize(
    ("text", "clock", "moment"),
    [
        ("16:00", time(16), at(3, 18, 16)),
        ("下午五点", time(17), at(3, 18, 17)),
        ("上午10点送", time(10), at(3, 18, 10)),
        ("四点半", time(4, 30), at(3, 18, 16, 30)),
        ("9点", time(9), at(3, 18, 21)),
        ("明天9点", time(9), at(3, 19, 9)),
        ("晚上8点", time(20), at(3, 18, 20)),
        ("明天下午三点一刻", time(15, 15), at(3, 19, 15, 15)),
        ("周五晚上8点20分", time(20, 20), at(3, 20, 20, 20)),
        ("12月3号16:00", time(16), at(12, 3, 16)),
        ("中午12点", time(12), at(3, 18, 12)),
        ("凌晨2点", time(2), at(3, 18, 2)),
        ("明晚8点", time(20), at(3, 19, 20)),
        ("下午一点", time(13), at(3, 18, 13)),
    ],
)
def test_a_clock_is_read_with_its_day(text: str, clock: time, moment: datetime) -> None:
    found = only(text)

    assert (found.clock, found.begins) == (clock, moment)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("五点前", at(3, 18, 17)),
        ("下午四点之前", at(3, 18, 16)),
        ("周五前", at(3, 20)),
        ("国庆前", at(10, 1)),
        ("年前", at(2, 6, year=2027)),
        ("月底前", at(4, 1)),
        ("最晚后天", at(3, 20)),
        ("3天内", at(3, 21, 10, 30)),
        ("48小时内", at(3, 20, 10, 30)),
        ("本周内", at(3, 23)),
    ],
)
def test_a_deadline_ends(text: str, ends: datetime) -> None:
    found = only(text)

    assert found.ends == ends
    assert found.kind is DateKind.DEADLINE or text == "年前"


@pytest.mark.parametrize(
    ("text", "shortest", "longest"),
    [
        ("等了四天", 96, 96),
        ("都8天了", 192, 192),
        ("3-5天", 72, 120),
        ("两三天", 48, 72),
        ("48小时", 48, 48),
        ("四十八小时", 48, 48),
        ("半天", 12, 12),
        ("半个月", 360, 360),
        ("一个半小时", 1.5, 1.5),
        ("一天半", 36, 36),
        ("一个多月", 720, 720),
        ("1个工作日", 24, 24),
        ("一周", 168, 168),
        ("当天发", 0, 0),
        ("次日", 24, 24),
        ("7天无理由", 168, 168),
        ("十分钟", 1 / 6, 1 / 6),
    ],
)
def test_a_length_of_time_is_read(text: str, shortest: float, longest: float) -> None:
    found = only(text)

    assert (found.kind, found.shortest, found.duration) == (
        DateKind.DURATION,
        timedelta(hours=shortest),
        timedelta(hours=longest),
    )


def test_what_was_said_is_known() -> None:
    assert [only(text).said for text in ("明天", "五点前", "明天五点", "三天")] == [
        Said.DAY,
        Said.CLOCK,
        Said.BOTH,
        Said.LENGTH,
    ]


def test_several_times_stand_in_order() -> None:
    found = find_dates("昨天拍的,周五前能发吗,我下周三要用", NOW)

    assert [span.text for span in found] == ["昨天", "周五前", "下周三"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "便宜一点",
        "快点",
        "一点也不好",
        "第一次",
        "3号楼",
        "1.5元",
        "2026",
        "十一个",
        "618元",
        "3-5个",
        "十分抱歉",
        "点心",
        "天猫",
        "日用",
        "周大福",
        "明细",
        "后面",
        "13月40号",
        "五一折",
        "我帮您看是哪一天",
        "哪两天发",
    ],
)
def test_what_names_no_time_is_left_alone(text: str) -> None:
    assert find_dates(text, NOW) == ()


@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31)), st.integers(min_value=-90, max_value=150))
def test_a_written_day_reads_back_near_today(today: date, apart: int) -> None:
    now = datetime.combine(today, time(9), ZONE)
    day = today + timedelta(days=apart)

    for written in (f"{day.month}月{day.day}号", f"{day.year}年{day.month}月{day.day}日", day.isoformat()):
        assert only(written, now).day == day


@given(
    st.text(alphabet="今明后天昨晚上下午周五月底日号点半3前内国庆双十一年:1/.-个小时的 ", max_size=14),
    st.datetimes(min_value=datetime(2005, 1, 1), max_value=datetime(2090, 1, 1)),  # noqa: DTZ001  the zone follows
)
def test_no_text_upsets_the_reader(text: str, moment: datetime) -> None:
    end = 0
    for found in find_dates(text, moment.replace(tzinfo=ZONE)):
        assert found.start >= end
        assert text[found.start : found.end] == found.text
        assert (
            found.begins is None or found.ends is None or found.kind is DateKind.DEADLINE or found.begins <= found.ends
        )
        end = found.end


@pytest.mark.parametrize("word", sorted({*_FESTIVALS, *RELATIVE_DAYS} - {"十一"}))
def test_every_word_of_the_tables_is_found(word: str) -> None:
    assert only(word).text == word


@pytest.mark.parametrize("sign", ["1", "月", "1月", "下下周", "三天", "半", "万", " "])
def test_a_long_run_of_signs_is_read_in_no_time(sign: str) -> None:
    started = perf_counter()

    find_dates(sign * 1000 + "天", NOW)

    assert perf_counter() - started < 1
