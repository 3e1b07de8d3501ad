"""Opens a ticket and keeps its brief growing, and says to the buyer what happens now; pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.domain.catalogue import Order
from app.domain.conversation import Conversation
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group, Priority
from app.domain.message import Message, MessageType
from app.domain.outcome import HandoffRequest
from app.shop.schema import ShopSettings
from handoff.brief import Brief, Dues, Flag, FlagLine, SlotLine, Update
from handoff.deadlines import back_at, clocks, is_open, moment_in_words
from handoff.promises import promise_text, still_valid
from handoff.routing import prioritise, route
from handoff.snapshot import snapshots
from handoff.ticket import Ticket
from handoff.words import words

# Bounds: a flood of messages while waiting must not grow a row without end.
MOST_UPDATES = 50
LONGEST_LINE = 200
LONGEST_WISH = 60
ALTERNATIVES = 2

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
        snapshots=snapshots(story.facts),
        tried=story.conversation.tried,
        promised=_promised(story),
        suggested_reply=suggested,
        alternatives=(others[0], others[1]),
        flags=_flag_lines(_flags(story, request)),
        group=group,
        group_title=group_title(story.settings, group),
        priority=priority,
        priority_title=words().priorities[priority],
        created_at=story.now,
        updated_at=story.now,
        deadlines=_dues(story, group),
    )


def add_to_brief(
    ticket: Ticket,
    message: Message,
    now: datetime,
    *,
    intent_title: str = "",
    facts: Sequence[Fact[Any]] = (),
    angry: bool = False,
) -> Ticket:
    """The ticket with the buyer's further message, and what was looked up about it, in its brief."""
    brief = Brief.model_validate(ticket.brief)
    flags = {line.code for line in brief.flags} | _flags_of_message(message, angry=angry)
    priority = Priority.URGENT if angry else ticket.priority
    update = Update(at=message.sent_at, text=_spoken(message), type=message.type, intent_title=intent_title)
    fresh = snapshots(facts)
    known = {(shot.kind, shot.id) for shot in fresh}
    grown = brief.model_copy(
        update={
            "updates": (*brief.updates, update)[-MOST_UPDATES:],
            "snapshots": (*(shot for shot in brief.snapshots if (shot.kind, shot.id) not in known), *fresh),
            "flags": _flag_lines(flags),
            "priority": priority,
            "priority_title": words().priorities[priority],
            "updated_at": now,
        }
    )
    return replace(ticket, priority=priority, brief=grown.model_dump(mode="json"))


def acknowledgement(
    settings: ShopSettings, group: Group, now: datetime, *, first: bool = True, urgent: bool = False, variant: int = 0
) -> str:
    """What the buyer is told: on the handoff itself (`first`), or once more when they add something while waiting.

    In hours it names the group that takes over. Out of hours it says when people are back and promises nothing else.
    `variant` picks among the wordings; the conversation's version is a good one.
    """
    back = back_at(settings.hours, now)
    when = moment_in_words(back, now, settings.hours, words().times) if back else ""
    choices = words().acknowledgement[_acknowledgement_key(settings, now, first=first, urgent=urgent)]
    return choices[variant % len(choices)].format(
        address=settings.tone.address, group=_buyers_name(settings, group), back=when
    )


def group_title(settings: ShopSettings, group: Group) -> str:
    """The group's name in this shop, else its usual one."""
    own = settings.groups.get(group)
    return own.name if own else words().groups[group]


def _buyers_name(settings: ShopSettings, group: Group) -> str:
    own = settings.groups.get(group)
    return own.name if own else words().buyer_groups[group]


def _acknowledgement_key(settings: ShopSettings, now: datetime, *, first: bool, urgent: bool) -> str:
    kind = "" if first else "more_"
    if is_open(settings.hours, now):
        return f"{kind}open" + ("_urgent" if urgent and first else "")
    if back_at(settings.hours, now) is None:
        return f"{kind}closed_unknown"
    return f"{kind}closed" + ("_urgent" if urgent and first else "")


def _dues(story: Story, group: Group) -> Dues:
    timed = clocks(story.settings, group, story.now)
    return Dues(first_response=timed.first_response_due, resolve=timed.resolve_due, close=timed.close_due)


def _summary(story: Story, request: HandoffRequest) -> tuple[str, str]:
    said = words().summary
    buyer = story.message.sender.name or story.message.sender.id
    first = said["first"].format(buyer=buyer, intent=story.intent_title, wish=_wish(story, request))
    about = "，".join(shot.title for shot in snapshots(story.facts)) or _known(story) or said["no_facts"]
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


def _known(story: Story) -> str:
    return "，".join(f"{line.title} {line.value}" for line in _slots(story))


def _slots(story: Story) -> tuple[SlotLine, ...]:
    kept = story.conversation.slots.items()
    return tuple(
        SlotLine(name=str(name), title=words().slots.get(name, str(name)), value=slot.value)
        for name, slot in kept
        if slot.expires_at > story.now
    )


def _promised(story: Story) -> tuple[str, ...]:
    return tuple(promise_text(made) for made in story.conversation.promises if still_valid(made, story.now))


def _replies(story: Story, request: HandoffRequest) -> tuple[str, ...]:
    """Three different replies: the action's own first, then those for the reason."""
    address = story.settings.tone.address
    usual = (text.format(address=address) for text in words().suggested[story.reason])
    return tuple(dict.fromkeys((*request.suggested, *usual)))[: 1 + ALTERNATIVES]


def _flags(story: Story, request: HandoffRequest) -> set[Flag]:
    always = story.settings.authority.always_people
    found = _flags_of_message(story.message, angry=request.urgent and story.reason is Reason.ANGRY)
    found |= {FLAG_OF_REASON[story.reason]} if story.reason in FLAG_OF_REASON else set()
    told = {
        Flag.VIP: story.message.sender.id in always.vip_buyers,
        Flag.RISK_WORDS: any(word in story.message.text for word in always.risk_words if word),
        Flag.HIGH_VALUE: _high_value(story),
        Flag.PROMISED: bool(_promised(story)),
        Flag.OUT_OF_HOURS: not is_open(story.settings.hours, story.now),
    }
    return found | {flag for flag, holds in told.items() if holds}


def _flags_of_message(message: Message, *, angry: bool) -> set[Flag]:
    found = {Flag.PHOTO} if message.type is MessageType.IMAGE else set()
    return found | {Flag.ANGRY} if angry else found


def _high_value(story: Story) -> bool:
    limit = story.settings.authority.always_people.order_value_above
    orders = (item for fact in story.facts for item in _orders(fact.value))
    return limit is not None and any(order.amount > limit for order in orders)


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
