"""Chooses the group and the priority of a ticket."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.commerce.order_status import OrderStatus
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority
from app.domain.outcome import HandoffRequest
from app.language.cues import CueBook
from app.shop.schema import ShopSettings

# Reasons that decide the group whatever the intent.
GROUP_OF_REASON = {
    Reason.AUTHORITY_EXCEEDED: Group.SUPERVISOR,
    Reason.RISK_WORDS: Group.SUPERVISOR,
    Reason.COMPLAINT: Group.SUPERVISOR,
    Reason.AFTER_SALES: Group.AFTERSALE,
    Reason.BULK_ORDER: Group.SUPERVISOR,
}
# The group that handles an order, by its status; an unpaid order stays with presale.
GROUP_OF_STANDING = {
    OrderStatus.WAITING: Group.INSALE,
    OrderStatus.LATE: Group.INSALE,
    OrderStatus.MOVING: Group.INSALE,
    OrderStatus.STUCK: Group.INSALE,
    OrderStatus.DELIVERED: Group.AFTERSALE,
    OrderStatus.REFUNDING: Group.AFTERSALE,
    OrderStatus.REFUNDED: Group.AFTERSALE,
}
REFUND_STANDINGS = frozenset({None, OrderStatus.DELIVERED, OrderStatus.REFUNDING, OrderStatus.REFUNDED})
PRIORITY_OF_REASON = {
    Reason.COMPLAINT: Priority.URGENT,
    Reason.RISK_WORDS: Priority.URGENT,
    Reason.ANGRY: Priority.URGENT,
    Reason.VIP: Priority.HIGH,
    Reason.BULK_ORDER: Priority.HIGH,
    Reason.AUTHORITY_EXCEEDED: Priority.HIGH,
    Reason.ASKED_FOR_HUMAN: Priority.HIGH,
    Reason.REPEATED_MISS: Priority.HIGH,
}
# For shops with only some groups, in order of preference.
FALLBACK_GROUPS = (Group.PRESALE, Group.INSALE, Group.AFTERSALE, Group.SUPERVISOR)


@cache
def _routing_cues() -> CueBook:
    return CueBook.load_cues(Path(__file__).with_name("cues.yml"))


@dataclass(frozen=True, slots=True)
class RoutingSubject:
    """What routing depends on: the intent's group, the status of the order in question, the buyer's words."""

    group: Group
    standing: OrderStatus | None = None
    text: str = ""


def choose_group(
    reason: Reason, subject: RoutingSubject, request: HandoffRequest | None, settings: ShopSettings
) -> Group:
    """Chooses the action's group, else the reason's, else the order's or the intent's.

    The result is always a group that the shop has.
    """
    wished = (request.group if request else None) or GROUP_OF_REASON.get(reason) or _default_group(subject)
    if wished is Group.INSALE and _is_about_refund(subject):
        wished = Group.AFTERSALE
    intent_group = subject.group
    if not settings.groups or wished in settings.groups:
        return wished
    return next(group for group in (intent_group, *FALLBACK_GROUPS) if group in settings.groups)


def _default_group(subject: RoutingSubject) -> Group:
    """The order's group for a presale intent about an order in progress, else the intent's."""
    if subject.group is Group.PRESALE and subject.standing:
        return GROUP_OF_STANDING.get(subject.standing, subject.group)
    return subject.group


def _is_about_refund(subject: RoutingSubject) -> bool:
    """Whether the buyer asks after a refund, which the insale group cannot see."""
    if subject.standing in {OrderStatus.REFUNDING, OrderStatus.REFUNDED}:
        return True
    return subject.standing in REFUND_STANDINGS and _routing_cues().hears("asks_of_refund", subject.text)


def choose_priority(reason: Reason, request: HandoffRequest | None) -> Priority:
    """The priority of the reason; an action can only raise it."""
    if request and request.urgent:
        return Priority.URGENT
    return PRIORITY_OF_REASON.get(reason, Priority.NORMAL)
