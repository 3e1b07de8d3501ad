"""The buyer's own order goes first: what was bought already is reported on, and not sold again."""

from typing import Final

from app.commerce.order_status import OrderStatus
from app.domain.catalogue import OrderState
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from intents._framework.contract import Case
from intents._framework.policy import build_handoff, compose_reply
from intents._kit.orders import fetch_sku_facts, find_sole_order, number_tail
from intents._kit.ship_by import fetch_order_status, promise_ship_by

UNDER_WAY: Final = frozenset({OrderState.PAID, OrderState.SHIPPED})


def is_about_own_order(case: Case) -> bool:
    """Whether the message speaks of what the buyer has bought: 我买的…, or an order card and no other goods."""
    if case.hears("own_order"):
        return True
    shown = case.message.context.order_id or case.slot_value(SlotName.SHOWN_ORDER)
    return bool(shown) and not any(map(case.first_entity, (EntityKind.PRODUCT, EntityKind.SKU)))


async def answer_own_order(case: Case) -> Outcome | None:
    """Where the one paid order meant stands; None where none is meant or none is under way. Raises FactsError."""
    return await tell_order_under_way(case) if is_about_own_order(case) else None


async def tell_order_under_way(case: Case) -> Outcome | None:
    """Where the buyer's one paid order stands; None where none or several are under way. Raises FactsError."""
    found = await find_sole_order(case, UNDER_WAY)
    if found is None or found.value.state not in UNDER_WAY:
        return None
    order, tail = found.value, number_tail(found.value.order_id)
    slots = {SlotName.ORDER: order.order_id}
    status = await fetch_order_status(case, order)
    if status is OrderStatus.LATE:
        wish = build_handoff(case, Reason.AFTER_SALES, "订单超过承诺时间仍未发出，买家担心没货", group=Group.INSALE)
        said = case.replies.render_reply("own_order_late", tail=tail)
        return compose_reply(said, facts=(found,), slots=slots, handoff=wish)
    goods = await fetch_sku_facts(case, order)
    promise = promise_ship_by(case, order, goods) if status is OrderStatus.WAITING else None
    if promise is None:
        key = "own_order_waiting" if status is OrderStatus.WAITING else "own_order_sent"
        return compose_reply(
            case.replies.render_reply(key, tail=tail), facts=(found,), slots=slots, tried="已告知订单状态"
        )
    said = case.replies.render_reply("own_order_leaves", tail=tail, **promise.day_placeholders(case))
    return compose_reply(
        said, facts=(found, *goods), commitments=(promise.commitment,), slots=slots, tried="已告知订单状态"
    )
