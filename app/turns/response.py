"""What a turn answers a message with, in the words of the HTTP body."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.conversation import Owner
from app.domain.decision import Action, Reason
from app.domain.handoff import Group, Priority


@dataclass(frozen=True, slots=True)
class Verdict:
    """A turn's decision in one line; for a message with several requests, the gravest of theirs."""

    action: Action
    intent: str
    confidence: float
    faq: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class OpenHandoff:
    """The ticket a buyer's conversation went to."""

    id: str
    reason: Reason
    group: Group
    priority: Priority
    deadline: datetime


def answer_body(
    *,
    message_id: str,
    conversation: str,
    owner: Owner,
    replies: tuple[str, ...],
    verdict: Verdict,
    handoff: OpenHandoff | None,
    trace_id: str,
) -> dict[str, Any]:
    """The JSON document a message is answered with and that its duplicates get again."""
    return {
        "message_id": message_id,
        "conversation": conversation,
        "owner": owner.value,
        "duplicate": False,
        "replies": [{"type": "text", "text": text} for text in replies],
        "decision": {
            "action": verdict.action.value,
            "intent": verdict.intent,
            "confidence": round(verdict.confidence, 4),
            "faq": verdict.faq,
            "reason": verdict.reason.value if verdict.reason else None,
        },
        "handoff": _handoff_body(handoff) if handoff else None,
        "trace_id": trace_id,
    }


def mark_duplicate(body: Mapping[str, Any]) -> dict[str, Any]:
    """The stored body, marked as given before."""
    return {**body, "duplicate": True}


def _handoff_body(handoff: OpenHandoff) -> dict[str, Any]:
    return {
        "id": handoff.id,
        "reason": handoff.reason.value,
        "group": handoff.group.value,
        "priority": handoff.priority.value,
        "deadline": handoff.deadline.isoformat(),
    }
