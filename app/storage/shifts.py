"""Handovers at the end of a shift."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select, tuple_

from app.domain.events import ShiftChanged
from app.domain.handoff import Group
from app.errors import ConflictError, ReusedIdError, error_sentence
from app.storage import codec, cursor
from app.storage.event_readers import Written
from app.storage.schema import SHIFTS
from app.storage.writing.statements import insert_into
from handoff.shifts import Shift, ShiftPage

_S = SHIFTS.c
_NEWEST_FIRST = (-_S.at, _S.shift_id)


def insert_shift(connection: Connection, shift: Shift) -> Written[Shift]:
    """Keep it; the same again changes nothing."""
    row = {
        "shop": shift.shop,
        "shift_id": shift.id,
        "agent": shift.agent,
        "group_name": shift.group.value if shift.group else None,
        "text": shift.text,
        "tickets": codec.encode_json({"tickets": list(shift.ticket_ids)}),
        "at": codec.encode_time(shift.at),
    }
    if connection.execute(insert_into(connection.dialect, SHIFTS).on_conflict_do_nothing(), row).rowcount == 1:
        return Written(shift, (ShiftChanged(shop=shift.shop, at=shift.at, shift_id=shift.id),))
    known = select_shift(connection, shift.shop, shift.id)
    if known is None or not known.repeats(shift):
        raise ReusedIdError.naming("this id", ["agent", "group or text"])
    return Written(known)


def select_shift(connection: Connection, shop: str, shift_id: str) -> Shift | None:
    """One, or None."""
    row = connection.execute(select(SHIFTS).where(_match_shift(shop, shift_id))).mappings().first()
    return _decode_shift(row) if row else None


def read_shift_page(connection: Connection, shop: str, *, waiting: bool, limit: int, after: str | None) -> ShiftPage:
    """The newest first."""
    query = select(SHIFTS).where(_S.shop == shop).order_by(*_NEWEST_FIRST).limit(limit + 1)
    if waiting:
        query = query.where(_S.accepted_by.is_(None))
    if after:
        query = query.where(tuple_(*_NEWEST_FIRST) > tuple_(*cursor.decode_cursor(after, int, str)))
    rows = connection.execute(query).mappings().all()
    last = cursor.encode_cursor(-rows[limit - 1]["at"], rows[limit - 1]["shift_id"]) if len(rows) > limit else None
    return ShiftPage(tuple(map(_decode_shift, rows[:limit])), last)


def mark_accepted(connection: Connection, shift: Shift, by: str, now: datetime) -> Written[Shift]:
    """Of two at once one takes it on; ConflictError for the other."""
    waits = and_(_match_shift(shift.shop, shift.id), _S.accepted_by.is_(None))
    taken = {"accepted_by": by, "accepted_at": codec.encode_time(now)}
    mine = connection.execute(SHIFTS.update().where(waits).values(taken)).rowcount == 1
    accepted = select_shift(connection, shift.shop, shift.id) or shift
    if accepted.accepted_by != by:
        raise ConflictError(error_sentence("shift_taken", agent=accepted.accepted_by))
    return Written(accepted, (ShiftChanged(shop=shift.shop, at=now, shift_id=shift.id),) if mine else ())


def _match_shift(shop: str, shift_id: str) -> ColumnElement[bool]:
    return and_(_S.shop == shop, _S.shift_id == shift_id)


def _decode_shift(row: RowMapping) -> Shift:
    told: Any = codec.decode_json(row["tickets"])
    return Shift(
        shop=row["shop"],
        id=row["shift_id"],
        agent=row["agent"],
        at=codec.decode_time(row["at"]),
        text=row["text"],
        group=Group(row["group_name"]) if row["group_name"] else None,
        ticket_ids=tuple(told["tickets"]),
        accepted_by=row["accepted_by"],
        accepted_at=codec.decode_optional_time(row["accepted_at"]),
    )
