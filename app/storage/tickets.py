"""Tickets in the database: pages, transcripts, and each change together with the conversation's new owner."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    RowMapping,
    Select,
    and_,
    bindparam,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)

from app.domain.conversation import Conversation, Owner
from app.domain.decision import Reason
from app.domain.events import PersonSpoke, TicketClaimed, TicketReleased, TicketResolved, TicketReturned
from app.domain.handoff import Group, Priority, TicketState
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket, TranscriptLine
from app.errors import NotFoundError, TicketConflictError
from app.storage import codec, cursor
from app.storage.event_readers import Written
from app.storage.schema import CONVERSATIONS, MESSAGES, REPLIES, TICKETS
from app.storage.writing.locks import lock_number, take_locks
from app.storage.writing.rows import URGENCY, conversation_row, key_row
from app.storage.writing.statements import Driver, compile_statement
from handoff.ports import AgentLine, TicketFilter, TicketPage

TicketEventOfPeople = TicketClaimed | TicketReleased | TicketResolved | TicketReturned | PersonSpoke


def decode_ticket(row: Mapping[str, Any] | RowMapping) -> Ticket:
    """A stored ticket."""
    return Ticket(
        id=row["ticket_id"],
        key=ConversationKey(row["shop"], row["channel"], row["conversation"]),
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
    )


def select_ticket(connection: Connection, ticket_id: str) -> Ticket | None:
    """One ticket, or None."""
    row = connection.execute(_SELECT_TICKET, {"ticket_id": ticket_id}).mappings().first()
    return decode_ticket(row) if row else None


class TicketLookup:
    """The same, compiled once for the event loop: every further message of a conversation that waits asks for it."""

    def __init__(self, dialect: Dialect) -> None:
        self._sql = compile_statement(dialect, _SELECT_TICKET)

    def read_ticket(self, driver: Driver, ticket_id: str) -> Ticket | None:
        """One over SQLite's own connection; raises sqlite3.Error."""
        row = driver.execute(self._sql, (ticket_id,)).fetchone()
        return decode_ticket(dict(zip(_TICKET_COLUMNS, row, strict=True))) if row else None


_TICKET_COLUMNS = tuple(TICKETS.columns.keys())
_SELECT_TICKET = select(TICKETS).where(TICKETS.c.ticket_id == bindparam("ticket_id"))
_TICKET_ORDER = (TICKETS.c.urgency, TICKETS.c.first_response_due, TICKETS.c.ticket_id)


def read_ticket_page(connection: Connection, wanted: TicketFilter, limit: int, after: str | None) -> TicketPage:
    """Tickets by urgency, then by deadline."""
    condition = _ticket_conditions(wanted)
    rows = connection.execute(_select_ticket_page(condition, limit + 1, after)).mappings().all()
    tickets = tuple(decode_ticket(row) for row in rows[:limit])
    total = connection.execute(select(func.count()).select_from(TICKETS).where(condition)).scalar_one()
    return TicketPage(tickets, _ticket_cursor(tickets[-1]) if len(rows) > limit else None, total)


def _select_ticket_page(condition: ColumnElement[bool], limit: int, after: str | None) -> Select[Any]:
    query = select(TICKETS).where(condition).order_by(*_TICKET_ORDER).limit(limit)
    return query.where(tuple_(*_TICKET_ORDER) > tuple_(*cursor.decode_cursor(after, int, int, str))) if after else query


def _ticket_cursor(ticket: Ticket) -> str:
    return cursor.encode_cursor(URGENCY[ticket.priority.value], codec.encode_time(ticket.first_response_due), ticket.id)


def _ticket_conditions(wanted: TicketFilter) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if wanted.shops is not None:
        conditions.append(TICKETS.c.shop.in_(sorted(wanted.shops)))
    for column, value in (("state", wanted.state), ("group_name", wanted.group), ("priority", wanted.priority)):
        if value is not None:
            conditions.append(TICKETS.c[column] == value.value)
    return and_(*conditions)


def select_transcript(connection: Connection, key: ConversationKey, limit: int) -> Sequence[TranscriptLine]:
    """The last lines of a conversation, oldest first; a buyer's line stands where it was sent, not where it came in."""
    lines = union_all(_buyer_lines(key), _reply_lines(key)).subquery()
    newest = select(lines).order_by(lines.c.at.desc(), lines.c.turn.desc(), lines.c.id.desc()).limit(limit)
    return [_decode_transcript_line(row) for row in reversed(connection.execute(newest).mappings().all())]


def _buyer_lines(key: ConversationKey) -> Select[Any]:
    m = MESSAGES.c
    mine = _same_conversation(m, key)
    return select(
        m.sent_at.label("at"),
        literal(0).label("turn"),
        literal("buyer").label("author"),
        m.text,
        m.type,
        null().label("agent"),
        m.message_id.label("id"),
    ).where(mine)


def _reply_lines(key: ConversationKey) -> Select[Any]:
    r = REPLIES.c
    mine = _same_conversation(r, key)
    kind = literal("text").label("type")
    return select(r.at, literal(1).label("turn"), r.author, r.text, kind, r.agent, r.reply_id.label("id")).where(mine)


def _same_conversation(columns: Any, key: ConversationKey) -> ColumnElement[bool]:
    return and_(columns.shop == key.shop, columns.channel == key.channel, columns.conversation == key.conversation)


def _decode_transcript_line(row: RowMapping) -> TranscriptLine:
    said_by_buyer = row["author"] == "buyer"
    return TranscriptLine(
        at=codec.decode_time(row["at"]),
        author=row["author"],
        text=row["text"],
        type=row["type"],
        agent=row["agent"],
        message_id=row["id"] if said_by_buyer else None,
    )


class TicketChanges:
    """The changes people make. Each runs inside the writer's transaction and moves the conversation's version."""

    def __init__(self, *, locks: bool) -> None:
        self._locks = locks

    def claim_ticket(self, connection: Connection, ticket_id: str, agent: str, now: datetime) -> Written[Ticket]:
        """Queued to claimed."""
        ticket = self._lock_ticket(connection, ticket_id)
        if ticket.claimed_by == agent and ticket.claimed_at == now:
            return Written(ticket)  # the same change again, after a connection was lost on the way back
        _require_state(ticket, TicketState.QUEUED)
        claimed = replace(ticket, state=TicketState.CLAIMED, claimed_by=agent, claimed_at=now)
        event = TicketClaimed(key=ticket.key, at=now, ticket=claimed, agent=agent)
        return _save_ticket(connection, claimed, Owner.AGENT, event)

    def release_ticket(
        self, connection: Connection, ticket_id: str, holder: str, by: str, now: datetime
    ) -> Written[Ticket]:
        """Claimed to queued."""
        ticket = self._lock_ticket(connection, ticket_id)
        _require_state(ticket, TicketState.CLAIMED, holder)
        queued = replace(ticket, state=TicketState.QUEUED, claimed_by=None, claimed_at=None)
        event = TicketReleased(key=ticket.key, at=now, ticket=queued, agent=by)
        return _save_ticket(connection, queued, Owner.QUEUE, event)

    def resolve_ticket(
        self, connection: Connection, ticket_id: str, holder: str, note: str, by: str, now: datetime
    ) -> Written[Ticket]:
        """Claimed to resolved."""
        ticket = self._lock_ticket(connection, ticket_id)
        _require_state(ticket, TicketState.CLAIMED, holder)
        resolved = replace(ticket, state=TicketState.RESOLVED, resolved_at=now, note=note)
        event = TicketResolved(key=ticket.key, at=now, ticket=resolved, agent=by)
        return _save_ticket(connection, resolved, Owner.CLOSED, event)

    def return_ticket_to_bot(
        self, connection: Connection, ticket_id: str, holder: str | None, by: str | None, now: datetime
    ) -> Written[Ticket]:
        """Claimed or queued to returned."""
        ticket = self._lock_ticket(connection, ticket_id)
        _require_state(ticket, TicketState.QUEUED if holder is None else TicketState.CLAIMED, holder)
        returned = replace(ticket, state=TicketState.RETURNED, resolved_at=now)
        event = TicketReturned(key=ticket.key, at=now, ticket=returned, agent=by)
        return _save_ticket(connection, returned, Owner.BOT, event)

    def add_agent_reply(
        self, connection: Connection, ticket_id: str, holder: str, line: AgentLine, now: datetime
    ) -> Written[Ticket]:
        """A person's line to the buyer."""
        ticket = self._lock_ticket(connection, ticket_id)
        if _is_repeated_reply(connection, ticket.key, line.id):
            return Written(ticket)
        _require_state(ticket, TicketState.CLAIMED, holder)
        _insert_agent_line(connection, ticket.key, line, now)
        answered = replace(ticket, first_response_at=ticket.first_response_at or now)
        first = ticket.first_response_at is None
        return _save_ticket(
            connection, answered, Owner.AGENT, _person_spoke(ticket.key, line, now, answered, first=first)
        )

    def record_spoken_line(
        self, connection: Connection, key: ConversationKey, line: AgentLine, now: datetime, owner: Owner
    ) -> Written[bool]:
        """A line from a person on the platform; False for what we said ourselves, which changes nothing."""
        self._lock_conversation(connection, key)
        if _is_repeated_reply(connection, key, line.id):
            return Written(value=False)
        _insert_agent_line(connection, key, line, now)
        set_conversation_owner(connection, key, owner, now)
        return Written(value=True, events=(_person_spoke(key, line, now),))

    def _lock_conversation(self, connection: Connection, key: ConversationKey) -> None:
        if self._locks:
            take_locks(connection, [lock_number(*key_row(key))])

    def _lock_ticket(self, connection: Connection, ticket_id: str) -> Ticket:
        found = select_ticket(connection, ticket_id)
        if found is not None:
            self._lock_conversation(connection, found.key)
            found = select_ticket(connection, ticket_id)
        if found is None:
            raise NotFoundError(f"没有编号为 {ticket_id} 的工单")
        return found


def _require_state(ticket: Ticket, state: TicketState, holder: str | None = None) -> None:
    if ticket.state is not state:
        raise TicketConflictError(f"工单当前状态为 {ticket.state}，操作需要 {state}")
    if holder is not None and ticket.claimed_by != holder:
        raise TicketConflictError("工单已由其他同事接手")


def _person_spoke(
    key: ConversationKey, line: AgentLine, now: datetime, ticket: Ticket | None = None, *, first: bool = False
) -> PersonSpoke:
    return PersonSpoke(key=key, at=now, line_id=line.id, agent=line.agent, text=line.text, ticket=ticket, first=first)


def _save_ticket(connection: Connection, ticket: Ticket, owner: Owner, event: TicketEventOfPeople) -> Written[Ticket]:
    changed = {
        "state": ticket.state.value,
        "claimed_by": ticket.claimed_by,
        "claimed_at": codec.encode_optional_time(ticket.claimed_at),
        "first_response_at": codec.encode_optional_time(ticket.first_response_at),
        "resolved_at": codec.encode_optional_time(ticket.resolved_at),
        "note": ticket.note,
    }
    this = and_(TICKETS.c.shop == ticket.key.shop, TICKETS.c.ticket_id == ticket.id)
    connection.execute(TICKETS.update().where(this).values(changed))
    set_conversation_owner(connection, ticket.key, owner, event.at)
    return Written(ticket, (event,))


def set_conversation_owner(connection: Connection, key: ConversationKey, owner: Owner, now: datetime) -> None:
    """Give the conversation to `owner`; a turn computed before this loses."""
    this = _same_conversation(CONVERSATIONS.c, key)
    held = select(CONVERSATIONS.c.version, CONVERSATIONS.c.state).where(this).with_for_update()
    row = connection.execute(held).first()
    if row is None:
        fresh = conversation_row(Conversation(key, version=1, owner=owner), 1, codec.encode_time(now))
        connection.execute(CONVERSATIONS.insert().values(fresh))
        return
    moved = _change_owner(codec.decode_conversation(row.state, row.version + 1), owner)
    changed = {"version": moved.version, "owner": owner.value, "state": codec.encode_conversation(moved)}
    connection.execute(CONVERSATIONS.update().where(this).values(changed | {"updated_at": codec.encode_time(now)}))


def _change_owner(conversation: Conversation, owner: Owner) -> Conversation:
    if owner in {Owner.AGENT, Owner.QUEUE}:
        return replace(conversation, owner=owner)
    return replace(conversation, owner=owner, handoff_id=None, queue_acknowledged=False, misses=0, pending=None)


def _is_repeated_reply(connection: Connection, key: ConversationKey, reply_id: str) -> bool:
    r = REPLIES.c
    same = and_(r.shop == key.shop, r.channel == key.channel, r.reply_id == reply_id)
    return connection.execute(select(r.reply_id).where(same)).first() is not None


def _insert_agent_line(connection: Connection, key: ConversationKey, line: AgentLine, now: datetime) -> None:
    place = {"shop": key.shop, "channel": key.channel, "conversation": key.conversation}
    said = {
        "reply_id": line.id,
        "author": "agent",
        "agent": line.agent,
        "text": line.text,
        "at": codec.encode_time(now),
    }
    connection.execute(REPLIES.insert().values(place | said))
