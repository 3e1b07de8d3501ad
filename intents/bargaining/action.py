"""议价: value and public offers, then an authorised coupon or price, then a last offer, then a supervisor."""

import re
from typing import Final

from app.commerce.pricing import Line, best_quote
from app.domain.catalogue import OrderState, Sku
from app.domain.commitment import (
    PriceCommitment,
)
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest, Outcome
from app.language.numbers import NUMBER, plain, read_number
from intents._framework.contract import Case, IntentAction
from intents._kit.choices import ask_which_product, offered_skus, picked_skus, sku_options
from intents._kit.forms import asking, awaited, handing_over, reply
from intents._kit.goods import Goods, find_goods, money, variant_name
from intents.bargaining.history import last_spoken, recall
from intents.bargaining.moves import AGREEMENT, next_step
from intents.bargaining.negotiation import Table, offered_slot
from intents.bargaining.price_range import Room
from intents.bargaining.reading import read_answer, read_ask

MOST_QUESTIONS: Final = 2


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
        return next_step(await _table(case, goods, skus[0]))

    def _unlisted(self, case: Case, goods: Goods) -> Outcome:
        wish = handing_over(case, Reason.LOW_CONFIDENCE, "买家议价的商品已下架", group=Group.PRESALE)
        return reply(case.replies.say("to_supervisor"), handoff=wish, facts=(goods.fact,))

    async def _which(self, case: Case, goods: Goods, skus: tuple[Sku, ...]) -> Outcome:
        """Which SKU is asked, then asked with each one's price; a SKU the buyer did not name is never haggled over."""
        times = int(case.memory.get("asked", 0)) if awaited(case) == SlotName.SKU else 0
        if times >= MOST_QUESTIONS:
            said, wish = case.replies.say("to_supervisor"), _for_a_supervisor(case, goods, skus)
            return reply(said, handoff=wish, facts=(goods.fact,), slots=offered_slot(case))
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
            slots={SlotName.PRODUCT: goods.fact.value.product_id, **offered_slot(case)},
            memory={**case.memory, "asked": times + 1},
            tried="已询问要议价的规格",
        )


def _for_a_supervisor(case: Case, goods: Goods, skus: tuple[Sku, ...]) -> HandoffRequest:
    """What is known though the buyer never said which SKU: each one's price, and what only people may know."""
    return handing_over(
        case,
        Reason.LOW_CONFIDENCE,
        f"买家议价{goods.title}，规格未定",
        notes=tuple(map(_price_line, skus)),
        collected={"商品": goods.title},
        group=Group.SUPERVISOR,
    )


def _price_line(sku: Sku) -> str:
    floor = f"底价 {money(sku.floor_price)} 元" if sku.floor_price is not None else "没有设底价"
    return f"{variant_name(sku)}：标价 {money(sku.price)} 元/件，{floor}"


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
