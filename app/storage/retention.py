"""Deleting: what is older than the shop keeps, and everything of one buyer who asks for it.

What has to go is found by reading, a few hundred keys at a time, and deleted by key, so that no turn waits long.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, and_, delete, exists, not_, select, tuple_

from app.domain.events import ConversationErased
from app.domain.handoff import TicketState
from app.domain.message import ConversationKey
from app.storage.event_readers import Written
from app.storage.schema import (
    APPROVALS,
    BROWSER_CREDENTIALS,
    CONVERSATIONS,
    DELIVERIES,
    DELIVERY_ATTEMPTS,
    DRAFTS,
    HELD_REPLIES,
    MENTIONS,
    MESSAGES,
    OUTBOX,
    PICTURES,
    PROPOSALS,
    REPLIES,
    SHIFTS,
    TICKET_HISTORY,
    TICKETS,
    TODOS,
    TURNS,
    URGES,
)
from app.storage.writing.locks import lock_number, take_locks
from app.storage.writing.rows import key_row

CHUNK = 500


@dataclass(frozen=True, slots=True)
class RowKeys:
    """Primary keys of rows that are to go."""

    table: Table
    keys: tuple[tuple[str, ...], ...]


# A turn is found through its messages, so they stay as long as it does.
_TURN_EXISTS = exists().where(TURNS.c.shop == MESSAGES.c.shop, TURNS.c.trace_id == MESSAGES.c.trace_id)


def _ticket_exists(table: Table) -> ColumnElement[bool]:
    """Whether the ticket is kept that a row of this table belongs to."""
    return exists().where(TICKETS.c.shop == table.c.shop, TICKETS.c.ticket_id == table.c.ticket_id)


def old_rows(before: int) -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    """Of each table, which rows are past keeping: nothing that still waits, is open or is owned by people."""
    with_people = CONVERSATIONS.c.owner.in_(["queue", "agent"])
    return (
        (TURNS, TURNS.c.at < before),
        (REPLIES, REPLIES.c.at < before),
        (DELIVERIES, DELIVERIES.c.at < before),
        (MESSAGES, and_(MESSAGES.c.received_at < before, MESSAGES.c.state != "pending", not_(_TURN_EXISTS))),
        (DELIVERY_ATTEMPTS, DELIVERY_ATTEMPTS.c.at < before),
        (OUTBOX, and_(OUTBOX.c.created_at < before, OUTBOX.c.state.in_(["sent", "withdrawn"]))),
        (URGES, and_(URGES.c.last_at < before, URGES.c.state == "closed")),
        (TICKETS, and_(TICKETS.c.resolved_at < before, TICKETS.c.state.in_(["resolved", "returned"]))),
        (TICKET_HISTORY, and_(TICKET_HISTORY.c.at < before, not_(_ticket_exists(TICKET_HISTORY)))),
        (DRAFTS, and_(DRAFTS.c.at < before, not_(_ticket_exists(DRAFTS)))),
        (MENTIONS, and_(MENTIONS.c.at < before, not_(_ticket_exists(MENTIONS)))),
        (HELD_REPLIES, and_(HELD_REPLIES.c.held_at < before, not_(_ticket_exists(HELD_REPLIES)))),
        (SHIFTS, SHIFTS.c.at < before),
        (APPROVALS, and_(APPROVALS.c.expires_at < before, APPROVALS.c.state.not_in(["asked", "countered"]))),
        (TODOS, and_(TODOS.c.ended_at < before, TODOS.c.state != "open")),
        (TODOS, and_(TODOS.c.due_at < before, TODOS.c.state == "open")),  # nobody will do it any more
        (PROPOSALS, PROPOSALS.c.closed_at < before),
        (PICTURES, PICTURES.c.at < before),
        (BROWSER_CREDENTIALS, BROWSER_CREDENTIALS.c.expires_at < before),
        (CONVERSATIONS, and_(CONVERSATIONS.c.updated_at < before, not_(with_people))),
    )


def unclaimed_before(before: int) -> ColumnElement[bool]:
    """Tickets that have waited past keeping and that nobody ever claimed."""
    return and_(TICKETS.c.created_at < before, TICKETS.c.state == TicketState.QUEUED.value)


@contextmanager
def _lift_statement_limit(connection: Connection) -> Iterator[None]:
    """Without PostgreSQL's limit for statements, which is that of a turn."""
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql("SET statement_timeout = 0")
    try:
        yield
    finally:
        if not connection.invalidated:  # a lost one is not asked: it would hide that it was lost
            connection.exec_driver_sql("RESET statement_timeout")


def find_rows(connection: Connection, table: Table, condition: ColumnElement[bool]) -> RowKeys:
    """At most `CHUNK` of them. Where no index leads there the whole table is read, longer than a turn would wait."""
    wanted = select(*table.primary_key).where(condition).limit(CHUNK)
    with _lift_statement_limit(connection):
        keys = connection.execute(wanted).all()
    return RowKeys(table, tuple(tuple(key) for key in keys))


def delete_rows(connection: Connection, rows: RowKeys, condition: ColumnElement[bool]) -> int:
    """Delete them, unless one has changed and is to stay."""
    listed = tuple_(*rows.table.primary_key).in_(rows.keys)
    return connection.execute(delete(rows.table).where(listed, condition)).rowcount


def find_buyer_conversations(connection: Connection, shop: str, buyer: str) -> tuple[ConversationKey, ...]:
    """Every conversation the buyer took part in."""
    c, m = CONVERSATIONS.c, MESSAGES.c
    owned = select(c.shop, c.channel, c.conversation).where(c.shop == shop, c.buyer == buyer)
    written = select(m.shop, m.channel, m.conversation).where(m.shop == shop, m.sender_id == buyer)
    return tuple(ConversationKey(*row) for row in connection.execute(owned.union(written)))


def erase_conversation(connection: Connection, key: ConversationKey, now: datetime) -> Written[int]:
    """Delete everything of one conversation; how many rows went, and that whoever shows it has to forget it."""
    if connection.dialect.name == "postgresql":
        take_locks(connection, [lock_number(*key_row(key))])
    gone = sum(
        connection.execute(delete(table).where(_match_table_rows(table, key))).rowcount for table in _BUYER_TABLES
    )
    return Written(gone, (ConversationErased(key=key, at=now),))


# Messages and outbox rows after what is found through them.
_BUYER_TABLES = (
    TURNS,
    DELIVERIES,
    MESSAGES,
    REPLIES,
    TICKET_HISTORY,
    DRAFTS,
    HELD_REPLIES,
    MENTIONS,
    APPROVALS,
    TODOS,
    PICTURES,
    TICKETS,
    URGES,
    DELIVERY_ATTEMPTS,
    OUTBOX,
    CONVERSATIONS,
)


def _match_table_rows(table: Table, key: ConversationKey) -> ColumnElement[bool]:
    if table is TURNS:
        return and_(TURNS.c.shop == key.shop, TURNS.c.trace_id.in_(_select_linked_ids(MESSAGES.c.trace_id, key)))
    if table is DELIVERIES:
        d = DELIVERIES.c
        named = _select_linked_ids(MESSAGES.c.delivery_id, key)
        return and_(d.shop == key.shop, d.channel == key.channel, d.delivery_id.in_(named))
    if table is DELIVERY_ATTEMPTS:
        sent = select(OUTBOX.c.row_id).where(_match_conversation(OUTBOX, key))
        return and_(DELIVERY_ATTEMPTS.c.shop == key.shop, DELIVERY_ATTEMPTS.c.row_id.in_(sent))
    return _match_conversation(table, key)


def _select_linked_ids(column: Column[Any], key: ConversationKey) -> Select[Any]:
    return select(column).where(_match_conversation(MESSAGES, key), column.is_not(None))


def _match_conversation(table: Table, key: ConversationKey) -> ColumnElement[bool]:
    c = table.c
    return and_(c.shop == key.shop, c.channel == key.channel, c.conversation == key.conversation)
