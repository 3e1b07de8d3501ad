"""How an order stands to the days in which the shop takes goods back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.domain.catalogue import Order, OrderState
from intents._framework.contract import Case
from intents._kit.wording import format_month_day

RECEIVED: Final = frozenset({OrderState.DELIVERED, OrderState.COMPLETED})


@dataclass(frozen=True, slots=True)
class ReturnWindow:
    """The shop's return days held against one order.

    Attributes:
        days: what the shop promises. received: the day it was signed for, in words. past: whether the days are over.
    """

    days: int
    received_on: str
    is_over: bool


def find_return_window(case: Case, order: Order | None) -> ReturnWindow | None:
    """Nothing where the shop promises no days or the goods were not received."""
    promise = case.shop.settings.authority.shipping
    if order is None or order.delivered_at is None or order.state not in RECEIVED:
        return None
    if promise is None or promise.returns_days is None:
        return None
    received = format_month_day(order.delivered_at, case.shop.settings.hours.zone)
    past = case.now - order.delivered_at > timedelta(days=promise.returns_days)
    return ReturnWindow(promise.returns_days, received, past)
