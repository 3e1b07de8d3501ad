"""Rows of held replies: written, read and stopped within whatever transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select

from app.domain.handoff import TicketState
from app.domain.held_reply import HeldReply, HeldState, StopReason
from app.domain.ticket import Ticket
from app.errors import ConflictError, error_sentence
from app.storage import codec
from app.storage.schema import HELD_REPLIES, TICKETS, in_states

MOST_AT_ONCE = 100
_H = HELD_REPLIES.c
_IS_HELD = in_states(_H.state, {HeldState.HELD})
_SHOWN = or_(_IS_HELD, _H.state == HeldState.STOPPED.value)
_IN_ORDER = (_H.send_at, _H.held_at, _H.line_id)


def insert_held(connection: Connection, held: HeldReply) -> None:
    """Keep it."""
    connection.execute(HELD_REPLIES.insert().values(_encode(held)))


def select_held(connection: Connection, shop: str, line_id: str) -> HeldReply | None:
    """One, whatever became of it, or None."""
    row = connection.execute(select(HELD_REPLIES).where(_H.shop == shop, _H.line_id == line_id)).mappings().first()
    return _decode(row) if row else None


def select_of_ticket(connection: Connection, ticket: Ticket) -> Sequence[HeldReply]:
    """Those of a ticket that wait or were stopped, the first to leave first."""
    query = select(HELD_REPLIES).where(_match_ticket(ticket), _SHOWN).order_by(*_IN_ORDER)
    return [_decode(row) for row in connection.execute(query).mappings()]


def select_of_agent(connection: Connection, agent: str, shops: frozenset[str] | None) -> Sequence[HeldReply]:
    """A person's that wait or were stopped, the first to leave first."""
    query = select(HELD_REPLIES).where(_H.agent == agent, _SHOWN).order_by(*_IN_ORDER).limit(MOST_AT_ONCE)
    if shops is not None:
        query = query.where(_H.shop.in_(sorted(shops)))
    return [_decode(row) for row in connection.execute(query).mappings()]


def find_due(connection: Connection, now: datetime) -> Sequence[HeldReply]:
    """Those whose time has come, and those whose buyer has written since, the first to leave first."""
    t = TICKETS.c
    wrote_since = select(t.ticket_id).where(
        t.shop == _H.shop, t.ticket_id == _H.ticket_id, t.last_author == "buyer", t.last_at > _H.held_at
    )
    due = or_(_H.send_at <= codec.encode_time(now), wrote_since.exists())
    query = select(HELD_REPLIES).where(_IS_HELD, due).order_by(*_IN_ORDER).limit(MOST_AT_ONCE)
    return [_decode(row) for row in connection.execute(query).mappings()]


def take_up(connection: Connection, shop: str, line_id: str) -> None:
    """The line of this id is said now, held or not before; ConflictError when it was taken back."""
    held = select_held(connection, shop, line_id)
    if held is None:
        return
    if held.state is HeldState.WITHDRAWN:
        raise ConflictError(error_sentence("reply_withdrawn"))
    connection.execute(HELD_REPLIES.delete().where(_match(held)))


def delete_of_ticket(connection: Connection, ticket: Ticket) -> None:
    """Forget all of a ticket's."""
    connection.execute(HELD_REPLIES.delete().where(_match_ticket(ticket)))


def change_held(connection: Connection, held: HeldReply) -> None:
    """Write what became of it."""
    told = _encode(held)
    values = {name: told[name] for name in ("state", "why", "changed_by")}
    connection.execute(HELD_REPLIES.update().where(_match(held)).values(values))


def stop_where_hands_changed(connection: Connection, before: Ticket, after: Ticket) -> Sequence[HeldReply]:
    """What was written for a ticket's holder does not leave once the ticket is with somebody else, or has ended.

    Those that are stopped by it, the first to leave first.
    """
    if before.state is not TicketState.CLAIMED or (
        after.state is before.state and after.claimed_by == before.claimed_by
    ):
        return ()
    query = select(HELD_REPLIES).where(_match_ticket(before), _IS_HELD).order_by(*_IN_ORDER)
    held = [_decode(row) for row in connection.execute(query).mappings()]
    stopped = [replace(each, state=HeldState.STOPPED, why=StopReason.CHANGED_HANDS) for each in held]
    for each in stopped:
        change_held(connection, each)
    return stopped


def _match(held: HeldReply) -> ColumnElement[bool]:
    return and_(_H.shop == held.key.shop, _H.line_id == held.id)


def _match_ticket(ticket: Ticket) -> ColumnElement[bool]:
    return and_(_H.ticket_id == ticket.id, _H.shop == ticket.key.shop)


def _encode(held: HeldReply) -> dict[str, Any]:
    return {
        "shop": held.key.shop,
        "line_id": held.id,
        "channel": held.key.channel,
        "conversation": held.key.conversation,
        "ticket_id": held.ticket_id,
        "reply_id": held.reply_id,
        "agent": held.agent,
        "holder": held.holder,
        "text": held.text,
        "content": codec.encode_content(held.content),
        "after": held.after,
        "held_at": codec.encode_time(held.held_at),
        "send_at": codec.encode_time(held.send_at),
        "scheduled": int(held.scheduled),
        "state": held.state.value,
        "why": held.why.value if held.why else None,
        "changed_by": held.changed_by,
    }


def _decode(row: RowMapping) -> HeldReply:
    return HeldReply(
        id=row["line_id"],
        reply_id=row["reply_id"],
        key=codec.decode_key(row),
        ticket_id=row["ticket_id"],
        agent=row["agent"],
        holder=row["holder"],
        text=row["text"],
        content=codec.decode_content(row["content"]),
        after=row["after"],
        held_at=codec.decode_time(row["held_at"]),
        send_at=codec.decode_time(row["send_at"]),
        scheduled=bool(row["scheduled"]),
        state=HeldState(row["state"]),
        why=StopReason(row["why"]) if row["why"] else None,
        changed_by=row["changed_by"],
    )
