"""Finds codes: order numbers, parcels' numbers and telephones, told apart by their form and the words before them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class CodeKind(StrEnum):
    """What a code names."""

    PHONE = "phone"
    ORDER = "order"
    PARCEL = "parcel"


@dataclass(frozen=True, slots=True)
class CodeSpan:
    """A code at its place in the text; `value` is the code as it is looked up."""

    start: int
    end: int
    text: str
    kind: CodeKind
    value: str


_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?[\d*xX]{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")
_CODE = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,6}[-_]?\d{6,}[A-Za-z0-9_-]*|\d{8,24}(?:[-_]\d+)*)(?![A-Za-z0-9])")
_COURIER_LETTERS = re.compile(r"(?:SF|YT|JDV|JDX|JDVA|JD|ZTO|STO|YD|JT|DB|DPK|HT|EMS|CNG|LP)\d{8,}", re.IGNORECASE)
_PARCEL_WORD = re.compile(r"(?:快递|运单|物流|包裹|退货|退回|寄回|回寄)(?:单)?(?:号|单)[是为:]?\s*$")
_ORDER_WORD = re.compile(r"(?:订单|单号|编号)(?:号|编号)?[是为:]?\s*$")
_NO_WORDS = re.compile(r"\?*|(?:订单号?|单号|手机号?|电话)?[是为]?[a-z]{0,6}\d{5,}[\dx]*[a-z]{0,3}\d*\?*")
_MAY_CODE = re.compile(r"\d[\d*xX-]{3}|\d{2} ?\d")
_JOINTS = re.compile(r"[- +]")


def is_wordless(canonical: str) -> bool:
    """Whether a text, in lower case and without marks, is empty or but a code with its name (订单号12345678)."""
    return _NO_WORDS.fullmatch(canonical) is not None


def find_codes(text: str) -> Iterator[CodeSpan]:
    """Every code of a plain text: telephones first, then orders and parcels; a telephone may be an order's number."""
    if _MAY_CODE.search(text):
        yield from _find_phones(text)
        yield from _find_numbers(text)


def _find_phones(text: str) -> Iterator[CodeSpan]:
    for found in _PHONE.finditer(text):
        if not _ORDER_WORD.search(text, 0, found.start()):
            yield CodeSpan(found.start(), found.end(), found[0], CodeKind.PHONE, _JOINTS.sub("", found[0]))


def _find_numbers(text: str) -> Iterator[CodeSpan]:
    for found in _CODE.finditer(text):
        parcel = _COURIER_LETTERS.match(found[0]) or _PARCEL_WORD.search(text, 0, found.start())
        yield CodeSpan(found.start(), found.end(), found[0], CodeKind.PARCEL if parcel else CodeKind.ORDER, found[0])
