"""Opens a ticket and keeps its brief growing; pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, TypeAdapter

from app.domain.conversation import Conversation, SlotName
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group, Priority
from app.domain.message import Message, MessageType
from app.domain.outcome import HandoffRequest
from app.domain.ticket import Ticket
from app.shop.schema import ShopSettings
from handoff.acknowledgement import group_title
from handoff.brief import Brief, Dues, Flag, FlagLine, SlotLine, Update
from handoff.deadlines import clocks, is_open
from handoff.order_fields import Speaking, first_filled, matter_words, order_words, standing_line, withheld
from handoff.order_in_question import Matter, OrderMatter, find_matter, order_matter, orders_in, skus_in
from handoff.phrases import words
from handoff.promises import promise_text, still_valid
from handoff.routing import Subject, prioritise, route
from handoff.snapshot import Snapshot, snapshots, titles
from handoff.suggestions import OUR_FAULT, Occasion, suggestions

# Bounds: a flood of messages while waiting must not grow a row without end.
MOST_UPDATES = 50
LONGEST_LINE = 200
LONGEST_WISH = 60
SAID_BACK = 30
MOST_ORDERS_TOLD = 3

FLAGS = tuple(Flag)
STAMP = TypeAdapter(AwareDatetime)
TROUBLE = frozenset({Flag.ANGRY, Flag.COMPLAINT, Flag.RISK_WORDS})
# Promotions are looked up with every price and would bury what the matter is about.
TOLD_IN_SUMMARY = frozenset({"sku", "product"})
# Titles of these tell an agent nothing.
SAYS_LITTLE = frozenset({"unclear", "other", "acknowledgement", "greeting"})
# Promises an agent must know to keep; a sum or a date is told again from the facts.
KEPT_PROMISES = frozenset({"price", "discount", "coupon", "gift", "compensation"})

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
        of_orders: whether orders are spoken of, so that the buyer's order in progress is the one meant.
        buyer_orders: how many orders the shop knows of the buyer; None when it could not be looked up.
        goods: those in the buyer's other orders: for their names and dates, no snapshots of their own.
        said: what the bot tells the buyer in this turn, beside that people are coming.
        names: of what was looked at, by id.
        speaking, matter, about: how orders are spoken of in this brief, the order it is about, and what is known of it.
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
    of_orders: bool = False
    buyer_orders: int | None = None
    goods: tuple[Fact[Any], ...] = ()
    said: str = ""
    names: Mapping[str, str] = field(init=False)
    speaking: Speaking = field(init=False)
    matter: Matter = field(init=False)
    about: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """What every part of the brief asks for."""
        object.__setattr__(self, "names", titles(self.facts))
        object.__setattr__(self, "speaking", self._speaking())
        object.__setattr__(self, "matter", self._matter())
        object.__setattr__(self, "about", matter_words(self.matter, self.speaking))

    def _speaking(self) -> Speaking:
        known = (*self.goods, *self.facts)
        short = {sku_id: sku.title for sku_id, sku in skus_in(known).items()}
        return Speaking(self.now, self.settings.hours, {**titles(self.goods), **self.names}, short)

    def _matter(self) -> Matter:
        """One spoken of before is not meant, when something to buy is asked after now."""
        given = self.request.collected.get(words().slots[SlotName.ORDER]) if self.request else None
        spoken_of = self.conversation.slot(SlotName.ORDER, self.now) if self.of_orders else None
        facts = (*self.facts, *self.goods)
        return find_matter(facts, spoken_of or given, self.settings, self.now, of_orders=self.of_orders)


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
    shots = snapshots(story.facts, _zone(story.settings), story.speaking.names)
    subject = Subject(story.group, story.matter.pressing, story.message.text)
    group = route(story.reason, subject, request, story.settings)
    priority = prioritise(story.reason, request)
    suggested, *others = _replies(story, request)
    return Brief(
        reason=story.reason,
        reason_text=reason_text(story.reason, story.intent),
        summary=_summary(story, request, shots),
        buyer=story.message.sender.id,
        buyer_name=story.message.sender.name,
        wish=_wish(story, request),
        intent=story.intent,
        intent_title=story.intent_title,
        confidence=min(max(story.confidence, 0.0), 1.0),
        slots=_slots(story),
        collected=dict(request.collected),
        notes=(*request.notes, *_not_theirs(story), *_elsewhere(story)),
        snapshots=shots,
        tried=_tries(story),
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


def reason_text(reason: Reason, intent: str) -> str:
    """The reason in Chinese words, in those of the intent where it has its own."""
    return words().reasons_by_intent.get(intent, {}).get(reason) or words().reasons[reason]


@dataclass(frozen=True, slots=True)
class Addition:
    """What a buyer who waits has added: how it read, what was looked up for it, and what to be careful about now.

    `replies`, where given, take the place of those suggested before.
    """

    message: Message
    settings: ShopSettings
    now: datetime
    intent_title: str = ""
    facts: tuple[Fact[Any], ...] = ()
    flags: frozenset[Flag] = frozenset()
    replies: tuple[str, ...] = ()


def add_to_brief(ticket: Ticket, more: Addition) -> Ticket:
    """The ticket with the buyer's further message in its brief; trouble makes it urgent.

    The stored document is added to as it is: reading and writing all of it would cost more with every message.
    """
    told = ticket.brief
    flags = {Flag(line["code"]) for line in told.get("flags", ())} | more.flags | _flags_of_message(more.message)
    priority = Priority.URGENT if more.flags & TROUBLE else ticket.priority
    fresh = snapshots(more.facts, _zone(more.settings)) if more.facts else ()
    known = {(shot.kind, shot.id) for shot in fresh}
    old = [shot for shot in told.get("snapshots", ()) if (shot["kind"], shot["id"]) not in known]
    grown = {
        **told,
        "updates": [*told.get("updates", ()), _stored(_update(more))][-MOST_UPDATES:],
        "snapshots": [*old, *map(_stored, fresh)],
        "flags": [_stored(line) for line in _flag_lines(flags)],
        "priority": priority.value,
        "priority_title": words().priorities[priority],
        "updated_at": STAMP.dump_python(more.now, mode="json"),
    }
    if more.replies:
        grown |= {"suggested_reply": more.replies[0], "alternatives": list(more.replies[1:3])}
    return replace(ticket, priority=priority, brief=grown)


def _update(more: Addition) -> Update:
    message = more.message
    return Update(at=message.sent_at, text=_spoken(message), type=message.type, intent_title=more.intent_title)


def _stored(part: BaseModel) -> dict[str, Any]:
    return part.model_dump(mode="json")


def _dues(story: Story, group: Group) -> Dues:
    timed = clocks(story.settings, group, story.now)
    return Dues(first_response=timed.first_response_due, resolve=timed.resolve_due, close=timed.close_due)


def _summary(story: Story, request: HandoffRequest, shots: Iterable[Snapshot]) -> tuple[str, str]:
    said = words().summary
    buyer = story.message.sender.name or story.message.sender.id
    sure = story.confidence >= story.settings.thresholds.answer and story.intent not in SAYS_LITTLE
    first = said["first" if sure else "first_bare"].format(
        buyer=buyer, intent=story.intent_title, wish=_wish(story, request)
    )
    about = _of_order(story) or _looked_up(shots) or _known(story) or _of_nothing(story)
    return first, said["second"].format(facts=_cut(about, LONGEST_LINE), tried=_tried(story))


def _wish(story: Story, request: HandoffRequest) -> str:
    return _cut(request.wish or _spoken(story.message), LONGEST_WISH)


def _tried(story: Story) -> str:
    said, tries = words().summary, _tries(story)
    if not tries:
        return said["spoken" if story.conversation.used_replies else "not_tried"]
    return said["tried"].format(count=len(tries), last=_cut(tries[-1], LONGEST_WISH))


def _tries(story: Story) -> tuple[str, ...]:
    """What the bot answered, with what it says in this very turn."""
    if not story.said:
        return story.conversation.tried
    return (*story.conversation.tried, words().summary["said"].format(text=_cut(story.said, LONGEST_WISH)))


def _of_order(story: Story) -> str:
    """The order meant and where it stands; of several, each in short."""
    matter, said = story.matter, words().summary
    if matter.meant:
        line = {**story.about, "standing": standing_line(matter.meant, story.about)}
        return first_filled((said["meant"], said["meant_bare"]), line)
    told = "；".join(_in_short(each, story.speaking) for each in matter.others[:MOST_ORDERS_TOLD])
    return said["several"].format(orders=told) if told else ""


def _in_short(matter: OrderMatter, speaking: Speaking, key: str = "one_of_several") -> str:
    known = order_words(matter, speaking)
    return words().summary[key].format(tail=known["tail"], standing=standing_line(matter, known))


def _elsewhere(story: Story) -> tuple[str, ...]:
    """The buyer's orders that are late or stuck, though this is about something else."""
    matter = story.matter
    told = {each.order.order_id for each in ((matter.meant,) if matter.meant else matter.others)}
    orders = {order.order_id: order for fact in story.facts for order in orders_in(fact.value)}
    buyer = story.message.sender.id
    theirs = [each for each in orders.values() if each.buyer == buyer and each.order_id not in told]
    skus = skus_in((*story.facts, *story.goods)) if theirs else {}
    found = (order_matter(order, skus, story.settings, story.now) for order in theirs)
    return tuple(_in_short(each, story.speaking, "also") for each in found if each.standing in OUR_FAULT)


def _of_nothing(story: Story) -> str:
    return words().summary["no_orders" if story.buyer_orders == 0 else "no_facts"]


def _looked_up(shots: Iterable[Snapshot]) -> str:
    return "，".join(shot.title for shot in shots if shot.kind in TOLD_IN_SUMMARY)


def _known(story: Story) -> str:
    return "，".join(f"{line.title} {line.text}" for line in _slots(story))


def _slots(story: Story) -> tuple[SlotLine, ...]:
    return tuple(
        SlotLine(
            name=str(name),
            title=words().slots.get(name, str(name)),
            value=slot.value,
            text=story.names.get(slot.value, slot.value),
        )
        for name, slot in story.conversation.slots.items()
        if slot.expires_at > story.now and name != SlotName.SHOWN_ORDER
    )


def _promised(story: Story) -> tuple[str, ...]:
    standing = (promise_text(made) for made in story.conversation.promises if still_valid(made, story.now))
    return tuple(dict.fromkeys(standing))


def next_replies(story: Story) -> tuple[str, ...]:
    """What could be sent next, as the story stands now."""
    return _replies(story, story.request or HandoffRequest(story.reason))


def _replies(story: Story, request: HandoffRequest) -> tuple[str, ...]:
    matter, stranger = story.matter, _not_theirs(story)
    standing = matter.meant.standing if matter.meant else None
    about = withheld(story.about) if stranger else story.about
    known = {**_goods_words(story), **request.collected, **about, **_kept(story)}
    known |= {"address": story.settings.tone.address} | _photo(story) | _asked(story)
    if stranger:
        known["stranger"] = stranger[0]
    return suggestions(Occasion(story.reason, story.intent, standing, known), request.suggested)


def _not_theirs(story: Story) -> tuple[str, ...]:
    """A word of care where the order is somebody else's."""
    order = story.matter.meant.order if story.matter.meant else None
    if order is None or order.buyer in {"", story.message.sender.id}:
        return ()
    return (words().summary["stranger"].format(order=order.order_id),)


def _goods_words(story: Story) -> dict[str, str]:
    """The product spoken of, by its name."""
    slots = (story.conversation.slot(name, story.now) for name in (SlotName.SKU, SlotName.PRODUCT))
    named = [story.speaking.names[slot] for slot in slots if slot and slot in story.speaking.names]
    return {"product": named[0]} if named else {}


def _kept(story: Story) -> dict[str, str]:
    promises = (made for made in story.conversation.promises if made.get("kind") in KEPT_PROMISES)
    standing = [promise_text(made) for made in promises if still_valid(made, story.now)]
    return {"promised": standing[-1]} if standing else {}


def _asked(story: Story) -> dict[str, str]:
    """The buyer's words, where they are short enough to say back."""
    text = story.message.text.strip().rstrip("。？！?!~… ")
    return {"asked": text} if text and len(text) <= SAID_BACK and story.message.type is MessageType.TEXT else {}


def _photo(story: Story) -> dict[str, str]:
    photo = words().summary["photo"]
    return {words().summary["photo_known"]: photo} if story.message.type is MessageType.IMAGE else {}


def _flags(story: Story) -> set[Flag]:
    always = story.settings.authority.always_people
    told = (
        (Flag.VIP, story.message.sender.id in always.vip_buyers),
        (Flag.RISK_WORDS, any(word in story.message.text for word in always.risk_words if word)),
        (Flag.HIGH_VALUE, _high_value(story)),
        (Flag.PROMISED, bool(_promised(story))),
        (Flag.OUT_OF_HOURS, not is_open(story.settings.hours, story.now)),
    )
    reason = FLAG_OF_REASON.get(story.reason)
    return _flags_of_message(story.message) | {flag for flag, holds in told if holds} | ({reason} if reason else set())


def _flags_of_message(message: Message) -> set[Flag]:
    return {Flag.PHOTO} if message.type is MessageType.IMAGE else set()


def _high_value(story: Story) -> bool:
    limit = story.settings.authority.always_people.order_value_above
    matter = story.matter
    orders = (matter.meant,) if matter.meant else matter.others
    return limit is not None and any(each.order.amount > limit for each in orders)


def _zone(settings: ShopSettings) -> ZoneInfo:
    return ZoneInfo(settings.hours.timezone)


def _flag_lines(flags: Iterable[Flag]) -> tuple[FlagLine, ...]:
    wanted = set(flags)
    return tuple(FlagLine(code=flag, text=words().flags[flag]) for flag in FLAGS if flag in wanted)


def _spoken(message: Message) -> str:
    said = words().summary
    kinds = {MessageType.IMAGE: said["photo"], MessageType.TEXT: ""}
    text = f"{kinds.get(message.type, said['card'])}{message.text.strip()}"
    return _cut(text, LONGEST_LINE) or said["nothing"]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
