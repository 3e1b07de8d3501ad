"""The names of ticket events on the wire."""

from enum import StrEnum


class TicketEvent(StrEnum):
    """The events of a ticket."""

    OPENED = "opened"
    CLAIMED = "claimed"
    RELEASED = "released"
    RESOLVED = "resolved"
    RETURNED = "returned"
