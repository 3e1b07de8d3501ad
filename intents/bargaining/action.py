"""议价: value and public offers, then an authorised coupon or price, then a last offer, then a supervisor."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from app.decision.authority import coupon_spends, lowest_unit_price
from app.decision.numerals import NUMBER, plain, read_number
from app.decision.pricing import Line, best_quote, undercuts_floor
from app.domain.catalogue import OrderState, Promotion, PromotionKind, Sku
from app.domain.commitment import (
    BasketCommitment,
    Commitment,
    CouponCommitment,
    PriceCommitment,
    PromotionCommitment,
    StockCommitment,
)
from app.domain.conversation import Pending, SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest, Outcome
from app.shop.schema import BulkTier, CouponOffer
from intents.bargaining.ask import Argument, Ask, read_answer, read_ask
from intents.bargaining.room import Room
from intents.bargaining.talk import GivenCoupon, PriceOffer, Talk, last_spoken, recall, remember
from intents.base import Case, IntentAction, Said
from intents.choices import ask_which_product, offered_skus, picked_skus, sku_options
from intents.common import asking, awaited, handing_over, reply
from intents.goods import Goods, find_goods, money
from intents.speech import full_name, local_now, moment_word, zone_of
from intents.sums import claim_words

AGREEMENT: Final = "agreement"
MOST_QUESTIONS: Final = 2
VALUE_KEYS: Final = {
    Argument.OLD_CUSTOMER: "value_old_customer",
    Argument.COMPETITOR: "value_competitor",
    Argument.GIFT: "value_gift",
    Argument.FLOOR: "value_floor",
    Argument.LEAVING: "value_leaving",
}


@dataclass(frozen=True, slots=True)
class Table:
    """What lies on the table: who asks for what, how far it may go, and the facts it rests on."""

    case: Case
    ask: Ask
    room: Room
    facts: tuple[Fact[Any], ...]

    @property
    def sku(self) -> Sku:
        """What is haggled over."""
        return self.room.sku

    @property
    def talk(self) -> Talk:
        """What was said before."""
        return self.room.talk

    @property
    def quantity(self) -> int:
        """How many pieces."""
        return self.room.quantity

    @property
    def rounds(self) -> int:
        """How many rounds the shop allows."""
        return self.room.policy.rounds if self.room.policy else 0

    @property
    def target(self) -> Decimal | None:
        """What the buyer would pay."""
        return self.ask.target(self.sku)

    @property
    def repeated(self) -> bool:
        """Whether something was given for this very argument before."""
        return self.ask.name in self.talk.conceded

    def told(self, *said: Said, talk: Talk, **more: Any) -> Outcome:
        """The reply with its facts and what is remembered of it."""
        facts = more.pop("facts", self.facts)
        return reply(
            *said,
            facts=facts,
            slots={SlotName.PRODUCT: self.sku.product_id, SlotName.SKU: self.sku.sku_id},
            memory=remember(self.case.memory, self.sku.sku_id, talk, self.case.now),
            **more,
        )


class BargainingAction(IntentAction):
    """Gives way only as far as the shop allows, never twice for the same argument, and keeps its word."""

    intent = "bargaining"

    async def answer(self, case: Case) -> Outcome:
        """The next step of the haggle; asks which product or SKU, once each."""
        goods = await find_goods(case) or await _offered_before(case) or await _about_to_pay(case)
        if goods is None:
            return await ask_which_product(case, "买家议价，商品未能确认")
        if not goods.skus:
            return self._unlisted(case, goods)
        skus = _priced_at(case, picked_skus(case, goods.skus))
        if len({(sku.price, sku.floor_price) for sku in skus}) > 1:
            return await self._which(case, goods, skus)
        return self._haggle(await _table(case, goods, skus[0]))

    def _unlisted(self, case: Case, goods: Goods) -> Outcome:
        wish = handing_over(case, Reason.LOW_CONFIDENCE, "买家议价的商品已下架", group=Group.PRESALE)
        return reply(case.replies.say("to_supervisor"), handoff=wish, facts=(goods.fact,))

    async def _which(self, case: Case, goods: Goods, skus: tuple[Sku, ...]) -> Outcome:
        """Which SKU is asked, then asked with each one's price; a SKU the buyer did not name is never haggled over."""
        times = int(case.memory.get("asked", 0)) if awaited(case) == SlotName.SKU else 0
        if times >= MOST_QUESTIONS:
            wish = handing_over(case, Reason.LOW_CONFIDENCE, f"买家议价{goods.title}，规格未定", group=Group.SUPERVISOR)
            return reply(case.replies.say("to_supervisor"), handoff=wish, facts=(goods.fact,))
        options = sku_options(skus, case.intent)
        prices = tuple(PriceCommitment(sku.sku_id, 1, sku.price, sku.price) for sku in skus)
        listed = "、".join(
            f"{option.label}{money(sku.price)}元" if times else option.label
            for option, sku in zip(options, offered_skus(skus), strict=True)
        )
        return reply(
            case.replies.say("which_sku_again" if times else "which_sku", title=goods.title, options=listed),
            facts=(goods.fact,),
            commitments=prices if times else (),
            asks=asking(case, SlotName.SKU, options=options),
            slots={SlotName.PRODUCT: goods.fact.value.product_id},
            memory={**case.memory, "asked": times + 1},
            tried="已询问要议价的规格",
        )

    def _haggle(self, table: Table) -> Outcome:
        """The first of our answers that fits."""
        steps = (
            _accepted,
            _thinking,
            _out_of_stock,
            _boss_said,
            _large_order,
            _honour,
            _tiers,
            _bulk_price,
            _free_shipping,
            _fixed_price,
            _within_reach,
            _round_down,
            _first_round,
            _supervisor_after_rounds,
            _hold_same_argument,
            _coupon,
            _price,
        )
        return next(outcome for step in steps if (outcome := step(table)) is not None)


async def _offered_before(case: Case) -> Goods | None:
    """What an offer still stands for, though the conversation no longer names it; raises FactsError."""
    return await _goods_of(case, last_spoken(case.memory, case.now))


async def _about_to_pay(case: Case) -> Goods | None:
    """What the buyer's one unpaid order is for: 拍下了改个价吧 names nothing else; raises FactsError."""
    orders = (await case.facts.orders_of(case.buyer)).value
    lines = [line for order in orders if order.state is OrderState.UNPAID for line in order.lines]
    return await _goods_of(case, lines[0].sku_id) if len(lines) == 1 else None


async def _goods_of(case: Case, sku_id: str | None) -> Goods | None:
    sku = (await case.facts.sku(sku_id)).value if sku_id else None
    fact = await case.facts.product(sku.product_id) if sku else None
    if sku is None or fact is None or fact.value is None:
        return None
    return Goods(Fact(fact.kind, fact.value, fact.source, fact.as_of), (sku,))


async def _table(case: Case, goods: Goods, sku: Sku) -> Table:
    promotions = await case.facts.promotions()
    talk = recall(case.memory, sku.sku_id, case.now)
    answering = awaited(case) == AGREEMENT and bool(talk.offers)
    ask = read_answer(case, talk.quantity) if answering else read_ask(case, quantity_before=talk.quantity)
    public = best_quote([Line(sku, ask.quantity)], promotions.value, case.now)
    room = Room(sku, ask.quantity, public, case.shop.settings.authority.bargaining, talk)
    fact = Fact(goods.fact.kind, sku, goods.fact.source, goods.fact.as_of)
    return Table(case, ask, room, (fact, promotions))


def _priced_at(case: Case, skus: tuple[Sku, ...]) -> tuple[Sku, ...]:
    """Those whose page price the buyer names (599太贵了), else all."""
    said = {read_number(number) for number in re.findall(NUMBER, plain(case.request.text))}
    return tuple(sku for sku in skus if sku.price in said) or skus


def _accepted(table: Table) -> Outcome | None:
    """The price is agreed: people change it on the platform, which nothing here can."""
    standing = table.talk.standing(table.quantity) or next(iter(table.talk.offers), None)
    if table.ask.argument is not Argument.ACCEPT or standing is None:
        return None
    words = _price_words(table, standing)
    wish = HandoffRequest(
        Reason.AUTHORITY_EXCEEDED,
        wish=f"买家接受报价：{words['title']} {standing.quantity} 件共 {money(standing.total)} 元，请为买家改价",
        suggested=(table.case.replies.say("suggested_deal", **words).text,),
        notes=_margin(table, standing.total),
        collected={
            "商品": full_name(table.sku),
            "数量": str(standing.quantity),
            "成交价": f"{money(standing.total)} 元",
        },
        group=Group.PRESALE,
    )
    made = (_price_commitment(table, standing),)
    return table.told(table.case.replies.say("deal", **words), talk=table.talk, commitments=made, handoff=wish)


def _thinking(table: Table) -> Outcome | None:
    """No hurry: the offer stands, and other questions are welcome."""
    standing = table.talk.standing(table.quantity) or next(iter(table.talk.offers), None)
    if table.ask.argument is not Argument.THINK or standing is None:
        return None
    said = table.case.replies.say("think", **_price_words(table, standing))
    made = (_price_commitment(table, standing),)
    return table.told(said, talk=table.talk, commitments=made, tried="报价仍为买家保留")


def _out_of_stock(table: Table) -> Outcome | None:
    """A price for what cannot be had is no kindness."""
    if table.sku.stock >= table.quantity or _is_large(table):
        return None
    said = table.case.replies.say("no_stock", title=full_name(table.sku))
    claim = StockCommitment(table.sku.sku_id, table.quantity, available=False)
    return table.told(said, talk=table.talk, commitments=(claim,), tried="已说明库存不足")


def _boss_said(table: Table) -> Outcome | None:
    """Somebody else's promise is for that somebody to confirm."""
    if table.ask.argument is not Argument.BOSS:
        return None
    return _to_supervisor(table, "verify", "买家称老板或同事已同意特价，请核实")


def _is_large(table: Table) -> bool:
    policy = table.room.policy
    return policy is not None and policy.bulk_handoff_from is not None and table.quantity >= policy.bulk_handoff_from


def _large_order(table: Table) -> Outcome | None:
    if not _is_large(table):
        return None
    said = table.case.replies.say("large_order", title=full_name(table.sku), quantity=table.quantity)
    wish = _wish(table, Reason.BULK_ORDER, f"大单议价：{full_name(table.sku)} {table.quantity} 件")
    held = StockCommitment(table.sku.sku_id, table.quantity, available=table.sku.stock >= table.quantity)
    talk = table.talk.answered(table.ask.name, table.quantity)
    return table.told(said, talk=talk, commitments=(held,), handoff=wish)


def _honour(table: Table) -> Outcome | None:
    """What was offered holds until it expires."""
    if table.ask.argument is not Argument.HONOUR:
        return None
    standing = table.talk.standing(table.quantity) or next(iter(table.talk.offers), None)
    if standing is None:
        return None
    return _restate(table, standing, "honour")


def _restate(table: Table, standing: PriceOffer, key: str) -> Outcome:
    made = _price_commitment(table, standing)
    said = table.case.replies.say(key, **_price_words(table, standing))
    talk = table.talk.answered(table.ask.name, standing.quantity, round_used=key != "honour")
    return table.told(said, talk=talk, commitments=(made,), asks=_agreement(table), tried="已重申之前的报价")


def _tiers(table: Table) -> Outcome | None:
    """多买呢: each tier by piece and in total."""
    policy = table.room.policy
    if table.ask.argument is not Argument.BULK or table.ask.quantity_named or policy is None:
        return None
    tiers = [
        tier for tier in policy.bulk_tiers if not policy.bulk_handoff_from or tier.quantity < policy.bulk_handoff_from
    ]
    offers = [(tier, offer) for tier in tiers if (offer := _tier_offer(table, tier))]
    if not offers:
        return None
    listed = "；".join(_tier_words(table, tier, offer) for tier, offer in offers)
    talk = table.talk.answered(table.ask.name, table.quantity, round_used=False)
    made = tuple(_price_commitment(table, offer) for _, offer in offers)
    said = table.case.replies.say("tiers", title=full_name(table.sku), tiers=listed)
    return table.told(said, talk=talk, commitments=made, tried="已告知多件优惠")


def _tier_offer(table: Table, tier: BulkTier) -> PriceOffer | None:
    public = best_quote([Line(table.sku, tier.quantity)], _promotions(table), table.case.now)
    room = Room(table.sku, tier.quantity, public, table.room.policy, table.talk)
    unit = room.tier_unit()
    return _offer(table, unit, tier.quantity) if unit is not None else None


def _tier_words(table: Table, tier: BulkTier, offer: PriceOffer) -> str:
    words = {"quantity": tier.quantity, "unit": money(offer.unit), "total": money(offer.total)}
    return table.case.replies.say("tier", **words).text


def _bulk_price(table: Table) -> Outcome | None:
    """A named quantity that reaches a tier gets the tier, whatever the round: tiers are the same for everybody."""
    unit = table.room.tier_unit() if table.ask.quantity_named else None
    if unit is None or table.repeated:
        return None
    return _give(table, unit, "bulk")


def _free_shipping(table: Table) -> Outcome | None:
    """By the shop's policy, once; after that it is an argument like any other."""
    shipping = table.case.shop.settings.authority.shipping
    free_from = shipping.free_from if shipping else None
    if table.ask.argument is not Argument.FREE_SHIPPING or free_from is None or table.ask.name in table.talk.arguments:
        return None
    if undercuts_floor(table.room.public):
        return None
    total = table.room.public.total
    words = {"free_from": money(free_from), "gap": money(max(free_from - total, Decimal(0)))}
    key = "free_shipping_gap" if total < free_from else "free_shipping"
    said = table.case.replies.say(key if free_from else "free_shipping_always", **words)
    talk = table.talk.answered(table.ask.name, table.quantity, round_used=False)
    return table.told(said, talk=talk, commitments=_public_commitments(table), tried="已说明包邮条件")


def _fixed_price(table: Table) -> Outcome | None:
    """The shop does not bargain on this: said kindly once, then it is a supervisor's business."""
    if table.room.moves:
        return None
    if table.talk.rounds:
        return _to_supervisor(table, "to_supervisor", "买家坚持议价，该商品没有议价授权")
    return _with_public(table, table.case.replies.say("fixed_price", title=full_name(table.sku)))


def _first_round(table: Table) -> Outcome | None:
    """Value and public offers before anything is given."""
    if table.talk.rounds:
        return None
    key = VALUE_KEYS.get(table.ask.argument, "value")
    return _with_public(table, table.case.replies.say(key, title=full_name(table.sku)))


def _with_public(table: Table, *said: Said) -> Outcome:
    """The public price when it is less than the page's, and gifts that come with it."""
    public = table.room.public
    talk = table.talk.answered(table.ask.name, table.quantity)
    if undercuts_floor(public):
        return table.told(*said, talk=talk, tried="已介绍商品价值")
    if public.savings:
        words = {"quantity": table.quantity, "total": money(public.total), "listed": money(public.listed)}
        said = (*said, table.case.replies.say("public", **words, saved=money(public.listed - public.total)))
        said = (*said, *claim_words(table.case, public))
    gift = next((found for found in public.extras if found.kind is PromotionKind.GIFT), None)
    if gift:
        said = (*said, table.case.replies.say("public_gift", gift=gift.gift))
    commitments = _public_commitments(table)
    return table.told(*said, talk=talk, commitments=commitments, tried="已介绍商品价值和公开优惠")


def _public_commitments(table: Table) -> tuple[Commitment, ...]:
    public = table.room.public
    used = tuple(promotion.promotion_id for promotion in public.promotions)
    basket = BasketCommitment(((table.sku.sku_id, table.quantity),), used, public.total)
    return (basket, *(PromotionCommitment(promotion_id) for promotion_id in used))


def _within_reach(table: Table) -> Outcome | None:
    """A number the shop can meet is met, once the first round is over; one above the public price gets that price."""
    target, talk = table.target, table.talk
    if target is None or not talk.rounds or table.repeated:
        return None
    standing = talk.standing(table.quantity)
    if target >= table.room.start:
        return _restate(table, standing, "honour") if standing else _public_is_less(table)
    unit = table.room.unit_for(target)
    return _give(table, unit, "accepted") if unit is not None else None


def _public_is_less(table: Table) -> Outcome:
    public = table.room.public
    words = {"title": full_name(table.sku), "quantity": table.quantity, "total": money(public.total)}
    said = table.case.replies.say("public_is_less", **words)
    talk = table.talk.answered(table.ask.name, table.quantity, round_used=False)
    claims = claim_words(table.case, public)
    return table.told(said, *claims, talk=talk, commitments=_public_commitments(table), tried="已告知公开到手价")


def _supervisor_after_rounds(table: Table) -> Outcome | None:
    if table.talk.rounds < table.rounds:
        return None
    return _to_supervisor(table, "keep_and_supervisor" if table.talk.offers else "to_supervisor", "买家继续议价")


def _round_down(table: Table) -> Outcome | None:
    total = table.room.rounded_total()
    if table.ask.argument is not Argument.ROUND_DOWN or total is None or table.repeated:
        return None
    until = _until(table)
    offer = PriceOffer(table.quantity, table.sku.price, total, until)
    return _offered(table, offer, "rounded")


def _hold_same_argument(table: Table) -> Outcome | None:
    """Nothing twice for the same argument: the offer stands as it is."""
    if not table.repeated:
        return None
    return _hold(table)


def _hold(table: Table) -> Outcome:
    standing = table.talk.standing(table.quantity)
    if standing:
        return _restate(table, standing, "hold")
    said = table.case.replies.say("hold_value", title=full_name(table.sku))
    return table.told(said, talk=table.talk.answered(table.ask.name, table.quantity), tried="已说明目前的优惠")


def _coupon(table: Table) -> Outcome | None:
    """An authorised coupon in the middle rounds, while its budgets last."""
    if table.talk.rounds >= table.rounds - 1 and table.rounds > 2:  # noqa: PLR2004 - with two rounds the coupon is the last
        return None
    offers = [offer for offer in table.case.shop.settings.authority.coupons if _affordable(table, offer)]
    offer = table.room.coupon(offers)
    if offer is None:
        return None
    until = table.case.now + timedelta(hours=offer.valid_hours)
    made = CouponCommitment(offer.id, offer.amount, offer.minimum_spend, until)
    talk = table.talk.gave(table.ask.name, GivenCoupon(offer.id, offer.amount, until), table.quantity)
    spends = coupon_spends(offer, table.case.shop.shop_id, table.case.buyer, local_now(table.case).date())
    return table.told(
        _coupon_said(table, offer, until), talk=talk, commitments=(made,), effects=spends, tried="已给出授权优惠券"
    )


def _affordable(table: Table, offer: CouponOffer) -> bool:
    case = table.case
    spends = coupon_spends(offer, case.shop.shop_id, case.buyer, local_now(case).date())
    return not any(spend.budget in case.exhausted for spend in spends)


def _coupon_said(table: Table, offer: CouponOffer, until: Any) -> Said:
    how = offer.how.rstrip("。") or table.case.replies.say("coupon_how").text
    words = {"amount": money(offer.amount), "until": moment_word(until, table.case), "how": how}
    if offer.minimum_spend > 0:
        return table.case.replies.say("coupon_over", minimum=money(offer.minimum_spend), **words)
    return table.case.replies.say("coupon", **words)


def _price(table: Table) -> Outcome:
    """Half way down, or the last price in the last round; holds where there is no room."""
    last = table.talk.rounds >= table.rounds - 1
    unit = table.room.lowest_unit if last else table.room.middle_unit
    if not table.room.improves(unit):
        return _hold(table)
    return _give(table, unit, "last_offer" if last else "offer")


def _give(table: Table, unit: Decimal, key: str) -> Outcome:
    return _offered(table, _offer(table, unit, table.quantity), key)


def _offered(table: Table, offer: PriceOffer, key: str) -> Outcome:
    said = table.case.replies.say(key, **_price_words(table, offer))
    talk = table.talk.gave(table.ask.name, offer, table.quantity)
    made = (_price_commitment(table, offer),)
    return table.told(said, talk=talk, commitments=made, asks=_agreement(table), tried="已给出授权价格")


def _agreement(table: Table) -> Pending:
    """An offer is a question: 行吧 or a bare number is its answer."""
    return asking(table.case, AGREEMENT)


def _offer(table: Table, unit: Decimal, quantity: int) -> PriceOffer:
    return PriceOffer(quantity, unit, unit * quantity, _until(table))


def _until(table: Table) -> Any:
    policy = table.room.policy
    return table.case.now + timedelta(hours=policy.offer_valid_hours if policy else 1)


def _price_commitment(table: Table, offer: PriceOffer) -> PriceCommitment:
    return PriceCommitment(table.sku.sku_id, offer.quantity, offer.unit, offer.total, offer.until)


def _price_words(table: Table, offer: PriceOffer) -> dict[str, Any]:
    return {
        "title": full_name(table.sku),
        "quantity": offer.quantity,
        "unit": money(offer.unit),
        "total": money(offer.total),
        "until": moment_word(offer.until, table.case),
    }


def _promotions(table: Table) -> tuple[Promotion, ...]:
    found: tuple[Promotion, ...] = table.facts[1].value
    return found


def _to_supervisor(table: Table, key: str, wish: str) -> Outcome:
    said = table.case.replies.say(key, title=full_name(table.sku))
    talk = table.talk.answered(table.ask.name, table.quantity)
    return table.told(said, talk=talk, handoff=_wish(table, Reason.AUTHORITY_EXCEEDED, wish))


def _wish(table: Table, reason: Reason, wish: str) -> HandoffRequest:
    """What the supervisor needs: the buyer's number, the margin, what was given, an answer to send."""
    target, words = table.target, table.case.message.text.strip()[:60]
    number = f"，买家出价共 {money(target)} 元" if target is not None else ""
    return HandoffRequest(
        reason,
        wish=f"{wish}：{full_name(table.sku)} {table.quantity} 件{number}（买家：{words}）",
        suggested=_suggested(table),
        notes=_margin(table, target),
        collected={"商品": full_name(table.sku), "数量": str(table.quantity)},
        group=Group.SUPERVISOR,
    )


def _suggested(table: Table) -> tuple[str, ...]:
    room = table.room
    if not room.improves(room.lowest_unit):
        return (table.case.replies.say("suggested_hold", title=full_name(table.sku)).text,)
    offer = _offer(table, room.lowest_unit, table.quantity)
    return (table.case.replies.say("suggested_price", **_price_words(table, offer)).text,)


def _margin(table: Table, target: Decimal | None) -> tuple[str, ...]:
    sku, public = table.sku, table.room.public
    lines = [f"标价 {money(sku.price)} 元/件，公开活动到手共 {money(public.total)} 元"]
    lines += (
        _floor_lines(table, sku.floor_price, target) if sku.floor_price is not None else ["没有设底价，机器人不议价"]
    )
    lines += [
        f"已报价：{offer.quantity} 件共 {money(offer.total)} 元，有效至 {_stamp(offer.until, table)}"
        for offer in table.talk.offers
    ]
    lines += [f"已给优惠券：{money(coupon.amount)} 元" for coupon in table.talk.coupons]
    return tuple(lines)


def _floor_lines(table: Table, floor: Decimal, target: Decimal | None) -> list[str]:
    """The margin: to the floor, to what the bot may give, and from the buyer's number."""
    sku, quantity, public = table.sku, table.quantity, table.room.public
    lowest = lowest_unit_price(sku, quantity, table.room.policy) * quantity
    room = money(public.total - floor * quantity)
    lines = [f"底价 {money(floor)} 元/件，{quantity} 件从公开到手价到底价还有 {room} 元余地"]
    if lowest >= public.total:
        lines.append("公开到手价已经不高于机器人的授权价，机器人没有再让的权限")
    else:
        lines.append(f"机器人最多可给到共 {money(lowest)} 元")
    if target is not None:
        lines.append(f"买家出价比底价{_compared(target - floor * quantity)}")
    return lines


def _stamp(moment: datetime, table: Table) -> str:
    """A date that still holds when the note is read tomorrow."""
    return f"{moment.astimezone(zone_of(table.case)):%m月%d日%H:%M}"


def _compared(difference: Decimal) -> str:
    if difference >= 0:
        return f"高 {money(difference)} 元"
    return f"低 {money(-difference)} 元"
