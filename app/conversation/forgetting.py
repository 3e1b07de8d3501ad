"""Deleting: what is older than the shop keeps, and everything of one buyer who asks for it.

What has to go is found by reading, a few hundred keys at a time, and deleted by key, so that no turn waits long.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, not_, select, tuple_

from app.conversation.batch import key_row, lock_all, lock_number
from app.conversation.schema import CONVERSATIONS, DELIVERIES, MESSAGES, OUTBOX, REPLIES, TICKETS, TURNS, URGES
from app.domain.message import ConversationKey

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Rows:
    """Primary keys of rows that are to go."""

    table: Table
    keys: tuple[tuple[str, ...], ...]


def old_rows(before: int) -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    """Of each table, which rows are past keeping: nothing that still waits, is open or is owned by people."""
    with_people = CONVERSATIONS.c.owner.in_(["queue", "agent"])
    return (
        (TURNS, TURNS.c.at < before),
        (REPLIES, REPLIES.c.at < before),
        (DELIVERIES, DELIVERIES.c.at < before),
        (MESSAGES, and_(MESSAGES.c.received_at < before, MESSAGES.c.state != "pending")),
        (OUTBOX, and_(OUTBOX.c.created_at < before, OUTBOX.c.state == "sent")),
        (URGES, and_(URGES.c.last_at < before, URGES.c.state == "closed")),
        (TICKETS, and_(TICKETS.c.resolved_at < before, TICKETS.c.state.in_(["resolved", "returned"]))),
        (CONVERSATIONS, and_(CONVERSATIONS.c.updated_at < before, not_(with_people))),
    )


def find(connection: Connection, table: Table, condition: ColumnElement[bool]) -> Rows:
    """At most `CHUNK` of them."""
    keys = connection.execute(select(*table.primary_key).where(condition).limit(CHUNK)).all()
    return Rows(table, tuple(tuple(key) for key in keys))


def remove(connection: Connection, rows: Rows, condition: ColumnElement[bool]) -> int:
    """Delete them, unless one has changed and is to stay."""
    listed = tuple_(*rows.table.primary_key).in_(rows.keys)
    return connection.execute(delete(rows.table).where(listed, condition)).rowcount


def conversations_of(connection: Connection, shop: str, buyer: str) -> tuple[ConversationKey, ...]:
    """Every conversation the buyer took part in."""
    c, m = CONVERSATIONS.c, MESSAGES.c
    owned = select(c.shop, c.channel, c.conversation).where(c.shop == shop, c.buyer == buyer)
    written = select(m.shop, m.channel, m.conversation).where(m.shop == shop, m.sender_id == buyer)
    return tuple(ConversationKey(*row) for row in connection.execute(owned.union(written)))


def forget_conversation(connection: Connection, key: ConversationKey) -> int:
    """Delete everything of one conversation; returns how many rows went."""
    if connection.dialect.name == "postgresql":
        lock_all(connection, [lock_number(*key_row(key))])
    return sum(connection.execute(delete(table).where(_within(table, key))).rowcount for table in _OF_A_BUYER)


_OF_A_BUYER = (MESSAGES, DELIVERIES, REPLIES, TURNS, TICKETS, URGES, OUTBOX, CONVERSATIONS)


def _within(table: Table, key: ConversationKey) -> ColumnElement[bool]:
    c = table.c
    return and_(c.shop == key.shop, c.channel == key.channel, c.conversation == key.conversation)
