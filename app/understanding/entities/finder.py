"""Finds what a message names: orders, phones, amounts, prices, goods, couriers, places and dates."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.domain.understanding import Entity, EntityKind, EntityValue
from app.understanding.entities.goods import GoodsFinder
from app.understanding.entities.prefilter import PatternPrefilter
from app.understanding.numerals import NUMBER, parse_number

_YUAN = r"(?:元|块钱|块|圆|rmb|RMB)"
_MEASURE = (
    "(?:件套|大包|小包|大箱|小箱|大袋|小袋|大盒|小盒|件|个|箱|包|袋|盒|瓶|套|条|双|只|支|把|张|斤|公斤|罐|提|组|份|台|部|本|片|对|桶|卷|根|"
    "枚|板|听|捆|打|副|棵|盆|床|顶|辆|款|样|样儿|联|串|粒|颗|筒|壶|杯|单|米)"
)
_ASK_PRICE = (
    r"(?:卖不卖|卖不|卖吗|卖么|卖我|能卖|卖给我|行不行|行不|行吗|行么|可不可以|可以不|可以吗|可以么|出不出|出吗|能拿|拿下|拿不拿|成交|"
    r"怎么样|如何|我就拍|我就买|就拍|就买|我拍|我买|包邮|要不要|给不给|得行不)"
)
_ORDER = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,6}[-_]?\d{6,}[A-Za-z0-9_-]*|\d{8,24}(?:[-_]\d+)*)(?![A-Za-z0-9])")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?[\d*xX]{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")
_TRACKING_PREFIX = re.compile(r"(?:SF|YT|JDV|JDX|JDVA|JD|ZTO|STO|YD|JT|DB|DPK|HT|EMS|CNG|LP)\d{8,}", re.IGNORECASE)
_PARCEL_WORD = re.compile(r"(?:快递|运单|物流|包裹)(?:单)?(?:号|单)[是为:]?\s*$")
_ORDER_WORD = re.compile(r"(?:订单|单号|编号)(?:号|编号)?[是为:]?\s*$")
_DISCOUNT = re.compile(rf"(?:打)?({NUMBER})折(?!叠|腾|磨|断|痕)|(半价|对折|五折)")
_REDUCTION = re.compile(
    rf"(满\s*[\d.]+\s*{_YUAN}?\s*)?(?:"
    rf"(?:便宜|优惠|减免|减|降价|降|少收|少|让利|让|抹掉|抹去|抹|立减)(?:个|掉|我|给我|了)?\s*({NUMBER})\s*(?:{_YUAN}|[^\d\w]|[呗吧吗行可就不我嘛呢]|$)"
    rf"|(?:便宜|优惠|减|降|少|让)(?:个|掉|我|给我)?\s*({NUMBER})\s*{_YUAN})"
)
_ROUND_DOWN = re.compile(r"抹个?零头?|去个?零头|零头(?:去|抹|免)|凑个?整数?|取个?整")
_OFFER = re.compile(
    rf"({NUMBER})\s*{_YUAN}?(?:一[件个套箱包盒瓶份])?(?:[你我就都全,\s]{{0,3}}){_ASK_PRICE}"
    rf"|(?:算我|算|按|给我|卖我|收我|收|改成|改到|改为|改价到|降到|便宜到|少到)({NUMBER})\s*(?:{_YUAN}|吧|行|可以|好|呗|吗|$)"
)
_QUANTITY = re.compile(
    rf"(?<![第这哪某几每上下\d.])(?<!那(?!\d))({NUMBER})\s*({_MEASURE})(?!月|小时|钟头|工作日|星期|礼拜|半天|人|字|价|样子|问题|劲|意思)"
)
_NOT_A_PRICE = re.compile(r"\s*(?:天|号|月|点|岁|年|折|%|公分|厘米|cm|ml|克|g|小时|码)")
_COLLOQUIAL_DAYS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨晚": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "今晚": 0,
    "今儿": 0,
    "明天": 1,
    "明日": 1,
    "明早": 1,
    "明晚": 1,
    "明儿": 1,
    "大后天": 3,
    "后天": 2,
}
_DAY = re.compile("|".join(_COLLOQUIAL_DAYS))
_WEEKDAY = re.compile(r"(上个?|这个?|本|下个?)?(?:周|星期|礼拜)([一二三四五六日天末])")
_MONTH_DAY = re.compile(
    r"(?:(20\d\d)[年/.-])?(1[0-2]|0?[1-9]|[一二三四五六七八九十]{1,2})(?:月|[/.-](?=\d{1,2}(?:号|日)))(3[01]|[12]\d|0?[1-9]|[一二三四五六七八九十]{1,3})(?:号|日)?"
)
_DAY_OF_MONTH = re.compile(
    r"(?<![\d月.第])(3[01]|[12]\d|[1-9]|[一二三四五六七八九十]{1,3})号(?!楼|店|线|仓|码|色|机|电池|门|院)"
)
_NAMED_DAY = re.compile(
    r"年前|年后|春节前|春节|过年|元旦|五一|端午|中秋|国庆|双十一|双11|双十二|双12|618|情人节|母亲节|父亲节|圣诞|月底|月初|月中|下个?月|这个月|本月|下周|下星期|周末"
)
_TIME = re.compile(
    rf"(?:凌晨|早上|上午|中午|下午|傍晚|晚上|今晚|明早)?({NUMBER})点(?:半|钟|整|\d{{1,2}}分?)?(?!吗|了|开|儿|赞|击|餐|心)|\d{{1,2}}:\d{{2}}|凌晨|早上|上午|中午|下午|傍晚|晚上"
)
_WEEK = {name: day for day, name in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_DOZEN = 12


@dataclass(frozen=True, slots=True)
class EntityNames:
    """Words for couriers and places: what is said → what it stands for."""

    couriers: Mapping[str, str]
    places: Mapping[str, str]


ValueParser = Callable[[re.Match[str], date | None], EntityValue | None]


@dataclass(frozen=True, slots=True)
class _PatternScan:
    """One way to find entities of a kind; `value` says what a match stands for, None when it is none.

    `lowered` patterns look at the text in lower case.
    """

    kind: EntityKind
    pattern: re.Pattern[str]
    value: ValueParser
    lowered: bool = False

    def scan_text(self, text: str, today: date | None) -> Iterator[Entity]:
        for match in self.pattern.finditer(text.lower() if self.lowered else text):
            start, end = match.span()
            meant = self.value(match, today)
            if meant is not None:
                yield Entity(self.kind, text[start:end], meant, start, end)


class EntityFinder:
    """Finds entities of one shop; where two would overlap the one found first stays."""

    def __init__(self, names: EntityNames, catalogue: GoodsFinder) -> None:
        self._catalogue = catalogue
        literal = [*_literal_scans(EntityKind.COURIER, names.couriers), *_literal_scans(EntityKind.PLACE, names.places)]
        self._scans = (*_IDENTIFIER_SCANS, *_AMOUNT_SCANS, *_DATE_SCANS, *literal)
        self._sieve = PatternPrefilter([scan.pattern for scan in self._scans])

    def find_entities(
        self, text: str, *, today: date | None = None, product_id: str | None = None
    ) -> tuple[Entity, ...]:
        """All entities of a normalised text, in order."""
        found: list[Entity] = []
        for entity in self._scan_candidates(text, today, product_id):
            if all(entity.end <= other.start or entity.start >= other.end for other in found):
                found.append(entity)
        found.extend(self._catalogue.resolve_sku(found, product_id))
        return tuple(sorted(found, key=lambda entity: (entity.start, entity.end)))

    def _scan_candidates(self, text: str, today: date | None, product_id: str | None) -> Iterator[Entity]:
        lowered = text.lower()
        passing = self._sieve.possible_matches(text if lowered == text else text + lowered)
        for place in passing:
            if place < len(_IDENTIFIER_SCANS):
                yield from self._scans[place].scan_text(text, today)
        yield from self._catalogue.find_goods_names(text, product_id)
        for place in passing:
            if place >= len(_IDENTIFIER_SCANS):
                yield from self._scans[place].scan_text(text, today)


def _literal_scans(kind: EntityKind, words: Mapping[str, str]) -> Iterator[_PatternScan]:
    """Words in one regular expression, the longest first."""
    lowered = {word.lower(): name for word, name in words.items()}
    longest_first = sorted(lowered, key=len, reverse=True)
    if words:
        pattern = re.compile("|".join(map(_whole_word_pattern, longest_first)))
        yield _PatternScan(kind, pattern, lambda match, _: lowered[match[0]], lowered=True)


def _whole_word_pattern(word: str) -> str:
    # Latin names only stand alone: "sf" in "sfz" is no courier.
    return rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word)


def _parse_phone(match: re.Match[str], _today: date | None) -> str | None:
    return None if _ORDER_WORD.search(match.string, 0, match.start()) else re.sub(r"[- +]", "", match[0])


def _parse_order_id(match: re.Match[str], _today: date | None) -> str | None:
    return None if _is_tracking_number(match) else match[0]


def _parse_tracking_number(match: re.Match[str], _today: date | None) -> str | None:
    return match[0] if _is_tracking_number(match) else None


def _is_tracking_number(match: re.Match[str]) -> bool:
    return bool(_TRACKING_PREFIX.match(match[0]) or _PARCEL_WORD.search(match.string, 0, match.start()))


def _parse_reduction(match: re.Match[str], _today: date | None) -> Decimal | None:
    """满199减20 is a promotion's rule, not the buyer's wish."""
    return None if match[1] else parse_number(match[2] or match[3]) or None


def _parse_discount_rate(match: re.Match[str], _today: date | None) -> Decimal | None:
    if match[2]:
        return Decimal("0.5")
    said = match[1]
    value = parse_number(said) if len(said) != 2 or said.isdigit() else _parse_two_digits(said)  # noqa: PLR2004  # 八五折 is 85
    if value is None or value <= 0:
        return None
    share = value / (10 if value < 10 else 100)  # noqa: PLR2004  # 8折 is 0.8, 85折 is 0.85
    return share if share < 1 else None


def _parse_two_digits(said: str) -> Decimal | None:
    tens, ones = parse_number(said[0]), parse_number(said[1])
    return tens * 10 + ones if tens and ones and "十" not in said else parse_number(said)


def _parse_quantity(match: re.Match[str], _today: date | None) -> int | None:
    value = parse_number(match[1])
    if value is None or value != value.to_integral_value() or not 0 < value < 1_000_000:  # noqa: PLR2004  # a typo, not an order
        return None
    return int(value) * (_DOZEN if match[2] == "打" else 1)


def _literal_text(match: re.Match[str], _today: date | None) -> str:
    return match[0]


def _date_parser(read: Callable[[re.Match[str], date], date | None]) -> ValueParser:
    """The day in ISO form, or as said where the calendar has none such."""

    def value(match: re.Match[str], today: date | None) -> str:
        day = read(match, today) if today else None
        return day.isoformat() if day else match[0]

    return value


def _parse_relative_day(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=_COLLOQUIAL_DAYS[match[0]])


def _parse_month_day(match: re.Match[str], today: date) -> date | None:
    month, day = parse_number(match[2]), parse_number(match[3])
    year = int(match[1]) if match[1] else today.year
    return _calendar_date_or_none(year, int(month or 0), int(day or 0))


def _parse_day_of_month(match: re.Match[str], today: date) -> date | None:
    return _calendar_date_or_none(today.year, today.month, int(parse_number(match[1]) or 0))


def _parse_weekday(match: re.Match[str], today: date) -> date:
    week = {"上": -7, "下": 7}.get((match[1] or "")[:1], 0)
    return today + timedelta(days=_WEEK[match[2]] - today.weekday() + week)


def _calendar_date_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_IDENTIFIER_SCANS = (
    _PatternScan(EntityKind.PHONE, _PHONE, _parse_phone),
    _PatternScan(EntityKind.ORDER_ID, _ORDER, _parse_order_id),
    _PatternScan(EntityKind.TRACKING_NO, _ORDER, _parse_tracking_number),
)
"""Numbers that are looked for before the shop's goods."""
_AMOUNT_SCANS = (
    _PatternScan(EntityKind.DISCOUNT_RATE, _DISCOUNT, _parse_discount_rate),
    _PatternScan(EntityKind.REDUCTION, _REDUCTION, _parse_reduction),
    _PatternScan(EntityKind.OFFERED_PRICE, _OFFER, lambda match, _: parse_number(match[1] or match[2])),
    _PatternScan(EntityKind.QUANTITY, _QUANTITY, _parse_quantity),
)
_DATE_SCANS = (
    _PatternScan(EntityKind.DATE, _DAY, _date_parser(_parse_relative_day)),
    _PatternScan(EntityKind.DATE, _MONTH_DAY, _date_parser(_parse_month_day)),
    _PatternScan(EntityKind.DATE, _WEEKDAY, _date_parser(_parse_weekday)),
    _PatternScan(EntityKind.DATE, _DAY_OF_MONTH, _date_parser(_parse_day_of_month)),
    _PatternScan(EntityKind.DATE, _NAMED_DAY, _literal_text),
    _PatternScan(EntityKind.TIME, _TIME, _literal_text),
    _PatternScan(EntityKind.REDUCTION, _ROUND_DOWN, lambda _match, _today: "抹零"),
)
