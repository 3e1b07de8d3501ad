"""What is read outside the writer: a conversation for its next turn, traces, budgets, messages that wait."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Dialect, bindparam, literal_column, select

from app.conversation import codec
from app.conversation.port import StoredAnswer
from app.conversation.schema import BUDGETS, CONVERSATIONS, MESSAGES, REPLIES, TURNS
from app.domain.conversation import Conversation
from app.domain.message import ConversationKey, Message

_FAR_AHEAD = timedelta(minutes=10)


class Opening:
    """The one read before a turn, compiled once: the conversation's state, and the message's answer if it has one."""

    def __init__(self, dialect: Dialect) -> None:
        self._sql = str(_opening().compile(dialect=dialect))

    def read(self, connection: Connection, message: Message) -> Conversation | StoredAnswer:
        """The conversation as it is now, a fresh one, or the stored body."""
        return _opened(message, connection.exec_driver_sql(self._sql, _asked(message)).one())

    def read_at_once(self, connection: sqlite3.Connection, message: Message) -> Conversation | StoredAnswer:
        """The same over SQLite's own connection, in a few microseconds; raises sqlite3.Error."""
        return _opened(message, connection.execute(self._sql, _asked(message)).fetchone())


def _asked(message: Message) -> tuple[str, ...]:
    key = message.key
    return (key.shop, key.channel, key.conversation, key.shop, key.channel, message.id)


def _opened(message: Message, row: Sequence[Any]) -> Conversation | StoredAnswer:
    version, state, body = row
    if body is not None:
        return StoredAnswer(codec.mapping(body))
    if state is None:
        return Conversation(message.key, buyer=message.sender.id)
    return codec.conversation_from(state, version)


def _opening() -> Any:
    c, m, t = CONVERSATIONS.c, MESSAGES.c, TURNS.c
    one = select(literal_column("1").label("one")).subquery("one")
    this = (c.shop == bindparam("a")) & (c.channel == bindparam("b")) & (c.conversation == bindparam("c"))
    same = (m.shop == bindparam("d")) & (m.channel == bindparam("e")) & (m.message_id == bindparam("f"))
    answered = (t.shop == m.shop) & (t.trace_id == m.trace_id)
    joined = one.outerjoin(CONVERSATIONS, this).outerjoin(MESSAGES, same).outerjoin(TURNS, answered)
    return select(c.version, c.state, t.body).select_from(joined)


def read_conversation(connection: Connection, key: ConversationKey) -> Conversation | None:
    """The state as stored."""
    c = CONVERSATIONS.c
    this = (c.shop == key.shop) & (c.channel == key.channel) & (c.conversation == key.conversation)
    row = connection.execute(select(c.version, c.state).where(this)).first()
    return codec.conversation_from(row.state, row.version) if row else None


def read_trace(connection: Connection, trace_id: str) -> Mapping[str, Any] | None:
    """The stored explanation of a turn."""
    found = connection.execute(select(TURNS.c.trace).where(TURNS.c.trace_id == trace_id)).scalar()
    return None if found is None else codec.mapping(found)


def read_spent(connection: Connection, shop: str, budget: str) -> Decimal:
    """How much of a budget is gone."""
    this = (BUDGETS.c.shop == shop) & (BUDGETS.c.budget == budget)
    return codec.from_money(connection.execute(select(BUDGETS.c.spent).where(this)).scalar() or 0)


def read_pending(connection: Connection, key: ConversationKey) -> tuple[Message, ...]:
    """Messages that wait for their turn, in the order they were sent."""
    m = MESSAGES.c
    this = (m.shop == key.shop) & (m.channel == key.channel) & (m.conversation == key.conversation)
    waiting = select(MESSAGES).where(this, m.state == literal_column("'pending'"))
    rows = connection.execute(waiting.order_by(m.sent_at, m.received_at, m.message_id)).mappings()
    return tuple(codec.message_from(dict(row)) for row in rows)


def read_waiting(connection: Connection, before: datetime, limit: int) -> tuple[ConversationKey, ...]:
    """Conversations whose messages have waited since before that time, or since a clock that ran far ahead."""
    m = MESSAGES.c
    long_ago = (m.received_at < codec.micros(before)) | (m.received_at > codec.micros(before + _FAR_AHEAD))
    waits = (m.state == literal_column("'pending'")) & long_ago
    keys = select(m.shop, m.channel, m.conversation).where(waits).distinct().limit(limit)
    return tuple(ConversationKey(*row) for row in connection.execute(keys))


def read_is_ours(connection: Connection, shop: str, channel: str, reply_id: str) -> bool:
    """Whether we said the line with this id."""
    r = REPLIES.c
    same = (r.shop == shop) & (r.channel == channel) & (r.reply_id == reply_id)
    return connection.execute(select(r.reply_id).where(same)).first() is not None
