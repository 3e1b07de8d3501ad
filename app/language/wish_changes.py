"""Reads how a buyer changes what he looks for, once goods were proposed: 便宜点的呢, 还有别的吗, 玻璃的有吗."""

import re
from enum import StrEnum

from app.language.looks import find_wanted_looks
from app.language.wishes import read_wish


class WishChange(StrEnum):
    """What is to be different about the next proposals."""

    CHEAPER = "cheaper"
    DEARER = "dearer"
    OTHERS = "others"
    PURSE = "purse"
    LOOK = "look"
    WITHOUT = "without"  # 不要茶具, 不含糖的
    USE = "use"  # 就一个人喝, 放办公室的


OF_ANY_GOODS = frozenset({WishChange.CHEAPER, WishChange.DEARER, WishChange.OTHERS})
"""Changes that may be asked of goods the buyer came with himself, too."""
_LEAD = r"^(?:亲|那么?|嗯+|哦+|好|还|,|，|\s)*"
_CHEAPER = re.compile(
    r"(?:便宜|实惠|低)(?:一?点|些)儿?的|更(?:便宜|实惠)|(?:便宜|实惠|划算)的(?:呢|有|吗|么|款)|"
    r"(?:太|有点|都|这么|好)贵[^?？]{0,5}(?:有没有|有|换|别的|其他)"
)
_DEARER = re.compile(r"(?:贵|好|高档|上档次|高端|体面)(?:一?点|些)儿?的|更(?:高档|贵|体面|上档次)的|高档的(?:呢|有|吗)")
_OTHERS = re.compile(
    rf"{_LEAD}(?:(?:还有(?:没有)?|有没有|有)(?:别的|其[他它]的?|另外的?)(?:款|推荐|选择)?(?:的|了)?(?:吗|么|没|呢|可以选)?|"
    r"还有(?:吗|么|没有?|什么|啥|推荐)(?:可以?|推荐|好)?(?:吗|的)?|换(?:一批|几个|几款|别的|一[个款]|个)(?:吧|看看|推荐)?|别的(?:款)?(?:呢|有吗|有没有|推荐)|"
    r"其[他它]的?(?:款)?(?:呢|有吗|推荐)|再(?:推荐|介绍)[^,，?？]{0,6}|(?:都)?不(?:太|怎么|大)?(?:喜欢|合适|中意)[,，\s]*(?:还有|换|别的|其他)[^?？]{0,6})[吧呢啊呀?？。\s]*$"
)
_USE = re.compile(
    r"^(?:我|就|是|主要|平时|一般|,|，)*(?:(?:给|送)[^,，?？]{1,6}|(?:自己|一个人|两个人|几个人|一家人|办公室|家里|家用|客厅|卧室|宿舍|"
    r"老人|长辈|孩子|小孩|宝宝|出差|旅行|露营|上班|学生|新手)[^,，?？]{0,4})(?:用|喝|吃|穿|戴|放|的)+(?:哦|啊|吧|呢|[.。])*$"
)
_LONGEST = 14


def read_wish_change(text: str) -> WishChange | None:
    """What a short message changes about the goods proposed; None where it asks something else."""
    bare = text.strip()
    if _OTHERS.match(bare):
        return WishChange.OTHERS
    if len(bare) > _LONGEST:
        return None
    wish = read_wish(bare)
    heard = {
        WishChange.CHEAPER: _CHEAPER.search(bare) is not None,
        WishChange.DEARER: _DEARER.search(bare) is not None,
        WishChange.PURSE: wish.budget is not None,
        WishChange.LOOK: bool(find_wanted_looks(bare)),
        WishChange.WITHOUT: bool(wish.excluded or wish.lacking),
        WishChange.USE: _USE.match(bare) is not None,
    }
    return next((change for change, said in heard.items() if said), None)
