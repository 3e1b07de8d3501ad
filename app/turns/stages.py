"""Keeps rows to where the buyer stands: before, during or after an order."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.catalogue import FaqEntry, Order, OrderState, SaleStage
from app.domain.fact import FactsError
from app.domain.message import Message
from app.domain.understanding import Request, Understanding
from app.shop.faq import question_key
from app.shop.shop import Shop, cache_per_shop
from app.tenants.registry import OpenShop

_UNDER_WAY = frozenset({OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED})
_CAME = frozenset({OrderState.DELIVERED, OrderState.COMPLETED, OrderState.REFUNDING, OrderState.REFUNDED})


async def keep_stage_rows(opened: OpenShop, message: Message, understanding: Understanding) -> Understanding:
    """The understanding without rows for another stage; orders are read only where it holds such rows.

    Where they cannot be read, only rows for every stage may speak.
    """
    requests = [request for request in (understanding.whole, *understanding.requests) if request]
    meant = [opened.shop.entries.get(score.entry_id) for request in requests for score in request.faqs]
    if not any(entry and entry.stages for entry in meant):
        return understanding
    stage = await _find_stage(opened, message)
    whole = understanding.whole and _drop_other_stages(opened.shop, understanding.whole, stage)
    kept = tuple(_drop_other_stages(opened.shop, request, stage) for request in understanding.requests)
    return replace(understanding, requests=kept, whole=whole)


def _drop_other_stages(shop: Shop, request: Request, stage: SaleStage | None) -> Request:
    faqs = tuple(each for each in request.faqs if _speaks_at(shop.entries[each.entry_id], stage))
    return request if len(faqs) == len(request.faqs) else replace(request, faqs=faqs)


def _speaks_at(entry: FaqEntry, stage: SaleStage | None) -> bool:
    return not entry.stages or stage in entry.stages


async def choose_staged_entry(opened: OpenShop, message: Message, entry: FaqEntry) -> FaqEntry | None:
    """The entry, or the one for the buyer's stage with the same question; None when the shop has no such row."""
    if not entry.stages:
        return entry
    stage = await _find_stage(opened, message)
    siblings = _list_siblings(opened.shop, question_key(entry.question))
    return next((each for each in (entry, *siblings) if _speaks_at(each, stage)), None)


@cache_per_shop
def _list_siblings(shop: Shop, key: str) -> tuple[FaqEntry, ...]:
    return tuple(entry for entry in shop.faq if question_key(entry.question) == key)


async def _find_stage(opened: OpenShop, message: Message) -> SaleStage | None:
    """Where the buyer stands: by the order of the page, else by all orders; None when they cannot be read."""
    named = message.context.order_id
    try:
        orders: Sequence[Order] = (await opened.facts.list_buyer_orders(message.sender.id)).value
    except FactsError:
        return None
    own = [order for order in orders if order.order_id == named] or list(orders)
    states = {order.state for order in own}
    if states & _UNDER_WAY:
        return SaleStage.INSALE
    return SaleStage.AFTERSALE if states & _CAME else SaleStage.PRESALE
