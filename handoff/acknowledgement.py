"""Words the acknowledgement that the buyer gets when people take over, and while waiting."""

from datetime import datetime
from enum import StrEnum

from app.domain.handoff import Group
from app.language.tone import apply_tone
from app.shop.schema import ShopSettings
from handoff.deadlines import moment_phrase, next_open_at
from handoff.phrases import HandoffPhrases, handoff_phrases


class AcknowledgementKind(StrEnum):
    """The situations in which the buyer gets an acknowledgement."""

    TAKEN = "taken"  # the turn says nothing else
    TROUBLE = "trouble"  # the same, to an upset buyer
    FOLLOWING = "following"  # an answer precedes it, which has greeted and apologised
    MORE = "more"  # the buyer wrote again while waiting
    MATTER = "matter"  # and wants another thing that people take care of
    TERMS = "terms"  # asked of the shop's terms in the matter that waits, and was told them
    AGAIN = "again"  # asks where they are, or a second time without an answer
    THANKS = "thanks"
    WITHDRAWN = "withdrawn"  # wants nobody any more


def acknowledgement_text(
    settings: ShopSettings,
    group: Group,
    now: datetime,
    occasion: AcknowledgementKind = AcknowledgementKind.TAKEN,
    *,
    variant: int = 0,
    english: bool = False,
    ahead: int | None = None,
) -> str:
    """Words the acknowledgement, in English to a buyer who writes it.

    In working hours it names the group that takes over; out of hours it says when people are back and promises nothing
    else. `variant` chooses among the wordings; pass the conversation's version. `ahead` is how many come first, where
    that is known.
    """
    back = next_open_at(settings.hours, now)
    words, key = handoff_phrases(), _hours_key(now, back)
    choices = _choose_wordings(words, occasion, _describe_place(key, ahead), english=english)
    chosen = choices[variant % len(choices)]
    when = moment_phrase(back, now, settings.hours, words.times) if back and "{back}" in chosen else ""
    chosen = apply_tone(chosen, settings.tone.address, emoji=settings.tone.emoji)
    return chosen.format(
        address=settings.tone.address, group=_buyer_group_name(settings, group), back=when, ahead=ahead
    )


def _choose_wordings(
    words: HandoffPhrases, occasion: AcknowledgementKind, key: str, *, english: bool
) -> tuple[str, ...]:
    """The wordings of the occasion, by the hours and the place where it has any for them."""
    known = words.acknowledgement_english if english else words.acknowledgement
    hours = key.removesuffix("_first").removesuffix("_behind")
    keys = (f"{occasion}_{key}", f"{occasion}_{hours}", str(occasion), hours)
    return next(known[each] for each in keys if each in known)


def _describe_place(key: str, ahead: int | None) -> str:
    """The hours with the place in the queue, which counts only while people are there."""
    if ahead is None or key != "open":
        return key
    return f"{key}_behind" if ahead else f"{key}_first"


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
