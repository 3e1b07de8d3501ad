"""Replies that have not left yet: held for some seconds so that they can be taken back, or until a time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.content import TEXT_ONLY, Content
from app.domain.message import ConversationKey


class HeldState(StrEnum):
    """What has become of it; one that has left is a line of the conversation, and held no more."""

    HELD = "held"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


class StopReason(StrEnum):
    """Why it did not leave."""

    NEWER_LINES = "newer_lines"  # the buyer or a colleague wrote what its writer has not seen
    CHANGED_HANDS = "changed_hands"  # the ticket is no longer with whom it was written for, or has ended
    AUTHORITY = "authority"  # meanwhile it promises more than its writer may
    UNDELIVERABLE = "undeliverable"  # nothing brings it to the buyer any more


@dataclass(frozen=True, slots=True)
class HeldReply:
    """A person's line to the buyer of a ticket, until it leaves or is stopped. Times are aware UTC.

    Attributes:
        id: the line's, unique on the channel.
        reply_id: the part of it that its writer's software chose.
        holder: who held the ticket when it was written.
        after: the last line its writer had seen, None where there was none.
        scheduled: whether a time was chosen; otherwise it is only held for the time in which it can be taken back.
        changed_by: who took it back.
    """

    id: str
    reply_id: str
    key: ConversationKey
    ticket_id: str
    agent: str
    holder: str
    text: str
    held_at: datetime
    send_at: datetime
    after: str | None = None
    content: Content = TEXT_ONLY
    scheduled: bool = False
    state: HeldState = HeldState.HELD
    why: StopReason | None = None
    changed_by: str | None = None
