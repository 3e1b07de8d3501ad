"""Which group takes a conversation over, and how urgent it is."""

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


def route(reason: Reason, intent_group: Group, request: HandoffRequest | None, settings: ShopSettings) -> Group:
    """The group: what the action wished, else what the reason demands, else the intent's own; one the shop has."""
    wished = (request.group if request else None) or GROUP_OF_REASON.get(reason) or intent_group
    if not settings.groups or wished in settings.groups:
        return wished
    return next(group for group in (intent_group, *STAND_INS) if group in settings.groups)


def prioritise(reason: Reason, request: HandoffRequest | None) -> Priority:
    """How urgent: an action may only make it more so."""
    if request and request.urgent:
        return Priority.URGENT
    return PRIORITY_OF_REASON.get(reason, Priority.NORMAL)
