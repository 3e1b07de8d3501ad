"""Finds numbers that belong to a person: telephones, identity cards and bank cards, told from other long numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class IdentityKind(StrEnum):
    """What a personal number is."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    IDENTITY_CARD = "identity_card"
    BANK_CARD = "bank_card"


@dataclass(frozen=True, slots=True)
class IdentitySpan:
    """A personal number at its place in the text."""

    start: int
    end: int
    text: str
    kind: IdentityKind


_MAY_IDENTITY = re.compile(r"\d[\d -]{8}")
_MOBILE = re.compile(r"(?<![\dA-Za-z.])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?![\dA-Za-z])")
_LANDLINE = re.compile(r"(?<![\dA-Za-z.-])0\d{2,3}[- ]\d{7,8}(?![\dA-Za-z-])")
_IDENTITY_CARD = re.compile(r"(?<![\dA-Za-z])[1-8]\d{5}(?:19|20)(\d{2})(\d{2})(\d{2})\d{3}[\dXx](?![\dA-Za-z])")
_NAMED_CARD = re.compile(r"身份证[^\d]{0,6}$")
_LONG = re.compile(r"(?<![\dA-Za-z])\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![\dA-Za-z])")
_OTHER_CODE = re.compile(
    r"(?:订单|运单|单号|货号|型号|款号|编号|编码|条码|条形码|批号|批次|序列号|证号|证书|备案|许可|标准|认证|执行|防伪码|追溯码|查询码)"
    r"[^\d,。；;!?]{0,8}$"
)
_BANK = re.compile(r"银行|[工农建中招交]行|卡号|账号|账户|户名|开户|汇款|转账|打款|转到|汇到|打到")
_UNION_PAY = ("62", "4", "5")
_MOST_DOUBLED = 9


def find_identities(text: str) -> Iterator[IdentitySpan]:
    """Every personal number of a plain text; a number named as a code (货号, 批次, 备案) is none."""
    if not _MAY_IDENTITY.search(text):
        return
    for found in _IDENTITY_CARD.finditer(text):
        if _NAMED_CARD.search(text, 0, found.start()) or (_is_birthday(found) and not _names_code(text, found)):
            yield _span(found, IdentityKind.IDENTITY_CARD)
    for found in _LONG.finditer(text):
        if _IDENTITY_CARD.match(text, found.start()) is None and _is_bank_card(text, found):
            yield _span(found, IdentityKind.BANK_CARD)
    for pattern, kind in ((_MOBILE, IdentityKind.MOBILE), (_LANDLINE, IdentityKind.LANDLINE)):
        for found in pattern.finditer(text):
            if not _names_code(text, found):
                yield _span(found, kind)


def _span(found: re.Match[str], kind: IdentityKind) -> IdentitySpan:
    return IdentitySpan(*found.span(), found[0], kind)


def _names_code(text: str, found: re.Match[str]) -> bool:
    return _OTHER_CODE.search(text, 0, found.start()) is not None


def _is_birthday(found: re.Match[str]) -> bool:
    try:
        date(2000 + int(found[1]) % 100, int(found[2]), int(found[3]))
    except ValueError:
        return found[2] == "02" and found[3] == "29"
    return True


def _is_bank_card(text: str, found: re.Match[str]) -> bool:
    if _names_code(text, found) and not _BANK.search(text):
        return False
    digits = [int(sign) for sign in found[0] if sign.isdigit()]
    return _BANK.search(text) is not None or (found[0].startswith(_UNION_PAY) and _passes_luhn(digits))


def _passes_luhn(digits: list[int]) -> bool:
    doubled = [digit * 2 if at % 2 else digit for at, digit in enumerate(reversed(digits))]
    return sum(value - _MOST_DOUBLED if value > _MOST_DOUBLED else value for value in doubled) % 10 == 0
