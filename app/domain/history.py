"""What buyers asked before, and what they got: stored turns as replays and learning read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.message import ConversationKey, MessageContext


@dataclass(frozen=True, slots=True)
class PastTurn:
    """One stored message with what it got.

    Attributes:
        action: answer, clarify, handoff or silent.
        faq: the row that was told, by id; `told` holds those of every request of the message.
        by_person: what a person said next in the conversation, empty where nobody did.
    """

    key: ConversationKey
    buyer: str
    text: str
    at: datetime
    context: MessageContext
    action: str
    intent: str
    confidence: float
    faq: str | None
    reason: str | None
    replies: Sequence[str] = ()
    told: Sequence[str] = ()
    by_person: str = ""
