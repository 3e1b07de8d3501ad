"""The goods a buyer asks a sum for: each product and size named, and how many of each."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.commerce.pricing import BasketLine, merge_lines
from app.dialogue.focus import FocusStack, axis_of, choose_values, find_chosen_sku
from app.dialogue.wanted import SEVERAL, WantedGoods, WantedLine
from app.domain.catalogue import Product, Sku, skus_with_attributes
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.understanding import EntityKind
from app.language.measures import find_quantities
from app.language.units import MeasureKind
from app.language.wishes import asks_packs, read_pack_size
from intents._framework.contract import Case
from intents._framework.policy import current_memory
from intents._kit.choices import pick_skus
from intents._kit.goods import GoodsMatch

_FIGURES: Final = re.compile(r"\d+(?:\.\d+)?")
MOST_CHOICES: Final = 4
"""Variants of which each sum is told."""


@dataclass(frozen=True, slots=True)
class Basket:
    """What would be bought, with the facts its prices come from."""

    lines: tuple[BasketLine, ...]
    facts: tuple[Fact[Any], ...]


@dataclass(frozen=True, slots=True)
class UndecidedProduct:
    """A product of the basket whose price depends on a choice not made yet.

    `choices` are the baskets of a few; `fitting` are the SKUs with what was said of it, empty where nothing was.
    """

    fact: Fact[Product]
    choices: tuple["Basket", ...] = ()
    fitting: tuple[Sku, ...] = ()


async def find_basket(case: Case, goods: GoodsMatch | None) -> Basket | UndecidedProduct | None:
    """Every product named in one breath, else the one we speak of; raises FactsError."""
    told = (count_packs(case, goods) if goods else None) or await _find_quoted(case)
    if told:
        return told
    named = await find_named_products(case)
    wanted = find_wanted(case, {fact.value.product_id for fact in named})
    filled = await fill_wanted(case, wanted) if wanted else None
    if isinstance(filled, Basket) or len(wanted) >= SEVERAL:
        return filled
    if len(named) < SEVERAL and goods is None:
        return None
    if len(named) < SEVERAL and goods is not None:
        return _single_product_basket(case, goods)
    skus: list[Sku] = []
    undecided: list[Fact[Product]] = []
    for fact in named:
        meant = _match_skus(case, fact.value)
        undecided += [] if meant else [fact]
        skus.extend(meant)
    if not undecided:
        return _assemble_basket(case, skus, named)
    counted = any(each.kind is EntityKind.QUANTITY for each in case.request.entities)
    known = [BasketLine(sku, 1) for sku in skus]
    choices = _complete_each(known, undecided[0].value.listed_skus, 1, named) if not counted else ()
    return UndecidedProduct(undecided[0], choices if len(undecided) == 1 else ())


def find_wanted(case: Case, named: Collection[str]) -> tuple[WantedLine, ...]:
    """What the buyer wants at once, where this message made it so or names those very goods; else nothing.

    Of one product it is what the message itself says of it.
    """
    wanted = WantedGoods.load_goods(case.slot_value(SlotName.WANTED))
    counted = any(each.kind in {EntityKind.QUANTITY, EntityKind.ATTRIBUTE} for each in case.request.entities)
    here = bool(wanted.lines) and wanted.by == case.message.id
    meant = here or (set(named) == set(wanted.product_ids) and (wanted.is_several or not counted))
    return wanted.lines if meant else ()


async def fill_wanted(case: Case, lines: Sequence[WantedLine]) -> Basket | UndecidedProduct | None:
    """The basket of these lines; a product whose price hangs on a choice not made yet; None where one is unknown.

    Raises FactsError.
    """
    filled: list[BasketLine] = []
    facts: list[Fact[Product]] = []
    undecided: list[tuple[Fact[Product], WantedLine]] = []
    for line in lines:
        fact = await case.facts.get_product(line.product_id)
        if fact.value is None:
            return None
        product = fact.with_value(fact.value)
        sku = _choose_sku(product.value, line.values, [each.sku for each in filled])
        filled += [BasketLine(sku, line.pieces)] if sku else []
        undecided += [] if sku else [(product, line)]
        facts.append(product)
    if not undecided:
        return Basket(merge_lines(filled), tuple(facts))
    product, line = undecided[0]
    fitting = tuple(skus_with_attributes(product.value.listed_skus, line.values))
    choices = _complete_each(filled, fitting, line.pieces, facts) if len(undecided) == 1 else ()
    return UndecidedProduct(product, choices, fitting)


def _complete_each(
    known: Sequence[BasketLine], fitting: Sequence[Sku], pieces: int, facts: Sequence[Fact[Product]]
) -> tuple[Basket, ...]:
    """What is known with each variant of the one product that is open, which stands last; none where they are many.

    Of several variants of one price one that can be had stands for all.
    """
    of_price: dict[Decimal, Sku] = {}
    for sku in sorted(fitting, key=lambda each: each.stock <= 0):
        of_price.setdefault(sku.price, sku)
    each = [sku for sku in fitting if sku in of_price.values()]
    if len(each) > MOST_CHOICES:
        return ()
    return tuple(Basket((*merge_lines(known), BasketLine(sku, pieces)), tuple(facts)) for sku in each)


def _choose_sku(product: Product, values: Sequence[str], others: Sequence[Sku]) -> Sku | None:
    """The SKU with these values; of several of one price one that is in stock; else the one in a size of the others."""
    fitting = skus_with_attributes(product.listed_skus, values)
    if len(fitting) > 1 and len({sku.price for sku in fitting}) > 1:
        fitting = share_figure(fitting, others)
    if not fitting or len({sku.price for sku in fitting}) > 1:
        return None
    return max(fitting, key=lambda sku: sku.stock > 0)


def share_figure(skus: Sequence[Sku], others: Sequence[Sku]) -> list[Sku]:
    """Those in the size of goods wanted with them: the inner tube of 27.5 inches for the tyre of 27.5."""
    sizes = {figure for other in others for word in other.attributes for figure in _FIGURES.findall(word)}
    return [sku for sku in skus if sizes & {figure for word in sku.attributes for figure in _FIGURES.findall(word)}]


def count_packs(case: Case, goods: GoodsMatch) -> Basket | None:
    """Single pieces as packs: 36 coasters in packs of six are six packs; None where no packs are asked for."""
    pieces = max((int(each.value) for each in case.request.entities if each.kind is EntityKind.QUANTITY), default=0)
    if not asks_packs(case.request.text) or pieces < SEVERAL:
        return None
    packs = [(size, sku) for sku in goods.fact.value.listed_skus if (size := _pack_size(sku)) is not None]
    exact = [(size, sku) for size, sku in packs if pieces % size == 0] or packs
    if not exact:
        return None
    size, sku = max(exact, key=lambda pair: (pair[0], -pair[1].price))
    return Basket((BasketLine(sku, -(-pieces // size)),), (goods.fact,))


def _pack_size(sku: Sku) -> int | None:
    return next((size for word in sku.attributes if (size := read_pack_size(word)) is not None), None)


async def _find_quoted(case: Case) -> Basket | None:
    """The SKUs whose prices were told last, where as many are pointed at: 那两个一起多少钱."""
    pointed, told = pointed_pieces(case), current_memory(case).get("quoted", [])
    if pointed is None or len(told) < pointed or case.first_entity(EntityKind.PRODUCT):
        return None
    facts = [await case.facts.get_sku(sku_id) for sku_id in told[-pointed:]]
    known = [fact.with_value(fact.value) for fact in facts if fact.value is not None]
    return _assemble_basket(case, [fact.value for fact in known], known) if known else None


async def find_named_products(case: Case) -> list[Fact[Product]]:
    """The products this request names, by themselves or by one of their SKUs."""
    ids: dict[str, None] = {}
    for entity in case.request.entities:
        if entity.kind is EntityKind.PRODUCT:
            ids[str(entity.value)] = None
        elif entity.kind is EntityKind.SKU:
            sku = (await case.facts.get_sku(str(entity.value))).value
            ids.update({sku.product_id: None} if sku else {})
    facts = [await case.facts.get_product(product_id) for product_id in ids]
    return [fact.with_value(fact.value) for fact in facts if fact.value is not None]


def _single_product_basket(case: Case, goods: GoodsMatch) -> Basket | UndecidedProduct | None:
    """Several SKUs of the one product when each is named, else the SKU meant."""
    skus = _match_skus(case, goods.fact.value)
    if len(skus) < SEVERAL:
        picked = pick_skus(case, goods.skus)
        if not picked:
            return None
        if len({sku.price for sku in picked}) > 1:
            few = len(picked) <= MOST_CHOICES
            choices = tuple(_assemble_basket(case, [sku], [goods.fact]) for sku in picked) if few else ()
            return UndecidedProduct(goods.fact, choices)
        skus = [picked[0]]
    return _assemble_basket(case, skus, [goods.fact])


def _match_skus(case: Case, product: Product) -> Sequence[Sku]:
    """The SKUs of a product that the words single out; none when a choice that changes the price is open."""
    listed = product.listed_skus
    words = [str(entity.value) for entity in case.request.entities if entity.kind is EntityKind.ATTRIBUTE]
    own = [word for word in dict.fromkeys(words) if any(sku.has_attribute(word) for sku in listed)]
    if not own and case.hears("one_of_each"):
        return listed
    fitting = skus_with_attributes(listed, own) if own else []
    if len(fitting) == 1:
        return fitting
    chosen = _chosen_before(case, product, own)
    if chosen is not None:
        return [chosen]
    each = _skus_of_axes(product, listed, own) if len(own) >= SEVERAL and not fitting else []
    if each:
        return each
    return listed[:1] if len({sku.price for sku in listed}) == 1 else ()


def _skus_of_axes(product: Product, listed: Sequence[Sku], own: Sequence[str]) -> list[Sku]:
    """Each SKU where several values of one axis are named, with those of the others: 深蓝的28和29; else none."""
    axes: dict[int | None, list[str]] = {}
    for word in own:
        axes.setdefault(axis_of(product, word), []).append(word)
    open_ones = [values for values in axes.values() if len(values) >= SEVERAL]
    if len(open_ones) != 1:
        return []
    fixed = [values[0] for values in axes.values() if len(values) == 1]
    found = [skus_with_attributes(listed, (*fixed, value)) for value in open_ones[0]]
    return [skus[0] for skus in found] if all(len(skus) == 1 for skus in found) else []


def _chosen_before(case: Case, product: Product, own: Sequence[str]) -> Sku | None:
    """The SKU that the words settle on together with what the buyer chose of this product before."""
    focus = FocusStack.load_stack(case.slot_value(SlotName.FOCUS))
    return find_chosen_sku(product, choose_values(product, focus.chosen_values(product.product_id), own))


def _assemble_basket(case: Case, skus: Sequence[Sku], facts: Sequence[Fact[Any]]) -> Basket:
    lines = [BasketLine(sku, quantity) for sku, quantity in zip(skus, _line_quantities(case, len(skus)), strict=True)]
    return Basket(merge_lines(lines), tuple(facts))


def _line_quantities(case: Case, lines: int) -> list[int]:
    """One number for each line in the order said, or one for each of them (各两个), or one piece each."""
    said = [max(1, int(entity.value)) for entity in case.request.entities if entity.kind is EntityKind.QUANTITY]
    if len(said) == lines:
        return said
    if len(said) == 1 and (lines == 1 or case.hears("for_each")):
        return said * lines
    return (said[:1] or [pointed_pieces(case) or _recall_quantity(case)] if lines == 1 else [1]) * lines


def pointed_pieces(case: Case) -> int | None:
    """The two of 那两个多少钱; a single one points at the goods and counts nothing."""
    pointed = [each for each in find_quantities(case.request.text, MeasureKind.COUNT) if each.pointed]
    return int(pointed[0].high) if pointed and pointed[0].high >= SEVERAL else None


def _recall_quantity(case: Case) -> int:
    """The pieces of a message before (来两个 … 一共多少), while no other goods are named."""
    said = case.slot_value(SlotName.QUANTITY)
    return max(1, int(said)) if said and not case.first_entity(EntityKind.PRODUCT) else 1
