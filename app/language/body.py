"""Reads somebody's height and weight, and whether a size is asked for: 165 60公斤穿什么码, 孩子118拍几码, 平时穿L."""

import re
from dataclasses import dataclass
from decimal import Decimal

from app.language.numbers import read_number

_CM = r"(?:cm|厘米|公分)"
_SIGNS = "一二三四五六七八九"
_METRES = re.compile(
    rf"(?<![\d.])(?:(?P<whole>[12一两二])米(?P<rest>[\d{_SIGNS}零]{{1,2}})?|(?P<point>[12]\.\d{{1,2}})(?:米|m(?![a-z])|(?=[,，、\s/]*\d{{2,3}}\s*(?:斤|公斤|kg))))"
)
_HEIGHT = re.compile(
    rf"(?:身高|个子|高)[^\d,，。]{{0,3}}(?P<named>\d{{2,3}})(?:\.\d)?(?:{_CM})?(?!\s*(?:斤|公斤|kg|元|块))"
    rf"|(?<![\d.])(?P<measured>\d{{2,3}})(?:\.\d)?\s*{_CM}"
    r"|(?<![\d.])(?P<pair>1[3-9]\d)\s*(?:[,，、/高]|\s|体重|重|-)*(?=\d{2,3}(?:\.\d)?\s*(?:斤|公斤|kg|(?:[的,，]|穿|什么|啥|选|买|拍|要|能|$)))"
    r"|(?:孩子|宝宝|宝贝|儿子|女儿|闺女|娃|小孩|小朋友)[^\d,，。]{0,4}(?P<child>\d{2,3})(?!\d|\s*(?:斤|公斤|kg|元|块|码|个|岁))"
)
_WEIGHT = re.compile(
    r"(?:体重|重量?)[^\d,，。]{0,3}(?P<named>\d{2,3}(?:\.\d)?)\s*(?P<named_unit>斤|公斤|千克|kg)?"
    r"|(?<![\d.])(?P<measured>\d{2,3}(?:\.\d)?)\s*多?(?P<unit>斤|公斤|千克|kg)"
    r"|(?<=1[3-9]\d[\s/,，、])\s*(?P<pair>\d{2,3})(?!\d|\s*(?:元|块|码|个|cm|厘米))"
)
_ASKS_SIZE = re.compile(
    r"(?:穿|拍|选|买|要|拿|下单|推荐)(?:个|一?下)?(?:什么|啥|几|多大|哪个|哪种|多少)(?:的)?(?:码|号|尺码|尺寸|合适|$|[呢啊呀?？吗好的])|"
    r"(?:什么|啥|哪个|多大|几)(?:的)?(?:码|号|尺码)(?!头|线)|(?:穿|选|买|拍)多大|(?:码|尺码|号)(?:怎么|咋|如何)(?:选|买|拍)|(?:怎么|咋|如何)选[尺号]?码"
)
_USUAL = re.compile(
    r"(?:平时|平常|一般|一直|以前|通常|都)[^,，。]{0,4}?穿(?:的)?(?:是|的)?\s*(?P<size>\d?x{0,3}[sml]|\d{2})(?![a-z\d])码?"
)
_BUILD = re.compile(
    r"(?<!显)(?<!防)[偏有点比较很]胖|胖(?:一点|点|的|了)|偏壮|[有点比较]壮|肚子大|有肚子|(?:腿|腰|胳膊)粗|骨架大"
)
_JIN = Decimal(500)
_KILO = Decimal(1000)
_LIGHTEST_IN_JIN = 85
"""A weight without its unit from here on is in 斤; less is in 公斤."""
_TALLEST, _SHORTEST = 220, 50


@dataclass(frozen=True, slots=True)
class Body:
    """A height in cm and a weight in grams, as far as they were told."""

    height: Decimal | None = None
    weight: Decimal | None = None

    def describe(self) -> str:
        """身高165cm、体重120斤."""
        parts = [f"身高{_plain(self.height)}cm"] if self.height else []
        parts += [f"体重{_plain(self.weight / _JIN)}斤"] if self.weight else []
        return "、".join(parts)


def read_body(text: str) -> Body | None:
    """The height and the weight that a plain text tells; None where it tells neither."""
    lowered = text.lower()
    body = Body(_read_height(lowered), _read_weight(lowered))
    return body if body.height or body.weight else None


def asks_size(text: str) -> bool:
    """Whether it is asked which size fits."""
    return _ASKS_SIZE.search(text) is not None


def asks_size_chart(text: str) -> bool:
    """Whether the chart itself is asked for: 尺码表发我, 尺码怎么选."""
    return "尺码" in text or "码数" in text or asks_size(text)


def read_usual_size(text: str) -> str | None:
    """The size somebody wears as a rule, as it was written: L of 平时穿L码."""
    found = _USUAL.search(text.lower())
    return found["size"] if found else None


def tells_build(text: str) -> bool:
    """Whether somebody's build is told beside the measures: 孩子有点胖."""
    return _BUILD.search(text) is not None


def _read_height(text: str) -> Decimal | None:
    metres = _METRES.search(text)
    if metres:
        return _metres_in_cm(metres)
    found = _HEIGHT.search(text)
    said = found and (found["named"] or found["measured"] or found["pair"] or found["child"])
    return Decimal(said) if said and _SHORTEST <= int(said) <= _TALLEST else None


def _metres_in_cm(found: re.Match[str]) -> Decimal | None:
    if found["point"]:
        return Decimal(found["point"]) * 100
    whole, rest = read_number(found["whole"]), found["rest"]
    if whole is None or not rest:
        return None
    figures = "".join(str(_SIGNS.index(sign) + 1) if sign in _SIGNS else sign for sign in rest.replace("零", "0"))
    return whole * 100 + Decimal(figures.ljust(2, "0"))


def _read_weight(text: str) -> Decimal | None:
    found = _WEIGHT.search(text)
    if found is None:
        return None
    number = Decimal(found["named"] or found["measured"] or found["pair"])
    unit = found["named_unit"] or found["unit"]
    in_jin = unit == "斤" if unit else number >= _LIGHTEST_IN_JIN
    return number * (_JIN if in_jin else _KILO)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
