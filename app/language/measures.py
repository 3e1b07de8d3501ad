"""Finds how much of something a text names: 两三件, 3-5盒, 一打, 两斤半, 半箱, 48小时."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from app.language.numbers import HAN, NUMBER, read_number, read_range
from app.language.units import ANY, CORNERS, COUNT, MEASURES, Measure, MeasureKind

_KEPT = 4096
_REACH = r"\s*(?:-|~|到|至|、|—|或者?)\s*"
_SAYING = (
    r"三只松鼠|一[点些下般直起定旦边律切向时再共]|一样(?!东西|一)|"
    rf"{CORNERS}|"
    r"一块儿|[我你他她它咱们][俩仨]|十分(?![之钟])|千万(?=别|不|要|记|得|莫|勿|小心|注意)|万一"
)
_NOT_COUNTED = "人|字|价|样子|问题|劲|意思|装(?!的?箱|[不得上好进])"
_QUANTITY = re.compile(
    rf"(?=[\d半我你他她它咱们{HAN}])(?:(?P<saying>{_SAYING})|(?<![第几数好\d.])(?:(?<![A-Za-z])|(?=[{HAN}]))"
    rf"(?:(?P<first>{NUMBER}){_REACH})?(?P<number>{NUMBER}|半|[俩仨])\s*(?P<more>[多来余几])?\s*"
    rf"(?P<measure>{ANY})(?!套|{_NOT_COUNTED}|(?<=对)[吧吗么不])(?P<half>半(?![天年月小价]))?"
    rf"|(?<=[买要拍拿来订])(?P<pair>[俩仨])(?!{ANY}))"
)
_POINTED = re.compile(r"[这哪某每上下头前后第]\s*$")
_ENDS_OF_NAMES = frozenset("头上下后")
"""Point at 头两个; before figures they end a name: 充电头200个."""
_THOSE = re.compile(r"那\s*$")
"""Points at 那两个, but 那10个呢 asks for ten."""
_ORDINAL = re.compile(rf"第\s*(?P<number>{NUMBER})\s*(?P<measure>{COUNT})|(?P<next>次件)")
_FOLLOWING = re.compile(
    rf"\s*(?:的|色|码|号|各|要|来|拿|x|\*|×)*\s*(?P<number>{NUMBER})(?!\s*(?:元|块钱?|折|%|天|号|码|岁))"
)
_MAY_MEASURE = re.compile(rf"[\d{HAN}半]")
_MONEY = Measure("元", MeasureKind.MONEY)


@dataclass(frozen=True, slots=True)
class QuantitySpan:
    """An amount of something at its place in the text.

    Attributes:
        low, high: how many of the measure word, as said; they differ for a range (两三件, 3-5盒).
        measure: the measure word, with its kind and base; `in_base` gives grams, centimetres, pieces and so on.
        open_ended: more is meant than said (十多个, 二十来件).
        pointed: a word before points at it (这两个, 每三件, 第二个): no number of pieces is asked for.
    """

    start: int
    end: int
    text: str
    low: Decimal
    high: Decimal
    measure: Measure
    open_ended: bool = False
    pointed: bool = False

    @property
    def kind(self) -> MeasureKind:
        """What is measured."""
        return self.measure.kind

    @property
    def in_base(self) -> tuple[Decimal, Decimal]:
        """Both ends in the kind's base unit: 一打 is 12 pieces, 两斤 1000 grams."""
        return self.low * self.measure.base, self.high * self.measure.base


def find_quantities(text: str, *kinds: MeasureKind) -> tuple[QuantitySpan, ...]:
    """Every quantity of these kinds (of all where none is given) in a plain text, in order.

    A pack size (四只装), a set's name (四件套) and people (三个人) are no quantities.
    """
    if not _MAY_MEASURE.search(text):
        return ()
    found = _find(text)
    return tuple(each for each in found if each.kind in kinds) if kinds else found


@lru_cache(maxsize=_KEPT)
def _find(text: str) -> tuple[QuantitySpan, ...]:
    return tuple(span for found in _QUANTITY.finditer(text) if (span := _span(found)) is not None)


@dataclass(frozen=True, slots=True)
class OrdinalSpan:
    """A piece by its place, at its place in the text: the 2 of 第二件, and of 次件."""

    start: int
    end: int
    text: str
    place: Decimal


_SECOND = Decimal(2)
_CALENDAR_YEAR = re.compile("(?:19|20)\\d\\d")
"""2026年 names a year, and no length of time."""


def read_number_after(text: str, place: int) -> int | None:
    """The whole number that follows at a place of a text, with or without a measure word: the 20 of 炭黑20，米白4个."""
    found = _FOLLOWING.match(text, place)
    number = read_number(found["number"]) if found else None
    return int(number) if number is not None and number == number.to_integral_value() and number > 0 else None


def find_ordinals(text: str) -> tuple[OrdinalSpan, ...]:
    """Every piece that a plain text names by its place, in order; 第三天 is a time and no piece."""
    if "第" not in text and "次件" not in text:
        return ()
    places = ((found, _SECOND if found["next"] else read_number(found["number"])) for found in _ORDINAL.finditer(text))
    return tuple(OrdinalSpan(*found.span(), found[0], place) for found, place in places if place is not None)


def _span(found: re.Match[str]) -> QuantitySpan | None:
    if found["saying"]:
        return None
    if found["pair"]:
        return _pair_span(found)
    if found["measure"] == "年" and _CALENDAR_YEAR.fullmatch(found["number"]):
        return None
    ends = read_range(found["number"])
    first = read_range(found["first"]) if found["first"] else ends
    if ends is None or first is None or first.low > ends.high:
        return None
    half = Decimal("0.5") if found["half"] else Decimal(0)
    return QuantitySpan(
        found.start(),
        found.end(),
        found[0],
        first.low + half,
        ends.high + half,
        MEASURES.get(found["measure"].lower(), _MONEY),
        open_ended=found["more"] is not None,
        pointed=_is_pointed_at(found),
    )


def _pair_span(found: re.Match[str]) -> QuantitySpan | None:
    """买俩: two pieces, with no measure word."""
    number = read_number(found["pair"])
    return None if number is None else QuantitySpan(*found.span(), found[0], number, number, MEASURES["个"])


def _is_pointed_at(found: re.Match[str]) -> bool:
    pointing = _POINTED.search(found.string, 0, found.start())
    if pointing and not (found["number"][0].isdecimal() and pointing[0].strip() in _ENDS_OF_NAMES):
        return True
    return not found["number"][0].isdecimal() and _THOSE.search(found.string, 0, found.start()) is not None
