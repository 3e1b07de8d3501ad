"""What the buyer is told when people take over, and while they wait."""

from datetime import datetime
from enum import StrEnum

from app.domain.handoff import Group
from app.shop.schema import ShopSettings
from handoff.deadlines import moment_phrase, next_open_at
from handoff.phrases import handoff_phrases


class AcknowledgementKind(StrEnum):
    """When the buyer is told that people are coming."""

    TAKEN = "taken"  # the handoff is all that is said
    TROUBLE = "trouble"  # the same, and the buyer is upset
    FOLLOWING = "following"  # the answer before it has greeted, and apologised where it must
    MORE = "more"  # the buyer has added something while waiting


def acknowledgement_text(
    settings: ShopSettings,
    group: Group,
    now: datetime,
    occasion: AcknowledgementKind = AcknowledgementKind.TAKEN,
    *,
    variant: int = 0,
) -> str:
    """What the buyer is told.

    In hours it names the group that takes over. Out of hours it says when people are back and promises nothing else.
    `variant` picks among the wordings; the conversation's version is a good one.
    """
    back = next_open_at(settings.hours, now)
    choices = handoff_phrases().acknowledgement[f"{occasion}_{_hours_key(now, back)}"]
    chosen = choices[variant % len(choices)]
    when = moment_phrase(back, now, settings.hours, handoff_phrases().times) if back and "{back}" in chosen else ""
    return chosen.format(address=settings.tone.address, group=_buyer_group_name(settings, group), back=when)


def group_title(settings: ShopSettings, group: Group) -> str:
    """The group's name in this shop, else its usual one."""
    own = settings.groups.get(group)
    return own.name if own else handoff_phrases().groups[group]


def _buyer_group_name(settings: ShopSettings, group: Group) -> str:
    own = settings.groups.get(group)
    return own.name if own else handoff_phrases().buyer_groups[group]


def _hours_key(now: datetime, back: datetime | None) -> str:
    if back is None:
        return "closed_unknown"
    return "open" if back <= now else "closed"
