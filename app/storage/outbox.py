"""The outbox in the database: claiming without meeting another worker, settling, listing, driving again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
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

from app.delivery.ports import (
    ClaimRoom,
    DeliveryAttempt,
    DeliveryReceipt,
    DueLane,
    Lane,
    OutboxDepth,
    OutboxFilter,
    OutboxItem,
    OutboxPage,
    OutboxState,
    ReplayRange,
)
from app.domain.events import DeliveryFailed
from app.domain.message import ConversationKey
from app.errors import NotFoundError, error_sentence
from app.storage import codec, cursor
from app.storage.attempts import insert_attempts
from app.storage.schema import CONVERSATIONS, OUTBOX, REPLIES, TICKETS

RowKey = tuple[str, str]

_O = OUTBOX.c
_PENDING: ColumnElement[str] = literal_column("'pending'")
_LONGEST_ERROR = 500
_LONGEST_PAUSE = timedelta(hours=1, minutes=1)
_TAKEN_OVER = "a person took the conversation over"
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
        insert_attempts(connection, [row.attempt for row in rows if row.attempt])


def read_due_lanes(connection: Connection) -> tuple[DueLane, ...]:
    """Lanes with rows waiting, and when the first row of each is due, the longest due first."""
    return tuple(
        DueLane(Lane.from_name(row.lane), codec.decode_time(row.due)) for row in connection.execute(_LANES).all()
    )


def _select_lanes() -> Select[Any]:
    """A walk over the index from lane to lane: its cost is that of the lanes, however many rows wait in each."""
    n = OUTBOX.alias("n").c
    waiting = n.state == _PENDING
    walk = select(func.min(n.lane).label("lane")).where(waiting).cte("walk", recursive=True)
    beyond = select(func.min(n.lane)).where(waiting, n.lane > walk.c.lane).correlate(walk).scalar_subquery()
    lanes = walk.union_all(select(beyond).where(walk.c.lane.is_not(None)))
    first = select(n.next_at).where(waiting, n.lane == lanes.c.lane).order_by(n.next_at).limit(1)
    due = first.correlate(lanes).scalar_subquery().label("due")
    found = select(lanes.c.lane, due).where(lanes.c.lane.is_not(None)).subquery()
    return select(found).where(found.c.due.is_not(None)).order_by(found.c.due)


_LANES = _select_lanes()


def find_claimable_rows(connection: Connection, now: datetime, rooms: Iterable[ClaimRoom]) -> tuple[RowKey, ...]:
    """Keys of due rows, as many of each lane as there is room for; a look without a lock, see `claim_rows`."""
    at = codec.encode_time(now)
    return tuple(key for room in rooms for key in _find_lane_rows(connection, at, room))


def _find_lane_rows(connection: Connection, now: int, room: ClaimRoom) -> list[RowKey]:
    """Reserved places for rows that failed before, then rows sent for the first time, then what room is left."""
    found = _select_lane_keys(connection, now, room.lane, room.reserved, fresh=False)
    found += _select_lane_keys(connection, now, room.lane, room.total - len(found), fresh=True)
    left = min(room.total - len(found), room.retried - room.reserved)
    if left <= 0:
        return found
    again = _select_lane_keys(connection, now, room.lane, room.reserved + left, fresh=False)
    return found + [key for key in again if key not in found][:left]


def _select_lane_keys(connection: Connection, now: int, lane: Lane, limit: int, *, fresh: bool) -> list[RowKey]:
    if limit <= 0:
        return []
    this = and_(_O.state == _PENDING, _O.lane == lane.name, _O.next_at <= now)
    tried = _O.attempts == 0 if fresh else _O.attempts > 0
    due = select(_O.shop, _O.row_id).where(this, tried, ~_has_earlier_pending())
    rows = connection.execute(due.order_by(_O.next_at).limit(limit))
    return [(row.shop, row.row_id) for row in rows]


def claim_rows(
    connection: Connection, now: datetime, leased_until: datetime, keys: Iterable[RowKey]
) -> tuple[OutboxItem, ...]:
    """Those of the rows that are still due; they are ours until `leased_until`.

    The bot's lines in a conversation that a person holds are withdrawn instead. Shop by shop: SQLite would read every
    row that waits for a list of pairs.
    """
    by_shop: defaultdict[str, list[str]] = defaultdict(list)
    for shop, row_id in keys:
        by_shop[shop].append(row_id)
    return tuple(
        item for shop, ids in by_shop.items() for item in _claim_shop_rows(connection, now, leased_until, (shop, ids))
    )


def _claim_shop_rows(
    connection: Connection, now: datetime, leased_until: datetime, keys: tuple[str, Sequence[str]]
) -> list[OutboxItem]:
    # By key alone, and judged here: by its state too, PostgreSQL would read every row of the shop that waits.
    told = select(OUTBOX, _held_by_person().label("held"), _has_earlier_pending().label("blocked"))
    query = told.where(_match_rows(*keys)).order_by(_O.next_at).with_for_update(skip_locked=True, of=OUTBOX)
    at = codec.encode_time(now)
    due = [row for row in connection.execute(query).mappings() if _is_claimable(row, at)]
    held = [row["row_id"] for row in due if row["held"]]
    if held:
        connection.execute(OUTBOX.update().where(_match_rows(keys[0], held)).values(_withdrawal()))
    mine = [row for row in due if not row["held"]]
    if not mine:
        return []
    until = codec.encode_time(leased_until)
    claimed = {"next_at": until, "attempts": _O.attempts + 1}
    connection.execute(OUTBOX.update().where(_match_rows(keys[0], [row["row_id"] for row in mine])).values(claimed))
    return [_decode_outbox_item({**row, "attempts": row["attempts"] + 1, "next_at": until}) for row in mine]


def _is_claimable(row: RowMapping, now: int) -> bool:
    return row["state"] == OutboxState.PENDING and row["next_at"] <= now and not row["blocked"]


def _match_rows(shop: str, ids: Sequence[str]) -> ColumnElement[bool]:
    return and_(_O.shop == shop, _O.row_id.in_(ids))


def _has_earlier_pending() -> ColumnElement[bool]:
    """A reply must not overtake the one said before it."""
    e = OUTBOX.alias("earlier").c
    same = and_(e.shop == _O.shop, e.channel == _O.channel, e.conversation == _O.conversation)
    earlier = and_(e.destination == _O.destination, e.state == _PENDING, e.created_at < _O.created_at)
    return exists().where(same, earlier)


def _held_by_person() -> ColumnElement[bool]:
    """Whether this is a line of the bot in a conversation that a person holds now."""
    c = CONVERSATIONS.c
    same = and_(c.shop == _O.shop, c.channel == _O.channel, c.conversation == _O.conversation)
    return and_(_O.until_takeover == 1, exists().where(same, c.owner == "agent"))


def _withdrawal() -> dict[str, Any]:
    return {"state": OutboxState.WITHDRAWN.value, "last_error": _TAKEN_OVER}


def withdraw_bot_lines(connection: Connection, key: ConversationKey) -> None:
    """The bot's lines that have not left, or were given up, never leave: a person speaks now."""
    same = and_(_O.shop == key.shop, _O.channel == key.channel, _O.conversation == key.conversation)
    for state in (_PENDING, literal_column("'dead'")):  # one by one: each state has an index of its own
        lines = and_(same, _O.state == state, _O.until_takeover == 1)
        connection.execute(OUTBOX.update().where(lines).values(_withdrawal()))


def is_row_claimed(connection: Connection, item: OutboxItem) -> bool:
    """Whether the row still waits under the lease it was claimed with."""
    this = and_(_O.shop == item.shop, _O.row_id == item.id)
    row = connection.execute(select(_O.state, _O.next_at).where(this)).first()
    return row is not None and row.state == OutboxState.PENDING and row.next_at == codec.encode_time(item.next_at)


def schedule_row_retry(
    connection: Connection, item: OutboxItem, until: datetime, why: str, attempt: DeliveryAttempt
) -> None:
    """Due again at `until`."""
    later = {"next_at": codec.encode_time(until), "last_error": why[:_LONGEST_ERROR]}
    connection.execute(OUTBOX.update().where(_match_pending_row(item)).values(later))
    insert_attempts(connection, [attempt])


def realign_row_times(connection: Connection, now: datetime) -> None:
    """Rows that wait for a time no pause of ours reaches, or were never tried, are due now."""
    beyond = or_(_O.next_at > codec.encode_time(now + _LONGEST_PAUSE), _O.attempts == 0)
    ahead = and_(_O.state == _PENDING, _O.next_at > codec.encode_time(now), beyond)
    connection.execute(OUTBOX.update().where(ahead).values(next_at=codec.encode_time(now)))


def mark_row_dead(
    connection: Connection, item: OutboxItem, why: str, now: datetime, attempt: DeliveryAttempt
) -> DeliveryFailed | None:
    """A dead letter; None when the row was settled meanwhile."""
    dead = {"state": OutboxState.DEAD.value, "last_error": why[:_LONGEST_ERROR]}
    changed = connection.execute(OUTBOX.update().where(_match_pending_row(item)).values(dead)).rowcount
    insert_attempts(connection, [attempt])
    if not changed:
        return None
    return DeliveryFailed(
        key=ConversationKey(item.shop, item.channel, item.conversation),
        at=now,
        item_id=item.id,
        item_kind=item.kind,
        destination=item.destination,
        why=why,
    )


def _match_pending_row(item: OutboxItem) -> ColumnElement[bool]:
    """The row, unless it has been settled meanwhile."""
    return and_(_O.shop == item.shop, _O.row_id == item.id, _O.state == _PENDING)


def notify_workers(connection: Connection) -> None:
    """Wake the workers of every process, once this commits."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(NOTIFY)


def requeue_dead_rows(connection: Connection, shops: frozenset[str] | None, row_id: str | None, now: datetime) -> int:
    """Dead rows wait again, as new; returns how many. A row that waits as new already is a retry, and none."""
    visible: list[ColumnElement[bool]] = [true() if shops is None else _O.shop.in_(sorted(shops))]
    if row_id is not None:
        visible.append(_O.row_id == row_id)
    chosen = [_O.state == OutboxState.DEAD.value, *visible]
    again = {"state": OutboxState.PENDING.value, "attempts": 0, "next_at": codec.encode_time(now)}
    changed = connection.execute(OUTBOX.update().where(*chosen).values(again)).rowcount
    notify_workers(connection)
    as_new = select(_O.row_id).where(_O.state == OutboxState.PENDING.value, _O.attempts == 0, *visible)
    if row_id is not None and not changed and connection.execute(as_new).first() is None:
        raise NotFoundError(error_sentence("unknown_outbox_row", id=row_id))
    return changed


def replay_rows(connection: Connection, wanted: ReplayRange, now: datetime) -> int:
    """Rows of a range wait again, as new and in their old order, delivered or given up; returns how many.

    Lines of the bot that a person has followed since stay where they are: the buyer has heard better.
    """
    states = [OutboxState.SENT.value, OutboxState.DEAD.value]
    chosen = [
        _O.state.in_(states),
        _O.created_at >= codec.encode_time(wanted.since),
        _O.created_at < codec.encode_time(wanted.until),
        true() if wanted.shops is None else _O.shop.in_(sorted(wanted.shops)),
        true() if wanted.kinds is None else _O.kind.in_(sorted(wanted.kinds)),
        ~_is_overtaken(),
    ]
    again = {"state": OutboxState.PENDING.value, "attempts": 0, "next_at": codec.encode_time(now), "sent_at": None}
    changed = connection.execute(OUTBOX.update().where(*chosen).values(again)).rowcount
    notify_workers(connection)
    return changed


def _is_overtaken() -> ColumnElement[bool]:
    """Whether this is a line of the bot, and a person has spoken or taken the conversation since."""
    r, t = REPLIES.c, TICKETS.c
    said = and_(r.conversation == _O.conversation, r.shop == _O.shop, r.channel == _O.channel)
    claimed = and_(t.shop == _O.shop, t.channel == _O.channel, t.conversation == _O.conversation)
    overtaken = or_(
        _held_by_person(),
        exists().where(said, r.author == "agent", r.at >= _O.created_at),
        exists().where(claimed, t.claimed_at >= _O.created_at),
    )
    return and_(_O.until_takeover == 1, overtaken)


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
        channel=row["channel"],
        conversation=row["conversation"],
        until_takeover=bool(row["until_takeover"]),
    )
