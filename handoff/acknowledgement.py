"""Words the acknowledgement that the buyer gets when people take over, and while waiting."""

from datetime import datetime
from enum import StrEnum

from app.domain.handoff import Group
from app.language.tone import apply_tone
from app.shop.schema import ShopSettings
from handoff.deadlines import moment_phrase, next_open_at
from handoff.phrases import handoff_phrases


class AcknowledgementKind(StrEnum):
    """The situations in which the buyer gets an acknowledgement."""

    TAKEN = "taken"  # the turn says nothing else
    TROUBLE = "trouble"  # the same, to an upset buyer
    FOLLOWING = "following"  # an answer precedes it, which has greeted and apologised
    MORE = "more"  # the buyer wrote again while waiting


def acknowledgement_text(
    settings: ShopSettings,
    group: Group,
    now: datetime,
    occasion: AcknowledgementKind = AcknowledgementKind.TAKEN,
    *,
    variant: int = 0,
    english: bool = False,
) -> str:
    """Words the acknowledgement, in English to a buyer who writes it.

    In working hours it names the group that takes over; out of hours it says when people are back and promises nothing
    else. `variant` chooses among the wordings; pass the conversation's version.
    """
    back = next_open_at(settings.hours, now)
    words, key = handoff_phrases(), _hours_key(now, back)
    choices = (words.acknowledgement_english[key],) if english else words.acknowledgement[f"{occasion}_{key}"]
    chosen = choices[variant % len(choices)]
    when = moment_phrase(back, now, settings.hours, words.times) if back and "{back}" in chosen else ""
    chosen = apply_tone(chosen, settings.tone.address, emoji=settings.tone.emoji)
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
