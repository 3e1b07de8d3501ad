"""What a haggling buyer says: the argument, the number, the quantity."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.domain.acts import Act
from app.domain.catalogue import Sku
from app.domain.understanding import EntityKind
from app.language.bids import list_numbers, read_bare_price
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


ARGUMENT_CUES: Final = (
    Argument.BOSS,
    Argument.HONOUR,
    Argument.ROUND_DOWN,
    Argument.FREE_SHIPPING,
    Argument.GIFT,
    Argument.BULK,
    Argument.OLD_CUSTOMER,
    Argument.COMPETITOR,
    Argument.LEAVING,
    Argument.FLOOR,
)
"""Arguments with a cue of their own name, the weightiest first."""
SHORT: Final = 12  # characters; a yes is short


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


def parse_offer_answer(case: Case, quantity: int, offered: Collection[Decimal] = ()) -> PriceRequest:
    """What a buyer makes of our offer: takes it, names another number, asks it again, goes on haggling, or thinks.

    `offered` are the numbers of the offers that stand, by the piece and in all, 元.
    """
    text = case.request.text.strip()
    haggled = parse_price_request(case, quantity_before=quantity)
    number, acts = read_bare_price(text) or _find_other_number(case, haggled, offered), case.request.acts
    if (number is None or number in offered) and _closes_deal(case, haggled, offered):
        return replace(haggled, argument=Argument.ACCEPT)
    if number is not None and not haggled.has_number:
        return replace(haggled, argument=Argument.NUMBER, offered=number)
    if case.hears("haggles_on") or (haggled.argument is not Argument.PLAIN and Act.DEFER not in acts):
        return haggled
    if len(text) <= SHORT and (acts.has_only(Act.AFFIRM) or _affirms_by_buying(case)):
        return replace(haggled, argument=Argument.ACCEPT)
    return replace(haggled, argument=Argument.HONOUR if case.hears("asks_offer_again") else Argument.THINK)


def _find_other_number(case: Case, haggled: PriceRequest, offered: Collection[Decimal]) -> Decimal | None:
    """The one number written that counts no pieces and is none of ours: 80一把我就定了 agrees to nothing."""
    told = {Decimal(entity.value) for entity in case.request.entities if entity.kind is EntityKind.QUANTITY}
    others = list_numbers(case.request.text) - told - {Decimal(haggled.quantity), Decimal(1), *offered}
    return next(iter(others)) if len(others) == 1 and not haggled.has_number else None


def _closes_deal(case: Case, haggled: PriceRequest, offered: Collection[Decimal]) -> bool:
    """155可以，我现在拍了; 成交，你改价; 行，那怎么付: nothing but a standing offer is agreed to."""
    acts = case.request.acts
    if acts.has_any(Act.REFUSE, Act.DENY, Act.DEFER, Act.WITHDRAW) or case.hears("haggles_on"):
        return False
    if haggled.has_number and haggled.offered not in offered:
        return False
    return case.hears("closes_deal") if Act.AFFIRM not in acts else case.hears("takes_it") or haggled.has_number


def _affirms_by_buying(case: Case) -> bool:
    """那就这样吧，我拍了: a yes, and the news that it is bought."""
    acts = case.request.acts
    return Act.AFFIRM in acts and acts.has_only(Act.AFFIRM, Act.TELL) and case.hears("takes_it")


def parse_price_request(case: Case, *, quantity_before: int) -> PriceRequest:
    """The haggling of this request; a quantity not named again is the one spoken of before."""
    quantity = case.first_entity(EntityKind.QUANTITY)
    numbers = [
        _read_amount(case, kind) for kind in (EntityKind.OFFERED_PRICE, EntityKind.REDUCTION, EntityKind.DISCOUNT_RATE)
    ]
    argument = next((argument for argument in ARGUMENT_CUES if case.hears(argument)), None)
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
        each=case.hears("per_piece"),
    )


def _read_amount(case: Case, kind: EntityKind) -> Decimal | None:
    entity = case.first_entity(kind)
    if entity is None or isinstance(entity.value, str):
        return None
    amount = Decimal(entity.value)
    return amount if amount > 0 else None
