"""A colour, a material or a size that goods do not come in: said so, with what there is and who else has it."""

from collections.abc import Sequence

from app.commerce.advice import CONTENTS, find_likes
from app.domain.catalogue import Product, Sku
from app.domain.commitment import PriceCommitment, StockCommitment
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.language.looks import Look, LookKind, comes_in, find_wanted_looks, is_colour
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.goods import GoodsMatch
from intents._kit.wording import format_yuan, join_variants, sku_full_name

note = load_notes(__file__)


async def tell_missing_look(case: Case, goods: GoodsMatch) -> Outcome | None:
    """None where the goods come in all that is asked for, or nothing of the kind is. Raises FactsError."""
    product = goods.fact.value
    missing = [look for look in find_wanted_looks(case.request.text) if not _has_look(product, look)]
    listed = product.listed_skus
    if not missing or not listed:
        return None
    look = missing[0]
    said = [
        case.replies.render_reply("missing_look", title=product.title, look=look.word, have=_describe(product, look))
    ]
    instead = await _find_instead(case, product, look)
    if instead is None:
        slots = {SlotName.PRODUCT: product.product_id}
        return compose_reply(*said, facts=(goods.fact,), slots=slots, tried=note("told_missing"))
    fact, sku = instead
    words = {"other": sku_full_name(sku), "price": format_yuan(sku.price), "look": look.word}
    return compose_reply(
        *said,
        case.replies.render_reply("look_instead", **words),
        facts=(goods.fact, fact),
        commitments=(
            PriceCommitment(sku.sku_id, 1, sku.price, sku.price),
            StockCommitment(sku.sku_id, 1, available=True),
        ),
        slots={SlotName.PRODUCT: sku.product_id},
        tried=note("told_missing"),
    )


def _has_look(product: Product, look: Look) -> bool:
    attributes = [value for sku in product.listed_skus for value in sku.attributes]
    coloured = look.kind is LookKind.COLOUR and any(map(is_colour, attributes))
    if coloured or look.kind is LookKind.SIZE:
        return comes_in(look, attributes)
    written = [value for _, value in product.details]
    return comes_in(look, [product.title, *product.keywords, *attributes, *written])


def _describe(product: Product, look: Look) -> str:
    """What there is instead: what it is made of where a material was asked for, else its variants."""
    made = [f"{name}是{value}" for name, value in product.details if name in CONTENTS]
    if look.kind is LookKind.MATERIAL and made:
        return made[0]
    return f"在售的有{join_variants(product.listed_skus)}"


async def _find_instead(case: Case, product: Product, look: Look) -> tuple[Fact[Product], Sku] | None:
    """Goods of the same kind that come in the look, and the SKU of them that can be had."""
    if look.kind is LookKind.SIZE:
        return None
    everything = await case.facts.list_products()
    for other in find_likes(everything.value, product):
        if other.product_id == product.product_id or not _has_look(other, look):
            continue
        fact = await case.facts.get_product(other.product_id)
        held = _held_skus(fact.value, look) if fact.value else []
        if fact.value and held:
            return fact.with_value(fact.value), held[0]
    return None


def _held_skus(product: Product, look: Look) -> Sequence[Sku]:
    """Those in stock, where its variants tell looks apart those of this look."""
    held = [sku for sku in product.listed_skus if sku.stock > 0]
    own = [sku for sku in held if comes_in(look, sku.attributes)]
    told_apart = any(comes_in(look, sku.attributes) for sku in product.skus)
    return own if told_apart else held
