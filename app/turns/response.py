"""What a turn answers a message with, in the words of the HTTP body."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.domain.events import TurnAnswered
from app.domain.reply import OutgoingReply
from app.domain.ticket import Ticket


def answer_body(answered: TurnAnswered) -> dict[str, Any]:
    """The JSON document a message is answered with and that its duplicates get again."""
    verdict = answered.verdict
    return {
        "message_id": answered.message_ids[-1],
        "conversation": answered.key.conversation,
        "owner": answered.owner.value,
        "duplicate": False,
        "replies": [_reply_body(reply) for reply in answered.replies],
        "decision": {
            "action": verdict.action.value,
            "intent": verdict.intent,
            "confidence": round(verdict.confidence, 4),
            "faq": verdict.faq,
            "reason": verdict.reason.value if verdict.reason else None,
        },
        "handoff": _handoff_body(answered.ticket) if answered.ticket else None,
        "trace_id": answered.trace_id,
    }


def _reply_body(reply: OutgoingReply) -> dict[str, Any]:
    """The reply's text, and its pictures and links where it has any."""
    body: dict[str, Any] = {"type": "text", "text": reply.text}
    return body | {"parts": [asdict(part) for part in reply.content.parts]} if reply.content else body


def mark_duplicate(body: Mapping[str, Any]) -> dict[str, Any]:
    """The stored body, marked as given before."""
    return {**body, "duplicate": True}


def _handoff_body(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "reason": ticket.reason.value,
        "group": ticket.group.value,
        "priority": ticket.priority.value,
        "deadline": ticket.first_response_due.isoformat(),
    }
