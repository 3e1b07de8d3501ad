"""Which group takes a conversation over, and how urgent it is."""

import re
from dataclasses import dataclass

from app.commerce.order_status import Standing
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority
from app.domain.outcome import HandoffRequest
from app.shop.schema import ShopSettings

# Reasons that decide the group whatever the buyer asked about.
GROUP_OF_REASON = {
    Reason.AUTHORITY_EXCEEDED: Group.SUPERVISOR,
    Reason.RISK_WORDS: Group.SUPERVISOR,
    Reason.COMPLAINT: Group.SUPERVISOR,
    Reason.AFTER_SALES: Group.AFTERSALE,
    Reason.BULK_ORDER: Group.PRESALE,
}
# Who looks after an order, by where it stands; an order nobody has paid for is still the salespeople's.
GROUP_OF_STANDING = {
    Standing.WAITING: Group.INSALE,
    Standing.LATE: Group.INSALE,
    Standing.MOVING: Group.INSALE,
    Standing.STUCK: Group.INSALE,
    Standing.DELIVERED: Group.AFTERSALE,
    Standing.REFUNDING: Group.AFTERSALE,
    Standing.REFUNDED: Group.AFTERSALE,
}
MONEY_BACK = frozenset({None, Standing.DELIVERED, Standing.REFUNDING, Standing.REFUNDED})
ABOUT_REFUND = re.compile("退款[^，。,]{0,8}(到|没|多久|进度|时候|成功|处理|同意|呢)|退的钱|[没未][^，。,]{0,4}退款")
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
# When a shop names only some groups, the next best takes over.
STAND_INS = (Group.PRESALE, Group.INSALE, Group.AFTERSALE, Group.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is spoken of: the intent's own group, where the order stands if one is meant, and the buyer's words."""

    group: Group
    standing: Standing | None = None
    text: str = ""


def route(reason: Reason, subject: Subject, request: HandoffRequest | None, settings: ShopSettings) -> Group:
    """The group: what the action wished, else what the reason demands, else the order's or the intent's own.

    It is always one the shop has.
    """
    wished = (request.group if request else None) or GROUP_OF_REASON.get(reason) or _own(subject)
    if wished is Group.INSALE and _of_refund(subject):
        wished = Group.AFTERSALE
    intent_group = subject.group
    if not settings.groups or wished in settings.groups:
        return wished
    return next(group for group in (intent_group, *STAND_INS) if group in settings.groups)


def _own(subject: Subject) -> Group:
    """A presale intent spoken of an order in progress is for those who look after the order."""
    if subject.group is Group.PRESALE and subject.standing:
        return GROUP_OF_STANDING.get(subject.standing, subject.group)
    return subject.group


def _of_refund(subject: Subject) -> bool:
    """Whether money on its way back is asked after, which those who urge parcels cannot see."""
    if subject.standing in {Standing.REFUNDING, Standing.REFUNDED}:
        return True
    return subject.standing in MONEY_BACK and bool(ABOUT_REFUND.search(subject.text))


def prioritise(reason: Reason, request: HandoffRequest | None) -> Priority:
    """How urgent: an action may only make it more so."""
    if request and request.urgent:
        return Priority.URGENT
    return PRIORITY_OF_REASON.get(reason, Priority.NORMAL)
