"""Reads what is asked around a sum: with the postage (连运费多少), or how much is missing (还差多少包邮)."""

import re
from enum import StrEnum

from app.language.together import asks_as_it_is

_POSTAGE = r"(?:运费|邮费|快递费|邮)"
_WITH_POSTAGE = re.compile(
    rf"(?:连着?|算上|加上?|含|带上?|包括|包含|连同|把){_POSTAGE}(?!的?(?:链接|险))|{_POSTAGE}(?:也|都|一起|一块)*(?:算上|算进去?|加上?|加进去?|在内|包括在内)"
)
_ASKS_MONEY = re.compile(r"多少|几块|几元|啥价|什么价|一共|总共|合计|呢$|怎么算|算一?下")
_MISSING = re.compile(
    r"(?:差|缺|少)(?:了|着)?(?:多少|几块|几元|好多|多|点)|(?:再|还)(?:要|得|需要?|该)?(?:买|凑|加|拍)(?:个|够|到)?(?:多少|几块|几元)|凑(?:多少|到多少|几块)"
    r"|够不够|够(?=.{0,4}(?:包邮|免邮|满减|用券|门槛))|(?:包邮|免邮|满减|门槛|用券)(?:了)?(?:够|满|到)(?:了|没|不)"
)
_BARE = re.compile(
    r"^(?:那|现在|这样|我|我们|这些|[,，\s])*(?:还|再)?差(?:多少|几块钱?|几元|好多)(?:钱)?(?:呢|啊|呀|了)?[?？。!]*$"
)
_FREE = re.compile(r"包邮|免邮|免运|不要运费|不用运费|不收运费")
_COUPON = re.compile(r"券|劵")
_OFFER = re.compile(r"满减|满\d+|减\d+|减免|优惠|活动|门槛|凑单|打折|(?:能|可以|就)减")


class Goal(StrEnum):
    """What a sum is to reach."""

    POSTAGE = "postage"  # goods are sent free of charge
    COUPON = "coupon"
    OFFER = "offer"  # something comes off
    NEXT = "next"  # whichever comes first


def asks_with_postage(text: str) -> bool:
    """Whether it is asked what goods come to with what it costs to send them."""
    return _WITH_POSTAGE.search(text) is not None and _ASKS_MONEY.search(text) is not None


def find_goal(text: str) -> Goal | None:
    """What it is asked how much is missing to; None where nothing of the kind is asked: 跟大号差多少钱."""
    if _BARE.match(text):
        return Goal.NEXT
    if _MISSING.search(text) is None:
        return None
    if _FREE.search(text):
        return Goal.POSTAGE
    if _COUPON.search(text):
        return Goal.COUPON
    return Goal.OFFER if _OFFER.search(text) else None


def asks_around_sum(text: str) -> bool:
    """Whether either is asked."""
    return asks_with_postage(text) or find_goal(text) is not None


def asks_of_wanted(text: str) -> bool:
    """Whether it is asked of the goods put together as they stand: what they come to, or what is around that sum."""
    return asks_as_it_is(text) or asks_around_sum(text)
