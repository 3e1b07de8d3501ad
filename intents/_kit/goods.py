"""Finding the goods a buyer means, and saying amounts and days the way a shop does."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.dialogue.focus import axis_of
from app.domain.catalogue import Product, Sku, skus_with_attributes
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.understanding import EntityKind
from intents._framework.contract import Case


@dataclass(frozen=True, slots=True)
class GoodsMatch:
    """The product meant, as a fact, and those of its listed SKUs that the words leave open."""

    fact: Fact[Product]
    skus: tuple[Sku, ...]

    @property
    def product_title(self) -> str:
        """What the shop calls it."""
        return self.fact.value.title


async def resolve_goods(case: Case) -> GoodsMatch | None:
    """The product of the message or the conversation; None when none is named; raises FactsError."""
    sku_id = _find_goods_id(case, EntityKind.SKU, case.message.context.sku_id, SlotName.SKU)
    product_id = _find_goods_id(case, EntityKind.PRODUCT, case.message.context.product_id, SlotName.PRODUCT)
    if sku_id and (not product_id or _names_sku_alone(case)):
        sku = (await case.facts.get_sku(sku_id)).value
        product_id = sku.product_id if sku else None
    if not product_id:
        return None
    fact = await case.facts.get_product(product_id)
    if fact.value is None:
        return None
    settled = case.first_entity(EntityKind.SKU) is not None
    skus = _narrow_skus(fact.value, sku_id, _attribute_values(case), settled=settled)
    return GoodsMatch(fact.with_value(fact.value), skus)


def names_other_variant(case: Case, goods: GoodsMatch) -> bool:
    """Whether a colour, a size or a model is named that the product does not come in."""
    named = _attribute_values(case)
    return bool(named) and not any(sku.has_attribute(each) for sku in goods.fact.value.skus for each in named)


def _find_goods_id(case: Case, kind: EntityKind, given: str | None, slot: str) -> str | None:
    entity = case.first_entity(kind)
    return (str(entity.value) if entity else None) or given or case.slot_value(slot)


def _names_sku_alone(case: Case) -> bool:
    """Whether the words single out a SKU and no product: M101-02, whatever was in view before."""
    return case.first_entity(EntityKind.SKU) is not None and case.first_entity(EntityKind.PRODUCT) is None


def _attribute_values(case: Case) -> Sequence[str]:
    return [str(entity.value) for entity in case.request.entities if entity.kind is EntityKind.ATTRIBUTE]


def _narrow_skus(product: Product, sku_id: str | None, attributes: Sequence[str], *, settled: bool) -> tuple[Sku, ...]:
    """The listed SKUs that fit the words; all listed ones when the words fit none.

    The SKU that the request has settled on, by what was chosen before it, goes before all that fit its own words.
    """
    listed = product.listed_skus
    named = tuple(sku for sku in listed if sku.sku_id == sku_id)
    if settled and named and all(map(named[0].has_attribute, attributes)):
        return named
    fitting = tuple(skus_with_attributes(listed, attributes)) if attributes else ()
    return fitting or _nearest_skus(listed, attributes) or named or listed


def _nearest_skus(skus: Sequence[Sku], attributes: Sequence[str]) -> tuple[Sku, ...]:
    """Those with most of the attributes, where none has all: 黑色小号 of goods whose 小号 is 粉色; empty with none."""
    count = {sku.sku_id: sum(map(sku.has_attribute, set(attributes))) for sku in skus}
    most = max(count.values(), default=0)
    return tuple(sku for sku in skus if most and count[sku.sku_id] == most)


def lacks_combination(case: Case, goods: GoodsMatch) -> bool:
    """Whether a colour and a size are named that the product both has, and never together."""
    named, listed = set(_attribute_values(case)), goods.fact.value.listed_skus
    known = {each for each in named if any(sku.has_attribute(each) for sku in listed)}
    axes = {axis_of(goods.fact.value, each) for each in known}
    return len(axes) == len(known) > 1 and not any(skus_with_attributes(listed, known))
