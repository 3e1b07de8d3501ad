"""What part an amount or a rate plays in its sentence, and the promises that are words rather than numbers.

20 元 taken off above 199 is not 20 元 paid back, and half of the second piece is not half of the price.
"""

import re
from enum import StrEnum

from app.language.numbers import NUMBER


class AmountRole(StrEnum):
    """What an amount or a rate does; only terms of the same kind stand behind it."""

    PLAIN = "plain"  # an amount that does not say what it does
    PRICE = "price"  # what the goods are said to cost
    OVER = "over"  # 满N, and no word of what for
    OVER_REDUCED = "over_reduced"
    OVER_GIVEN = "over_given"
    OVER_FREE = "over_free"
    REDUCED = "reduced"
    FEE = "fee"
    CASH = "cash"  # paid out: 返现, 补偿
    NTH_PIECE = "nth_piece"


_BEFORE_OVER = re.compile(r"(?:满|不足|低于|少于|达到|达|超过|消费|买够|凑够|凑满|凑单到)\s*¥?\s*$")
_AFTER_OVER = re.compile(r"^\s*(?:及|或)?以上")
_EFFECTS = (
    (AmountRole.OVER_FREE, re.compile(r"包邮|免邮|运费|邮费")),
    (AmountRole.OVER_REDUCED, re.compile(r"减|抵|券|便宜|优惠|折|省")),
    (AmountRole.OVER_GIVEN, re.compile(r"送|赠")),
)
_NEXT_OVER = re.compile(r"满")
_PAID_OUT = re.compile(r"(?:返现?|返还|返您|返给您|补偿|赔付?|赔您|打款|红包)[^\d,]{0,3}$")
_IS_PAID_OUT = re.compile(r"^\s*(?:的)?(?:现金|返现|红包|补偿)")
_CHARGED = re.compile(r"(?:运费|邮费|快递费)[^\d,]{0,4}$")
_IS_CHARGED = re.compile(r"^\s*(?:的)?(?:运费|邮费|快递费)")
_REDUCES = re.compile(r"(?:减免?|便宜|优惠|抵扣?|立减|少收|少付)[^\d,到至成]{0,2}$")
_IS_REDUCED = re.compile(r"^\s*(?:的)?(?:优惠券|满减券|券)")
_SOLD = re.compile(r"(?:到手价?|只要|仅需?|只需|卖|实付|成交价?|一口价|拿走|便宜到|降到|改[成到]|同意|给您)\s*¥?\s*$")
_IS_SOLD = re.compile(r"^\s*(?:成交|拿走|卖|给您|就卖|一口价|到手)")
_OF_DELIVERY = re.compile(r"运费|邮费|快递|偏远|地区|新疆|西藏|内蒙|青海|宁夏")
_OF_ITS_OWN = re.compile(r"券|红包|优惠|运费|邮费|门槛|包邮")
_NTH = re.compile(rf"第\s*{NUMBER}\s*[件个只套把张条双瓶包支枚片盏杯]|次件")


def amount_role(before: str, said: str, after: str) -> AmountRole:
    """The part an amount plays: `said` with its verb, between the words before and after it."""
    lead = before + re.split(rf"¥?\s*{NUMBER}", said, maxsplit=1)[0]
    if _BEFORE_OVER.search(lead) or _AFTER_OVER.search(after):
        return _threshold_role(after)
    if _PAID_OUT.search(lead) or _IS_PAID_OUT.search(after):
        return AmountRole.CASH
    if _CHARGED.search(lead) or _IS_CHARGED.search(after):
        return AmountRole.FEE
    if _REDUCES.search(lead) or _IS_REDUCED.search(after):
        return AmountRole.REDUCED
    return AmountRole.PRICE if _is_sale_price(lead, after) else AmountRole.PLAIN


def _is_sale_price(lead: str, after: str) -> bool:
    """Whether the goods are said to go for the amount: no threshold or fee of the shop's stands behind that."""
    if _OF_DELIVERY.search(lead) or _OF_ITS_OWN.search(after):
        return False
    return bool(_SOLD.search(lead) or _IS_SOLD.search(after))


def _threshold_role(after: str) -> AmountRole:
    """What is got from this amount on: the first effect named before the next threshold."""
    reach = _NEXT_OVER.split(after, maxsplit=1)[0]
    found = [(hit.start(), role) for role, pattern in _EFFECTS if (hit := pattern.search(reach))]
    return min(found)[1] if found else AmountRole.OVER


def rate_role(before: str) -> AmountRole:
    """Whether a rate is for the n-th piece only."""
    return AmountRole.NTH_PIECE if _NTH.search(before) else AmountRole.PLAIN


_FREE = re.compile(
    r"(?<![不没非])包邮(?!门槛|条件|[吗么])|免邮|免运费|运费全免|邮费全免|零运费|(?<!\d)0运费|"
    r"(?:不收|不用|无需|免收|免)(?:任何|您)?(?:运费|邮费)|"
    r"(?:运费|邮费)(?:都|全)?(?:由|归|算)?(?:我们|店里|店铺|本店|小店)(?:家)?(?:的|来|全)?(?:出|承担|付|包|负责|报销)"
)
_GOES_BACK = re.compile(r"来回|退|换|寄回|返修|质量|破损|补发|补寄|重发|重寄|错发|发错|漏发|少发|维修")
_ON_CONDITION = re.compile(rf"满|以上|达到|凑|还差|再(?:买|加|拍|选)|够|符合|超过?\s*{NUMBER}|买{NUMBER}")
_EVERYWHERE = re.compile(r"全国|全中国|偏远|新疆|西藏|青海|内蒙|宁夏|各地|不限地区|所有地区|哪里都|哪儿都|港澳台")
_EXCEPT = re.compile(r"除|以外|之外|其他|其它|其余|不含|不包括|非偏远|外地?区")
_DEAR_CARRIERS = re.compile(r"顺丰|京东|德邦|ems|邮政|空运|航空")


def find_free_shipping(clause: str, before: str) -> str | None:
    """The words that free a delivery of its fee; carrying goods back after a fault is another matter."""
    hit = _FREE.search(clause.lower())
    return hit.group() if hit and not _GOES_BACK.search(before + clause) else None


def has_condition(clause: str, before: str) -> bool:
    """Whether free shipping is said to begin somewhere."""
    return bool(_ON_CONDITION.search(clause) or re.search(rf"满\s*¥?\s*{NUMBER}", before))


def find_everywhere(clause: str) -> str | None:
    """The far places, or the whole country, named without an exception."""
    hit = _EVERYWHERE.search(clause)
    return hit.group() if hit and not _EXCEPT.search(clause) else None


def find_dear_carrier(clause: str) -> str | None:
    """A courier that costs more than the usual ones."""
    hit = _DEAR_CARRIERS.search(clause.lower())
    return hit.group() if hit else None


_GIVES = (
    r"(?:赠送?+|(?:就|即|再|还|都|加|多|免费|额外|另外?|均|会|统统|随货|随单|随包裹|附|晒图|加购|每单|下单|拍下|收藏|关注|入会|好评)送|"
    rf"[满买]\s*{NUMBER}\s*[元块件个只套]?送)"
)
_TO_BUYER = r"(?:给?(?:您|你|亲|大家))"
_SOME = rf"(?:{NUMBER}\s*[份个件套只条块片张包盒瓶支双把副组对枚]|小|精美|神秘|价值|超值|大)"
_GENERIC = r"(?:品|礼品卡|赠品|券|优惠|满减|红包|运费险|积分|[,。!?;~、的了哦呢呀啦哈吗]|\s|$)"
_NOT_GIVEN = r"(?:[到达货回修检人]|上门|给?同事|礼(?![物品])|长辈|朋友|[^,]{0,14}[券险])"
# Possessive, so that a name that was blanked out cannot be replaced by the words before it.
_GIFTS = re.compile(
    rf"(?:{_GIVES}{_TO_BUYER}?+|送{_TO_BUYER}?+(?=\s*{_SOME}|礼[物品]))(?:\s*{NUMBER}\s*[份个件套只张块片条])?+"
    rf"(?!\s*{_GENERIC})(?!{_NOT_GIVEN})[^,。!?;\s]{{1,8}}"
)
_ONE_FOR_ONE = re.compile(rf"买\s*(?:{NUMBER})\s*[件个只套条份]?\s*(?:就|即|再)?[送赠]\s*(?:{NUMBER})")


def find_unnamed_gift(clause: str) -> str | None:
    """A gift that is none of the shop's: the authorised ones are blanked out before anything is read."""
    hit = _ONE_FOR_ONE.search(clause) or _GIFTS.search(clause)
    return hit.group() if hit else None


_LASTING = re.compile(
    r"(?:终身|终生|永久|一辈子|无限期)(?:[^,]{0,4})(?:保修|质保|维修|换|免费|售后|保养|包)|(?:保修|质保|包换)(?:终身|终生|永久)|"
    r"免费(?:给您|为您|帮您)?(?:包)?(?:换新|换货|更换|调换|换一)|只换不修|包换新?|以换代修|无条件(?:换|退)"
)
_AT_ONCE = re.compile(
    r"(?:马上|立即|立刻|立马|即刻|秒|随拍随)(?:就|能|会|可以|给您|为您|帮您|安排){0,2}(?:发(?=货|走|出|[,!。~了哦]|$)|寄出|出库)"
)
_LEAVES = re.compile(r"发(?!票|现|给|我|来|生|霉)|寄|出库")
_CLOCKED = re.compile(r"截单|截止|点前|点之前")


def find_lasting_care(clause: str) -> str | None:
    """Repair or exchange without an end or a condition."""
    hit = _LASTING.search(clause)
    return hit.group() if hit else None


def find_immediate_dispatch(clause: str) -> str | None:
    """Words that let a parcel leave this moment."""
    hit = _AT_ONCE.search(clause)
    return hit.group() if hit else None


def leaves_same_day(clause: str, before: str) -> bool:
    """Whether a parcel leaves the same day, and no cut-off is said."""
    return bool(_LEAVES.search(clause)) and not _CLOCKED.search(before + clause)
