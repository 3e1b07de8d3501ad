"""The names by which the shop's systems and desks are told of tickets."""

from enum import StrEnum


class TicketEvent(StrEnum):
    """What can happen to a ticket."""

    OPENED = "opened"
    CLAIMED = "claimed"
    RELEASED = "released"
    RESOLVED = "resolved"
    RETURNED = "returned"
