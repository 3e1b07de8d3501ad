"""Reads the numbers in a promotion's title: 满199减20, 第二件半价, 八五折, 满69可用5元券."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from app.language.measures import find_ordinals
from app.language.numbers import NUMBER, ShareKind, find_shares, read_number

_YUAN = r"\s*(?:元|块钱?|¥)?"
_OVER = re.compile(rf"满\s*¥?\s*(?P<number>{NUMBER}){_YUAN}(?!\d|\.|\s*(?:[件个双盒份瓶套只]|包(?!邮)))")
_MINUS = re.compile(
    rf"(?:减免?|立减|直降|抵扣?|便宜|省)\s*¥?\s*(?P<minus>{NUMBER}){_YUAN}"
    rf"|(?P<coupon>{NUMBER})\s*(?:元|块钱?)?(?:无门槛)?(?:的)?(?:优惠|新人|店铺|现金|满减|专享|会员|粉丝|代金|商品)?券"
)


@dataclass(frozen=True, slots=True)
class TitleTerms:
    """What a title says; None where it says nothing.

    Attributes:
        over, minus: 元.
        rate: the share still paid.
        piece: which piece the rate is for.
    """

    over: Decimal | None = None
    minus: Decimal | None = None
    rate: Decimal | None = None
    piece: Decimal | None = None


def read_title_terms(title: str) -> TitleTerms:
    """The numbers of a title in half-width signs; a title with two of a kind (满99减10满199减25) says none of it."""
    overs = {read_number(found["number"]) for found in _OVER.finditer(title)}
    minuses = {read_number(found["minus"] or found["coupon"]) for found in _MINUS.finditer(title)}
    rates = {share.share for share in find_shares(title) if share.kind is ShareKind.PAID}
    pieces = {ordinal.place for ordinal in find_ordinals(title)}
    return TitleTerms(_only(overs), _only(minuses), _only(rates), _only(pieces))


def _only(found: Collection[Decimal | None]) -> Decimal | None:
    return next(iter(found)) if len(found) == 1 else None
