"""Adds later messages to the brief of an open ticket."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, TypeAdapter

from app.domain.fact import Fact
from app.domain.handoff import Priority
from app.domain.message import Message
from app.domain.ticket import Ticket
from app.shop.schema import ShopSettings
from handoff.brief import BriefUpdate, Flag
from handoff.brief_writer import flag_lines, message_flags, message_phrase
from handoff.phrases import handoff_phrases
from handoff.snapshot import take_snapshots

# A flood of messages while waiting must not grow a row without bound.
MOST_UPDATES = 50


STAMP = TypeAdapter(AwareDatetime)


URGENT_FLAGS = frozenset({Flag.ANGRY, Flag.COMPLAINT, Flag.RISK_WORDS})


@dataclass(frozen=True, slots=True)
class BriefAddition:
    """A waiting buyer's further message, with its intent, the facts looked up for it and its flags.

    `replies`, if any, replace the suggested ones.
    """

    message: Message
    settings: ShopSettings
    now: datetime
    intent_title: str = ""
    facts: tuple[Fact[Any], ...] = ()
    flags: frozenset[Flag] = frozenset()
    replies: tuple[str, ...] = ()


def add_to_brief(ticket: Ticket, more: BriefAddition) -> Ticket:
    """Adds the message to the ticket's brief; anger, a complaint or risk words make the ticket urgent.

    It extends the stored document without parsing it, which would cost more with every message.
    """
    told = ticket.brief
    flags = {Flag(line["code"]) for line in told.get("flags", ())} | more.flags | message_flags(more.message)
    priority = Priority.URGENT if more.flags & URGENT_FLAGS else ticket.priority
    fresh = take_snapshots(more.facts, more.settings.hours.zone) if more.facts else ()
    known = {(shot.kind, shot.id) for shot in fresh}
    old = [shot for shot in told.get("snapshots", ()) if (shot["kind"], shot["id"]) not in known]
    grown = {
        **told,
        "updates": [*told.get("updates", ()), _dump_part(_brief_update(more))][-MOST_UPDATES:],
        "snapshots": [*old, *map(_dump_part, fresh)],
        "flags": [_dump_part(line) for line in flag_lines(flags)],
        "priority": priority.value,
        "priority_title": handoff_phrases().priorities[priority],
        "updated_at": STAMP.dump_python(more.now, mode="json"),
    }
    if more.replies:
        grown |= {"suggested_reply": more.replies[0], "alternatives": list(more.replies[1:3])}
    return replace(ticket, priority=priority, brief=grown)


def _brief_update(more: BriefAddition) -> BriefUpdate:
    message = more.message
    return BriefUpdate(
        at=message.sent_at,
        text=message_phrase(message),
        type=message.type,
        intent_title=more.intent_title,
        parts=message.content.parts,
        attachments=message.content.attachments,
    )


def _dump_part(part: BaseModel) -> dict[str, Any]:
    return part.model_dump(mode="json")
