"""Reads a price that stands alone: 100, 那105呢, 一百一拿. What it answers, the conversation knows."""

import re
from decimal import Decimal
from typing import NamedTuple

from app.language.numbers import NUMBER, normalise_width, read_number
from app.language.offers import AMOUNT, ASKS_ASSENT, ONE_PIECE, read_amount

_HAGGLED = re.compile(
    rf"^(?:那|那就|就|要不|最多|我出|出|给你)?(?P<price>{AMOUNT})"
    rf"(?:{ASKS_ASSENT}|呢|行|拿|一口价|卖我?|可以|吧|成交|怎么样|如何|啦|了)*[?!。~,]*$"
)
_PROPOSED = re.compile(
    rf"^(?:那|就|我|#|的|[件个条套只双]|现在|最低|能|,)*(?P<price>{AMOUNT}){ONE_PIECE}(?:我|就|都|,)*(?:{ASKS_ASSENT})[?!。~,]*$"
)
_BARE = re.compile(rf"^[那就]*\s*({AMOUNT})\s*¥?[呢吧吗啊呀嘛,，。.!！?？]*$")
_NUMBER = re.compile(NUMBER)


class Bid(NamedTuple):
    """A price and where it stands."""

    text: str
    price: Decimal
    start: int
    end: int


def find_bid(text: str) -> Bid | None:
    """The price that a normalised text names and around which it says no more than a haggler does."""
    found = _HAGGLED.match(text)
    price = read_amount(found["price"]) if found else None
    return Bid(found["price"], price, *found.span("price")) if found and price is not None else None


def is_proposal(masked: str) -> bool:
    """#80好吗, 100出不出: whether a sum is proposed for goods; given with a # for each name of goods and each size."""
    return _PROPOSED.match(masked) is not None


def read_bare_price(text: str) -> Decimal | None:
    """The number of a text that is a number and nothing else: 45块吧."""
    found = _BARE.match(normalise_width(text))
    return read_amount(found[1]) if found else None


def list_numbers(text: str) -> set[Decimal]:
    """Every number a text writes, whatever it counts."""
    read = map(read_number, _NUMBER.findall(normalise_width(text)))
    return {number for number in read if number is not None}
