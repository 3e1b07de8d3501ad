"""Opens a ticket and keeps its brief growing; pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.catalogue import Order
from app.domain.conversation import Conversation
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group, Priority
from app.domain.message import Message, MessageType
from app.domain.outcome import HandoffRequest
from app.shop.schema import ShopSettings
from handoff.acknowledgement import group_title
from handoff.brief import Brief, Dues, Flag, FlagLine, SlotLine, Update
from handoff.deadlines import clocks, is_open
from handoff.promises import promise_text, still_valid
from handoff.routing import prioritise, route
from handoff.snapshot import snapshots, titles
from handoff.ticket import Ticket
from handoff.words import words

# Bounds: a flood of messages while waiting must not grow a row without end.
MOST_UPDATES = 50
LONGEST_LINE = 200
LONGEST_WISH = 60
ALTERNATIVES = 2

TROUBLE = frozenset({Flag.ANGRY, Flag.COMPLAINT, Flag.RISK_WORDS})
# Promotions are looked up with every price and would bury what the matter is about.
TOLD_IN_SUMMARY = frozenset({"order", "sku", "product"})

FLAG_OF_REASON = {
    Reason.ANGRY: Flag.ANGRY,
    Reason.COMPLAINT: Flag.COMPLAINT,
    Reason.RISK_WORDS: Flag.RISK_WORDS,
    Reason.VIP: Flag.VIP,
    Reason.BULK_ORDER: Flag.BULK,
    Reason.REPEATED_MISS: Flag.REPEATED,
    Reason.FACTS_STALE: Flag.STALE_FACTS,
    Reason.FACTS_UNAVAILABLE: Flag.STALE_FACTS,
}


@dataclass(frozen=True, slots=True)
class Story:
    """Everything a turn knows when it gives the conversation to people.

    Attributes:
        group: the intent's own group; the reason and the request may choose another.
        conversation: with its slots, tried lines and promises as they stand after this turn.
        facts: those looked at in this turn; they become the snapshots.
    """

    ticket_id: str
    reason: Reason
    intent: str
    intent_title: str
    group: Group
    confidence: float
    conversation: Conversation
    message: Message
    settings: ShopSettings
    now: datetime
    request: HandoffRequest | None = None
    facts: tuple[Fact[Any], ...] = ()


def open_ticket(story: Story) -> Ticket:
    """A new ticket in the queue, routed, timed and with its brief."""
    brief = write_brief(story)
    return Ticket(
        id=story.ticket_id,
        key=story.message.key,
        reason=story.reason,
        group=brief.group,
        priority=brief.priority,
        created_at=story.now,
        first_response_due=brief.deadlines.first_response,
        resolve_due=brief.deadlines.resolve,
        close_due=brief.deadlines.close,
        brief=brief.model_dump(mode="json"),
    )


def write_brief(story: Story) -> Brief:
    """The brief of a story."""
    request = story.request or HandoffRequest(story.reason)
    group = route(story.reason, story.group, request, story.settings)
    priority = prioritise(story.reason, request)
    suggested, *others = _replies(story, request)
    return Brief(
        reason=story.reason,
        reason_text=words().reasons[story.reason],
        summary=_summary(story, request),
        buyer=story.message.sender.id,
        buyer_name=story.message.sender.name,
        wish=_wish(story, request),
        intent=story.intent,
        intent_title=story.intent_title,
        confidence=min(max(story.confidence, 0.0), 1.0),
        slots=_slots(story),
        collected=dict(request.collected),
        notes=request.notes,
        snapshots=snapshots(story.facts, _zone(story.settings)),
        tried=story.conversation.tried,
        promised=_promised(story),
        suggested_reply=suggested,
        alternatives=(others[0], others[1]),
        flags=_flag_lines(_flags(story)),
        group=group,
        group_title=group_title(story.settings, group),
        priority=priority,
        priority_title=words().priorities[priority],
        created_at=story.now,
        updated_at=story.now,
        deadlines=_dues(story, group),
    )


@dataclass(frozen=True, slots=True)
class Addition:
    """What a buyer who waits has added: how it read, what was looked up for it, and what to be careful about now."""

    message: Message
    settings: ShopSettings
    now: datetime
    intent_title: str = ""
    facts: tuple[Fact[Any], ...] = ()
    flags: frozenset[Flag] = frozenset()


def add_to_brief(ticket: Ticket, more: Addition) -> Ticket:
    """The ticket with the buyer's further message in its brief; trouble makes it urgent."""
    brief = Brief.model_validate(ticket.brief)
    flags = {line.code for line in brief.flags} | more.flags | _flags_of_message(more.message)
    priority = Priority.URGENT if more.flags & TROUBLE else ticket.priority
    said = _spoken(more.message)
    update = Update(at=more.message.sent_at, text=said, type=more.message.type, intent_title=more.intent_title)
    fresh = snapshots(more.facts, _zone(more.settings))
    known = {(shot.kind, shot.id) for shot in fresh}
    grown = brief.model_copy(
        update={
            "updates": (*brief.updates, update)[-MOST_UPDATES:],
            "snapshots": (*(shot for shot in brief.snapshots if (shot.kind, shot.id) not in known), *fresh),
            "flags": _flag_lines(flags),
            "priority": priority,
            "priority_title": words().priorities[priority],
            "updated_at": more.now,
        }
    )
    return replace(ticket, priority=priority, brief=grown.model_dump(mode="json"))


def _dues(story: Story, group: Group) -> Dues:
    timed = clocks(story.settings, group, story.now)
    return Dues(first_response=timed.first_response_due, resolve=timed.resolve_due, close=timed.close_due)


def _summary(story: Story, request: HandoffRequest) -> tuple[str, str]:
    said = words().summary
    buyer = story.message.sender.name or story.message.sender.id
    first = said["first"].format(buyer=buyer, intent=story.intent_title, wish=_wish(story, request))
    about = _looked_up(story) or _known(story) or said["no_facts"]
    second = said["second"].format(
        facts=_cut(about, LONGEST_LINE), tried=_tried(story.conversation), reason=words().reasons[story.reason]
    )
    return first, second


def _wish(story: Story, request: HandoffRequest) -> str:
    return _cut(request.wish or _spoken(story.message), LONGEST_WISH)


def _tried(conversation: Conversation) -> str:
    said = words().summary
    if not conversation.tried:
        return said["not_tried"]
    last = _cut(conversation.tried[-1], LONGEST_WISH)
    return said["tried"].format(count=len(conversation.tried), last=last)


def _looked_up(story: Story) -> str:
    shots = snapshots(story.facts, _zone(story.settings))
    return "，".join(shot.title for shot in shots if shot.kind in TOLD_IN_SUMMARY)


def _known(story: Story) -> str:
    return "，".join(f"{line.title} {line.text}" for line in _slots(story))


def _slots(story: Story) -> tuple[SlotLine, ...]:
    names = titles(story.facts)
    return tuple(
        SlotLine(
            name=str(name),
            title=words().slots.get(name, str(name)),
            value=slot.value,
            text=names.get(slot.value, slot.value),
        )
        for name, slot in story.conversation.slots.items()
        if slot.expires_at > story.now
    )


def _promised(story: Story) -> tuple[str, ...]:
    standing = (promise_text(made) for made in story.conversation.promises if still_valid(made, story.now))
    return tuple(dict.fromkeys(standing))


def _replies(story: Story, request: HandoffRequest) -> tuple[str, ...]:
    """Three different replies: the action's own first, then those for the reason."""
    address = story.settings.tone.address
    usual = (text.format(address=address) for text in words().suggested[story.reason])
    return tuple(dict.fromkeys((*request.suggested, *usual)))[: 1 + ALTERNATIVES]


def _flags(story: Story) -> set[Flag]:
    always = story.settings.authority.always_people
    found = _flags_of_message(story.message)
    found |= {FLAG_OF_REASON[story.reason]} if story.reason in FLAG_OF_REASON else set()
    told = {
        Flag.VIP: story.message.sender.id in always.vip_buyers,
        Flag.RISK_WORDS: any(word in story.message.text for word in always.risk_words if word),
        Flag.HIGH_VALUE: _high_value(story),
        Flag.PROMISED: bool(_promised(story)),
        Flag.OUT_OF_HOURS: not is_open(story.settings.hours, story.now),
    }
    return found | {flag for flag, holds in told.items() if holds}


def _flags_of_message(message: Message) -> set[Flag]:
    return {Flag.PHOTO} if message.type is MessageType.IMAGE else set()


def _high_value(story: Story) -> bool:
    limit = story.settings.authority.always_people.order_value_above
    orders = (item for fact in story.facts for item in _orders(fact.value))
    return limit is not None and any(order.amount > limit for order in orders)


def _zone(settings: ShopSettings) -> ZoneInfo:
    return ZoneInfo(settings.hours.timezone)


def _orders(value: object) -> Iterable[Order]:
    items = value if isinstance(value, tuple) else (value,)
    return (item for item in items if isinstance(item, Order))


def _flag_lines(flags: Iterable[Flag]) -> tuple[FlagLine, ...]:
    wanted = set(flags)
    return tuple(FlagLine(code=flag, text=words().flags[flag]) for flag in Flag if flag in wanted)


def _spoken(message: Message) -> str:
    said = words().summary
    kinds = {MessageType.IMAGE: said["photo"], MessageType.TEXT: ""}
    text = f"{kinds.get(message.type, said['card'])}{message.text.strip()}"
    return _cut(text, LONGEST_LINE) or said["nothing"]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
