"""议价: value and public offers, then an authorised coupon or price, then a last offer, then a supervisor."""

from typing import Final

from app.commerce.pricing import BasketLine, best_quote, is_running
from app.domain.catalogue import OrderState, Sku
from app.domain.commitment import PriceCommitment, PromotionCommitment
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import HandoffRequest, Outcome
from app.language.bids import list_numbers
from intents._framework.contract import Case, IntentAction
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, build_pending, compose_reply, find_awaited_slot
from intents._kit.choices import ask_which_product, pick_skus, rank_skus, sku_options
from intents._kit.goods import GoodsMatch, resolve_goods
from intents._kit.other_thing import tell_unsold
from intents._kit.promotion_terms import promotion_terms
from intents._kit.wording import format_yuan, variant_name
from intents.bargaining.history import last_offered_sku, load_history
from intents.bargaining.moves import AGREEMENT, choose_move
from intents.bargaining.negotiation import Negotiation, price_slots
from intents.bargaining.price_range import PriceRange
from intents.bargaining.reading import parse_offer_answer, parse_price_request
from intents.bargaining.several import haggle_over_several

note = load_notes(__file__)

MOST_QUESTIONS: Final = 2
MOST_PRICED: Final = 4
"""Variants whose prices are told before it is asked which is meant."""
MOST_OFFERS: Final = 3


class BargainingAction(IntentAction):
    """Gives way only as far as the shop allows, never twice for the same argument, and keeps its word."""

    intent = "bargaining"

    async def answer(self, case: Case) -> Outcome:
        """The next step of the haggle; asks which product or SKU, once each."""
        several = await haggle_over_several(case)
        if several:
            return several
        goods = await resolve_goods(case) or await _recall_offered_goods(case) or await _find_unpaid_goods(case)
        if goods is None:
            told = await tell_unsold(case) or await self._tell_offers(case)
            return told or await ask_which_product(case, note("unknown_goods"))
        if not goods.skus:
            return self._escalate_unlisted(case, goods)
        skus = _filter_by_price(case, pick_skus(case, goods.skus))
        if len({(sku.price, sku.floor_price) for sku in skus}) > 1:
            return await self._ask_bargain_sku(case, goods, skus)
        return choose_move(await _build_negotiation(case, goods, skus[0]))

    def _escalate_unlisted(self, case: Case, goods: GoodsMatch) -> Outcome:
        wish = build_handoff(case, Reason.LOW_CONFIDENCE, note("unlisted"), group=Group.PRESALE)
        return compose_reply(case.replies.render_reply("to_supervisor"), handoff=wish, facts=(goods.fact,))

    async def _tell_offers(self, case: Case) -> Outcome | None:
        """What runs for all goods and holds whichever is meant, then the question which is; None where nothing runs."""
        if find_awaited_slot(case) == SlotName.PRODUCT:
            return None
        fact = await case.facts.list_promotions()
        running = [each for each in fact.value if is_running(each, case.now) and not each.products][:MOST_OFFERS]
        if not running:
            return None
        offers = "、".join(note("offer", title=each.title, terms=promotion_terms(case, each)) for each in running)
        return compose_reply(
            case.replies.render_reply("offers_for_all", offers=offers),
            facts=(fact,),
            commitments=tuple(PromotionCommitment(each.promotion_id) for each in running),
            asks=build_pending(case, SlotName.PRODUCT),
            memory={**case.intent_memory, "asked_product": 1},
            tried=note("told_offers"),
        )

    async def _ask_bargain_sku(self, case: Case, goods: GoodsMatch, skus: tuple[Sku, ...]) -> Outcome:
        """Which SKU is asked, with the price of each of a few; one the buyer did not name is never haggled over."""
        times = int(case.intent_memory.get("asked", 0)) if find_awaited_slot(case) == SlotName.SKU else 0
        if times >= MOST_QUESTIONS:
            said, wish = case.replies.render_reply("to_supervisor"), _request_supervisor(case, goods, skus)
            return compose_reply(said, handoff=wish, facts=(goods.fact,), slots=price_slots(case))
        options = sku_options(skus, case.intent)
        prices = tuple(PriceCommitment(sku.sku_id, 1, sku.price, sku.price) for sku in skus)
        priced = bool(times) or len(skus) <= MOST_PRICED
        listed = "、".join(
            note("sku_price", sku=option.label, price=format_yuan(sku.price)) if priced else option.label
            for option, sku in zip(options, rank_skus(skus), strict=True)
        )
        return compose_reply(
            case.replies.render_reply(
                "which_sku_again" if priced else "which_sku", title=goods.product_title, options=listed
            ),
            facts=(goods.fact,),
            commitments=prices if priced else (),
            asks=build_pending(case, SlotName.SKU, options=options),
            slots={SlotName.PRODUCT: goods.fact.value.product_id, **price_slots(case)},
            memory={**case.intent_memory, "asked": times + 1},
            tried=note("asked_sku"),
        )


def _request_supervisor(case: Case, goods: GoodsMatch, skus: tuple[Sku, ...]) -> HandoffRequest:
    """What is known though the buyer never said which SKU: each one's price, and what only people may know."""
    return build_handoff(
        case,
        Reason.LOW_CONFIDENCE,
        note("open_sku", title=goods.product_title),
        notes=tuple(map(_describe_price, skus)),
        margins=tuple(map(_describe_floor, skus)),
        collected={note("field_goods"): goods.product_title},
        group=Group.SUPERVISOR,
    )


def _describe_price(sku: Sku) -> str:
    return note("sku_line", sku=variant_name(sku), price=format_yuan(sku.price))


def _describe_floor(sku: Sku) -> str:
    floor = note("floor", price=format_yuan(sku.floor_price)) if sku.floor_price is not None else note("no_floor")
    return note("floor_line", sku=variant_name(sku), floor=floor)


async def _recall_offered_goods(case: Case) -> GoodsMatch | None:
    """What an offer still stands for, though the conversation no longer names it; raises FactsError."""
    return await _load_goods(case, last_offered_sku(case.intent_memory, case.now))


async def _find_unpaid_goods(case: Case) -> GoodsMatch | None:
    """What the buyer's one unpaid order is for: 拍下了改个价吧 names nothing else; raises FactsError."""
    orders = (await case.facts.list_buyer_orders(case.buyer)).value
    lines = [line for order in orders if order.state is OrderState.UNPAID for line in order.lines]
    return await _load_goods(case, lines[0].sku_id) if len(lines) == 1 else None


async def _load_goods(case: Case, sku_id: str | None) -> GoodsMatch | None:
    sku = (await case.facts.get_sku(sku_id)).value if sku_id else None
    fact = await case.facts.get_product(sku.product_id) if sku else None
    if sku is None or fact is None or fact.value is None:
        return None
    return GoodsMatch(fact.with_value(fact.value), (sku,))


async def _build_negotiation(case: Case, goods: GoodsMatch, sku: Sku) -> Negotiation:
    promotions = await case.facts.list_promotions()
    history = load_history(case.intent_memory, sku.sku_id, case.now)
    answering = find_awaited_slot(case) == AGREEMENT and bool(history.offers)
    price_request = (
        parse_offer_answer(
            case, history.quantity, [sum_ for each in history.offers for sum_ in (each.unit, each.total)]
        )
        if answering
        else parse_price_request(case, quantity_before=history.quantity)
    )
    public = best_quote([BasketLine(sku, price_request.quantity)], promotions.value, case.now)
    price_range = PriceRange(sku, price_request.quantity, public, case.shop.settings.authority.bargaining, history)
    fact = goods.fact.with_value(sku)
    return Negotiation(case, price_request, price_range, (fact, promotions))


def _filter_by_price(case: Case, skus: tuple[Sku, ...]) -> tuple[Sku, ...]:
    """Those whose page price the buyer names (599太贵了), else all."""
    said = list_numbers(case.request.text)
    return tuple(sku for sku in skus if sku.price in said) or skus
