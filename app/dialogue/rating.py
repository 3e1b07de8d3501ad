"""A buyer's answer to the question how they were served."""

from datetime import datetime

from app.domain.conversation import Conversation
from app.language.ratings import Rating, read_rating


def hear_rating(conversation: Conversation, text: str, now: datetime) -> Rating | None:
    """What the text rates, while an invitation is open."""
    invitation = conversation.invitation
    return read_rating(text) if invitation and invitation.until > now else None
