"""Reads ages, and the spans of ages that goods are for: 3个月 beside 6个月以上, 0到3岁."""

import re
from decimal import Decimal

from app.language.numbers import NUMBER, read_number

_UNIT = "周岁|岁半?|个?月(?:大|龄)?"
_TO = r"\s*(?:-|~|—|到|至)\s*"
_SPAN = re.compile(rf"(?P<low>{NUMBER})\s*(?P<first>{_UNIT})?{_TO}(?P<high>{NUMBER})\s*(?P<unit>{_UNIT})")
_FROM = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>{_UNIT})\s*(?:及?以上|及?以后|之后|起|往上|后)")
_UP_TO = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>{_UNIT})\s*(?:及?以下|以内|之内|以前|之前|内|前)")
_AGE = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>{_UNIT})")
_OF_AGES = re.compile("龄|岁|适用|适合|适宜|宝宝|幼|段")
"""In a detail's name or words, where a length of time is somebody's age."""
_FOR_A_TIME = re.compile("[吃喝放用穿戴存管够撑]$")
"""Before how long something lasts: 能吃3个月吗."""
_OF_TIME = re.compile("开封|保质|有效|质保|保修|收货|签收|付款|下单")
"""Before a length of time that is nobody's age."""
_YEAR = 12


def judge_age(question: str, name: str, written: str) -> bool | None:
    """Whether the age asked about lies in the span of ages that a detail of this name has; None without either."""
    asked = [each for each in _AGE.finditer(question) if not _is_time(question[: each.start()])]
    span = _read_span(written) if _OF_AGES.search(f"{name}{written}") and not _OF_TIME.search(name) else None
    age = _months(asked[0]["number"], asked[0]["unit"]) if len(asked) == 1 else None
    if age is None or span is None:
        return None
    low, high = span
    return (low is None or low <= age) and (high is None or age <= high)


def _is_time(before: str) -> bool:
    return (_OF_TIME.search(before) or _FOR_A_TIME.search(before)) is not None


def _read_span(written: str) -> tuple[Decimal | None, Decimal | None] | None:
    if _OF_TIME.search(written):
        return None
    both = _SPAN.search(written)
    if both:
        return _months(both["low"], both["first"] or both["unit"]), _months(both["high"], both["unit"])
    least, most = _FROM.search(written), _UP_TO.search(written)
    if least and most:
        return None
    if least:
        return _months(least["number"], least["unit"]), None
    return (None, _months(most["number"], most["unit"])) if most else None


def _months(number: str, unit: str) -> Decimal | None:
    count = read_number(number)
    if count is None:
        return None
    half = Decimal("0.5") if unit.endswith("半") else Decimal(0)
    return (count + half) * _YEAR if "岁" in unit else count
