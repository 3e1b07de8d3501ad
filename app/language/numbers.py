"""Reads numbers in every script a Chinese sentence may hold: ５０, 五十, 伍拾, 两百五, 1万, 半."""

import re
import unicodedata
from decimal import Decimal

DIGITS = {
    **{sign: value for value, sign in enumerate("零一二三四五六七八九")},
    **{sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "〇": 0,
    "两": 2,
    "俩": 2,
    "仨": 3,
    "貳": 2,
    "參": 3,
    "陸": 6,
    "幺": 1,
}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000}
TENS = {"廿": 20, "卅": 30}
HAN = "".join([*DIGITS, *UNITS, *MYRIADS, *TENS])
NUMBER = rf"(?:\d[\d,]*(?:\.\d+)?[万千百]?|[{HAN}]+(?:点[{HAN}]+)?)"
_NUMBER = re.compile(NUMBER)


def normalise_width(text: str) -> str:
    """Full-width to half-width, compatibility signs to their letters."""
    return unicodedata.normalize("NFKC", text).replace("¥", "￥").replace("￥", "¥")


def read_number(text: str) -> Decimal | None:
    """The number that `text` writes, or None when it writes none."""
    if not _NUMBER.fullmatch(text):
        return None
    if text[0].isdecimal():
        return _read_digits(text)
    whole, _, fraction = text.partition("点")
    value = _read_han(whole)
    if not fraction:
        return Decimal(value)
    if any(sign not in DIGITS for sign in fraction):
        return None
    return Decimal(f"{value}.{''.join(str(DIGITS[sign]) for sign in fraction)}")


def _read_digits(text: str) -> Decimal:
    scale = {"万": 10_000, "千": 1000, "百": 100}.get(text[-1], 1)
    return Decimal(text.rstrip("万千百").replace(",", "")) * scale


def _read_han(text: str) -> int:
    if not any(sign in UNITS or sign in MYRIADS or sign in TENS for sign in text):
        return int("".join(str(DIGITS[sign]) for sign in text))
    total, section, digit, last = 0, 0, 0, 1
    for sign in text:
        if sign in DIGITS:
            digit, last = DIGITS[sign], 1 if DIGITS[sign] == 0 else last
        elif sign in TENS:
            section, digit, last = section + TENS[sign], 0, 10
        elif sign in UNITS:
            section, digit, last = section + (digit or 1) * UNITS[sign], 0, UNITS[sign]
        else:
            total, section, digit, last = (total + section + digit) * MYRIADS[sign], 0, 0, MYRIADS[sign]
    # 两百五 is 250 and 一万二 is 12000: a last digit alone takes the next lower unit.
    return total + section + digit * (last // 10 or 1)
