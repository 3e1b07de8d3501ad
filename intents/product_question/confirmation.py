"""Confirms which colour or size it is: of what the buyer has bought, or of what will be sent."""

from app.domain.catalogue import Order, OrderState, Product, Sku
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply
from intents._kit.goods import GoodsMatch
from intents._kit.orders import number_tail
from intents._kit.wording import sku_full_name

note = load_notes(__file__)

_GONE = frozenset({OrderState.CANCELLED, OrderState.REFUNDED})


async def confirm_variant(case: Case, goods: GoodsMatch | None) -> Outcome | None:
    """Yes or no by the buyer's own order, else that it is sent as chosen; None where neither is asked.

    Raises FactsError.
    """
    named = case.first_entity(EntityKind.ATTRIBUTE)
    if goods is None or named is None or not case.hears("confirms"):
        return None
    if case.hears("own_order") or case.hears("speaks_of_own"):
        theirs = await case.facts.list_buyer_orders(case.buyer)
        bought = _find_bought(theirs.value, goods.fact.value)
        if bought:
            order, sku = bought
            key = "own_is" if sku.has_attribute(str(named.value)) else "own_is_other"
            said = case.replies.render_reply(key, tail=number_tail(order.order_id), title=sku_full_name(sku))
            facts = (theirs.with_value((order,)), goods.fact)
            return compose_reply(said, facts=facts, slots={"order": order.order_id}, tried=note("told_variant"))
    if not case.hears("speaks_of_sending"):
        return None
    said = case.replies.render_reply("as_chosen", variant=named.text)
    return compose_reply(said, facts=(goods.fact,), tried=note("told_variant"))


def _find_bought(orders: tuple[Order, ...], product: Product) -> tuple[Order, Sku] | None:
    """The buyer's order that holds one of the product's SKUs, and that SKU."""
    skus = {sku.sku_id: sku for sku in product.skus}
    held = (
        (order, skus[line.sku_id])
        for order in orders
        if order.state not in _GONE
        for line in order.lines
        if line.sku_id in skus
    )
    return next(held, None)
