"""Reads a Chinese sentence for everything in it that could bind a shop.

Amounts, rates, dates, durations, counts, coupons, gifts, amends, and any word of when a parcel arrives.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from app.guard import phrases
from app.guard.phrases import AmountRole
from app.language.numbers import DIGITS, HAN, NUMBER, normalise_width, read_number


class ClaimKind(StrEnum):
    """What a stretch of text claims."""

    AMOUNT = "amount"  # 元
    RATE = "rate"  # share still paid, or the share taken off
    DATE = "date"
    TIME = "time"
    DURATION = "duration"  # hours
    COUNT = "count"  # pieces
    NUMBER = "number"  # a number that says nothing of what it counts
    COUPON = "coupon"
    GIFT = "gift"
    OTHER_GIFT = "other_gift"  # a gift the shop does not have
    FREE_SHIPPING = "free_shipping"
    ALWAYS_FREE = "always_free"  # free shipping without a condition
    FREE_EVERYWHERE = "free_everywhere"  # to the far places too
    FREE_CARRIER = "free_carrier"  # by a dear courier
    AT_ONCE = "at_once"  # leaves the same day, whenever it is paid
    LASTING_CARE = "lasting_care"
    AMENDS = "amends"
    ARRIVAL = "arrival"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Claim:
    """`value` as the words `text` give it, in the clause they stand in; None where it cannot be computed."""

    kind: ClaimKind
    value: Decimal | date | time | None
    text: str
    clause: str
    role: AmountRole = AmountRole.PLAIN


_CLAUSE = re.compile(r"[。！？!?；;\n，]|~(?!\d)|,(?!\d{3}(?!\d))")
_HAN_DIGITS = "".join(DIGITS)
_SHORT = rf"(?:\d{{1,2}}|[{HAN}]{{1,3}})"
_DAYS_IN = r"日(?=内|后|左右|之|以)"
_HALF_PRICE = {"对折": Decimal("0.5"), "半价": Decimal("0.5")}
_NO_DURATION = 1000  # 2026年 is a year, not a time span
_MONEY_UNIT = r"(?:元|块钱|块|圆|rmb|人民币|大洋|米(?=卖|拿|行|吗))"
_MONEY_VERB = (
    r"(?:减免|立减|再减|减|便宜|优惠|返现|返|抵扣|抵|补偿|补|赔|退|少付|少|省|只要|仅|到手价|到手|卖|付|价|收|给您)"
)
_PIECES = r"(?:件|个|只|套|盒|把|张|份|条|双|瓶|包|支|枚|箱|本|款|组|对(?!折)|片|罐|袋|单|次|枝|根|台|盏|副)"
_MEASURES = (
    r"(?:毫米|厘米|公分|分米|公里|千米|米|寸|英寸|毫升|升|公斤|千克|克|斤|两(?=重|茶)|吨|度|摄氏度|平方|瓦|伏|目|层|号色|码|岁|"
    r"mm|cm|dm|ml|kg|mg|km|g|l|m|w|v|°c|℃|°|pcs|k)"
)
_WEEKDAY = r"(?:下下|下|本|这)?(?:个)?(?:周|星期|礼拜)[一二三四五六日天末]"
_RELATIVE_DAYS = {
    **dict.fromkeys(("今天", "今日", "今晚", "今早"), 0),
    **dict.fromkeys(("明天", "明日", "明早", "明晚"), 1),
    **dict.fromkeys(("后天",), 2),
    **dict.fromkeys(("大后天",), 3),
    **dict.fromkeys(("昨天", "昨日", "昨晚"), -1),
    **dict.fromkeys(("前天",), -2),
}
_VAGUE_DATES = r"(?:月底|月初|月中|下个月|下月|年底|年前|节前|节后|过两天|过几天|这两天|这几天|近日)"
_SAME_DAY_HOURS = {
    **dict.fromkeys(("当天", "当日", "即日"), 0),
    **dict.fromkeys(("次日", "隔天", "隔日", "第二天"), 24),
}
_HOURS = {
    "分钟": Decimal(1) / 60,
    "小时": Decimal(1),
    "h": Decimal(1),
    "钟头": Decimal(1),
    "天": Decimal(24),
    "日": Decimal(24),
    "工作日": Decimal(24),
    "周": Decimal(168),
    "星期": Decimal(168),
    "礼拜": Decimal(168),
    "月": Decimal(720),
    "年": Decimal(8760),
}
_HALVES: dict[str, Decimal | int] = {
    "半天": 12,
    "半小时": Decimal("0.5"),
    "半个小时": Decimal("0.5"),
    "半个月": 360,
    "半月": 360,
    "半年": 4380,
}

_AFTER_RECEIPT = re.compile(
    r"(?:自)?(?:确认收货|收到货|收到商品|收到包裹|收到宝贝|收货|签收|收到)"
    rf"(?:(?:之|以)?(?:后|起|当天|当日)|(?=不?(?:满意|喜欢|合适))|(?=\s*{NUMBER}\s*[天日](?:之|以)?内))"
)
_PAST = re.compile(r"已(?:经)?(?:在|于|由)?|曾|之前|上次|最近一次|显示|妥投")
_ARRIVES = re.compile(
    r"送达|送到|到货|抵达|到达|收到|收货|签收|妥投|到手(?!价)|拿到|派送到|派到|寄到|运到|"
    r"(?:当[日天]|[次隔明]日|隔天|第二天|半日|小时|\d\s*[天日h])(?:必|可|就|准|内|即)?达|"
    r"(?<![达得不])到(?=您|家|$|了|哦|呢|哈|呀|啦|货|达|门)|(?:能|可以|就|会|准|肯定|保证|必)到"
)
_FLOOR = re.compile(r"底价|成本价|成本|进价|进货价|拿货价|底线")
_FLAGS = {
    ClaimKind.COUPON: re.compile(r"券|优惠码|红包|满减码"),
    ClaimKind.GIFT: re.compile(
        r"(?:赠品|附赠|赠送|送您|送给您)(?![^，。]{0,12}(?:券|红包))|送一(?:个|份|件|套|只)|多送|随单送|随单赠"
    ),
    ClaimKind.FREE_SHIPPING: re.compile(
        r"包邮|免邮|免运费|运费全免|不收运费|运费我们来?(?:出|承担)|运费由我们|邮费我们"
    ),
    ClaimKind.AMENDS: re.compile(
        r"返(?:还)?(?:差价|利|红包|现)|现金红包|[双两三四五六七八九十百\d]倍[^,]{0,4}(?:返|退|赔|补|差价)|"
        rf"返(?:还|给)?\s*{NUMBER}\s*(?:元|块)|"
        r"赔付|赔偿|赔您|赔给|赔\d|假一赔|包赔|补偿|打款|返现|返您|返给您|退差价|补差价|退您|全额退|直接退款|仅退款|先行退款|"
        r"(?:给|为|帮|替)您.{0,6}退(?:款|钱)"
    ),
}


# A clause without one of these signs holds nothing that could be counted or dated.
_MAY_COUNT = re.compile(rf"[\d{HAN}今明昨前后周月星礼年半对当即次隔近双骨]|[这过]几?[两天]|节")
_TIMES = frozenset({ClaimKind.DATE, ClaimKind.TIME, ClaimKind.DURATION})
_SOMETIME = re.compile(r"上午|下午|晚上|傍晚|中午|周末|[本这下]个?(?:周|星期|礼拜)|周内|月内")
_LEAVES = re.compile(r"发|寄|出库|付|拍|下单")
_NOT_OURS = re.compile(r"为准|快递|物流|以.{0,4}实际")
_CLOCK = re.compile(r"\d{1,2}:\d{2}|[\d一二三四五六七八九十]点")
_BREATH = 10  # characters; longer clauses say something of their own
_MASKED = re.compile(r"(?:尾号|末四位|\.{3}|\*{2,})\s*[A-Za-z0-9]+")
# A shop says the same sentences all day; about 2 MB when full.
_TEXTS_KEPT = 1024
_CLAUSES_KEPT = 4096


def split_clauses(text: str) -> tuple[str, ...]:
    """The text cut at its punctuation."""
    return _cut_clauses(normalise_width(text))


def _cut_clauses(cleaned: str) -> tuple[str, ...]:
    return tuple(part for part in _CLAUSE.split(cleaned) if part.strip())


def blank_names(text: str, names: Iterable[str]) -> str:
    """The text with names (titles, order numbers) blanked out, longest first: their digits promise nothing."""
    for name in sorted({normalise_width(name) for name in names if len(name) > 1}, key=len, reverse=True):
        text = text.replace(name, " ")
    return _MASKED.sub(" ", text)


def read_claims(text: str, today: date, names: Iterable[str] = ()) -> tuple[Claim, ...]:
    """Every claim in the text, clause by clause; `names` are left out of the reading."""
    return _read_text_claims(text, today, frozenset(names))


@lru_cache(maxsize=_TEXTS_KEPT)
def _read_text_claims(text: str, today: date, names: frozenset[str]) -> tuple[Claim, ...]:
    found: list[Claim] = []
    before: str | None = None
    for clause in _cut_clauses(blank_names(normalise_width(text), names)):
        found.extend(_collect_clause_claims(clause, before, today))
        before = clause
    return tuple(found)


@lru_cache(maxsize=_CLAUSES_KEPT)
def _collect_clause_claims(clause: str, before: str | None, today: date) -> tuple[Claim, ...]:
    """A clause's claims; the clause before it may hold a condition or a time."""
    read = _read_clause(clause, today)
    earlier = None if before is None else _read_clause(before, today)
    arrival = (Claim(ClaimKind.ARRIVAL, None, clause, clause),) if read.promises_arrival(earlier) else ()
    return (*read.claims, *read.find_pledges(before or ""), *arrival)


@lru_cache(maxsize=_CLAUSES_KEPT)
def _read_clause(clause: str, today: date) -> "_Clause":
    claims = _ClaimReader(clause, today).read_numeric_claims() if _MAY_COUNT.search(clause) else []
    for kind, pattern in _FLAGS.items():
        claims.extend(Claim(kind, None, hit.group(), clause) for hit in pattern.finditer(clause))
    if any(claim.kind is ClaimKind.AMOUNT for claim in claims):
        claims.extend(Claim(ClaimKind.FLOOR, None, hit.group(), clause) for hit in _FLOOR.finditer(clause))
    return _Clause(clause, tuple(claims))


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    claims: tuple[Claim, ...]

    @property
    def mentions_time(self) -> bool:
        return any(claim.kind in _TIMES for claim in self.claims) or bool(_SOMETIME.search(self.text))

    def find_pledges(self, before: str) -> Iterable[Claim]:
        """What the clause promises in words; the clause before may hold its condition."""
        said = {
            ClaimKind.OTHER_GIFT: phrases.find_unnamed_gift(self.text),
            ClaimKind.LASTING_CARE: phrases.find_lasting_care(self.text),
            ClaimKind.AT_ONCE: phrases.find_immediate_dispatch(self.text) or self._same_day_pledge(before),
            **self._free_shipping_pledges(before),
        }
        return [Claim(kind, None, words, self.text) for kind, words in said.items() if words]

    def _same_day_pledge(self, before: str) -> str | None:
        same = [each.text for each in self.claims if each.kind is ClaimKind.DURATION and each.value == 0]
        clocked = any(each.kind is ClaimKind.TIME for each in self.claims) or bool(_CLOCK.search(before))
        return same[0] if same and not clocked and phrases.leaves_same_day(self.text, before) else None

    def _free_shipping_pledges(self, before: str) -> dict[ClaimKind, str | None]:
        free = phrases.find_free_shipping(self.text, before)
        if free is None:
            return {}
        return {
            ClaimKind.ALWAYS_FREE: None if phrases.has_condition(self.text, before) else free,
            ClaimKind.FREE_EVERYWHERE: phrases.find_everywhere(self.text),
            ClaimKind.FREE_CARRIER: phrases.find_dear_carrier(self.text),
        }

    def promises_arrival(self, before: "_Clause | None") -> bool:
        """A time in the same breath as a parcel's arrival, unless it is past or counts from the receipt.

        A time of its own just before (明天,就能送到) is the same breath; the time of leaving is not.
        """
        rest = _AFTER_RECEIPT.sub(" ", self.text)
        if not _ARRIVES.search(rest) or _PAST.search(rest):
            return False
        bare = (
            before is not None
            and before.mentions_time
            and len(before.text) <= _BREATH
            and not _LEAVES.search(before.text)
        )
        return self.mentions_time or (bare and not _NOT_OURS.search(self.text))


Hit = re.Match[str]
_UNITS = rf"个?工作日|分钟|个?小时|h(?![a-z])|个?钟头|个?星期|个?礼拜|天|{_DAYS_IN}|周|个月|年"
_REACH = r"\s*(?:-|~|到|至|、|—)\s*"
_PART_OF_DAY = r"(上午|下午|晚上|早上|中午|凌晨|晚)"
_WRITTEN_DATES = (
    re.compile(rf"(?:(\d{{4}})\s*年\s*)?({_SHORT})\s*月\s*({_SHORT})\s*[日号]?"),
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"),
    re.compile(r"(?<![\d.])()(\d{1,2})/(\d{1,2})(?!\d)"),
)
_DAY_OF_MONTH = re.compile(rf"({_SHORT})\s*(?:号(?![色码线楼])|日(?!内|后|左右|之|以|起|历))")
_RELATIVE_DAY = re.compile("|".join(sorted(_RELATIVE_DAYS, key=len, reverse=True)))
_SOME_DAY = re.compile(rf"{_WEEKDAY}|{_VAGUE_DATES}|双(?:11|12|十一|十二)|618")
_CLOCK_TIMES = (
    re.compile(r"()(?<!\d)(\d{1,2}):(\d{2})(?::\d{2})?"),
    re.compile(rf"{_PART_OF_DAY}\s*({_SHORT})点(半|整|{_SHORT}分?)?"),
    re.compile(rf"()({_SHORT})点(半|整|钟|{_SHORT}分|(?=之?前|以前|之?后|截))"),
)
_SHARES = (re.compile(rf"({NUMBER})\s*折"), re.compile(rf"打\s*({NUMBER})"))
_HALF = re.compile("对折|半价|骨折价?")
_PERCENT = re.compile(rf"百分之\s*({NUMBER})|({NUMBER})\s*%")
_HALF_TIME = re.compile("|".join(_HALVES))
_SPAN = re.compile(rf"(?:({NUMBER}){_REACH})?({NUMBER})\s*({_UNITS})")
_SAME_DAY = re.compile("|".join(_SAME_DAY_HOURS))
_MONEY = re.compile(rf"¥\s*({NUMBER})|({NUMBER})\s*(?:多)?{_MONEY_UNIT}")
_DIMES = re.compile(rf"({NUMBER})\s*[毛角](?:钱)?")
_MEASURED = re.compile(rf"{NUMBER}\s*{_MEASURES}(?![a-z])")
_COUNTED = re.compile(rf"({NUMBER})(?:多|来)?\s*{_PIECES}")
_SPENT = re.compile(rf"(?:满|{_MONEY_VERB})\s*(?!一(?![{HAN}]))({NUMBER})(?![点些下])")
_BARE_NUMBERS = (
    re.compile(r"(?<![a-z\d])(\d[\d,]*(?:\.\d+)?)(?![a-z])"),
    re.compile(rf"(?<!万)((?:[{_HAN_DIGITS}]+[十百千拾佰仟万][{HAN}]*|[十拾][{_HAN_DIGITS}]))(?!分)"),
)


class _ClaimReader:
    """One clause being read: each pattern takes its stretch, so that no number is read twice."""

    def __init__(self, clause: str, today: date) -> None:
        self._clause = clause
        self._left = clause.lower()
        self._today = today
        self._claims: list[Claim] = []

    def read_numeric_claims(self) -> list[Claim]:
        """Every numeric claim of the clause."""
        self._read_dates()
        self._read_times()
        self._read_rates()
        self._read_durations()
        self._consume_matches(_MONEY, self._add_amount)
        self._consume_matches(_DIMES, lambda hit: self._add_amount(hit, Decimal("0.1")))
        self._consume_matches(_MEASURED, lambda _: None)
        self._consume_matches(_COUNTED, self._add_count)
        self._consume_matches(_SPENT, self._add_amount)
        for pattern in _BARE_NUMBERS:
            self._consume_matches(pattern, self._add_bare_number)
        return self._claims

    def _consume_matches(self, pattern: re.Pattern[str], read: Callable[[Hit], None]) -> None:
        def blank_hit(hit: Hit) -> str:
            read(hit)
            return " " * len(hit.group())

        self._left = pattern.sub(blank_hit, self._left)

    def _add_claim(
        self, kind: ClaimKind, value: Decimal | date | time | None, hit: Hit, role: AmountRole = AmountRole.PLAIN
    ) -> None:
        self._claims.append(Claim(kind, value, hit.group(), self._clause, role))

    def _add_rate(self, value: Decimal | None, hit: Hit) -> None:
        self._add_claim(ClaimKind.RATE, value, hit, phrases.rate_role(self._clause[: hit.start()]))

    def _read_dates(self) -> None:
        for pattern in _WRITTEN_DATES:
            self._consume_matches(pattern, self._add_calendar_date)
        self._consume_matches(_DAY_OF_MONTH, self._add_day_of_month)
        self._consume_matches(_RELATIVE_DAY, self._add_relative_day)
        self._consume_matches(_SOME_DAY, lambda hit: self._add_claim(ClaimKind.DATE, None, hit))

    def _add_calendar_date(self, hit: Hit) -> None:
        year, month, day = (read_number(part) if part else None for part in hit.groups())
        self._add_claim(ClaimKind.DATE, self._nearest_date(year, month, day), hit)

    def _add_day_of_month(self, hit: Hit) -> None:
        self._add_claim(
            ClaimKind.DATE, self._nearest_date(None, Decimal(self._today.month), read_number(hit.group(1))), hit
        )

    def _nearest_date(self, year: Decimal | None, month: Decimal | None, day: Decimal | None) -> date | None:
        """The date meant; without a year, the one nearest to today."""
        if month is None or day is None:
            return None
        years = [int(year)] if year else [self._today.year + shift for shift in (-1, 0, 1)]
        dates = [found for found in (_date_or_none(each, int(month), int(day)) for each in years) if found]
        return min(dates, key=lambda found: abs(found - self._today), default=None)

    def _add_relative_day(self, hit: Hit) -> None:
        self._add_claim(ClaimKind.DATE, self._today + timedelta(days=_RELATIVE_DAYS[hit.group()]), hit)

    def _read_times(self) -> None:
        for pattern in _CLOCK_TIMES:
            self._consume_matches(pattern, self._add_clock_time)

    def _add_clock_time(self, hit: Hit) -> None:
        part, hour, minute = hit.groups()
        value = int(read_number(hour) or 0)
        value += 12 if part in ("下午", "晚上", "晚") and value < 12 else 0  # noqa: PLR2004 - the clock's twelve
        minutes = 30 if minute == "半" else int(read_number((minute or "").rstrip("分")) or 0)
        self._add_claim(ClaimKind.TIME, _time_or_none(value, minutes), hit)

    def _read_rates(self) -> None:
        for pattern in _SHARES:
            self._consume_matches(pattern, lambda hit: self._add_rate(_tenths_share(read_number(hit.group(1))), hit))
        self._consume_matches(_HALF, lambda hit: self._add_rate(_HALF_PRICE.get(hit.group()), hit))
        self._consume_matches(_PERCENT, self._add_percent)

    def _add_percent(self, hit: Hit) -> None:
        value = read_number(hit.group(1) or hit.group(2))
        self._add_rate(None if value is None else value / 100, hit)

    def _read_durations(self) -> None:
        self._consume_matches(
            _HALF_TIME, lambda hit: self._add_claim(ClaimKind.DURATION, Decimal(_HALVES[hit.group()]), hit)
        )
        self._consume_matches(_SPAN, self._add_duration)
        self._consume_matches(_SAME_DAY, self._add_same_day)

    def _add_duration(self, hit: Hit) -> None:
        first, last, unit = hit.groups()
        each = next(hours for name, hours in _HOURS.items() if unit.removeprefix("个") == name)
        for number in filter(None, (first, last)):
            value = read_number(number)
            if value is not None and not (unit == "年" and value > _NO_DURATION):
                self._add_claim(ClaimKind.DURATION, value * each, hit)

    def _add_same_day(self, hit: Hit) -> None:
        self._add_claim(ClaimKind.DURATION, Decimal(_SAME_DAY_HOURS[hit.group()]), hit)

    def _add_amount(self, hit: Hit, scale: Decimal = Decimal(1)) -> None:
        value = read_number(next(group for group in hit.groups() if group))
        role = phrases.amount_role(self._clause[: hit.start()], hit.group(), self._clause[hit.end() :])
        self._add_claim(ClaimKind.AMOUNT, None if value is None else value * scale, hit, role)

    def _add_count(self, hit: Hit) -> None:
        value = read_number(hit.group(1))
        if value is None or value > 1:  # 一件 is how Chinese says "a"
            self._add_claim(ClaimKind.COUNT, value, hit)

    def _add_bare_number(self, hit: Hit) -> None:
        self._add_claim(ClaimKind.NUMBER, read_number(hit.group(1)), hit)


def _tenths_share(value: Decimal | None) -> Decimal | None:
    """折 as the share still paid: 8.5 and 85 are both 0.85."""
    if value is None or value <= 0:
        return None
    return value / 10 if value <= 10 else value / 100  # noqa: PLR2004 - 十折 is the full price


def _date_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time_or_none(hour: int, minute: int) -> time | None:
    try:
        return time(hour % 24, minute)
    except ValueError:
        return None
