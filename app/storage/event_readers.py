"""Hands events to their readers: what they write goes into the events' own transaction, the rest after its commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from app.delivery.feed import Notice, encode_notices, pack_notices
from app.domain.events import ConversationEvent, Event, EventReader
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.storage import codec
from app.storage.outbox import notify_workers
from app.storage.schema import OUTBOX
from app.storage.writing.rows import outbox_row
from app.storage.writing.statements import Driver, borrow_driver, insert_into

T = TypeVar("T")
EVENTS_CHANNEL = "xiaoer_events"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """What a transaction came to, and what happened in it; no events when it changed nothing."""

    value: T
    events: tuple[Event, ...] = ()


class Writer(Protocol):
    """Runs a change in a transaction of its own, with its consequences."""

    async def __call__(self, work: Callable[[Connection], Written[T]]) -> T:
        """What the change came to, once it is durable."""


class Reader(Protocol):
    """Runs a read."""

    async def __call__(self, work: Callable[[Connection], T]) -> T:
        """What was read."""


class PostgresNotices(EventReader):
    """Tells the listeners of every process, through the database and at the commit."""

    def write_events(self, driver: Any, events: Sequence[Event]) -> None:
        """One statement, however many events."""
        driver.execute(_NOTIFY_EVENTS, (EVENTS_CHANNEL, encode_notices(events)), prepare=True)


_NOTIFY_EVENTS = "SELECT pg_notify(%s, notice) FROM unnest(%s::text[]) AS notice"


def send_notice(connection: Connection, notice: Notice) -> None:
    """Tell the listeners of every process."""
    connection.exec_driver_sql(_NOTIFY_EVENTS, (EVENTS_CHANNEL, pack_notices((notice,))))


class EventReaders:
    """Every reader of one process; each is only asked for what it overrides.

    `shift` turns a time of this machine's clock, µs since 1970, into the database's, by which the outbox goes.
    """

    def __init__(self, readers: Sequence[EventReader], shift: Callable[[int], int] = lambda micros: micros) -> None:
        self.shift = shift
        self._with_rows = [each for each in readers if type(each).outbox_rows is not EventReader.outbox_rows]
        self._writing = [each for each in readers if type(each).write_events is not EventReader.write_events]
        self._told = [each for each in readers if type(each).after_commit is not EventReader.after_commit]

    def list_outbox_rows(self, events: Sequence[Event]) -> tuple[OutboxRow, ...]:
        """The rows to write with these events, in order."""
        return tuple([row for event in events for reader in self._with_rows for row in reader.outbox_rows(event)])

    def write_events(self, driver: Driver, events: Sequence[Event]) -> None:
        """What the readers write, in the transaction that the driver's connection is in."""
        if events:
            for reader in self._writing:
                reader.write_events(driver, events)

    def record_change(self, connection: Connection, written: Written[T]) -> Written[T]:
        """All that goes into the transaction with a change: rows to send, and what readers write."""
        for event in written.events:
            self._insert_outbox_rows(connection, event, self.list_outbox_rows((event,)))
        if written.events and self._writing:
            with borrow_driver(connection) as driver:
                self.write_events(driver, written.events)
        return written

    def tell_committed(self, events: Sequence[Event]) -> None:
        """Tell the readers that the events are durable; one that fails keeps nobody from hearing."""
        for reader in self._told:
            try:
                reader.after_commit(events)
            except Exception:
                log.exception("a reader of events failed", reader=type(reader).__name__)

    def _insert_outbox_rows(self, connection: Connection, event: Event, rows: Sequence[OutboxRow]) -> None:
        """Rows to send, each once."""
        if not rows:
            return
        key = event.key if isinstance(event, ConversationEvent) else ConversationKey(event.shop, "", "")
        at = self.shift(codec.encode_time(event.at))
        names = OUTBOX.columns.keys()
        full = [dict(zip(names, outbox_row(key, row, at + place), strict=True)) for place, row in enumerate(rows)]
        connection.execute(insert_into(connection.dialect, OUTBOX).on_conflict_do_nothing(), full)
        notify_workers(connection)
