"""What a haggling buyer says: the argument, the number, the quantity."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.domain.catalogue import Sku
from app.domain.understanding import EntityKind
from app.language.numbers import NUMBER, normalise_width, read_number
from intents._framework.contract import Case


class Argument(StrEnum):
    """Why the buyer thinks it should be less; or, after an offer, what they make of it."""

    ACCEPT = "accept"  # 行吧, after an offer
    THINK = "think"  # 我再想想, after an offer
    BOSS = "boss"  # 老板同意了
    HONOUR = "honour"  # 刚才说好的价
    ROUND_DOWN = "round_down"  # 抹个零
    FREE_SHIPPING = "free_shipping"  # 包邮行吗
    GIFT = "gift"  # 送点东西
    BULK = "bulk"  # 多买呢
    OLD_CUSTOMER = "old_customer"  # 老顾客
    COMPETITOR = "competitor"  # 别家才…
    LEAVING = "leaving"  # 不便宜就不买了
    FLOOR = "floor"  # 底价多少
    NUMBER = "number"  # 50卖不卖
    PLAIN = "plain"  # 便宜点


ARGUMENT_PATTERNS: Final = (
    (
        Argument.BOSS,
        re.compile(
            r"(?:老板|掌柜|经理|店长|主管|你们领导|客服)[^，。,?？能可]{0,6}(?:同意|答应|批(?!发)|说好|说了|说可以|讲了|许诺)"
        ),
    ),
    (
        Argument.HONOUR,
        re.compile(
            r"(?:刚才|刚刚|之前|昨天|上次|早上)[^，。,]{0,6}(?:说|讲|给|谈|答应)|说好的|还算数|还作数|还有效|刚才那个?价"
        ),
    ),
    (Argument.ROUND_DOWN, re.compile(r"抹个?零|零头|凑个?整|取个?整|去个?零")),
    (Argument.FREE_SHIPPING, re.compile(r"包个?邮|免个?邮|免运费|邮费(?:免|你们出|不要)|不要运费|免个?运费")),
    (Argument.GIFT, re.compile(r"[送赠塞](?:我|点|个|些|份|一|两|小|赠|礼)|礼物|赠品|小样")),
    (Argument.BULK, re.compile(r"多买|多拍|多拿|多要|批发|量大|团购|大量|采购|一起买|几件|走量|拿货")),
    (
        Argument.OLD_CUSTOMER,
        re.compile(r"老顾客|老客|老买家|回头客|常客|熟客|买过|又来|第[二三四五2-9]次|都在你家|一直在你"),
    ),
    (
        Argument.COMPETITOR,
        re.compile(r"别家|别的店|别人家|隔壁|人家|其他店|另一家|拼多多|某多|京东|天猫|淘宝|1688|实体店|同款|网上"),
    ),
    (Argument.LEAVING, re.compile(r"不买了|就算了|去别|走了|再看看|考虑一?下|不然不|否则不")),
    (Argument.FLOOR, re.compile(r"底价|最低|成本|底线|极限|最少|实在价|内部价|真心价|一口价")),
)
YES: Final = re.compile(r"好|行|可以|成|ok|中|要了|就这|同意|没问题|拍|下单|买", re.IGNORECASE)
# A yes and what may stand around it; anything else in the line (好贵, 行不行, 好的再看看) makes it no plain yes.
ONLY_YES: Final = re.compile(
    r"(?:好|行|可以|成交?|ok|中|要了|就?这个?样?价?格?|同意|没问题|[现在马上我就]*(?:拍下?|下单|买)|"
    r"那|嗯|恩|吧|的|啊|呀|了|哦|啦|嘛|呢|我|就|老板|亲|[,，。.!！~ ])+",
    re.IGNORECASE,
)
SHORT: Final = 12  # characters; a yes is short
THINKS: Final = re.compile(r"再看|再想|想想|想一想|考虑|商量")
BARE_NUMBER: Final = re.compile(rf"^[那就]*\s*({NUMBER})\s*(?:元|块钱?|块|¥)?[呢吧吗啊呀嘛,，。.!！?？]*$")
RESTATE: Final = re.compile(r"多少来着|说的?多少|什么价来着|是多少|刚才.{0,4}(?:价|多少)|再说一遍|几块来着")
CHEAPER: Final = re.compile(r"便宜|优惠|少|减|让|降|折|贵")
EACH: Final = re.compile(r"每[件个只套]|一[件个只套]|单价|一个少")


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """One message of haggling.

    Attributes:
        offered, reduction, rate: the number the buyer named, in the way it was named.
        each: the number is for one piece.
    """

    argument: Argument
    quantity: int
    quantity_named: bool = False
    offered: Decimal | None = None
    reduction: Decimal | None = None
    rate: Decimal | None = None
    each: bool = False

    @property
    def has_number(self) -> bool:
        """Whether the buyer named a price, an amount off or a share."""
        return not (self.offered is None and self.reduction is None and self.rate is None)

    @property
    def memory_key(self) -> str:
        """The argument as it is remembered; another number is another argument."""
        if self.argument is Argument.BULK and self.quantity_named:
            return f"{self.argument}:{self.quantity}"
        number = self.offered or self.reduction or self.rate
        return f"{self.argument}:{number}" if number is not None else str(self.argument)

    def compute_target(self, sku: Sku) -> Decimal | None:
        """What the buyer would pay for all pieces together, 元; None when no number was named."""
        listed = sku.price * self.quantity
        if self.offered is not None:
            return self.offered * self.quantity if self.each or self.offered <= sku.price else self.offered
        if self.reduction is not None:
            return listed - self.reduction * (self.quantity if self.each else 1)
        return None if self.rate is None else listed * self.rate


def parse_offer_answer(case: Case, quantity: int) -> PriceRequest:
    """What a buyer makes of our offer: takes it, names another number, asks it again, goes on haggling, or thinks."""
    text = case.request.text.strip()
    haggled = parse_price_request(case, quantity_before=quantity)
    number = BARE_NUMBER.match(normalise_width(text))
    if number and not haggled.has_number:
        return replace(haggled, argument=Argument.NUMBER, offered=read_number(number[1]))
    if CHEAPER.search(text) or (haggled.argument is not Argument.PLAIN and not THINKS.search(text)):
        return haggled
    if len(text) <= SHORT and YES.search(text) and ONLY_YES.fullmatch(text):
        return replace(haggled, argument=Argument.ACCEPT)
    return replace(haggled, argument=Argument.HONOUR if RESTATE.search(text) else Argument.THINK)


def parse_price_request(case: Case, *, quantity_before: int) -> PriceRequest:
    """The haggling of this request; a quantity not named again is the one spoken of before."""
    text = case.request.text
    quantity = case.first_entity(EntityKind.QUANTITY)
    numbers = [
        _read_amount(case, kind) for kind in (EntityKind.OFFERED_PRICE, EntityKind.REDUCTION, EntityKind.DISCOUNT_RATE)
    ]
    argument = next((kind for kind, pattern in ARGUMENT_PATTERNS if pattern.search(text)), None)
    several = quantity is not None and int(quantity.value) > 1
    if argument is None:
        argument = Argument.NUMBER if any(numbers) else Argument.BULK if several else Argument.PLAIN
    return PriceRequest(
        argument=argument,
        quantity=max(1, int(quantity.value)) if quantity else quantity_before,
        quantity_named=several,
        offered=numbers[0],
        reduction=numbers[1],
        rate=numbers[2],
        each=bool(EACH.search(text)),
    )


def _read_amount(case: Case, kind: EntityKind) -> Decimal | None:
    entity = case.first_entity(kind)
    if entity is None or isinstance(entity.value, str):
        return None
    amount = Decimal(entity.value)
    return amount if amount > 0 else None
