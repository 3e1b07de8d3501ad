"""Masks personal data and secrets in text for logs, traces and metrics.

Order, parcel and phone numbers keep their last four digits, enough to find a case and too few to misuse. The patterns
are wide on purpose: masking too much costs nothing.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

VISIBLE_DIGITS = 4
# Characters of a text that are masked and kept; bounds the work of every pattern below.
MOST_CHARACTERS = 1000

HAN = "\u4e00-\u9fff"
# Keys whose numbers are the document's own, not a buyer's.
OWN_KEYS = frozenset({"trace_id", "request_id", "span_id", "timestamp", "ticket_id", "ticket", "version", "level"})

_SECRET = re.compile(
    r"(?i)xat_[\w-]+|whsec_[\w+/=-]+|bearer\s+[\w.~+/=-]+"
    r"|(?P<key>[?&;\s\"'](?:token|secret|password|api_key|signature)[\"']?\s*[=:]\s*[\"']?)[^&\s\"']+"
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Eight or more digits of any script, also with separators: phones, orders, parcels, bank and identity cards.
_DIGITS = re.compile(r"(?:[A-Za-z]{1,6}[-_]?)?\d(?:[ \t\u3000.\-_‐–—－]?\d){7,}[Xx]?")
# A shop's own short numbers: letters, then six or more digits.
_LETTERED = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,6}[-_]?\d{6,}")
_SPOKEN_DIGITS = re.compile(r"[零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]{8,}")
# Numbers that are one person's: a mobile phone's, and runs as long as an identity card's, an order's or a parcel's.
_PERSONS_NUMBER = re.compile(
    r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"
    r"|(?:(?<![A-Za-z0-9])[A-Za-z]{1,6})?(?<!\d)\d{12,}[Xx]?(?!\d)"
)
_SPOKEN_PHONE = re.compile(r"[零〇一二三四五六七八九幺两]{11,}")
_NAMED_ADDRESS = re.compile(
    r"((?:收货|收件|寄|送货|新|详细)?地址[是为:：\s]*(?:改[成为到]|换[成为到])?)[^,，。;；!！?？\n]{4,}"
)
_PERSON = re.compile(rf"((?:收件人|收货人|联系人|姓名|我叫)[是为:：\s]*)[{HAN}]{{2,4}}")
_CONTACT = re.compile(r"(?i)((?:微信号?|weixin|wechat|vx|wx|qq号?|支付宝账?号?)[是为:：\s]*)[A-Za-z0-9][\w-]{4,}")
# A chain of places (浙江省杭州市西湖区) or a street with a house number (文三路100号3栋).
_PLACES = re.compile(rf"(?:[{HAN}]{{2,7}}?(?:自治区|特别行政区|省|市|自治州|州|盟|区|县|旗)){{2,}}[{HAN}\w\-－#]*")
_STREET = re.compile(
    rf"[{HAN}]{{1,12}}(?:街道|大道|路|街|道|巷|弄|胡同|村|镇|乡|小区|花园|公寓|大厦|广场|新城|家园|苑|里)"
    r"[\w\-－# ]{0,12}?[\d一二三四五六七八九十百]+\s*(?:号楼|号院|号|栋|幢|座|单元|室|楼|层|组|队|户)[\w\-－#]*"
)


def mask_text(text: str) -> str:
    """Masks personal data and secrets in the text; idempotent."""
    hidden = _mask_words(text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…")
    hidden = _DIGITS.sub(_keep_last_digits, hidden)
    hidden = _LETTERED.sub(_keep_last_digits, hidden)
    return _SPOKEN_DIGITS.sub("[number]", hidden)


def mask_persons(text: str) -> str:
    """Masks what is a single person's and nothing else, for text that is used as it stands; idempotent.

    Dates, sizes, prices, hotlines and short numbers of goods stay. The text may be as long as a reply.
    """
    return _SPOKEN_PHONE.sub("[number]", _PERSONS_NUMBER.sub(_keep_last_digits, _mask_words(text)))


def _mask_words(text: str) -> str:
    """Masks secrets, addresses, names and accounts."""
    hidden = _SECRET.sub(lambda found: (found["key"] or "") + "[secret]", text)
    hidden = _EMAIL.sub("[email]", hidden)
    hidden = _NAMED_ADDRESS.sub(r"\1[address]", hidden)
    hidden = _PLACES.sub("[address]", hidden)
    hidden = _STREET.sub("[address]", hidden)
    hidden = _PERSON.sub(r"\1[name]", hidden)
    return _CONTACT.sub(r"\1[account]", hidden)


def mask_document(value: Any, key: str = "") -> Any:
    """Masks every text inside a document, and numbers as long as a phone's."""
    match value:
        case str():
            return value if key in OWN_KEYS else mask_text(value)
        case bool() | None | float():
            return value
        case int():
            return value if key in OWN_KEYS or abs(value) < 10**7 else mask_text(str(value))
        case Mapping():
            return {mask_text(str(name)): mask_document(inner, str(name)) for name, inner in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [mask_document(inner, key) for inner in value]
    return mask_text(repr(value))


def _keep_last_digits(found: re.Match[str]) -> str:
    """Masks all but the last digits of a number."""
    bare = [sign for sign in found[0] if sign.isalnum()]
    return "****" + "".join(bare[-VISIBLE_DIGITS:])
