"""Corrections as agents made them over HTTP; one that was taken back stays, so that its id is never used again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, select, tuple_

from app.domain.correction import Correction, CorrectionMarks, CorrectionPage, KeptCorrection
from app.errors import ConflictError, NotFoundError, ReusedIdError, error_sentence
from app.storage import codec, cursor
from app.storage.schema import CORRECTIONS
from app.storage.writing.statements import insert_into

_C = CORRECTIONS.c
_ORDER = (_C.created_at, _C.correction_id)
MOST_CORRECTIONS = 5000
"""In force in one shop: each costs a fifth of a microsecond a message, and a millisecond when it is learned."""


def insert_correction(connection: Connection, kept: KeptCorrection) -> KeptCorrection:
    """Keep a correction, or find it kept."""
    own = kept.correction
    row = {
        "shop": kept.shop,
        "correction_id": own.correction_id,
        "text": own.text,
        "intent": own.intent,
        "faq": own.faq,
        "author": kept.author,
        "created_at": codec.encode_time(kept.created_at),
    }
    insert = insert_into(connection.dialect, CORRECTIONS).values(row).on_conflict_do_nothing()
    if connection.execute(insert.returning(_C.correction_id)).first():
        _refuse_too_many(connection, kept.shop)
        return kept
    found = select_correction(connection, kept.shop, own.correction_id)
    if found is None:
        raise NotFoundError(error_sentence("unknown_correction", id=own.correction_id))
    if not found.in_force:
        raise ReusedIdError(error_sentence("correction_withdrawn", id=own.correction_id))
    differing = [name for name in ("text", "intent", "faq") if getattr(found.correction, name) != getattr(own, name)]
    if differing:
        raise ReusedIdError.naming("correction id", differing)
    return found


def mark_withdrawn(connection: Connection, shop: str, correction_id: str, by: str, now: datetime) -> KeptCorrection:
    """Take a correction back."""
    own = and_(_C.shop == shop, _C.correction_id == correction_id, _C.withdrawn_at.is_(None))
    values = {"withdrawn_by": by, "withdrawn_at": codec.encode_time(now)}
    connection.execute(CORRECTIONS.update().where(own).values(values))
    found = select_correction(connection, shop, correction_id)
    if found is None:
        raise NotFoundError(error_sentence("unknown_correction", id=correction_id))
    return found


def select_correction(connection: Connection, shop: str, correction_id: str) -> KeptCorrection | None:
    """One correction, or None."""
    wanted = and_(_C.shop == shop, _C.correction_id == correction_id)
    row = connection.execute(select(CORRECTIONS).where(wanted)).mappings().first()
    return _decode_correction(row) if row else None


def read_correction_page(connection: Connection, shop: str, limit: int, after: str | None) -> CorrectionPage:
    """Those in force, the latest first."""
    condition = _in_force(shop)
    query = select(CORRECTIONS).where(condition).order_by(*(each.desc() for each in _ORDER)).limit(limit + 1)
    if after:
        query = query.where(tuple_(*_ORDER) < tuple_(*cursor.decode_cursor(after, int, str)))
    rows = connection.execute(query).mappings().all()
    kept = tuple(_decode_correction(row) for row in rows[:limit])
    total = connection.execute(select(func.count()).select_from(CORRECTIONS).where(condition)).scalar_one()
    last = rows[limit - 1] if len(rows) > limit else None
    return CorrectionPage(
        kept, cursor.encode_cursor(last["created_at"], last["correction_id"]) if last else None, total
    )


def read_corrections(connection: Connection, shop: str) -> Sequence[Correction]:
    """All in force, the oldest first."""
    rows = connection.execute(select(CORRECTIONS).where(_in_force(shop)).order_by(*_ORDER)).mappings()
    return [_decode_correction(row).correction for row in rows]


def read_marks(connection: Connection) -> CorrectionMarks:
    """How many corrections each shop ever had, and how many of them were taken back."""
    counted = select(_C.shop, func.count(), func.count(_C.withdrawn_at)).group_by(_C.shop)
    return {shop: (made, withdrawn) for shop, made, withdrawn in connection.execute(counted)}


def _refuse_too_many(connection: Connection, shop: str) -> None:
    """The transaction is rolled back by the error."""
    counted = select(func.count()).select_from(CORRECTIONS).where(_in_force(shop))
    if connection.execute(counted).scalar_one() > MOST_CORRECTIONS:
        raise ConflictError(error_sentence("too_many_corrections", most=MOST_CORRECTIONS))


def _in_force(shop: str) -> Any:
    return and_(_C.shop == shop, _C.withdrawn_at.is_(None))


def _decode_correction(row: RowMapping) -> KeptCorrection:
    own = Correction(row["correction_id"], row["text"], row["intent"], row["faq"], row["author"])
    return KeptCorrection(
        shop=row["shop"],
        correction=own,
        author=row["author"],
        created_at=codec.decode_time(row["created_at"]),
        withdrawn_by=row["withdrawn_by"],
        withdrawn_at=codec.decode_optional_time(row["withdrawn_at"]),
    )
