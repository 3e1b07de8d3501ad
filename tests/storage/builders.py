"""Messages, turns and tickets with everything filled in; a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.conversation import Conversation, Owner
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority
from app.domain.message import ConversationKey, Message, Sender
from app.domain.reply import OutgoingReply
from app.domain.ticket import Ticket
from app.domain.written_turn import Turn

NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
KEY = ConversationKey("demo", "http", "c-1")


def a_message(message_id: str = "m-1", text: str = "在吗", key: ConversationKey = KEY, **changed: Any) -> Message:
    return replace(Message(message_id, key, Sender("buyer-1", "小陈"), text, NOW, NOW), **changed)


def a_turn(message: Message, against: Conversation, **changed: Any) -> Turn:
    trace = f"trace-{message.id}"
    turn = Turn(
        messages=(message,),
        expected_version=against.version,
        conversation=against,
        body={"message_id": message.id, "replies": [{"type": "text", "text": "亲，在的"}]},
        trace_id=trace,
        at=NOW,
        replies=(OutgoingReply(f"reply-{message.id}", "亲，在的"),),
    )
    return replace(turn, **changed)


def a_ticket(ticket_id: str = "t-1", key: ConversationKey = KEY, **changed: Any) -> Ticket:
    ticket = Ticket(
        id=ticket_id,
        key=key,
        reason=Reason.ASKED_FOR_HUMAN,
        group=Group.PRESALE,
        priority=Priority.NORMAL,
        created_at=NOW,
        first_response_due=NOW + timedelta(minutes=3),
        resolve_due=NOW + timedelta(hours=24),
        close_due=NOW + timedelta(hours=48),
        brief={"summary": ["买家要人工"]},
    )
    return replace(ticket, **changed)


def handed_off(turn: Turn, ticket: Ticket) -> Turn:
    """The turn that opens `ticket`."""
    owned = replace(turn.conversation, owner=Owner.QUEUE, handoff_id=ticket.id)
    return replace(turn, conversation=owned, ticket=ticket)
