"""The groups of people a conversation can go to, and how urgent it is."""

from enum import StrEnum


class Group(StrEnum):
    """Who takes over; the shop names its own people for each."""

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
    """Where a ticket stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    RETURNED = "returned"  # given back to the bot
