"""Reads the numbers buyers write: 50, 五十, 伍拾, 两百五, 一百二, 俩."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import cn2an

NUMBER = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟俩仨半]+)"
_DIGITS = re.compile(r"\d+(?:\.\d+)?\Z")
_PLAIN = str.maketrans("〇俩仨壹贰叁肆伍陆柒捌玖拾佰仟", "零两三一二三四五六七八九十百千")
_EITHER = re.compile(r"[一二两三四五六七八九]{2}\Z")
_COLLOQUIAL = re.compile(r"(.*[百千万])([一二三四五六七八九])\Z")
_STEP = {"百": "十", "千": "百", "万": "千"}


@lru_cache(maxsize=512)
def parse_number(written: str) -> Decimal | None:
    """The value, or None when it is no number; 半 is 0.5, 一百二 is 120, of 两三 the larger counts."""
    if _DIGITS.match(written):
        return _parse_decimal(written)
    written = written.translate(_PLAIN)
    if written == "半":
        return Decimal("0.5")
    if _EITHER.match(written):
        written = written[-1]
    return _parse_chinese_number(written)


def _parse_chinese_number(written: str) -> Decimal | None:
    colloquial = _COLLOQUIAL.match(written)
    if colloquial and "零" not in written[-2:]:
        written = f"{colloquial[1]}{colloquial[2]}{_STEP[colloquial[1][-1]]}"
    for reading in (written, written[-1:]):
        try:
            return _parse_decimal(str(cn2an.cn2an(reading, "smart")))
        except (ValueError, TypeError, KeyError, IndexError):
            continue
    return None


def _parse_decimal(written: str) -> Decimal | None:
    try:
        value = Decimal(written)
    except InvalidOperation:
        return None
    whole = value.to_integral_value()
    return whole if value == whole else value
