"""Writes tickets and briefs. Pure."""

from collections.abc import Iterable

from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.handoff import Group
from app.domain.message import Message, MessageType
from app.domain.outcome import HandoffRequest
from app.domain.ticket import Ticket
from handoff.acknowledgement import group_title
from handoff.brief import Brief, BriefDeadlines, Flag, FlagLine, SlotLine
from handoff.deadlines import is_open, ticket_deadlines
from handoff.order_fields import (
    WordingContext,
    fill_first_template,
    order_fields,
    order_status_line,
    public_fields,
)
from handoff.order_in_question import (
    OrderSituation,
    order_situation,
    orders_in,
    skus_in,
)
from handoff.phrases import handoff_phrases
from handoff.promises import is_still_valid, promise_text
from handoff.routing import RoutingSubject, choose_group, choose_priority
from handoff.snapshot import Snapshot, take_snapshots
from handoff.story import HandoffContext
from handoff.suggestions import FAULT_STANDINGS, SuggestionContext, suggest_replies

LONGEST_LINE = 200
LONGEST_WISH = 60
LONGEST_QUOTE = 30
MOST_ORDERS_LISTED = 3

FLAGS = tuple(Flag)
# Promotions are looked up with every price and would bury the goods in question.
SUMMARY_KINDS = frozenset({"sku", "product"})
# Promises that an agent has to keep; sums and dates are read from the facts again.
BINDING_PROMISES = frozenset({"price", "discount", "coupon", "gift", "compensation"})

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


def create_ticket(story: HandoffContext) -> Ticket:
    """Creates a queued ticket with its brief, group, priority and deadlines."""
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
        buyer=story.message.sender.id,
        buyer_name=story.message.sender.name,
    )


def write_brief(story: HandoffContext) -> Brief:
    """Writes the brief of a handoff."""
    request = story.request or HandoffRequest(story.reason)
    shots = take_snapshots(story.facts, story.settings.hours.zone, story.speaking.names)
    subject = RoutingSubject(story.group, story.matter.most_pressing, story.message.text)
    group = choose_group(story.reason, subject, request, story.settings)
    priority = choose_priority(story.reason, request)
    suggested, *others = _suggest_for_request(story, request)
    return Brief(
        reason=story.reason,
        reason_text=reason_text(story.reason, story.intent),
        summary=_write_summary(story, request, shots),
        buyer=story.message.sender.id,
        buyer_name=story.message.sender.name,
        wish=_buyer_wish(story, request),
        intent=story.intent,
        intent_title=story.intent_title,
        confidence=min(max(story.confidence, 0.0), 1.0),
        slots=_slot_lines(story),
        collected=dict(request.collected),
        notes=(*request.notes, *_foreign_order_notes(story), *_other_troubled_orders(story)),
        margins=request.margins,
        snapshots=shots,
        tried=_bot_tries(story),
        promised=_valid_promise_texts(story),
        suggested_reply=suggested,
        alternatives=(others[0], others[1]),
        flags=flag_lines(_collect_flags(story)),
        group=group,
        group_title=group_title(story.settings, group),
        priority=priority,
        priority_title=handoff_phrases().priorities[priority],
        created_at=story.now,
        updated_at=story.now,
        deadlines=_brief_deadlines(story, group),
    )


def reason_text(reason: Reason, intent: str) -> str:
    """The reason in Chinese, in the intent's own words if it has any."""
    return handoff_phrases().reasons_by_intent.get(intent, {}).get(reason) or handoff_phrases().reasons[reason]


def _brief_deadlines(story: HandoffContext, group: Group) -> BriefDeadlines:
    timed = ticket_deadlines(story.settings, group, story.now)
    return BriefDeadlines(first_response=timed.first_response_due, resolve=timed.resolve_due, close=timed.close_due)


def _write_summary(story: HandoffContext, request: HandoffRequest, shots: Iterable[Snapshot]) -> tuple[str, str]:
    said = handoff_phrases().summary
    buyer = story.message.sender.name or story.message.sender.id
    sure = story.confidence >= story.settings.thresholds.answer and story.names_business
    first = said["first" if sure else "first_bare"].format(
        buyer=buyer, intent=story.intent_title, wish=_buyer_wish(story, request)
    )
    about = _order_summary(story) or _snapshot_titles(shots) or _slot_summary(story) or _no_facts_phrase(story)
    return first, said["second"].format(facts=_truncate_line(about, LONGEST_LINE), tried=_tries_phrase(story))


def _buyer_wish(story: HandoffContext, request: HandoffRequest) -> str:
    return _truncate_line(request.wish or message_phrase(story.message), LONGEST_WISH)


def _tries_phrase(story: HandoffContext) -> str:
    said, tries = handoff_phrases().summary, _bot_tries(story)
    if not tries:
        return said["spoken" if story.conversation.used_replies else "not_tried"]
    return said["tried"].format(count=len(tries), last=_truncate_line(tries[-1], LONGEST_WISH))


def _bot_tries(story: HandoffContext) -> tuple[str, ...]:
    """The bot's answers, with the one of this turn."""
    if not story.said:
        return story.conversation.tried
    return (
        *story.conversation.tried,
        handoff_phrases().summary["said"].format(text=_truncate_line(story.said, LONGEST_WISH)),
    )


def _order_summary(story: HandoffContext) -> str:
    """The order in question with its status; of several, each in short."""
    matter, said = story.matter, handoff_phrases().summary
    if matter.meant:
        line = {**story.about, "standing": order_status_line(matter.meant, story.about)}
        return fill_first_template((said["meant"], said["meant_bare"]), line)
    told = "；".join(_short_order_line(each, story.speaking) for each in matter.others[:MOST_ORDERS_LISTED])
    return said["several"].format(orders=told) if told else ""


def _short_order_line(matter: OrderSituation, speaking: WordingContext, key: str = "one_of_several") -> str:
    known = order_fields(matter, speaking)
    return handoff_phrases().summary[key].format(tail=known["tail"], standing=order_status_line(matter, known))


def _other_troubled_orders(story: HandoffContext) -> tuple[str, ...]:
    """Notes on the buyer's other orders that are late or stuck."""
    matter = story.matter
    told = {each.order.order_id for each in ((matter.meant,) if matter.meant else matter.others)}
    orders = {order.order_id: order for fact in story.facts for order in orders_in(fact.value)}
    buyer = story.message.sender.id
    theirs = [each for each in orders.values() if each.buyer == buyer and each.order_id not in told]
    skus = skus_in((*story.facts, *story.goods)) if theirs else {}
    found = (order_situation(order, skus, story.settings, story.now) for order in theirs)
    return tuple(_short_order_line(each, story.speaking, "also") for each in found if each.standing in FAULT_STANDINGS)


def _no_facts_phrase(story: HandoffContext) -> str:
    return handoff_phrases().summary["no_orders" if story.buyer_orders == 0 else "no_facts"]


def _snapshot_titles(shots: Iterable[Snapshot]) -> str:
    return "，".join(shot.title for shot in shots if shot.kind in SUMMARY_KINDS)


UNTOLD_SLOTS = frozenset(
    {
        SlotName.SHOWN_ORDER,
        SlotName.FOCUS,
        SlotName.OFFERED,
        SlotName.WANTED,
        SlotName.OWNED,
        SlotName.CONDITION,
        SlotName.USERS,
        SlotName.LANGUAGE,
    }
)
"""What the conversation keeps for itself: nothing that a person reads in a brief."""


def _slot_summary(story: HandoffContext) -> str:
    return "，".join(f"{line.title} {line.text}" for line in _slot_lines(story))


def _slot_lines(story: HandoffContext) -> tuple[SlotLine, ...]:
    return tuple(
        SlotLine(
            name=str(name),
            title=handoff_phrases().slots.get(name, str(name)),
            value=slot.value,
            text=story.names.get(slot.value, slot.value),
        )
        for name, slot in story.conversation.slots.items()
        if slot.expires_at > story.now and name not in UNTOLD_SLOTS
    )


def _valid_promise_texts(story: HandoffContext) -> tuple[str, ...]:
    standing = (promise_text(made) for made in story.conversation.promises if is_still_valid(made, story.now))
    return tuple(dict.fromkeys(standing))


def suggest_next_replies(story: HandoffContext) -> tuple[str, ...]:
    """Suggests the next replies."""
    return _suggest_for_request(story, story.request or HandoffRequest(story.reason))


def _suggest_for_request(story: HandoffContext, request: HandoffRequest) -> tuple[str, ...]:
    matter, stranger = story.matter, _foreign_order_notes(story)
    standing = matter.meant.standing if matter.meant else None
    about = public_fields(story.about) if stranger else story.about
    known = {**_product_field(story), **request.collected, **about, **_promise_field(story)}
    known |= {"address": story.settings.tone.address} | _photo_field(story) | _question_field(story)
    if stranger:
        known["stranger"] = stranger[0]
    return suggest_replies(SuggestionContext(story.reason, story.intent, standing, known), request.suggested)


def _foreign_order_notes(story: HandoffContext) -> tuple[str, ...]:
    """A warning when the order is another buyer's."""
    order = story.matter.meant.order if story.matter.meant else None
    if order is None or order.buyer in {"", story.message.sender.id}:
        return ()
    return (handoff_phrases().summary["stranger"].format(order=order.order_id),)


def _product_field(story: HandoffContext) -> dict[str, str]:
    """The name of the product in view."""
    slots = (story.conversation.current_slot(name, story.now) for name in (SlotName.SKU, SlotName.PRODUCT))
    named = [story.speaking.names[slot] for slot in slots if slot and slot in story.speaking.names]
    return {"product": named[0]} if named else {}


def _promise_field(story: HandoffContext) -> dict[str, str]:
    promises = (made for made in story.conversation.promises if made.get("kind") in BINDING_PROMISES)
    standing = [promise_text(made) for made in promises if is_still_valid(made, story.now)]
    return {"promised": standing[-1]} if standing else {}


def _question_field(story: HandoffContext) -> dict[str, str]:
    """The buyer's words, if they are short enough to quote."""
    text = story.message.text.strip().rstrip("。？！?!~… ")
    return {"asked": text} if text and len(text) <= LONGEST_QUOTE and story.message.type is MessageType.TEXT else {}


def _photo_field(story: HandoffContext) -> dict[str, str]:
    photo = handoff_phrases().summary["photo"]
    return {handoff_phrases().summary["photo_known"]: photo} if story.message.type is MessageType.IMAGE else {}


def _collect_flags(story: HandoffContext) -> set[Flag]:
    always = story.settings.authority.always_people
    told = (
        (Flag.VIP, story.message.sender.id in always.vip_buyers),
        (Flag.RISK_WORDS, any(word in story.message.text for word in always.risk_words if word)),
        (Flag.HIGH_VALUE, _is_high_value(story)),
        (Flag.PROMISED, bool(_valid_promise_texts(story))),
        (Flag.OUT_OF_HOURS, not is_open(story.settings.hours, story.now)),
    )
    reason = FLAG_OF_REASON.get(story.reason)
    return message_flags(story.message) | {flag for flag, holds in told if holds} | ({reason} if reason else set())


def message_flags(message: Message) -> set[Flag]:
    """The flags of a message beside its text."""
    return {Flag.PHOTO} if message.type is MessageType.IMAGE else set()


def _is_high_value(story: HandoffContext) -> bool:
    limit = story.settings.authority.always_people.order_value_above
    matter = story.matter
    orders = (matter.meant,) if matter.meant else matter.others
    return limit is not None and any(each.order.total_amount > limit for each in orders)


def flag_lines(flags: Iterable[Flag]) -> tuple[FlagLine, ...]:
    """The flags in their fixed order, with Chinese texts."""
    wanted = set(flags)
    return tuple(FlagLine(code=flag, text=handoff_phrases().flags[flag]) for flag in FLAGS if flag in wanted)


def message_phrase(message: Message) -> str:
    """A message as the brief quotes it: its type, then its text."""
    said = handoff_phrases().summary
    kinds = {MessageType.IMAGE: said["photo"], MessageType.TEXT: ""}
    text = f"{kinds.get(message.type, said['card'])}{message.text.strip()}"
    return _truncate_line(text, LONGEST_LINE) or said["nothing"]


def shorten_line(text: str) -> str:
    """A line as a list shows it."""
    return _truncate_line(" ".join(text.split()), LONGEST_LINE)


def _truncate_line(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
