"""Rows of a batch: what each table gets of a turn."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from app.delivery.ports import DeliveryReceipt, lane_of
from app.domain.conversation import Conversation
from app.domain.events import Event, TicketRated
from app.domain.message import ConversationKey, Message
from app.domain.outbox import OutboxRow
from app.domain.outcome import RecordRating, RecordUrge, Spend
from app.domain.ticket import BuyerWait, Ticket, TicketRating
from app.domain.written_turn import Turn
from app.storage import codec
from app.storage.explanation import turn_explanation
from app.storage.writing.statements import (
    Row,
)

KeyRow = tuple[str, str, str]


BudgetRow = tuple[str, str]


URGENCY = {"urgent": 0, "high": 1, "normal": 2}


PENDING = "pending"


ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message to keep until its turn comes; its events and rows to send are written only when it is new."""

    message: Message
    events: tuple[Event, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()


Item = Turn | Arrival | DeliveryReceipt


def key_row(key: ConversationKey) -> KeyRow:
    """The key as the first columns of every table."""
    return (key.shop, key.channel, key.conversation)


def message_key(message: Message) -> KeyRow:
    """What makes a message unique."""
    return (message.key.shop, message.key.channel, message.id)


def conversation_row(conversation: Conversation, version: int, at: int) -> Row:
    """A row of `conversations`, in the order of its columns; the version column rules over the one in the state."""
    return (
        *key_row(conversation.key),
        version,
        conversation.owner.value,
        conversation.buyer,
        codec.encode_conversation(conversation),
        at,
    )


def ticket_row(ticket: Ticket) -> Row:
    """A row of `tickets`, in the order of its columns."""
    key = ticket.key
    return (
        key.shop,
        ticket.id,
        key.channel,
        key.conversation,
        ticket.reason.value,
        ticket.group.value,
        ticket.priority.value,
        URGENCY[ticket.priority.value],
        ticket.state.value,
        codec.encode_time(ticket.created_at),
        codec.encode_time(ticket.first_response_due),
        codec.encode_time(ticket.resolve_due),
        codec.encode_time(ticket.close_due),
        ticket.claimed_by,
        codec.encode_optional_time(ticket.claimed_at),
        codec.encode_optional_time(ticket.first_response_at),
        codec.encode_optional_time(ticket.resolved_at),
        "",
        codec.encode_json(ticket.brief),
        ticket.last_change,
        ticket.changed_by,
        ticket.version,
        ticket.trace_id,
        ticket.buyer,
        ticket.buyer_name and codec.strip_nul(ticket.buyer_name),
        *wait_cells(ticket).values(),
        0,
        0,
        *rating_cells(ticket).values(),
        ticket.answers,
        ticket.answers_in_time,
        ticket.misses,
    )


def rating_cells(ticket: Ticket) -> dict[str, Any]:
    """How the buyer was served: columns of `tickets`, in their order."""
    rating = ticket.rating or TicketRating()
    return {
        "rating_asked_at": codec.encode_optional_time(rating.asked_at),
        "rating": rating.score,
        "rating_words": codec.strip_nul(rating.words),
        "rated_at": codec.encode_optional_time(rating.at),
        "rated_via": rating.via,
    }


def wait_cells(ticket: Ticket) -> dict[str, Any]:
    """What waits on a ticket, and its last line: columns of `tickets`, in their order."""
    last = ticket.last_line
    return {
        "waiting_since": codec.encode_optional_time(ticket.waiting_since),
        "answer_due": codec.encode_optional_time(ticket.answer_due),
        "closing": int(ticket.closing),
        "unread": ticket.unread,
        "last_author": last.author if last else "",
        "last_line": codec.strip_nul(last.text) if last else "",
        "last_at": codec.encode_time(last.at) if last else None,
        **_aside_cells(ticket),
        "escalated": ticket.escalated,
    }


def _aside_cells(ticket: Ticket) -> dict[str, Any]:
    """Where a ticket rings, and whether it is put aside."""
    passed, aside = ticket.transfer, ticket.snooze
    return {
        "transferred_by": passed.by if passed else None,
        "transfer_note": codec.strip_nul(passed.note) if passed else "",
        "transferred_at": codec.encode_time(passed.at) if passed else None,
        "returns_at": codec.encode_time(passed.returns_at) if passed else None,
        "snoozed_by": aside.by if aside else None,
        "snoozed_until": codec.encode_optional_time(aside.until) if aside else None,
    }


def wait_values(turn: Turn, wait: BuyerWait) -> dict[str, Any]:
    """What the buyer wrote, for the statement that notes it on the ticket."""
    return {
        "its_shop": turn.conversation.key.shop,
        "its_id": wait.ticket_id,
        "since": codec.encode_time(wait.since),
        "due": codec.encode_time(wait.due),
        "takes_leave": int(wait.closing),
        "messages": wait.messages,
        "line": codec.strip_nul(wait.line.text),
        "at": codec.encode_time(wait.line.at),
    }


def rating_values(turn: Turn) -> Iterable[dict[str, Any]]:
    """How buyers were served, for the statement that notes it on their tickets."""
    for rating in turn.effects:
        if isinstance(rating, RecordRating):
            yield {
                "its_shop": turn.conversation.key.shop,
                "its_id": rating.ticket_id,
                "score": rating.score,
                "words": codec.strip_nul(rating.words),
                "at": codec.encode_time(turn.at),
            }


def follow_up_values(turn: Turn) -> Iterable[dict[str, Any]]:
    """What people are reminded of by ratings."""
    for rating in turn.effects:
        if isinstance(rating, RecordRating) and rating.follow_up:
            yield reminder_values(turn.conversation.key.shop, rating.ticket_id, rating.follow_up, turn.at)


def reminder_values(shop: str, ticket_id: str, about: str, at: datetime) -> dict[str, Any]:
    """One of them."""
    return {
        "its_shop": shop,
        "its_id": ticket_id,
        "about": codec.strip_nul(about),
        "at": codec.encode_time(at),
    }


def rating_history_rows(turn: Turn) -> Iterable[Row]:
    """The same for the tickets' histories, in the order of its columns."""
    key, at = turn.conversation.key, codec.encode_time(turn.at)
    for rating in turn.effects:
        if isinstance(rating, RecordRating):
            entry = (rating.ticket_id, f"rated:{turn.trace_id}", key.channel, key.conversation, at)
            yield (key.shop, *entry, "", TicketRated.kind, describe_rating(rating.score, rating.words), "", 0)


def describe_rating(score: int, words: str) -> str:
    """A rating as a ticket's history tells it."""
    return codec.strip_nul(f"{score} {words}".strip())


def outbox_row(key: ConversationKey, row: OutboxRow, at: int) -> Row:
    """A row of `outbox`, in the order of its columns."""
    payload = codec.encode_json(row.payload)
    lane = lane_of(key.shop, row.destination).name
    about = (key.channel, key.conversation, row.kind, row.destination, payload)
    return (key.shop, row.id, *about, PENDING, 0, at, at, None, None, int(row.until_takeover), lane)


def state_row(turn: Turn) -> Row:
    """The conversation after a turn, with the next version."""
    return conversation_row(turn.conversation, turn.expected_version + 1, codec.encode_time(turn.at))


def fresh_row(first: Message) -> Row:
    """A conversation that its first message creates."""
    fresh = Conversation(first.key, version=1, buyer=first.sender.id)
    return conversation_row(fresh, 1, codec.encode_time(first.received_at))


def turn_row(turn: Turn) -> Row:
    """The turn with its answer and its explanation as JSON."""
    key = turn.conversation.key
    documents = (codec.encode_json(turn.body), codec.encode_json(turn_explanation(turn)))
    return (key.shop, turn.trace_id, key.channel, key.conversation, codec.encode_time(turn.at), *documents)


def message_rows(turns: Iterable[Turn]) -> list[Row]:
    """The messages that turns answered."""
    return [
        codec.encode_message(message, ANSWERED, turn.trace_id, turn.expected_version + 1)
        for turn in turns
        for message in turn.messages
    ]


def arrival_rows(arrivals: Iterable[Message]) -> list[Row]:
    """Messages that wait for their turn, after every line of their conversation."""
    return [codec.encode_message(message, PENDING, None, codec.PENDING_POSITION) for message in arrivals]


def reply_rows(turn: Turn) -> Iterable[Row]:
    """The lines the bot says in a turn."""
    key, at = turn.conversation.key, codec.encode_time(turn.at)
    for reply in turn.replies:
        said = ("bot", None, reply.text, at, codec.encode_content(reply.content), turn.expected_version + 1, "")
        yield (key.shop, key.channel, reply.id, key.conversation, *said)


def urge_rows(turn: Turn) -> Iterable[Row]:
    """The urges a turn records."""
    key, at = turn.conversation.key, codec.encode_time(turn.at)
    for urge in turn.effects:
        if isinstance(urge, RecordUrge):
            what = (uuid4().hex, urge.order_id, urge.sku_id, urge.why)
            who = (key.channel, key.conversation, turn.conversation.buyer)
            yield (key.shop, *what, *who, "open", 1, at, at, None, None)


def outbox_rows(written: Turn | Arrival, shift: Callable[[int], int]) -> Iterable[Row]:
    """What goes out with a turn or an arrival, in order: each row is due a microsecond after the one before.

    `shift` makes the database's time of ours.
    """
    if isinstance(written, Turn):
        key, at = written.conversation.key, written.at
    else:
        key, at = written.message.key, written.message.received_at
    due = shift(codec.encode_time(at))
    for place, row in enumerate(written.outbox):
        yield outbox_row(key, row, due + place)


def primary_key(row: Row) -> tuple[Any, ...]:
    """The first three columns, which name a row in every table of a batch."""
    return row[:3]


def conversation_keys(items: Iterable[Item]) -> list[Row]:
    """Keys of the conversations that turns write."""
    return [key_row(item.conversation.key) for item in items if isinstance(item, Turn)]


def message_keys(items: Iterable[Item]) -> list[Row]:
    """Keys of every message in a batch."""
    return [message_key(message) for item in items for message in item_messages(item)]


def list_spends(turn: Turn) -> list[Spend]:
    """What a turn takes from budgets."""
    return [effect for effect in turn.effects if isinstance(effect, Spend)]


def budget_keys(items: Iterable[Item]) -> list[Row]:
    """Keys of the budgets that a batch spends from, sorted."""
    turns = [item for item in items if isinstance(item, Turn)]
    return sorted({(turn.conversation.key.shop, spending.budget) for turn in turns for spending in list_spends(turn)})


def delivery_key(message: Message) -> KeyRow:
    """The platform's delivery id of a message within its shop and channel."""
    return (message.key.shop, message.key.channel, message.delivery_id or "")


def delivery_keys(items: Iterable[Item]) -> list[Row]:
    """Keys of the deliveries in a batch."""
    return [delivery_key(message) for item in items for message in item_messages(item) if message.delivery_id]


def delivery_rows(messages: Iterable[Message]) -> list[Row]:
    """The deliveries that brought these messages."""
    return [
        (*delivery_key(message), message.id, message.key.conversation, codec.encode_time(message.received_at))
        for message in messages
        if message.delivery_id
    ]


def item_messages(item: Item) -> tuple[Message, ...]:
    """The messages an item of a batch brings."""
    if isinstance(item, Turn):
        return item.messages
    return (item.message,) if isinstance(item, Arrival) else ()
