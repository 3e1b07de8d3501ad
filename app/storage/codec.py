"""Turns our frozen types into columns and back; nothing here touches a database."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json
from sqlalchemy import RowMapping

from app.domain.content import TEXT_ONLY, Content
from app.domain.conversation import Conversation
from app.domain.message import ConversationKey, Message, MessageContext, MessageType, Sender
from app.errors import ReusedIdError

_CONVERSATION = TypeAdapter(Conversation)
_CONTEXT = TypeAdapter(MessageContext)
_CONTENT = TypeAdapter(Content)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NO_CONTEXT = MessageContext()
_MONEY_SCALE = 10_000
IDENTITY_COLUMNS = ("conversation", "sender_id", "text", "type", "context", "content")
"""What a message is, beside its id: the same id with another of these is no retry."""
_IDENTITY_FIELDS = ("conversation", "sender.id", "text", "type", "context", "parts")
PENDING_POSITION = 2**62
"""Where a message that waits for its turn stands among the lines: last."""


DAY = timedelta(days=1) // _MICROSECOND
"""In microseconds, as durations are stored."""


def encode_time(at: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (at - _EPOCH) // _MICROSECOND


def encode_duration(lasted: timedelta) -> int:
    """Microseconds of a duration."""
    return lasted // _MICROSECOND


def encode_optional_time(at: datetime | None) -> int | None:
    """The same for a time that may be missing."""
    return None if at is None else encode_time(at)


def decode_time(at: int) -> datetime:
    """The aware UTC time of `micros`."""
    return _EPOCH + timedelta(microseconds=at)


def decode_optional_time(at: int | None) -> datetime | None:
    """The same for a time that may be missing."""
    return None if at is None else decode_time(at)


def encode_money(amount: Decimal) -> int:
    """1/10000 元, exactly; a finer amount is refused."""
    scaled = amount * _MONEY_SCALE
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} is finer than 1/{_MONEY_SCALE} 元")
    return int(scaled)


def decode_money(stored: int) -> Decimal:
    """元 of `money`."""
    return Decimal(stored) / _MONEY_SCALE


def encode_json(value: Mapping[str, Any]) -> str:
    """A JSON document as text; dates, decimals and enums as pydantic writes them."""
    return to_json(value).decode()


def decode_json(text: str) -> dict[str, Any]:
    """What `document` wrote."""
    found: dict[str, Any] = from_json(text)
    return found


def encode_conversation(conversation: Conversation) -> str:
    """The state column."""
    return _CONVERSATION.dump_json(conversation, exclude_defaults=True).decode()


def decode_conversation(text: str, version: int) -> Conversation:
    """The state of a stored row at its version."""
    return replace(_CONVERSATION.validate_json(text), version=version)


def encode_context(context: MessageContext) -> str:
    """The context column; empty for the usual message without one."""
    return "" if context == _NO_CONTEXT else _CONTEXT.dump_json(context, exclude_defaults=True).decode()


def encode_content(content: Content) -> str | None:
    """The content column; None for the usual line that is text alone."""
    return strip_nul(_CONTENT.dump_json(content).decode()) if content else None


def decode_content(text: str | None) -> Content:
    """The content of a stored line."""
    return _CONTENT.validate_json(text) if text else TEXT_ONLY


def strip_nul(text: str) -> str:
    """The text without NUL, which PostgreSQL cannot hold."""
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def encode_identity(message: Message) -> tuple[str | None, ...]:
    """The columns that tell a retry from another message of the same id, in the order of IDENTITY_COLUMNS."""
    said = (strip_nul(message.text), message.type.value, encode_context(message.context))
    return (message.key.conversation, message.sender.id, *said, encode_content(message.content))


def check_same_message(message: Message, stored: Sequence[Any]) -> ReusedIdError | None:
    """The error when the message whose id this is has other content; None for a retry."""
    content = encode_identity(message)
    if content == tuple(stored):
        return None
    differing = [name for name, now, before in zip(_IDENTITY_FIELDS, content, stored, strict=True) if now != before]
    return ReusedIdError.naming("this id or webhook-id", differing)


def encode_message(message: Message, state: str, trace_id: str | None, position: int) -> tuple[Any, ...]:
    """A row of `messages`, in the order of its columns."""
    key = message.key
    return (
        key.shop,
        key.channel,
        message.id,
        key.conversation,
        message.sender.id,
        message.sender.name and strip_nul(message.sender.name),
        strip_nul(message.text),
        message.type.value,
        encode_context(message.context),
        encode_time(message.sent_at),
        encode_time(message.received_at),
        state,
        trace_id,
        message.delivery_id,
        encode_content(message.content),
        position,
    )


def decode_key(row: Mapping[str, Any] | RowMapping) -> ConversationKey:
    """The conversation that a stored row is of."""
    return ConversationKey(row["shop"], row["channel"], row["conversation"])


def decode_message(row: Mapping[str, Any]) -> Message:
    """A stored message."""
    return Message(
        id=row["message_id"],
        key=decode_key(row),
        sender=Sender(row["sender_id"], row["sender_name"]),
        text=row["text"],
        sent_at=decode_time(row["sent_at"]),
        received_at=decode_time(row["received_at"]),
        type=MessageType(row["type"]),
        context=_CONTEXT.validate_json(row["context"]) if row["context"] else _NO_CONTEXT,
        content=decode_content(row["content"]),
    )
