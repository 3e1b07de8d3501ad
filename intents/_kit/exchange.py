"""Exchanges of goods that were received: which variant, whether it is there, and what happens next."""

from collections.abc import Sequence
from typing import Any, Final

from app.dialogue.focus import choose_values, find_chosen_sku, said_values
from app.domain.catalogue import Order, Product, Sku
from app.domain.commitment import StockCommitment
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.language.size_charts import is_worn_size, sort_worn_sizes
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import build_pending, compose_reply
from intents._kit.orders import fetch_sku_facts, number_tail
from intents._kit.return_window import find_return_window
from intents._kit.unmet_rule import hold_against_rules
from intents._kit.wording import day_word, join_names, join_variants, next_restock, variant_name

note = load_notes(__file__)

VARIANT_SLOT: Final = "detail"
MOST_NAMED: Final = 6


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
    unmet = hold_against_rules(case, product, dated=True) if product else None
    if product is None or unmet:
        return unmet
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
        others = _others(product, bought)
        if not others:
            return _tell_no_other(case, product, words, facts, slots)
        said = case.replies.render_reply("exchange_which", **words, variants=_list_variants(others))
        asks = build_pending(case, VARIANT_SLOT)
        made = _list_stock(others)
        return compose_reply(said, facts=facts, commitments=made, asks=asks, slots=slots, tried=note("asked_variant"))
    others = _others(product, bought, wanted)
    if wanted.stock <= 0 and next_restock(case, [wanted]) is None and not others:
        return _tell_no_other(case, product, words, facts, slots)
    return _compose_exchange(case, wanted, others, words | {"variant": variant_name(wanted)}, facts, slots)


def _tell_no_other(
    case: Case, product: Product, words: dict[str, Any], facts: tuple[Fact[Any], ...], slots: dict[str, Any]
) -> Outcome:
    """Goods that come in one variant, or of which no other is left, can be exchanged for nothing else."""
    several = len(product.listed_skus) > 1
    said = case.replies.render_reply("exchange_none" if several else "exchange_single", **words)
    tried = note("told_exchange_none") if several else note("told_exchange_single")
    return compose_reply(said, facts=facts, slots=slots, memory={}, tried=tried)


def _compose_exchange(
    case: Case,
    wanted: Sku,
    others: Sequence[Sku],
    words: dict[str, Any],
    facts: tuple[Fact[Any], ...],
    slots: dict[str, Any],
) -> Outcome:
    there, back = wanted.stock > 0, next_restock(case, [wanted])
    made: tuple[StockCommitment, ...] = (StockCommitment(wanted.sku_id, 1, there),)
    told = note("told_exchange", variant=words["variant"])
    if not there and back is None:
        said = case.replies.render_reply("exchange_gone", **words, others=_list_variants(others))
        asks = build_pending(case, VARIANT_SLOT)
        made = (*made, *_list_stock(others))
        return compose_reply(said, facts=facts, commitments=made, asks=asks, slots=slots, tried=told)
    later = {} if there or back is None else {"restock": day_word(back, case)}
    said = case.replies.render_reply("exchange_later" if later else "exchange", **words, **later)
    return compose_reply(said, facts=facts, commitments=made, slots=slots, memory={}, tried=told)


def _find_wanted(case: Case, product: Product, bought: Sku) -> Sku | None:
    """The variant with what was named in place of what was bought, or the next size for what is too big or small."""
    text = case.message.text
    step = -1 if case.cues.hears("too_big", text) else 1 if case.cues.hears("too_small", text) else 0
    return choose_variant(product, bought, said_values(case.request.entities), step)


def choose_variant(product: Product, bought: Sku, said: Sequence[str], step: int) -> Sku | None:
    """The one listed variant that is wanted instead of what was bought; None while several may be, or none is.

    Args:
        product: the goods.
        bought: the variant that was bought, which stands for whatever is not said.
        said: the colours and sizes named.
        step: 1 for the next larger size, -1 for the next smaller one, 0 where neither is asked for.
    """
    values = choose_values(product, bought.attributes, said)
    listed = product.listed_skus
    size = next((each for each in bought.attributes if is_worn_size(each)), None)
    if step and size and size.lower() in map(str.lower, values):
        ladder = sort_worn_sizes(value for sku in listed for value in sku.attributes)
        at = ladder.index(size) + step if size in ladder else -1
        if not 0 <= at < len(ladder):
            return None
        values = tuple(ladder[at] if value.lower() == size.lower() else value for value in values)
    if not _is_same(values, bought.attributes):
        return find_chosen_sku(product, values)
    others = [sku for sku in listed if sku.sku_id != bought.sku_id]
    return others[0] if len(others) == 1 and not step else None


def _is_same(values: Sequence[str], bought: Sequence[str]) -> bool:
    return [value.lower() for value in values] == [value.lower() for value in bought]


def _others(product: Product, *but: Sku) -> list[Sku]:
    """What can be had of the goods, without these."""
    left_out = {sku.sku_id for sku in but}
    return [sku for sku in product.listed_skus if sku.stock > 0 and sku.sku_id not in left_out]


def _list_variants(skus: Sequence[Sku]) -> str:
    """All of them where they combine two attributes, else the first by name, and that there are more."""
    joined = join_variants(skus)
    if len(skus) <= MOST_NAMED or joined != join_names(skus):
        return joined
    return note("and_more", named=join_names(skus[:MOST_NAMED]))


def _list_stock(skus: Sequence[Sku]) -> tuple[StockCommitment, ...]:
    return tuple(StockCommitment(sku.sku_id, 1, available=True) for sku in skus)
