"""Reads the bare word for a kind of goods: 碗呢, 有哪些杯子, 椅子多少钱, 想看看盘子."""

import re
from dataclasses import dataclass

_LEAD = (
    r"^(?:那么?|还|再|对了|请问|亲|您好|你好|另外|顺便|我|想要?|要|买|看一?看|看下|看一下|来看|问一?下|了解一?下|你们?家?|您家?|店里|家里|都|[,，\s])*"
    r"(?:有没有|有木有|有(?:哪些|哪几[种款]|什么|啥|几[种款])?|卖)?"
)
_KIND = r"(?P<kind>(?!这|那|它|哪|什么|啥|货|券|活动|优惠)[\u4e00-\u9fff]{1,4}?)"
_PRICED = re.compile(
    rf"{_LEAD}{_KIND}(?:都|大概|一般|要|是|卖|的?价格)*(?:多少钱?|怎么卖|咋卖|啥价位?|什么价位?|几块钱?|什么价格?)[呢啊呀的?？。!]*$"
)
_LISTED = re.compile(
    rf"{_LEAD}{_KIND}(?:都|总共|一共)?(?:呢|怎么样|有(?:哪些|哪几[种款]|几[种款]|什么|啥)(?:款式?|样式?|种类?|的|可选|选择)*"
    r"|有(?:吗|么|没有?|不)|吗|么|$)[呢啊呀?？。!]*$"
)


@dataclass(frozen=True, slots=True)
class BareKind:
    """The word, and whether it is asked what such goods cost."""

    word: str
    asks_price: bool


def find_bare_kind(text: str) -> BareKind | None:
    """The only word of a message that could name goods; the caller knows whether any goods are called so."""
    for pattern, priced in ((_PRICED, True), (_LISTED, False)):
        found = pattern.match(text)
        if found:
            return BareKind(found["kind"], priced)
    return None


_USE = re.compile(r"^(?:用来|拿来|用|给)?(?:吃|喝|装|放|煮|做|泡|盛|炒|烤|切|写|画|擦|洗|骑|戴)(?=.)")


def strip_use(words: str) -> str:
    """What goods are for without what is done with it: the 面 of 吃面."""
    return _USE.sub("", words, count=1)
