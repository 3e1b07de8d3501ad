"""The goods a buyer asks a sum for, and the promotions that touch them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from app.decision.pricing import Line, is_for, is_running, merge_lines
from app.domain.catalogue import Promotion, Sku
from app.domain.fact import Fact
from app.domain.understanding import EntityKind
from intents.base import Case
from intents.choices import picked_skus
from intents.goods import Goods

LATELY: Final = timedelta(days=7)
SEVERAL: Final = 2


@dataclass(frozen=True, slots=True)
class Basket:
    """What would be bought, with the facts its prices come from."""

    lines: tuple[Line, ...]
    facts: tuple[Fact[Any], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The promotions that touch the goods meant; without goods, all of the shop's."""

    case: Case
    fact: Fact[tuple[Promotion, ...]]
    goods: Goods | None

    @property
    def running(self) -> tuple[Promotion, ...]:
        """Valid now, those for these very goods before those for the whole shop."""
        found = [each for each in self._relevant() if is_running(each, self.case.now)]
        return tuple(sorted(found, key=lambda each: (not each.products, each.ends)))

    @property
    def coming(self) -> tuple[Promotion, ...]:
        """Not yet begun, the soonest first."""
        found = [each for each in self._relevant() if each.begins > self.case.now]
        return tuple(sorted(found, key=lambda each: each.begins))

    @property
    def ended(self) -> bool:
        """Whether something ended in the last days."""
        return any(self.case.now - LATELY <= each.ends <= self.case.now for each in self._relevant())

    def _relevant(self) -> Sequence[Promotion]:
        if self.goods is None:
            return self.fact.value
        return [each for each in self.fact.value if is_for(each, self.goods.fact.value.product_id)]


async def basket_of(case: Case, goods: Goods | None) -> Basket | None:
    """Every product named in one breath, else the one we speak of; None while a price is still open.

    Raises FactsError.
    """
    quantities = [int(entity.value) for entity in case.request.entities if entity.kind is EntityKind.QUANTITY]
    return await _of_skus(case, quantities) or await _of_products(case, quantities) or _single(case, goods, quantities)


async def _of_skus(case: Case, quantities: Sequence[int]) -> Basket | None:
    named = _named(case, EntityKind.SKU)
    if len(named) < SEVERAL:
        return None
    facts = [await case.facts.sku(sku_id) for sku_id in named]
    skus = [fact.value for fact in facts if fact.value is not None and fact.value.listed]
    return _basket(skus, quantities, facts) if len(skus) == len(named) else None


async def _of_products(case: Case, quantities: Sequence[int]) -> Basket | None:
    named = _named(case, EntityKind.PRODUCT)
    if len(named) < SEVERAL:
        return None
    facts = [await case.facts.product(product_id) for product_id in named]
    open_skus = [[sku for sku in fact.value.skus if sku.listed] for fact in facts if fact.value]
    if any(len({sku.price for sku in skus}) != 1 for skus in open_skus):
        return None
    return _basket([skus[0] for skus in open_skus], quantities, facts)


def _single(case: Case, goods: Goods | None, quantities: Sequence[int]) -> Basket | None:
    skus = picked_skus(case, goods.skus) if goods else ()
    if goods is None or not skus or len({sku.price for sku in skus}) > 1:
        return None
    return Basket((Line(skus[0], max(1, quantities[0]) if quantities else 1),), (goods.fact,))


def _basket(skus: Sequence[Sku], quantities: Sequence[int], facts: Sequence[Fact[Any]]) -> Basket | None:
    if not skus:
        return None
    each = quantities if len(quantities) == len(skus) else [1] * len(skus)
    lines = [Line(sku, max(1, quantity)) for sku, quantity in zip(skus, each, strict=True)]
    return Basket(merge_lines(lines), tuple(facts))


def _named(case: Case, kind: EntityKind) -> list[str]:
    return list(dict.fromkeys(str(entity.value) for entity in case.request.entities if entity.kind is kind))
