"""A haggle over several goods at once: what they come to under the offers that run, then people."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from app.commerce.pricing import BasketLine, best_quote
from app.dialogue.wanted import WantedGoods
from app.domain.catalogue import Product
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, compose_reply
from intents._kit.basket import (
    Basket,
    UndecidedProduct,
    fill_wanted,
    find_basket,
    find_named_products,
    find_wanted,
)
from intents._kit.price_summary import TOLD_TOTAL, quote_total
from intents._kit.wording import format_yuan, sku_full_name

note = load_notes(__file__)

SEVERAL: Final = 2
TOLD: Final = "summed"
"""The key of the goods whose sum was told last, in this intent's memory."""


async def haggle_over_several(case: Case) -> Outcome | None:
    """The sum of all goods named or wanted together, once, and people for less; None where they are no several.

    What may be given is a matter of single goods, so that no price of a basket is ours to lower. Raises FactsError.
    """
    named = await find_named_products(case)
    found = await find_basket(case, None) if len(named) >= SEVERAL else await _find_spoken_of(case, named)
    if found is None or isinstance(found, UndecidedProduct):
        return quote_total(case, await case.facts.list_promotions(), found) if found else None
    if await _is_enough(case, found):
        return quote_total(case, await case.facts.list_promotions(), found)
    lines = sorted(line.sku.sku_id for line in found.lines)
    if case.intent_memory.get(TOLD) == lines:
        return _call_supervisor(case, found)
    if case.conversation.tried[-1:] == (TOLD_TOTAL,):
        return _stand_firm(case, found, lines)
    told = quote_total(case, await case.facts.list_promotions(), found)
    memory: dict[str, Any] = {**case.intent_memory, TOLD: lines}
    return replace(told, memory=memory)


async def _is_enough(case: Case, found: Basket) -> bool:
    """Whether the buyer names no less than all of it costs; raises FactsError."""
    bid = case.first_entity(EntityKind.OFFERED_PRICE)
    quote = best_quote(found.lines, (await case.facts.list_promotions()).value, case.now)
    return bid is not None and isinstance(bid.value, Decimal) and bid.value >= quote.total


async def _find_spoken_of(case: Case, named: Sequence[Fact[Product]]) -> Basket | UndecidedProduct | None:
    """The goods wanted together, where a haggle names none and one of them is in view; raises FactsError."""
    wanted = WantedGoods.load_goods(case.slot_value(SlotName.WANTED))
    meant = find_wanted(case, {each.value.product_id for each in named})
    in_view = not named and case.slot_value(SlotName.PRODUCT) in wanted.product_ids
    return await fill_wanted(case, wanted.lines) if wanted.is_several and (meant or in_view) else None


def _stand_firm(case: Case, found: Basket, lines: list[str]) -> Outcome:
    """That the sum just told has all offers in it; it is not told again."""
    memory: dict[str, Any] = {**case.intent_memory, TOLD: lines}
    said = case.replies.render_reply("several_firm")
    return compose_reply(said, facts=found.facts, memory=memory, tried=note("told_firm"))


def _call_supervisor(case: Case, found: Basket) -> Outcome:
    wish = build_handoff(
        case,
        Reason.AUTHORITY_EXCEEDED,
        note("several", goods="、".join(map(_describe_line, found.lines))),
        margins=tuple(map(_describe_floor, found.lines)),
        group=Group.SUPERVISOR,
    )
    return compose_reply(case.replies.render_reply("to_supervisor"), handoff=wish, facts=found.facts)


def _describe_line(line: BasketLine) -> str:
    name = sku_full_name(line.sku)
    return note("several_line", sku=name, quantity=line.quantity, price=format_yuan(line.sku.price))


def _describe_floor(line: BasketLine) -> str:
    floor = line.sku.floor_price
    told = note("floor", price=format_yuan(floor)) if floor is not None else note("no_floor")
    return note("floor_line", sku=sku_full_name(line.sku), floor=told)
