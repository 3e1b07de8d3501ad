"""What is read outside the writer: a conversation for its next turn, traces, budgets, messages that wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Dialect, Integer, Select, Text, bindparam, column, func, literal_column, select

from app.domain.conversation import Conversation, HeldByBot, Owner
from app.domain.message import ConversationKey, Message
from app.errors import ReusedIdError
from app.storage import codec
from app.storage.ports import StoredAnswer
from app.storage.schema import BUDGETS, CONVERSATIONS, MESSAGES, REPLIES, TURNS
from app.storage.writing.statements import Driver, borrow_driver, compile_statement, encode_rows, json_table

_FAR_AHEAD = timedelta(minutes=10)
_TURNS_LOOKED_AT = 50
"""For each conversation that is listed."""


class ConversationLookup:
    """The one read before a turn, compiled once: the conversation's state, and the message's answer if it has one."""

    def __init__(self, dialect: Dialect) -> None:
        self._one = compile_statement(dialect, _select_states(_single_lookup()))
        self._many = (
            compile_statement(dialect, _select_states(_json_lookup())) if dialect.name == "postgresql" else None
        )

    def read_states(self, connection: Connection, messages: Sequence[Message]) -> list[Any]:
        """For each message the conversation as it is now, a fresh one, the stored body, or ReusedIdError."""
        with borrow_driver(connection) as driver:
            return (
                self._read_each(driver, messages) if self._many is None else self._read_in_one_query(driver, messages)
            )

    def read_state(self, driver: Driver, message: Message) -> "OpenedState":
        """One over SQLite's own connection, in a few microseconds; raises sqlite3.Error."""
        return _decode_state(message, driver.execute(self._one, (0, *_lookup_row(message))).fetchone())

    def _read_each(self, driver: Driver, messages: Sequence[Message]) -> list["OpenedState"]:
        return [self.read_state(driver, message) for message in messages]

    def _read_in_one_query(self, driver: Driver, messages: Sequence[Message]) -> list["OpenedState"]:
        asked = encode_rows(_LOOKUP_NAMES, [(place, *_lookup_row(message)) for place, message in enumerate(messages)])
        # Planning it takes longer than running it, and whole primary keys leave a kept plan nothing to choose wrongly.
        rows = driver.execute(self._many, (asked,), prepare=True).fetchall()
        return [_decode_state(messages[row[0]], row) for row in sorted(rows)]


OpenedState = Conversation | StoredAnswer | ReusedIdError
_LOOKUP_NAMES = ("place", "shop", "channel", "conversation", "message_id")
_LOOKUP_COLUMNS: tuple[Any, ...] = (column("place", Integer), *(column(name, Text) for name in _LOOKUP_NAMES[1:]))


def _lookup_row(message: Message) -> tuple[str, ...]:
    key = message.key
    return (key.shop, key.channel, key.conversation, message.id)


def _decode_state(message: Message, row: Sequence[Any]) -> OpenedState:
    _, version, state, body, *content = row
    reused = codec.check_same_message(message, content) if content[0] is not None else None
    if reused or body is not None:
        return reused or StoredAnswer(codec.decode_json(body))
    if state is None:
        return Conversation(message.key, buyer=message.sender.id)
    return codec.decode_conversation(state, version)


def _single_lookup() -> Any:
    return select(*(bindparam(each.name, type_=each.type).label(each.name) for each in _LOOKUP_COLUMNS)).subquery(
        "asked"
    )


def _json_lookup() -> Any:
    return json_table(_LOOKUP_COLUMNS)


def _select_states(asked: Any) -> Any:
    c, m, t, a = CONVERSATIONS.c, MESSAGES.c, TURNS.c, asked.c
    this = (c.shop == a.shop) & (c.channel == a.channel) & (c.conversation == a.conversation)
    same = (m.shop == a.shop) & (m.channel == a.channel) & (m.message_id == a.message_id)
    answered = (t.shop == m.shop) & (t.trace_id == m.trace_id)
    joined = asked.outerjoin(CONVERSATIONS, this).outerjoin(MESSAGES, same).outerjoin(TURNS, answered)
    content = [m[name] for name in codec.IDENTITY_COLUMNS]
    return select(a.place, c.version, c.state, t.body, *content).select_from(joined)


def read_conversation(connection: Connection, key: ConversationKey) -> Conversation | None:
    """The state as stored."""
    c = CONVERSATIONS.c
    this = (c.shop == key.shop) & (c.channel == key.channel) & (c.conversation == key.conversation)
    row = connection.execute(select(c.version, c.state).where(this)).first()
    return codec.decode_conversation(row.state, row.version) if row else None


def read_trace(connection: Connection, trace_id: str) -> Mapping[str, Any] | None:
    """The stored explanation of a turn."""
    found = connection.execute(select(TURNS.c.trace).where(TURNS.c.trace_id == trace_id)).scalar()
    return None if found is None else codec.decode_json(found)


def read_budget_spent(connection: Connection, shop: str, budget: str) -> Decimal:
    """How much of a budget is gone."""
    this = (BUDGETS.c.shop == shop) & (BUDGETS.c.budget == budget)
    return codec.decode_money(connection.execute(select(BUDGETS.c.spent).where(this)).scalar() or 0)


def read_pending_messages(connection: Connection, key: ConversationKey) -> tuple[Message, ...]:
    """Messages that wait for their turn, in the order they were sent."""
    m = MESSAGES.c
    this = (m.shop == key.shop) & (m.channel == key.channel) & (m.conversation == key.conversation)
    waiting = select(MESSAGES).where(this, m.state == literal_column("'pending'"))
    rows = connection.execute(waiting.order_by(m.sent_at, m.received_at, m.message_id)).mappings()
    return tuple(codec.decode_message(dict(row)) for row in rows)


def read_recent_texts(connection: Connection, shop: str, since: datetime, limit: int) -> tuple[str, ...]:
    """What buyers of a shop wrote since that time, each text once, the latest first."""
    m = MESSAGES.c
    latest = func.max(m.received_at)
    recent = (m.shop == shop) & (m.received_at >= codec.encode_time(since)) & (m.text != "")
    query = select(m.text).where(recent).group_by(m.text).order_by(latest.desc(), m.text).limit(limit)
    return tuple(connection.execute(query).scalars())


def read_waiting_keys(connection: Connection, before: datetime, limit: int) -> tuple[ConversationKey, ...]:
    """Conversations whose messages have waited since before that time, or since a clock that ran far ahead."""
    m = MESSAGES.c
    long_ago = (m.received_at < codec.encode_time(before)) | (m.received_at > codec.encode_time(before + _FAR_AHEAD))
    waits = (m.state == literal_column("'pending'")) & long_ago
    keys = select(m.shop, m.channel, m.conversation).where(waits).distinct().limit(limit)
    return tuple(ConversationKey(*row) for row in connection.execute(keys))


def reply_exists(connection: Connection, shop: str, channel: str, reply_id: str) -> bool:
    """Whether we said the line with this id."""
    r = REPLIES.c
    same = (r.shop == shop) & (r.channel == channel) & (r.reply_id == reply_id)
    return connection.execute(select(r.reply_id).where(same)).first() is not None


def read_held_by_bot(
    connection: Connection, shops: frozenset[str] | None, since: datetime, limit: int
) -> list[HeldByBot]:
    """Conversations that the bot holds, the latest first."""
    rows = connection.execute(select_held_by_bot(shops, since, limit)).all()
    keys = [ConversationKey(row.shop, row.channel, row.conversation) for row in rows]
    last = [read_last_message(connection, key) for key in keys]
    return [
        HeldByBot(key, row.buyer, said.text, codec.decode_time(row.updated_at))
        for row, key, said in zip(rows, keys, last, strict=True)
        if said is not None
    ]


def select_held_by_bot(shops: frozenset[str] | None, since: datetime, limit: int) -> Select[Any]:
    """Looked for among the latest turns, whose ids rise with the clock: no index has to follow every conversation."""
    c, t = CONVERSATIONS.c, TURNS.c
    turns = select(t.shop, t.channel, t.conversation).order_by(t.trace_id.desc()).limit(limit * _TURNS_LOOKED_AT)
    if shops is not None:
        turns = turns.where(t.shop.in_(sorted(shops)))
    latest = select(turns.subquery()).distinct().subquery().c
    same = (c.shop == latest.shop) & (c.channel == latest.channel) & (c.conversation == latest.conversation)
    held = (c.owner == Owner.BOT.value) & (c.updated_at >= codec.encode_time(since))
    found = select(c.shop, c.channel, c.conversation, c.buyer, c.updated_at).where(same, held)
    return found.order_by(c.updated_at.desc()).limit(limit)


def read_last_message(connection: Connection, key: ConversationKey) -> Message | None:
    """The last message of a conversation's buyer, or None."""
    m = MESSAGES.c
    this = (m.shop == key.shop) & (m.channel == key.channel) & (m.conversation == key.conversation)
    row = connection.execute(select(MESSAGES).where(this).order_by(m.sent_at.desc()).limit(1)).mappings().first()
    return codec.decode_message(dict(row)) if row else None
