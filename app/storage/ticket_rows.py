"""Rows of tickets: read, decoded and written within whatever transaction."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, RowMapping, and_, bindparam, select

from app.domain.decision import Reason
from app.domain.handoff import Group, Priority, TicketState
from app.domain.message import ConversationKey
from app.domain.ticket import LastLine, Snooze, Ticket, TicketRating, Transfer
from app.storage import codec, lines
from app.storage.schema import IS_OPEN_TICKET, TICKETS
from app.storage.writing.rows import ticket_row, wait_cells
from app.storage.writing.statements import Driver, compile_statement

_TICKET_COLUMNS = tuple(TICKETS.columns.keys())
_SELECT_TICKET = select(TICKETS).where(TICKETS.c.ticket_id == bindparam("ticket_id"))


def insert_ticket(connection: Connection, ticket: Ticket) -> None:
    """Keep a new one."""
    connection.execute(TICKETS.insert().values(dict(zip(_TICKET_COLUMNS, ticket_row(ticket), strict=True))))


def decode_ticket(row: Mapping[str, Any] | RowMapping) -> Ticket:
    """A stored ticket."""
    return Ticket(
        id=row["ticket_id"],
        key=codec.decode_key(row),
        reason=Reason(row["reason"]),
        group=Group(row["group_name"]),
        priority=Priority(row["priority"]),
        created_at=codec.decode_time(row["created_at"]),
        first_response_due=codec.decode_time(row["first_response_due"]),
        resolve_due=codec.decode_time(row["resolve_due"]),
        close_due=codec.decode_time(row["close_due"]),
        state=TicketState(row["state"]),
        claimed_by=row["claimed_by"],
        claimed_at=codec.decode_optional_time(row["claimed_at"]),
        first_response_at=codec.decode_optional_time(row["first_response_at"]),
        resolved_at=codec.decode_optional_time(row["resolved_at"]),
        brief=codec.decode_json(row["brief"]),
        note=row["note"],
        last_change=row["last_change"],
        changed_by=row["changed_by"],
        version=row["version"],
        trace_id=row["trace_id"],
        buyer=row["buyer"],
        buyer_name=row["buyer_name"],
        waiting_since=codec.decode_optional_time(row["waiting_since"]),
        answer_due=codec.decode_optional_time(row["answer_due"]),
        closing=bool(row["closing"]),
        unread=row["unread"],
        last_line=_decode_last_line(row),
        transfer=_decode_transfer(row),
        snooze=_decode_snooze(row),
        escalated=row["escalated"],
        rating=_decode_rating(row),
        answers=row["answers"],
        answers_in_time=row["answers_in_time"],
        misses=row["misses"],
    )


def _decode_last_line(row: Mapping[str, Any] | RowMapping) -> LastLine | None:
    if row["last_at"] is None:
        return None
    return LastLine(row["last_author"], row["last_line"], codec.decode_time(row["last_at"]))


def _decode_transfer(row: Mapping[str, Any] | RowMapping) -> Transfer | None:
    if row["transferred_by"] is None:
        return None
    at, returns_at = codec.decode_time(row["transferred_at"]), codec.decode_time(row["returns_at"])
    return Transfer(row["transferred_by"], row["transfer_note"], at, returns_at)


def _decode_snooze(row: Mapping[str, Any] | RowMapping) -> Snooze | None:
    if row["snoozed_by"] is None:
        return None
    return Snooze(row["snoozed_by"], codec.decode_optional_time(row["snoozed_until"]))


def _decode_rating(row: Mapping[str, Any] | RowMapping) -> TicketRating | None:
    if row["rating_asked_at"] is None and row["rating"] is None:
        return None
    asked, rated = codec.decode_optional_time(row["rating_asked_at"]), codec.decode_optional_time(row["rated_at"])
    return TicketRating(asked, row["rating"], row["rating_words"], rated, row["rated_via"])


def select_ticket(connection: Connection, ticket_id: str) -> Ticket | None:
    """One ticket, or None."""
    row = connection.execute(_SELECT_TICKET, {"ticket_id": ticket_id}).mappings().first()
    return decode_ticket(row) if row else None


def select_open_ticket(connection: Connection, key: ConversationKey) -> Ticket | None:
    """The conversation's ticket that waits or is being worked, or None; the newest, should there be several."""
    query = select(TICKETS).where(lines.match_conversation(TICKETS.c, key), IS_OPEN_TICKET)
    row = connection.execute(query.order_by(TICKETS.c.created_at.desc()).limit(1)).mappings().first()
    return decode_ticket(row) if row else None


class TicketLookup:
    """select_ticket compiled once, for the event loop: every further message of a waiting conversation asks for it."""

    def __init__(self, dialect: Dialect) -> None:
        self._sql = compile_statement(dialect, _SELECT_TICKET)

    def read_ticket(self, driver: Driver, ticket_id: str) -> Ticket | None:
        """One over SQLite's own connection; raises sqlite3.Error."""
        row = driver.execute(self._sql, (ticket_id,)).fetchone()
        return decode_ticket(dict(zip(_TICKET_COLUMNS, row, strict=True))) if row else None


def write_ticket(connection: Connection, ticket: Ticket) -> Ticket:
    """The columns that people change, in the ticket's next version, which is returned."""
    waits = wait_cells(ticket)
    if ticket.waiting_since is not None:
        del waits["escalated"]  # whoever tells of a late answer counts it, and this may have been read before
    changed = {
        "group_name": ticket.group.value,
        "state": ticket.state.value,
        "claimed_by": ticket.claimed_by,
        "claimed_at": codec.encode_optional_time(ticket.claimed_at),
        "first_response_at": codec.encode_optional_time(ticket.first_response_at),
        "resolved_at": codec.encode_optional_time(ticket.resolved_at),
        "note": ticket.note,
        "last_change": ticket.last_change,
        "changed_by": ticket.changed_by,
        "version": ticket.version + 1,
        "answers": ticket.answers,
        "answers_in_time": ticket.answers_in_time,
        "misses": ticket.misses,
        **waits,
    }
    connection.execute(TICKETS.update().where(match_ticket(ticket)).values(changed))
    return replace(ticket, version=ticket.version + 1)


def match_ticket(ticket: Ticket) -> ColumnElement[bool]:
    """The ticket's own row."""
    return and_(TICKETS.c.shop == ticket.key.shop, TICKETS.c.ticket_id == ticket.id)
