"""A haggle over several goods at once: what they come to under the offers that run, then people."""

from dataclasses import replace
from typing import Any, Final

from app.commerce.pricing import BasketLine
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, compose_reply
from intents._kit.basket import Basket, UndecidedProduct, find_basket, find_named_products
from intents._kit.price_summary import quote_total
from intents._kit.wording import format_yuan, sku_full_name

note = load_notes(__file__)

SEVERAL: Final = 2
TOLD: Final = "summed"
"""The key of the goods whose sum was told last, in this intent's memory."""


async def haggle_over_several(case: Case) -> Outcome | None:
    """The sum of all goods named, once, and people for anything below it; None where no several are named.

    What may be given is a matter of single goods, so that no price of a basket is ours to lower. Raises FactsError.
    """
    named = await find_named_products(case)
    found = await find_basket(case, None) if len(named) >= SEVERAL else None
    if found is None or isinstance(found, UndecidedProduct):
        return quote_total(case, await case.facts.list_promotions(), found) if found else None
    lines = sorted(line.sku.sku_id for line in found.lines)
    if case.intent_memory.get(TOLD) == lines:
        return _call_supervisor(case, found)
    told = quote_total(case, await case.facts.list_promotions(), found)
    memory: dict[str, Any] = {**case.intent_memory, TOLD: lines}
    return replace(told, memory=memory)


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
