"""Reads up to how much goods bear or take: 小号6公斤内，大号18公斤内, or 约8公斤 under 承重."""

import re
from dataclasses import dataclass
from decimal import Decimal

from app.language.measures import QuantitySpan, find_quantities
from app.language.units import MeasureKind

_KINDS = (MeasureKind.WEIGHT, MeasureKind.LENGTH)
_BEARS = re.compile("承重|载重|限重|承载|耐重|体重|最大|上限|(?:能|可)(?:放|装|挂|承)")
"""Names of details whose measures are limits."""
_HOLDS = re.compile("容量")
"""Names of details whose measures are limits of what is put in."""
_PUTS_IN = re.compile("装|盛|放得下|塞")
_PUT_ON = re.compile(r"(?:(?<!发)放|挂|(?<![包片只枚条支双件套瓶盒粒袋个人])装|摆|坐|盛|承受)(?:得?下|得了|上)?\s*$")
_UP_TO = re.compile(r"\s*(?:以内|之内|内|以下)")
_AT_MOST = re.compile("(?:最多|最大|最高|最重|最长|不超过|不大于|不要超过)[^，、；]*$")
_BOUGHT = re.compile("(?:买|来|要|拍|订|称|下单)了?$")
_PARTS = re.compile("[，,、；;|]")
_FILLER = re.compile("[约大可能承装放挂载最多重：:的每]+$")


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` base units of a kind; `of` is what the limit is written beside: 小号, 每个挂钩, or nothing."""

    of: str
    most: Decimal
    kind: MeasureKind


def read_limits(name: str, value: str, *, puts_in: bool = False) -> tuple[Limit, ...]:
    """The limits that a detail writes, in order; a size or a net weight is none.

    Of what is put in (`puts_in`) how much the goods hold is one, too: 半斤装得下吗.
    """
    bears = _BEARS.search(name) is not None or (puts_in and _HOLDS.search(name) is not None)
    written = ((part, each) for part in _PARTS.split(value) for each in find_quantities(part, *_KINDS))
    return tuple(
        Limit(_FILLER.sub("", part[: each.start]), each.in_base[1], each.kind)
        for part, each in written
        if bears or _UP_TO.match(part, each.end) or _AT_MOST.search(part[: each.start])
    )


def asks_to_put_in(text: str) -> bool:
    """Whether something is to be put into the goods."""
    return _PUTS_IN.search(text) is not None


def is_put_on(text: str, start: int) -> bool:
    """Whether what is counted from this place on is to be put in, on or into the goods: 20本 of 放20本书."""
    return _PUT_ON.search(text, 0, start) is not None


_PUT_AFTER = re.compile(
    r"^(?:也|都)?(?:能不能|可不可以|能|可以|可)(?:也)?(?:放|装|挂)(?:得?下|得了|进去|进|里面|里)?(?:去)?"
    r"[不吗么没呢?？ ]*(?:$|[,，])"
)


def is_put_in(text: str, start: int, end: int) -> bool:
    """Whether what stands at this place is to be put into something: 冻干能放不, 装得下粉底液不."""
    return is_put_on(text, start) or _PUT_AFTER.match(text[end:]) is not None


def find_load(text: str) -> QuantitySpan | None:
    """The weight or the length that a message tells of something to be put in, on or through the goods.

    What is bought by weight is none: 买5斤茶叶.
    """
    told = (each for each in find_quantities(text, *_KINDS) if not each.pointed)
    return next((each for each in told if not _BOUGHT.search(text[: each.start])), None)
