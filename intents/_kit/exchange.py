"""Exchanges of goods that were received: which variant, whether it is there, and what happens next."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from app.domain.catalogue import Order, Product, Sku
from app.domain.commitment import StockCommitment
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import build_pending, compose_reply
from intents._kit.orders import number_tail
from intents._kit.return_window import find_return_window
from intents._kit.ship_by import fetch_sku_facts
from intents._kit.wording import day_word, variant_name

note = load_notes(__file__)

VARIANT_SLOT: Final = "detail"
MOST_NAMED: Final = 6
SEVERAL: Final = 2
_DAY: Final = timedelta(days=1)


async def answer_exchange(case: Case, order: Order, fact: Fact[Order]) -> Outcome | None:
    """How the goods of a received order are exchanged; None past the days, or where the order holds several goods.

    Raises FactsError.
    """
    window = find_return_window(case, order)
    lines = await fetch_sku_facts(case, order)
    if window is None or window.is_over or len(lines) != 1:
        return None
    bought: Sku = lines[0].value
    found = await case.facts.get_product(bought.product_id)
    product = found.value
    if product is None:
        return None
    words = {
        "tail": number_tail(order.order_id),
        "title": product.title,
        "day": window.received_on,
        "days": window.days,
    }
    facts = (fact, *lines, found.with_value(product))
    slots: dict[str, Any] = {SlotName.ORDER: order.order_id}
    wanted = _find_wanted(case, product, bought)
    if wanted is None:
        others = _list_others(product, bought)
        if not others:
            return _tell_no_other(case, product, words, facts, slots)
        said = case.replies.render_reply("exchange_which", **words, variants=others)
        asks = build_pending(case, VARIANT_SLOT)
        made = _list_stock(product, bought)
        return compose_reply(said, facts=facts, commitments=made, asks=asks, slots=slots, tried=note("asked_variant"))
    return _compose_exchange(case, wanted, product, words | {"variant": variant_name(wanted)}, facts, slots)


def _tell_no_other(
    case: Case, product: Product, words: dict[str, Any], facts: tuple[Fact[Any], ...], slots: dict[str, Any]
) -> Outcome:
    """Goods that come in one variant, or of which no other is left, can be exchanged for nothing else."""
    several = len([sku for sku in product.skus if sku.listed]) > 1
    said = case.replies.render_reply("exchange_none" if several else "exchange_single", **words)
    return compose_reply(said, facts=facts, slots=slots, memory={}, tried=note("told_exchange_single"))


def _compose_exchange(
    case: Case,
    wanted: Sku,
    product: Product,
    words: dict[str, Any],
    facts: tuple[Fact[Any], ...],
    slots: dict[str, Any],
) -> Outcome:
    there = wanted.stock > 0
    made: tuple[StockCommitment, ...] = (StockCommitment(wanted.sku_id, 1, there),)
    if there:
        said = case.replies.render_reply("exchange", **words)
    elif wanted.restock_on and wanted.restock_on > case.now.date() - _DAY:
        said = case.replies.render_reply("exchange_later", **words, restock=day_word(wanted.restock_on, case))
    else:
        others = _list_others(product, wanted)
        said = case.replies.render_reply("exchange_gone", **words, others=others or note("no_other"))
        made = (*made, *_list_stock(product, wanted))
    told = note("told_exchange", variant=variant_name(wanted))
    return compose_reply(said, facts=facts, commitments=made, slots=slots, memory={}, tried=told)


def _find_wanted(case: Case, product: Product, bought: Sku) -> Sku | None:
    """The variant with what was named in place of what was bought, or the next size for what is too big or small."""
    listed = [sku for sku in product.skus if sku.listed]
    named = [str(each.value).lower() for each in case.request.entities if each.kind is EntityKind.ATTRIBUTE]
    values = [*bought.attributes]
    for name in named:
        for place in range(len(values)):
            fitting = next((sku.attributes[place] for sku in listed if _has(sku, place, name)), None)
            if fitting is not None:
                values[place] = fitting
    if values != [*bought.attributes]:
        return next((sku for sku in listed if [*sku.attributes] == values), None)
    others = [sku for sku in listed if sku.sku_id != bought.sku_id]
    if len(others) == 1:
        return others[0]
    step = (
        -1
        if case.cues.hears("too_big", case.message.text)
        else 1
        if case.cues.hears("too_small", case.message.text)
        else 0
    )
    return _neighbour(listed, bought, step) if step else None


def _has(sku: Sku, place: int, name: str) -> bool:
    return place < len(sku.attributes) and sku.attributes[place].lower() == name


def _neighbour(listed: Sequence[Sku], bought: Sku, step: int) -> Sku | None:
    """The next size of the same colour, in the order in which the shop lists them."""
    row = [sku for sku in listed if sku.attributes[:-1] == bought.attributes[:-1]]
    at = next((place for place, sku in enumerate(row) if sku.sku_id == bought.sku_id), None)
    if at is None or len(bought.attributes) < SEVERAL or not 0 <= at + step < len(row):
        return None
    return row[at + step]


def _others(product: Product, but: Sku) -> list[Sku]:
    return [sku for sku in product.skus if sku.listed and sku.stock > 0 and sku.sku_id != but.sku_id][:MOST_NAMED]


def _list_others(product: Product, but: Sku) -> str:
    return "、".join(map(variant_name, _others(product, but)))


def _list_stock(product: Product, but: Sku) -> tuple[StockCommitment, ...]:
    return tuple(StockCommitment(sku.sku_id, 1, available=True) for sku in _others(product, but))
