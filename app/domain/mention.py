"""Colleagues named in a note (@小王): each is told, and has it unread until they look."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.message import ConversationKey


@dataclass(frozen=True, slots=True)
class Mention:
    """One colleague named in one note, by themselves or by a group of theirs. Times are aware UTC.

    Attributes:
        note_id: the note's, among the entries of the ticket's history.
        agent: who is named.
        by: who wrote the note, and `text` what they wrote.
        seen_at: when whoever is named saw it; None while it is unread.
    """

    id: str
    key: ConversationKey
    ticket_id: str
    note_id: str
    agent: str
    by: str
    text: str
    at: datetime
    seen_at: datetime | None = None
