"""The delivery log in the database: one row an attempt."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select, true, tuple_

from app.delivery.ports import AttemptFilter, AttemptOutcome, AttemptPage, DeliveryAttempt, FailureKind
from app.storage import codec, cursor
from app.storage.schema import DELIVERY_ATTEMPTS
from app.storage.writing.statements import insert_into

_A = DELIVERY_ATTEMPTS.c
_ORDER = (_A.at, _A.shop, _A.row_id)


def insert_attempts(connection: Connection, attempts: Sequence[DeliveryAttempt]) -> None:
    """Note them."""
    if attempts:
        insert = insert_into(connection.dialect, DELIVERY_ATTEMPTS).on_conflict_do_nothing()
        connection.execute(insert, [_attempt_row(attempt) for attempt in attempts])


def read_attempt_page(connection: Connection, wanted: AttemptFilter, limit: int, before: str | None) -> AttemptPage:
    """Attempts, newest first."""
    conditions = [
        true() if wanted.shops is None else _A.shop.in_(sorted(wanted.shops)),
        true() if wanted.row_id is None else _A.row_id == wanted.row_id,
        true() if wanted.outcome is None else _A.outcome == wanted.outcome.value,
    ]
    if before:
        conditions.append(tuple_(*_ORDER) < tuple_(*cursor.decode_cursor(before, int, str, str)))
    query = select(DELIVERY_ATTEMPTS).where(*conditions).order_by(*(column.desc() for column in _ORDER))
    rows = connection.execute(query.limit(limit + 1)).mappings().all()
    shown = tuple(_decode_attempt(row) for row in rows[:limit])
    if not rows[limit:]:
        return AttemptPage(shown, None)
    last = shown[-1]
    return AttemptPage(shown, cursor.encode_cursor(codec.encode_time(last.at), last.shop, last.row_id))


def _attempt_row(attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "shop": attempt.shop,
        "row_id": attempt.row_id,
        "at": codec.encode_time(attempt.at),
        "attempt": attempt.attempt,
        "milliseconds": attempt.milliseconds,
        "outcome": attempt.outcome.value,
        "status": attempt.status,
        "error": attempt.error.value if attempt.error else None,
    }


def _decode_attempt(row: RowMapping) -> DeliveryAttempt:
    return DeliveryAttempt(
        shop=row["shop"],
        row_id=row["row_id"],
        at=codec.decode_time(row["at"]),
        attempt=row["attempt"],
        milliseconds=row["milliseconds"],
        outcome=AttemptOutcome(row["outcome"]),
        status=row["status"],
        error=FailureKind(row["error"]) if row["error"] else None,
    )
