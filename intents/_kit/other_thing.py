"""A thing that is asked for and is not the goods in view: the goods that are one, or that the shop has none."""

from app.domain.catalogue import Product
from app.domain.outcome import Outcome
from app.language.things import find_wanted_thing
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.goods import GoodsMatch, resolve_goods

note = load_notes(__file__)

SHORT = 2
"""Letters from which a thing that no goods are named by is surely one."""


async def resolve_wanted_goods(case: Case) -> GoodsMatch | Outcome | None:
    """The goods of the message or the conversation, those that are the thing asked for, or that there are none.

    None when nothing is named and nothing is in view. Raises FactsError.
    """
    in_view = await resolve_goods(case)
    thing = None if case.request.entities else find_wanted_thing(case.request.text)
    everything = await case.facts.list_products() if thing else None
    if thing is None or everything is None:
        return in_view
    named = [product for product in everything.value if _is_one(product, thing)]
    if in_view and (in_view.fact.value in named or (not named and _speaks_of(in_view.fact.value, thing))):
        return in_view
    if len(named) == 1:
        fact = await case.facts.get_product(named[0].product_id)
        return GoodsMatch(fact.with_value(named[0]), tuple(sku for sku in named[0].skus if sku.listed))
    if named or len(thing) < SHORT or not everything.value:
        return None if named else in_view
    return compose_reply(case.replies.render_reply("not_sold", thing=thing), tried=note("told_not_sold", thing=thing))


def _is_one(product: Product, thing: str) -> bool:
    """Whether the goods are such a thing: the last word of a name says what it is, and 茶叶罐 is no 茶叶."""
    return any(name.endswith(thing) for name in (product.title, *product.keywords))


def _speaks_of(product: Product, thing: str) -> bool:
    """Whether the thing is the product, one of its variants, or in what is written of it."""
    written = (value for pair in product.details for value in pair)
    variants = (value for sku in product.skus for value in sku.attributes)
    return any(
        thing in text or text in thing for text in (product.title, *product.keywords, *variants, *written) if text
    )
