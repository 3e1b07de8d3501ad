"""The one reader of numbers: 50, 1,299, 1.5万, 五十, 伍拾, 两百五, 百八, 八八, 两三, 三四十, 半价, 八五折, 一块五.

Written out rather than left to cn2an, which refuses 百八 and 三四十, reads 两三 as 23 and knows no ranges, shares or
money. A text is read as it stands: `normalise_width` first, where full-width signs may occur.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from app.language.units import ANY, CORNERS, COUNT, MONEY_WORDS, pattern_of

DIGITS = {
    **{sign: value for value, sign in enumerate("零一二三四五六七八九")},
    **{sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "〇": 0,
    "两": 2,
    "兩": 2,
    "俩": 2,
    "仨": 3,
    "貳": 2,
    "參": 3,
    "陸": 6,
    "幺": 1,
}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
TENS = {"廿": 20, "卅": 30, "卌": 40}
HAN = "".join([*DIGITS, *UNITS, *MYRIADS, *TENS])
HAN_DIGITS = "".join(DIGITS)
_GROUPED = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_HALF_OF = r"半(?=[个天年月日周斤箱盒份打条只张小袋包瓶套米升])"
LONGEST = 24
"""Characters of a number; a longer run of signs is none, whoever typed it."""
NUMBER = rf"(?:{_GROUPED}[万千百亿]?|[{HAN}]{{1,{LONGEST}}}(?:点[{HAN}]{{1,9}})?|{_HALF_OF})"
"""A token for larger patterns, without groups; `read_number` and `read_range` read what it matches."""
_SCALES = {"百": 100, "千": 1000, "k": 1000, "K": 1000, "万": 10_000, "w": 10_000, "W": 10_000, "亿": 100_000_000}
_FIGURES = re.compile(rf"({_GROUPED})([百千万亿kKwW])?")
_SECTION = re.compile(
    r"(?:(?:(?P<thousands>[1-9])|^)千)?(?P<no_hundreds>0)?(?:(?:(?P<hundreds>[1-9])|^)百)?(?P<no_tens>0)?"
    r"(?:(?P<tens>[1-9])?十)?(?P<no_ones>0)?(?P<ones>[1-9])?"
)
_ONE_SIGN = str.maketrans(
    {
        **{sign: str(value) for sign, value in DIGITS.items()},
        "拾": "十",
        "佰": "百",
        "仟": "千",
        "萬": "万",
        "億": "亿",
        **{sign: f"{value // 10}十" for sign, value in TENS.items()},
    }
)
_PAIR = re.compile(r"12|23|34|45|56|67|78|89|35")
_KEPT = 4096
_HALF = Decimal("0.5")


@lru_cache(maxsize=_KEPT)
def normalise_width(text: str) -> str:
    """Full-width to half-width, compatibility signs to their letters."""
    return unicodedata.normalize("NFKC", text).replace("¥", "￥").replace("￥", "¥")


@dataclass(frozen=True, slots=True)
class NumberRange:
    """What a number may be: 两三 is 2 to 3, and an exact number has the same at both ends."""

    low: Decimal
    high: Decimal

    @property
    def exact(self) -> Decimal | None:
        """The number, where it is one."""
        return self.low if self.low == self.high else None


@lru_cache(maxsize=_KEPT)
def read_number(text: str) -> Decimal | None:
    """The one number that `text` writes; None when it writes none, or a range as 两三 does."""
    if text in ("半", "一半"):
        return _HALF
    figures = _FIGURES.fullmatch(text)
    if figures:
        return _whole(Decimal(figures[1].replace(",", "")) * _SCALES.get(figures[2] or "", 1))
    if (
        not 0 < len(text) <= LONGEST
        or text in UNITS.keys() - {"十", "拾"}
        or not all(sign in HAN or sign == "点" for sign in text)
    ):
        return None
    signs = text.translate(_ONE_SIGN)
    if _ends_of_pair(signs):
        return None
    value = _read_signs(signs)
    return None if value is None else _whole(value)


@lru_cache(maxsize=_KEPT)
def read_range(text: str) -> NumberRange | None:
    """The number or the range (两三, 三四十, 十二三, 一百二三) that `text` writes, else None."""
    exact = read_number(text)
    if exact is not None:
        return NumberRange(exact, exact)
    ends = _ends_of_pair(text.translate(_ONE_SIGN)) if text and all(sign in HAN for sign in text) else None
    return NumberRange(*ends) if ends else None


def _whole(value: Decimal) -> Decimal:
    """Without the zeros a scale leaves: 1.50万 is 15000."""
    whole = value.to_integral_value()
    return whole if value == whole else value.normalize()


def _ends_of_pair(signs: str) -> tuple[Decimal, Decimal] | None:
    """Both ends of a range said with two neighbouring digits; a longer row of bare digits is no range."""
    found = _PAIR.search(signs)
    if found is None or (signs.isdigit() and len(signs) > len(found[0])):
        return None
    ends = [_read_signs(signs[: found.start()] + digit + signs[found.end() :]) for digit in found[0]]
    low, high = ends
    return (low, high) if low is not None and high is not None and low < high else None


def _read_signs(signs: str) -> Decimal | None:
    """A number in 0–9, 十百千万亿 and 点."""
    whole, _, fraction = signs.partition("点")
    if not fraction:
        value = None if signs.endswith("点") else _read_whole(whole)
        return None if value is None else Decimal(value)
    scale = 1
    if not fraction[-1].isdigit():
        fraction, scale = fraction[:-1], _SCALES.get(fraction[-1], 0)
    value = _read_whole(whole)
    if value is None or not fraction.isdigit() or not scale:
        return None
    return Decimal(f"{value}.{fraction}") * scale


def _read_whole(signs: str) -> int | None:
    if signs.isdigit():
        return int(signs)
    for sign, scale in (("亿", 100_000_000), ("万", 10_000)):
        if sign in signs:
            before, _, after = signs.rpartition(sign)
            high, low = _read_whole(before) if before else 1, _read_rest(after, scale)
            return None if high is None or low is None or signs == sign else high * scale + low
    return _read_section(signs)


def _read_rest(signs: str, scale: int) -> int | None:
    """What stands behind 万 or 亿: a lone digit takes the next lower place, 一万二 is 12000."""
    if len(signs) == 1 and signs.isdigit():
        return int(signs) * scale // 10
    rest = _read_whole(signs.lstrip("0")) if signs.lstrip("0") else 0
    return rest if rest is not None and rest < scale else None


def _read_section(signs: str) -> int | None:
    """Below a myriad: 三千五 is 3500 and 两百五 is 250, but 一百零五 is 105."""
    found = _SECTION.fullmatch(signs)
    if not signs or found is None:
        return None
    value = sum(
        int(found[name] or 1) * unit
        for name, sign, unit in (("thousands", "千", 1000), ("hundreds", "百", 100), ("tens", "十", 10))
        if sign in signs
    )
    ones = int(found["ones"] or 0)
    bare = "十" not in signs and "0" not in signs
    return value + ones * ((10 if "百" in signs else 100) if bare else 1)


class ShareKind(StrEnum):
    """What a share is of."""

    PAID = "paid"  # 八折: the share of the price still paid
    PART = "part"  # 10%, 两成: some part; the words around say of what


@dataclass(frozen=True, slots=True)
class ShareSpan:
    """A share, 0 to 1, at its place in the text; `share` is None where it cannot be computed (骨折价)."""

    start: int
    end: int
    text: str
    share: Decimal | None
    kind: ShareKind


_NO_SHARE = r"(?!叠|腾|磨|断|痕|页|扣店|纸|返)"
_SHARE = re.compile(
    rf"(?=[打半对一骨百\d{HAN}])(?:(?:打个?|打到)?\s*(?P<tenths>{NUMBER})\s*折{_NO_SHARE}|打\s*(?P<beaten>[1-9]\d?(?:\.\d)?)(?![\d.]|\s*(?:{ANY}|包|开))"
    r"|(?P<half>半价|对折|一半的?价格?|骨折价?)"
    rf"|百分之\s*(?P<percent>{NUMBER})|(?P<figure>{_GROUPED})\s*[%％]"
    rf"|(?P<part>[1-9一二两三四五六七八九])成(?=$|[的左吧吗呢,，。!！?？\s]))"
)
_MAY_SHARE = re.compile("[折打价%％成]|百分之")
_FULL = 10  # 折 up to ten count tenths, above ten hundredths
_HUNDRED = 100


def read_discount(text: str) -> Decimal | None:
    """The share still paid that `text` names (八五折 0.85, 半价 0.5), else None; 10% and 两成 name a part, not that."""
    found = _SHARE.fullmatch(text.strip().removesuffix("起"))
    return _share(found) if found and not (found["percent"] or found["figure"] or found["part"]) else None


def read_percent(text: str) -> Decimal | None:
    """The part, 0 to 1, that 10%, 百分之十 or 一成 names, else None."""
    found = _SHARE.fullmatch(text.strip())
    return _share(found) if found and (found["percent"] or found["figure"] or found["part"]) else None


def find_shares(text: str) -> tuple[ShareSpan, ...]:
    """Every discount and part of a plain text, in order."""
    return _find_shares(text) if _MAY_SHARE.search(text) else ()


@lru_cache(maxsize=_KEPT)
def _find_shares(text: str) -> tuple[ShareSpan, ...]:
    return tuple(
        ShareSpan(
            found.start(),
            found.end(),
            found[0],
            _share(found),
            ShareKind.PART if found["percent"] or found["figure"] or found["part"] else ShareKind.PAID,
        )
        for found in _SHARE.finditer(text)
    )


def _share(found: re.Match[str]) -> Decimal | None:
    if found["half"]:
        return None if found["half"].startswith("骨") else _HALF
    if found["part"]:
        tenths = read_number(found["part"])
        return None if tenths is None else tenths / _FULL
    percent = found["percent"] or found["figure"]
    if percent:
        value = read_number(percent)
        return None if value is None or value > _HUNDRED else value / _HUNDRED
    return _paid(found["tenths"] or found["beaten"])


def _paid(said: str) -> Decimal | None:
    """折 are said digit by digit: 八五 is 85 and so is 七八, though 七八个 is seven or eight."""
    signs = said.translate(_ONE_SIGN)
    value = Decimal(signs) if signs.isdigit() else read_number(said)
    if value is None or not 0 < value <= _HUNDRED:
        return None
    return value / (_FULL if value <= _FULL else _HUNDRED)


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """A number at its place in the text; `low` and `high` differ for a range (两三). `ordinal` for 第二."""

    start: int
    end: int
    text: str
    low: Decimal
    high: Decimal
    ordinal: bool = False

    @property
    def exact(self) -> Decimal | None:
        """The number, where it is one."""
        return self.low if self.low == self.high else None


_CODE = (
    r"[A-Za-z]+[-_]?\d[\w-]*|\d{8,}[\dxX_-]*|1[3-9]\d[- ]?[\d*xX]{4}[- ]?\d{4}|0\d{2,3}-\d{7,8}|\d+[xX*×]\d[\dxX*×]*"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}:\d{2}(?::\d{2})?|\d+[A-Za-z]+\d\w*"
)
_SAYING = (
    r"万一|千万(?=别|不|要|记|得|莫|勿|小心|注意|给|帮|请)|十分(?![之钟])|百分(?!之)|三七二十一|一五一十|七七八八|乱七八糟|三三两两|一一|"
    r"三八(?=节|妇女|女神|大促)|五一(?!折)|六一(?=儿童|节)|双十[一二]|十一(?=长假|假期|期间|放假|黄金周|国庆)|三只松鼠|[一二两三四五六七八九十\d]+件套|"
    r"[一二三四五六七八九]成[新套]|一[样些下般直起定旦边律切向时再共会]|一点(?![\d一二三四五六七八九])|[我你他她它咱们][俩仨]"
)
_LONE = "一二三四五六七八九十百千万亿两零〇壹贰叁肆伍陆柒捌玖拾佰仟"
_BEHIND = rf"(?=\s*(?:{ANY}|折|成(?!新|套)|倍|多[{'个块元天'}]|来[个块]|点半?|号|月|[%％]|$|[,，。!！?？]))"
_SCAN = re.compile(
    rf"(?=[\dA-Za-z第乱我你他她它咱双半{HAN}])(?:(?P<skip>{_CODE}|{_SAYING})|第\s*(?P<nth>\d{{1,4}}|[{HAN}]+)"
    rf"|(?<![几数好A-Za-z\d.])(?P<number>{_GROUPED}(?:[万千百亿]|[kKwW](?=\s*(?:元|块|卖|行|可以|能|吧|$|[,，。!！?？])))?"
    rf"|[{HAN}]{{2,{LONGEST}}}(?:点[{HAN_DIGITS}]+[万千百亿]?)?|[{_LONE}]点[{HAN_DIGITS}]+(?![{HAN}])[万千百亿]?|[俩仨]"
    rf"|(?:(?<=[¥])|(?<=只要)|(?<=仅)|(?<=满)|(?<=减))[{_LONE}]|(?:^[{_LONE}]|[{_LONE}]){_BEHIND}"
    rf"|一半|{_HALF_OF}))"
)
_MAY_NUMBER = re.compile(rf"[\d{HAN}半]")


def find_numbers(text: str) -> tuple[NumberSpan, ...]:
    """Every number of a plain text, in order, without those inside codes, phones, dates and sayings (万一, 千万别).

    A Chinese sign alone counts only before a measure, a unit or a mark: 一直 and 二手 hold no number.
    """
    return _find_numbers(text) if _MAY_NUMBER.search(text) else ()


@lru_cache(maxsize=_KEPT)
def _find_numbers(text: str) -> tuple[NumberSpan, ...]:
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[NumberSpan]:
    for found in _SCAN.finditer(text):
        said = found["number"] or found["nth"]
        value = read_range(said) if said else None
        if value is not None:
            yield NumberSpan(*found.span(), found[0], value.low, value.high, ordinal=found["nth"] is not None)


@dataclass(frozen=True, slots=True)
class MoneySpan:
    """An amount in 元 at its place in the text; `low` and `high` differ for 两三百块."""

    start: int
    end: int
    text: str
    low: Decimal
    high: Decimal

    @property
    def exact(self) -> Decimal | None:
        """The amount, where it is one."""
        return self.low if self.low == self.high else None


_DIGIT = "[1-9一二两三四五六七八九]"
_UNIT = rf"(?:{pattern_of(MONEY_WORDS)}|米(?=[卖拿行吗]))"
_MONEY = re.compile(
    rf"(?=[¥rR\d{HAN}])(?:(?:¥|(?:rmb|RMB)\s*)(?P<signed>{_GROUPED}[万千]?|[{HAN}]+)"
    rf"|(?<![第几\d.])(?P<yuan>{_GROUPED}(?:[万千百亿]|[kKwW])?|[{HAN}]+(?:点[{HAN_DIGITS}]+)?)\s*[多来]?\s*"
    rf"(?P<unit>{_UNIT})(?:\s*(?P<dimes>{_DIGIT})(?:[毛角]钱?|(?<=块.)(?=一{COUNT})|(?<=块.)(?![{HAN}\d.直起定些下样般]|\s*(?:{ANY}|折|点)))|(?<=块)半)?"
    rf"(?:[零〇]?(?P<cents>{_DIGIT})分(?!钟))?"
    rf"|(?<![第几A-Za-z\d.])(?!{CORNERS})(?P<only_dimes>{_GROUPED}|[{HAN}]+)\s*[毛角](?:钱|(?=$|[^\u4e00-\u9fff巾线衣绒]|[五卖就吧吗行呢的都也])|(?={_DIGIT}分?))"
    rf"(?P<only_cents>{_DIGIT})?分?)"
)
_MAY_MONEY = re.compile("[元块圆毛角¥洋币mM米yY]")
_PIECES = re.compile(r"(?:(?<!出)来|(?<![还只需得])要|[买拍拿送选收到这那哪每各缺少碎裂坏]|第)\s*了?\s*$")
"""Before 三块: pieces of something, not 元."""
_PIECES_OF = re.compile(r"(?:隔|木|搁|面|砧|菜)?[板砖布木石糖肉饼玉茶香皂表抹]")


def read_money(text: str) -> Decimal | None:
    """The amount in 元 that `text` writes: 一块五 is 1.5, 三毛 0.3, 10元5角 10.5; None when it writes none."""
    found = _MONEY.fullmatch(text.strip())
    ends = _amount(found) if found else None
    return ends.exact if ends else None


def find_money(text: str) -> tuple[MoneySpan, ...]:
    """Every amount of a plain text that says it is money, in order; 来三块 and 两块隔板 count pieces."""
    return _find_money(text) if _MAY_MONEY.search(text) else ()


@lru_cache(maxsize=_KEPT)
def _find_money(text: str) -> tuple[MoneySpan, ...]:
    spans = []
    for found in _MONEY.finditer(text):
        ends = None if _counts_pieces(found) else _amount(found)
        if ends is not None:
            spans.append(MoneySpan(*found.span(), found[0], ends.low, ends.high))
    return tuple(spans)


def _counts_pieces(found: re.Match[str]) -> bool:
    if found["unit"] != "块" or found["dimes"]:
        return False
    before, after = found.string[: found.start()], found.end()
    return bool(_PIECES.search(before) or _PIECES_OF.match(found.string, after))


def _amount(found: re.Match[str]) -> NumberRange | None:
    if found["only_dimes"]:
        dimes = read_number(found["only_dimes"])
        return None if dimes is None else _exactly(dimes / 10 + _part(found["only_cents"], 100))
    whole = _read_longest(found["signed"]) if found["signed"] else read_range(found["yuan"])
    if whole is None:
        return None
    more = _part(found["dimes"], 10) + _part(found["cents"], 100) + (_HALF if found[0].endswith("块半") else 0)
    return NumberRange(whole.low + more, whole.high + more)


def _read_longest(written: str) -> NumberRange | None:
    """What a sign of money is followed by, less what begins the next word: ¥四十一一个 is 41."""
    ends = (read_range(written[:length]) for length in range(len(written), 0, -1))
    return next((each for each in ends if each is not None), None)


def _part(digit: str | None, of: int) -> Decimal:
    value = read_number(digit) if digit else None
    return Decimal(0) if value is None else value / of


def _exactly(value: Decimal) -> NumberRange:
    return NumberRange(value, value)


def blank_figures(text: str, figures: str) -> str:
    """The text without these figures where they name something (a size 29): no part of 229, no 29元, no 29天."""
    if figures not in text:
        return text
    return re.sub(rf"(?<![\d.]){figures}(?![\d.]|\s*(?:[元块折%天年月]|小时|毛|分))", " ", text)
