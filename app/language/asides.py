"""Reads what a message is when goods' names are put aside: a choice (那就小的吧), a question of stock (有茶盘吗).

Both are given with a # for each name of goods, each size, colour and number of pieces.
"""

import re

from app.language.units import COUNT

_NAMES = "(?:#[色码款号]?的?)+"
_FOLLOW_UP = re.compile(r"(?:那|那么|还有|换)?(?:这|那)?[个件款条]?#(?:的|这款|那款)?(?:呢|怎么样)?[啊呀?？。]*")
_AVAILABILITY = re.compile(
    r"^(?:亲|您好|你好|在吗|请问|[那这]一?[个款种件]|那么?|哦|,)*(?:[你您咱]们?家?|店里|这里|这边)*(?:都|还)?"
    rf"(?:(?:有没有|有木有){_NAMES}卖?|(?:{_NAMES}(?:都|还)?)?有{_NAMES}卖?(?:吗|么|没有|没|不|嘛)"
    rf"|{_NAMES}(?:这个?[码号款色])?(?:都|还)?(?:有没有|有(?:卖|货)?(?:吗|么|没|不|嘛|吧|的吧))"
    rf"|{_NAMES}(?:现在)?(?:都|还)?(?:有|剩)(?:下|余)?(?:多少|几)(?:{COUNT})?(?:现?货|库存)?(?:了|呢|啊|呀)?)[?!~。]*$"
)
_PRICE_ASKED = re.compile(
    r"^(?:那|亲|,)*(?:#[色码款号]?的?)*(?:价格|页面价|现在|就|是|要|卖)*\d+(?:\.\d+)?(?:元|块钱?)?(?:一[个件套条]|[个件套条])?"
    r"(?:是|对)?(?:吗|么|吧|嘛|是吧|对吧|对吗|是不是|是吗)[?!~。]*$"
)
_HOW_MUCH = re.compile(
    r"^(?:那|亲|,|你们|这)*(?:#[色码款号]?的?)+(?:现在|要|是|得|卖)*(?:多少|几块|几块钱|啥价|什么价|什么价格|咋卖|怎么卖|怎么个价)(?:啊|呀|呢|了)?[?!~。]*$"
)
_MENTION = re.compile(
    r"^(?:亲|你好|,|那|这|就|你们|您|家|店里|的|一?[件个款条双只套把]|看看|看下|看一下|想|问下|问一下|请问|关于|我想买|想买|我要买|要买)*"
    r"#(?:的?#)*(?:的|那个|这个|那款|那件|啊|呀|,)*[.。!~]*$"
)
_CHOICE = re.compile(
    r"^(?:好的?|好吧|行|嗯+|哦+|可以|ok|,|。)*(?:那|就|我|再|还|也|另外|想|要|选|拿|来|加|买|订购?|拍|需要|给我)*(?:#[色码款号]?的?)+(?:(?:我|就|给我|帮我)?(?:来|要|拿|买|拍)#)?[吧呢啊哈了。!~]*$"
)


def is_price_question(masked: str) -> bool:
    """#129吗, 是59元对吧, #多少: whether goods in view cost a sum that is named, or how much they cost."""
    return _PRICE_ASKED.match(masked) is not None or _HOW_MUCH.match(masked) is not None


def is_goods_mention(masked: str) -> bool:
    """Whether goods are named and nothing is asked of them: 那件#, 看看你们家的#."""
    return _MENTION.match(masked) is not None


def is_goods_follow_up(masked: str) -> bool:
    """Whether goods are named as the next ones of the same question, and nothing else: #呢, 那#, 那#怎么样."""
    return _FOLLOW_UP.fullmatch(masked) is not None


def is_availability_question(masked: str) -> bool:
    """有#吗, #还有没有: who names goods and says no more than that asks whether they can be had."""
    return _AVAILABILITY.match(masked) is not None


def is_goods_choice(masked: str) -> bool:
    """那就#吧, 好的,要#, 来#: a choice, whatever else such words may mean."""
    return _CHOICE.match(masked) is not None
