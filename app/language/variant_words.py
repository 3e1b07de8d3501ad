"""Reads which variant of known goods is meant by its rank or its price: 便宜点的, 贵的那个, 109那个."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

_PIECE = "个件条双套顶盒包只瓶片把支块张本袋罐份款种"
_RANKED = re.compile(r"(?P<low>便宜|实惠|低价|价低)(?:一?点儿?|一?些)?的|(?P<high>贵|价高|高价)(?:一?点儿?|一?些)?的")
_ASKS_FOR = re.compile(r"有(?:没有|无|啥|什么)?[^,，\s]{0,4}$|还有|没有|找|推荐|看看|想要|再$")
_BEHIND = re.compile(rf"^(?:那|这)?一?[{_PIECE}]?(?:吧|呀|啊|就行|好了|了|就好|多少|啥价|怎么|$|[\s,，.。])")
_BY_PRICE = re.compile(
    rf"(?<![\d.])(?P<sum>\d{{1,5}}(?:\.\d{{1,2}})?)(?:元|块钱?)?的?那一?[{_PIECE}]|(?<![\d.])(?P<own>\d{{1,5}}(?:\.\d{{1,2}})?)(?:元|块钱?)的"
    r"|^(?:再|来|要|拿|加|配|搭|买|那|就|一?[个件条双套包盒瓶只])*(?P<bare>\d{2,5}(?:\.\d{1,2})?)的"
)
_PICKS = re.compile(rf"[那这]一?[{_PIECE}][吧呀啊呢]*$|^(?:就?要|来|拿|选|还是|最)[^,，\s]{{1,6}}的[吧呀啊呢]*$")
_BIGGER = re.compile(r"大(?:一?点|一?些)?(?:的|包|袋|瓶|盒|份|罐|装)")
_SMALLER = re.compile(r"小(?:一?点|一?些)?(?:的|包|袋|瓶|盒|份|罐|装)")


class Rank(StrEnum):
    """Which end of what a product comes in."""

    LOWEST = "lowest"
    HIGHEST = "highest"


@dataclass(frozen=True, slots=True)
class PointedVariant:
    """Words that point at one variant, at `start` to `end`: by its rank, or by its price in yuan."""

    start: int
    end: int
    rank: Rank | None = None
    price: Decimal | None = None


def find_pointed_variant(text: str) -> PointedVariant | None:
    """The variant that a text points at; None where it points at none, or asks for other goods (有便宜点的吗)."""
    priced = _BY_PRICE.search(text)
    if priced:
        return PointedVariant(*priced.span(), price=Decimal(priced["sum"] or priced["own"] or priced["bare"]))
    found = _RANKED.search(text)
    if found is None or _ASKS_FOR.search(text[: found.start()]) or not _BEHIND.match(text[found.end() :]):
        return None
    return PointedVariant(*found.span(), rank=Rank.LOWEST if found["low"] else Rank.HIGHEST)


def picks_one(text: str) -> bool:
    """Whether a text picks one of several by a word for it: 六只那个, 最便宜那款, 要高的."""
    return find_pointed_variant(text) is not None or _PICKS.search(text) is not None


def read_size_rank(text: str) -> Rank | None:
    """Which end of its sizes is meant: 小的, 大袋; None where none or both are named."""
    big, small = _BIGGER.search(text), _SMALLER.search(text)
    if bool(big) == bool(small):
        return None
    return Rank.HIGHEST if big else Rank.LOWEST
