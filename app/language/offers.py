"""The one reader of what a buyer would pay: 1,299卖不卖, 八八卖不卖, 算我一百五, 便宜10块, 打八五折, 少一成, 抹个零."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from app.language.numbers import HAN, NUMBER, ShareKind, ShareSpan, find_shares, read_money, read_range
from app.language.units import CORNERS

_KEPT = 4096


class OfferKind(StrEnum):
    """How a buyer names what they would pay."""

    PRICE = "price"  # 元 to pay
    REDUCTION = "reduction"  # 元 less
    RATE = "rate"  # share still paid
    ROUND_DOWN = "round_down"  # without the odd part


@dataclass(frozen=True, slots=True)
class OfferSpan:
    """An offer at its place in the text; `value` is None for a round price. Of a range (两三百) the higher end."""

    start: int
    end: int
    text: str
    kind: OfferKind
    value: Decimal | None


_YUAN = r"(?:元|块钱|块|圆|rmb|RMB)"
_FRACTION = rf"(?:\s*[1-9一二两三四五六七八九](?![{HAN}\d]|\s*{_YUAN})[毛角]?|半)"
AMOUNT = rf"(?<![A-Za-z\d.])(?<!\d-)¥?\s*(?:{NUMBER}[kKwW]?(?:\s*{_YUAN}{_FRACTION}?)?|(?!{CORNERS})[\d{HAN}]+[毛角])"
"""A sum as buyers write it, with or without its unit, for larger patterns; `read_amount` reads what it matches."""
ONE_PIECE = r"(?:一[件个套箱包盒瓶份])?"
"""The piece that a sum is for, where it is named: 80一个."""
ASKS_ASSENT = (
    r"行不行|行不|行吗|行么|行嘛|卖不卖|卖不|卖吗|卖么|能卖吗|出不出|出不|出吗|能出吗|给不给|好不好|好不|好吗|好么|"
    r"可不可以|可以不|可以吗|可以么|可以嘛|成不成|成不|成吗|中不|(?:能|能不能|可以|可不可以)(?:卖|出|拿|给)(?:不|吗|么|嘛|吧|我)?"
)
"""Words that ask whether a price will do, for larger patterns: an alternation without its brackets."""
_ASKS_FOR_IT = (
    rf"(?:{ASKS_ASSENT}|卖我|能卖|卖给我|能拿|拿下|拿不拿|成交|怎么样|如何|我就拍|我就买|就拍|就买|我拍|我买|包邮|要不要|得行不|"
    r"能不能(?:卖|出|拿|行)|能出|能行)"
)
_PRICE = re.compile(
    rf"(?P<asked>{AMOUNT}){ONE_PIECE}(?:[你我就都全,\s]{{0,3}}){_ASKS_FOR_IT}"
    rf"|(?:算我|(?<!预)算|按|给我|卖我|收我|收|改成|改到|改为|改价到|降到|便宜到|少到)(?P<set>{AMOUNT})\s*(?:{_YUAN}|吧|行|可以|好|呗|吗|$)"
)
_LESS = r"便宜|优惠|减免|减|降价|降|少收|少|让利|让|抹掉|抹去|抹|立减"
_REDUCTION = re.compile(
    rf"(?P<rule>满\s*{NUMBER}\s*{_YUAN}?\s*)?(?:"
    rf"(?:{_LESS})(?:个|掉|我|给我|了)?\s*(?P<bare>{AMOUNT})\s*(?:{_YUAN}|(?=[^\d\w%]|[呗吧吗行可就不我嘛呢]|$))"
    rf"|(?:便宜|优惠|减|降|少|让)(?:个|掉|我|给我)?\s*(?P<counted>{AMOUNT})\s*{_YUAN})"
)
_ROUND_DOWN = re.compile(r"抹个?零头?|去个?零头|零头(?:去|抹|免)|凑个?整数?|取个?整")
_CUTS = re.compile(rf"(?:{_LESS})(?:个|掉|我|给我)?\s*$")
_MAY_OFFER = re.compile(rf"[\d{HAN}半折]")
_MAY_PRICE = re.compile("[卖行可出拿成怎如拍买包要给得算按收改降便少]")
_MAY_CUT = re.compile("[便优减降少让抹立]")
_MAY_ROUND = re.compile("[零整]")


def find_offers(text: str) -> tuple[OfferSpan, ...]:
    """Every offer of a plain text: shares first, then reductions, prices and round prices; some may overlap.

    满199减20 is a promotion's rule and no offer.
    """
    if _MAY_OFFER.search(text) or _MAY_ROUND.search(text):
        return _find_offers(text)
    return ()


@lru_cache(maxsize=_KEPT)
def _find_offers(text: str) -> tuple[OfferSpan, ...]:
    return (*_find_rates(text), *_find_reductions(text), *_find_prices(text), *_find_round_prices(text))


def write_figures(text: str) -> str:
    """The text with every bare price of Chinese signs in figures: 八八卖不卖 is 88卖不卖."""
    if text.isascii() or not (_MAY_OFFER.search(text) and _MAY_PRICE.search(text)):
        return text
    return _PRICE.sub(_in_figures, text)


def _in_figures(found: re.Match[str]) -> str:
    said = found["asked"] or found["set"]
    value = read_amount(said) if all(sign in HAN for sign in said) else None
    return found[0] if value is None else found[0].replace(said, f"{value:f}", 1)


def _find_rates(text: str) -> Iterator[OfferSpan]:
    for share in find_shares(text):
        paid = _share_paid(share, text)
        if paid is not None and 0 < paid < 1:
            yield OfferSpan(share.start, share.end, share.text, OfferKind.RATE, paid)


def _share_paid(share: ShareSpan, text: str) -> Decimal | None:
    """便宜10% leaves 0.9 to pay; a part that nothing is taken off (含棉80%) is no offer."""
    if share.share is None or share.kind is ShareKind.PAID:
        return share.share
    return 1 - share.share if _CUTS.search(text, 0, share.start) else None


def _find_reductions(text: str) -> Iterator[OfferSpan]:
    for found in _REDUCTION.finditer(text) if _MAY_CUT.search(text) else ():
        value = None if found["rule"] else read_amount(found["bare"] or found["counted"])
        if value:
            yield OfferSpan(found.start(), found.end(), found[0], OfferKind.REDUCTION, value)


def _find_prices(text: str) -> Iterator[OfferSpan]:
    for found in _PRICE.finditer(text) if _MAY_PRICE.search(text) else ():
        value = read_amount(found["asked"] or found["set"])
        if value is not None:
            yield OfferSpan(found.start(), found.end(), found[0], OfferKind.PRICE, value)


def _find_round_prices(text: str) -> Iterator[OfferSpan]:
    for found in _ROUND_DOWN.finditer(text) if _MAY_ROUND.search(text) else ():
        yield OfferSpan(found.start(), found.end(), found[0], OfferKind.ROUND_DOWN, None)


def read_amount(said: str) -> Decimal | None:
    """The sum that the token writes, 元; of a range the higher end."""
    bare = said.strip().removeprefix("¥").strip()
    money = read_money(bare)
    if money is not None:
        return money
    ends = read_range(_UNIT_AT_END.sub("", bare))
    return ends.high if ends else None


_UNIT_AT_END = re.compile(rf"\s*{_YUAN}$")
