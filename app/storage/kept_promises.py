"""What a conversation keeps of promises that people made, beside those of the bot; each write moves no version."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from app.domain.message import ConversationKey
from app.domain.ticket import Ticket
from app.storage import codec, lines
from app.storage.schema import CONVERSATIONS
from handoff.promises import MOST_PROMISES, Promises, end_with_ticket, keep_with_ticket

TOLD_BY_PERSON = "told_by_person"


def keep_promise(
    connection: Connection, key: ConversationKey, promise: Mapping[str, Any], ticket_id: str, ended_at: datetime | None
) -> None:
    """Beside the others, with the ticket it was made on and when that ended, None while it is open.

    The conversation is locked, and its version was moved by what the promise came with.
    """
    kept: Promises = (keep_with_ticket(promise, ticket_id),)
    made = kept if ended_at is None else end_with_ticket(kept, ticket_id, ended_at)
    _change(connection, key, lambda known: (*known, *made)[-MOST_PROMISES:])


def keep_word(connection: Connection, ticket: Ticket, text: str, now: datetime) -> None:
    """What a person tells the bot with a conversation they give back."""
    told = {"kind": TOLD_BY_PERSON, "text": text, "made_at": now.isoformat(), "valid_until": None}
    keep_promise(connection, ticket.key, told, ticket.id, now)


def forget_word(connection: Connection, ticket: Ticket) -> None:
    """They took it back."""
    own = (TOLD_BY_PERSON, ticket.id)
    _change(
        connection,
        ticket.key,
        lambda known: tuple(each for each in known if (each.get("kind"), each.get("ticket")) != own),
    )


def _change(connection: Connection, key: ConversationKey, change: Callable[[Promises], Promises]) -> None:
    this = lines.match_conversation(CONVERSATIONS.c, key)
    row = connection.execute(select(CONVERSATIONS.c.version, CONVERSATIONS.c.state).where(this)).one()
    found = codec.decode_conversation(row.state, row.version)
    kept = replace(found, promises=change(tuple(found.promises)))
    connection.execute(CONVERSATIONS.update().where(this).values(state=codec.encode_conversation(kept)))
