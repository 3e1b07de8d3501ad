"""Reads the bare word for a kind of goods: 碗呢, 有哪些杯子, 椅子多少钱, 想看看盘子."""

import re
from dataclasses import dataclass

_POLITE = (
    r"(?:那么?|还|再|对了|请问|亲|您好|你好|另外|顺便|我|想要?|要|买|看一?看|看下|看一下|来看|"
    r"问一?下|了解一?下|你们?家?|您家?|店里|家里|都|[,，\s])*"
)
_LEAD = rf"^{_POLITE}(?:有没有|有木有|有(?:哪些|哪几[种款]|什么|啥|几[种款])?|卖)?"
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


_PIECE = "个件条双套顶盒包只瓶片把块支张本袋罐份盆箱台"
_CALLED = r"(?:[\u4e00-\u9fff]{0,2}色的?|[黑白红蓝绿黄灰紫粉棕]的?|男士?|女士?|男款|女款|儿童|小孩)?"
_BEFORE_TOPIC = re.compile(rf"(?:(?:^|[,，。;；!！?？~]|\s){_POLITE}|[卖买拿来加要有]|[{_PIECE}]){_CALLED}$")
_BESIDE = re.compile(r"(?:[送赠带附放装摆]|几|多少)[^,，\s]{0,3}$")
_NO_TOPIC = re.compile(r"^(?:的?包装|[里上下中]|(?:能|可以?|会)?(?:用|放|装|搭|配)|(?:可以|行|能)[吗么不])")


def is_kind_topic(text: str, start: int, end: int) -> bool:
    """Whether the word for a kind at this place is what a message asks about or wants, not what other goods go with.

    衬衫能机洗吗 and 再拿件白衬衫 are, 能放几个杯子 and 和裤子搭吗 are not.
    """
    before, after = text[:start], text[end:]
    return _BEFORE_TOPIC.search(before) is not None and not _BESIDE.search(before) and not _NO_TOPIC.match(after)
