"""What the buyer is told when people take over, and while they wait."""

from datetime import datetime
from enum import StrEnum

from app.domain.handoff import Group
from app.shop.schema import ShopSettings
from handoff.deadlines import back_at, moment_in_words
from handoff.phrases import words


class Occasion(StrEnum):
    """When the buyer is told that people are coming."""

    TAKEN = "taken"  # the handoff is all that is said
    TROUBLE = "trouble"  # the same, and the buyer is upset
    FOLLOWING = "following"  # the answer before it has greeted, and apologised where it must
    MORE = "more"  # the buyer has added something while waiting


def acknowledgement(
    settings: ShopSettings, group: Group, now: datetime, occasion: Occasion = Occasion.TAKEN, *, variant: int = 0
) -> str:
    """What the buyer is told.

    In hours it names the group that takes over. Out of hours it says when people are back and promises nothing else.
    `variant` picks among the wordings; the conversation's version is a good one.
    """
    back = back_at(settings.hours, now)
    choices = words().acknowledgement[f"{occasion}_{_opening(now, back)}"]
    chosen = choices[variant % len(choices)]
    when = moment_in_words(back, now, settings.hours, words().times) if back and "{back}" in chosen else ""
    return chosen.format(address=settings.tone.address, group=_buyers_name(settings, group), back=when)


def group_title(settings: ShopSettings, group: Group) -> str:
    """The group's name in this shop, else its usual one."""
    own = settings.groups.get(group)
    return own.name if own else words().groups[group]


def _buyers_name(settings: ShopSettings, group: Group) -> str:
    own = settings.groups.get(group)
    return own.name if own else words().buyer_groups[group]


def _opening(now: datetime, back: datetime | None) -> str:
    if back is None:
        return "closed_unknown"
    return "open" if back <= now else "closed"
