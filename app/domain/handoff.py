"""Groups of people, priorities and states of tickets."""

from enum import StrEnum


class Group(StrEnum):
    """A group that can take over a conversation; each shop names its people."""

    PRESALE = "presale"  # 售前
    INSALE = "insale"  # 售中
    AFTERSALE = "aftersale"  # 售后
    SUPERVISOR = "supervisor"  # 主管


class Priority(StrEnum):
    """How urgent a ticket is."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"


class TicketState(StrEnum):
    """The state of a ticket."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    RETURNED = "returned"  # back to the bot: a person gave it back, or the buyer wants nobody any more
