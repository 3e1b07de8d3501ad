"""Who speaks to the buyer: a conversation given to people, to the bot or to nobody, and what that ends."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from app.domain.conversation import Conversation, Owner
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket
from app.storage import codec, lines
from app.storage.outbox import withdraw_bot_lines
from app.storage.schema import CONVERSATIONS
from app.storage.writing.rows import conversation_row
from handoff.promises import end_with_ticket, resume_with_ticket


def set_conversation_owner(
    connection: Connection, key: ConversationKey, owner: Owner, now: datetime, ticket_id: str | None = None
) -> int:
    """Give the conversation to `owner`, with the ticket if one is named, and return its new version.

    A turn computed before this loses, and so do the bot's lines still unsent when a person has the conversation.
    """
    if owner in {Owner.AGENT, Owner.CLOSED}:
        withdraw_bot_lines(connection, key)
    this = lines.match_conversation(CONVERSATIONS.c, key)
    held = select(CONVERSATIONS.c.version, CONVERSATIONS.c.state).where(this).with_for_update()
    row = connection.execute(held).first()
    if row is None:
        fresh = conversation_row(Conversation(key, version=1, owner=owner), 1, codec.encode_time(now))
        connection.execute(CONVERSATIONS.insert().values(fresh))
        return 1
    moved = _change_owner(codec.decode_conversation(row.state, row.version + 1), owner, ticket_id, now)
    if ticket_id:
        moved = replace(moved, handoff_id=ticket_id)
    changed = {"version": moved.version, "owner": owner.value, "state": codec.encode_conversation(moved)}
    connection.execute(CONVERSATIONS.update().where(this).values(changed | {"updated_at": codec.encode_time(now)}))
    return moved.version


def free_conversation(connection: Connection, ticket: Ticket, now: datetime) -> None:
    """Give the conversation back to the bot, unless it has gone to another ticket; it stays as old as it is."""
    this = lines.match_conversation(CONVERSATIONS.c, ticket.key)
    held = select(CONVERSATIONS.c.version, CONVERSATIONS.c.state).where(this).with_for_update()
    row = connection.execute(held).first()
    if row is None:
        return
    found = codec.decode_conversation(row.state, row.version + 1)
    if found.handoff_id == ticket.id:
        state = codec.encode_conversation(_change_owner(found, Owner.BOT, ticket.id, now))
        changed = {"version": found.version, "owner": Owner.BOT.value, "state": state}
        connection.execute(CONVERSATIONS.update().where(this).values(changed))


def _change_owner(conversation: Conversation, owner: Owner, ticket_id: str | None, now: datetime) -> Conversation:
    """With its ticket open, or ended when the owner is nobody of the desk."""
    promises, ticket_id = tuple(conversation.promises), ticket_id or conversation.handoff_id
    if owner in {Owner.AGENT, Owner.QUEUE}:
        resumed = resume_with_ticket(promises, ticket_id)
        return replace(conversation, owner=owner, invitation=None, promises=resumed)
    return replace(
        conversation,
        owner=owner,
        promises=end_with_ticket(promises, ticket_id, now),
        handoff_id=None,
        queue_acknowledged=False,
        queue_matters=(),
        misses=0,
        pending=None,
        invitation=None,
    )
