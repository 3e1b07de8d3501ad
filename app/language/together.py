"""Reads which goods are to be had together, and what goods named in a message only have something done to them."""

import re
from collections.abc import Sequence
from itertools import pairwise

_MEASURES = "个件条双套顶盒包只瓶片把支块张本袋罐份款"
_PIECES = rf"(?:[一两二三四五六七八九十俩\d]*\s*[{_MEASURES}])?"
_AND = re.compile(
    rf"\s*的?{_PIECES}(?:[、,，+＋/&]|\s|和|跟|与|以及|还有|再?加上?|再?配上?|外加|带上?){{1,3}}"
    rf"(?:再?[要拿来])?{_PIECES}的?\s*"
)
_COMPARES = re.compile(
    r"哪[个款种条件双样把只家边]|哪一|区别|差别|分别|不同|不一样|一样吗|还是|比(?!较|例|如|赛|方)|比较(?:一下|下|$)|差(?:在|啥|什么|多少|哪|价)|"
    r"对比|之间|好些|更好"
)
_TO_HAVE = "加|配|拿|来|要|拍|买|搭|带|添|捎"
_DESCRIBED = r"(?:[^\s,，。和跟与]{1,6}的)?的?"
_ADDS = re.compile(
    rf"(?:(?:再|另外?|额外|顺便|顺带)(?:想|想要|给我|帮我)?|(?:还(?!要不|要什么)|也)(?:想|想要|准备|打算)?)"
    rf"(?:{_TO_HAVE})[上了]?{_PIECES}{_DESCRIBED}\s*$"
    rf"|(?:加上|外加|[加搭](?=[一两二三俩\d{_MEASURES}]){_PIECES}){_DESCRIBED}\s*$"
)
_ADDS_FIRST = re.compile(
    rf"(?:那么?|嗯|好的?|行|我|就|[,，\s])*(?:(?:再|另外?|额外|顺便|还)(?:想要?|给我|帮我)?(?:{_TO_HAVE})[上了]?|加)(?:一?[{_MEASURES}])"
)
_ASKS_WHETHER = re.compile(r"要不要|用不用|需不需要|需要|必须|有没有必要|是不是")
_BOTH = r"(?:[两二2俩三3几]|都|全部?)(?:个|款|种|件|样|把|条|双|只)?(?:东西|商品)?"
_ALONG = (
    r"(?<![友事人伴妹们])一起(?!用|发|寄|送|洗|泡|来|去)|一块儿?(?=买|拍|要|下单|多少|什么价|带走|算|付|结)|"
    r"加一?起来?|合起来"
)
_ALL = re.compile(
    rf"{_ALONG}|一道(?=买|拍)|总共|一共|合计|拢共|总价|全部(?:多少|加)|[这那]些|"
    rf"[这那]?{_BOTH}(?:都|全|一起|一块)?(?:买|拍|要|拿|下单|算|付)"
)
_TOGETHER = re.compile(rf"{_ALONG}|{_BOTH}(?:都|全|一起)|都(?:买|拍|要|拿)")
_AS_IT_IS = re.compile(
    r"^(?:那么?|所以|好|行|ok|嗯|亲|现在|最后|[\s,，])*(?:(?:这样|这些|现在|目前|全部|都|一起|一共|总共|合计|最后|我)*(?:的话)?(?:一?共)?"
    r"(?:(?:加|算|合)(?:一起|起来|一下|下)?(?:下?来)?|到手|总价|合计|一共|总共|下来|结账|付)+)(?:是|要|得|付|价|一?共|到手)*(?:多少|多钱|几[块元]|呢|啥价|什么价)"
    r"|^(?:那么?|所以|好|行|亲|[\s,，])*(?:这样|这么|现在)(?:的话|一来|子)?(?:是|要|得|付|算|一?共|总共|下来|就)*(?:多少|多钱|几[块元])"
)
_SUM = re.compile(
    r"多少(?=钱|块|元|[呢啊呀]*$|[?？,，。])|多钱|[报给]个?价|几块|几元|什么价|啥价|怎么算|优惠|便宜|减(?![肥脂震])|打折|几折|折扣|折后|"
    r"满(?=\d|减|送|多少|[几百千])|券|包邮|免邮|运费|邮费|少点|少些|让点|实惠|划算|"
    r"送(?:什么|啥|点|东西|个|一)|到手|总价|价格"
)
_ONE = re.compile(rf"[这那哪某每单][{_MEASURES}]|单买|单独|单价|一[{_MEASURES}](?:多少|几块|要)")
_MAY = r"(?:能不能|能否|可不可以|可以|能够|能|可|会不会|会|适合|够不够|够|用来|拿来)"
_HOW = r"(?:用来|拿来|直接|同时|也|都|再|用|搭着?|一起|一块儿?)*"
_DOES = (
    "卸|擦|切|盛|装|放|配|搭配?|贴|盖|夹|煮|泡|烤|热|蒸|套|垫|挡|遮|挂|塞|压|叠|充|接|连|磨|粘|收纳?|裹|涂|抹|刷|喂|存|"
    "剪|砍|剁|炖|炒|照|吸|拖|扫|拌|搅|榨|打|当|代替|替代|替|混着?用?|除|去|绑|捆|吊|支|托|架|罩|铺"
)
_ACTED_ON = re.compile(
    rf"{_MAY}{_HOW}(?:{_DOES})(?:得?下|得了|住|上|掉|在|进|着|一下|好|干净)*(?:[一两二三\d]*[{_MEASURES}])?的?\s*$"
)
_PLACE = r"(?:里面?|里头|内|外面?|外头|上面?|下面?|底下|中间|旁边|背面|正面)"
_WITHIN = re.compile(
    rf"{_PLACE}再?(?:能不能|能|可以|可|是不是可以)?再?(?:穿|套|戴|放|装|垫|贴|挂|搭|加|塞|夹)(?:得?下|上|一?[个件条双])?\s*$"
)
_WITH = re.compile(rf"{_MAY}(?:不能)?[和跟与同配搭][着上]?\s*$")
_WITH_AFTER = re.compile(r"^(?:一起|一块儿?|混着?|搭配?着?|配着?|同时|叠着?)?(?:用|穿|戴|搭|配|吃|喝|涂|混|放|装|使)")
_LEFT_OVER = re.compile(
    r"^(?:呢|吗|么|嘛|不|没|吧|啊|呀|的|里面?|上面?|下|进去|一起|行|可以|好看|合适|用|使|[?？!！\s])*$"
)


def are_joined(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether the goods at these places of a text, in order, are named as things to be had together, not compared."""
    if len(spans) < 2 or compares(text):  # noqa: PLR2004 (one is joined to nothing)
        return False
    between = (text[one[1] : other[0]] for one, other in pairwise(spans))
    return all(_AND.fullmatch(each) is not None for each in between)


def compares(text: str) -> bool:
    """Whether goods are weighed against each other: 跟羽绒服比哪个暖和."""
    return _COMPARES.search(text) is not None


def adds_one(clause: str) -> bool:
    """Whether a clause begins by having one more thing, of whatever name: 再加个黑的."""
    return _ADDS_FIRST.match(clause) is not None


def is_added(text: str, start: int) -> bool:
    """Whether what stands at this place is wanted beside what was spoken of: 再配一顶帽子; not 还要不要帽子."""
    return _ADDS.search(text, 0, start) is not None and _ASKS_WHETHER.search(text, 0, start) is None


def asks_of_all(text: str) -> bool:
    """Whether it is asked what goods cost, save or weigh on postage all taken together: 两样一起能减多少."""
    return _ALL.search(text) is not None and _SUM.search(text) is not None


def asks_as_it_is(text: str) -> bool:
    """Whether it is asked what is wanted comes to as it now stands: 这样多少, 那算下来呢, 到手多少."""
    return _AS_IT_IS.search(text) is not None and _ONE.search(text) is None


def asks_of_sum(text: str) -> bool:
    """Whether it is asked what goods spoken of cost, what comes off, or for less: 再少点呢; not of one of them."""
    return _SUM.search(text) is not None and _ONE.search(text) is None


def says_together(text: str) -> bool:
    """Whether at least two things must be meant: 一起, 两样都; 一共 may be of one."""
    return _TOGETHER.search(text) is not None


def is_acted_on(text: str, start: int, end: int) -> bool:
    """Whether what stands at this place is what goods in view would do something to, go with or take in.

    能卸口红吗 of a cleanser, 里面能穿毛衣吗 of a coat, 能和眼霜一起用吗 of a lotion.
    """
    after = text[end:]
    if _WITH.search(text, 0, start):
        return _WITH_AFTER.match(after) is not None or _LEFT_OVER.match(after) is not None
    acted = _ACTED_ON.search(text, 0, start) or _WITHIN.search(text, 0, start)
    return acted is not None and _LEFT_OVER.match(after) is not None
