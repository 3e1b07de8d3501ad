"""The outbox in the database: claiming without meeting another worker, settling, listing, driving again."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    RowMapping,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from app.delivery.ports import DeliveryReceipt, OutboxDepth, OutboxFilter, OutboxItem, OutboxPage, OutboxState
from app.domain.events import DeliveryFailed
from app.domain.message import ConversationKey
from app.errors import NotFoundError
from app.storage import codec, cursor
from app.storage.schema import OUTBOX

_O = OUTBOX.c
_PENDING: ColumnElement[str] = literal_column("'pending'")
_LONGEST_ERROR = 500
_LONGEST_PAUSE = timedelta(hours=1, minutes=1)
CHANNEL = "xiaoer_outbox"
NOTIFY = f"NOTIFY {CHANNEL}"


class DeliveryStatement:
    """Rows that arrived, settled many at a time with whatever else the writer has."""

    def __init__(self, dialect: Dialect) -> None:
        done: dict[str, Any] = {"state": bindparam("new_state"), "sent_at": bindparam("now"), "last_error": None}
        this = and_(_O.shop == bindparam("its_shop"), _O.row_id == bindparam("its_id"))
        self._sql = OUTBOX.update().where(this).values(done)
        self._dialect = dialect

    def mark_sent(self, connection: Connection, rows: Sequence[DeliveryReceipt]) -> None:
        """Mark all of them sent."""
        values = [
            {
                "its_shop": row.shop,
                "its_id": row.id,
                "now": codec.encode_time(row.at),
                "new_state": OutboxState.SENT.value,
            }
            for row in rows
        ]
        connection.execute(self._sql, values)


def claim_due_rows(
    connection: Connection, now: datetime, leased_until: datetime, limit: int, without: Collection[str]
) -> tuple[OutboxItem, ...]:
    """Due rows that nobody else has, first of their conversation; they are ours until `leased_until`."""
    rows = connection.execute(_select_due(codec.encode_time(now), limit, without)).mappings().all()
    if not rows:
        return ()
    until = codec.encode_time(leased_until)
    keys = [(row["shop"], row["row_id"]) for row in rows]
    mine = tuple_(_O.shop, _O.row_id).in_(keys)
    connection.execute(OUTBOX.update().where(mine).values(next_at=until, attempts=_O.attempts + 1))
    return tuple(_decode_outbox_item(dict(row) | {"attempts": row["attempts"] + 1}) for row in rows)


def _select_due(now: int, limit: int, without: Collection[str]) -> Select[Any]:
    due = select(OUTBOX).where(_O.state == _PENDING, _O.next_at <= now, ~_has_earlier_pending())
    if without:
        due = due.where(_O.destination.not_in(sorted(without)))
    return due.order_by(_O.next_at, _O.created_at).limit(limit).with_for_update(skip_locked=True, of=OUTBOX)


def _has_earlier_pending() -> ColumnElement[bool]:
    """A reply must not overtake the one said before it."""
    e = OUTBOX.alias("earlier").c
    same = and_(e.shop == _O.shop, e.channel == _O.channel, e.conversation == _O.conversation)
    earlier = and_(e.destination == _O.destination, e.state == _PENDING, e.created_at < _O.created_at)
    return exists().where(same, earlier)


def schedule_row_retry(connection: Connection, item: OutboxItem, until: datetime, why: str) -> None:
    """Due again at `until`."""
    later = {"next_at": codec.encode_time(until), "last_error": why[:_LONGEST_ERROR]}
    connection.execute(OUTBOX.update().where(_match_pending_row(item)).values(later))


def realign_row_times(connection: Connection, now: datetime) -> None:
    """Rows that wait for a time no pause of ours reaches, or were never tried, are due now."""
    beyond = or_(_O.next_at > codec.encode_time(now + _LONGEST_PAUSE), _O.attempts == 0)
    ahead = and_(_O.state == _PENDING, _O.next_at > codec.encode_time(now), beyond)
    connection.execute(OUTBOX.update().where(ahead).values(next_at=codec.encode_time(now)))


def release_claimed_rows(connection: Connection, items: Sequence[OutboxItem], now: datetime) -> None:
    """Due again at once, as if never claimed."""
    mine = tuple_(_O.shop, _O.row_id).in_([(item.shop, item.id) for item in items])
    waiting = and_(mine, _O.state == _PENDING)
    connection.execute(OUTBOX.update().where(waiting).values(next_at=codec.encode_time(now), attempts=_O.attempts - 1))


def mark_row_dead(connection: Connection, item: OutboxItem, why: str, now: datetime) -> DeliveryFailed | None:
    """A dead letter; None when the row was settled meanwhile."""
    dead = {"state": OutboxState.DEAD.value, "last_error": why[:_LONGEST_ERROR]}
    changed = OUTBOX.update().where(_match_pending_row(item)).values(dead).returning(_O.channel, _O.conversation)
    row = connection.execute(changed).first()
    if row is None:
        return None
    return DeliveryFailed(
        key=ConversationKey(item.shop, row.channel, row.conversation),
        at=now,
        item_id=item.id,
        item_kind=item.kind,
        destination=item.destination,
        why=why,
    )


def _match_pending_row(item: OutboxItem) -> ColumnElement[bool]:
    """The row, unless it has been settled meanwhile."""
    return and_(_O.shop == item.shop, _O.row_id == item.id, _O.state == _PENDING)


def read_next_due(connection: Connection, without: Collection[str]) -> datetime | None:
    """When the next row is due, some destinations aside."""
    first = select(_O.next_at).where(_O.state == _PENDING).order_by(_O.next_at).limit(1)
    if without:
        first = first.where(_O.destination.not_in(sorted(without)))
    return codec.decode_optional_time(connection.execute(first).scalar())


def notify_workers(connection: Connection) -> None:
    """Wake the workers of every process, once this commits."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(NOTIFY)


def requeue_dead_rows(connection: Connection, shops: frozenset[str] | None, row_id: str | None, now: datetime) -> int:
    """Dead rows wait again, as new; returns how many."""
    chosen = [_O.state == OutboxState.DEAD.value, true() if shops is None else _O.shop.in_(sorted(shops))]
    if row_id is not None:
        chosen.append(_O.row_id == row_id)
    again = {"state": OutboxState.PENDING.value, "attempts": 0, "next_at": codec.encode_time(now)}
    changed = connection.execute(OUTBOX.update().where(*chosen).values(again)).rowcount
    notify_workers(connection)
    if row_id is not None and not changed:
        raise NotFoundError(f"没有编号为 {row_id} 的未送达记录")
    return changed


_ORDER = (_O.created_at, _O.shop, _O.row_id)


def read_outbox_page(connection: Connection, wanted: OutboxFilter, limit: int, after: str | None) -> OutboxPage:
    """Rows, oldest first."""
    condition = and_(
        true() if wanted.shops is None else _O.shop.in_(sorted(wanted.shops)),
        true() if wanted.state is None else _O.state == wanted.state.value,
    )
    rows = [
        _decode_outbox_item(dict(row))
        for row in connection.execute(_select_outbox_page(condition, limit + 1, after)).mappings()
    ]
    total = connection.execute(select(func.count()).select_from(OUTBOX).where(condition)).scalar_one()
    shown = tuple(rows[:limit])
    last = (
        cursor.encode_cursor(codec.encode_time(shown[-1].created_at), shown[-1].shop, shown[-1].id)
        if rows[limit:]
        else None
    )
    return OutboxPage(shown, last, total)


def _select_outbox_page(condition: ColumnElement[bool], limit: int, after: str | None) -> Select[Any]:
    query = select(OUTBOX).where(condition).order_by(*_ORDER).limit(limit)
    return query.where(tuple_(*_ORDER) > tuple_(*cursor.decode_cursor(after, int, str, str))) if after else query


def read_outbox_depth(connection: Connection) -> OutboxDepth:
    """How much waits."""
    waiting = select(func.count(), func.min(_O.created_at)).where(_O.state == _PENDING)
    pending, oldest = connection.execute(waiting).one()
    dead = select(func.count()).select_from(OUTBOX).where(_O.state == OutboxState.DEAD.value)
    return OutboxDepth(pending, connection.execute(dead).scalar_one(), codec.decode_optional_time(oldest))


def _decode_outbox_item(row: RowMapping | dict[str, Any]) -> OutboxItem:
    return OutboxItem(
        shop=row["shop"],
        id=row["row_id"],
        kind=row["kind"],
        destination=row["destination"],
        payload=codec.decode_json(row["payload"]),
        state=OutboxState(row["state"]),
        attempts=row["attempts"],
        created_at=codec.decode_time(row["created_at"]),
        next_at=codec.decode_time(row["next_at"]),
        sent_at=codec.decode_optional_time(row["sent_at"]),
        last_error=row["last_error"],
    )
