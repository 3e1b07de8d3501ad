"""The database's condition: whether it takes writes now, and what time it is there."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.storage import codec

_FRESH_SECONDS = 2.0
_LARGEST_VERSION = 2**30
# The row that Alembic keeps is in every database of ours; one that another replica is writing right now is as good.
_TOUCH_POSTGRES = (
    "UPDATE alembic_version SET version_num = version_num"
    " WHERE version_num IN (SELECT version_num FROM alembic_version FOR UPDATE SKIP LOCKED)"
)
Transact = Callable[[Callable[[Connection], None]], Awaitable[None]]


class WriteProbe:
    """A small durable write. Those who ask at once share one, and one that succeeded counts for two seconds."""

    def __init__(self, transact: Transact, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._transact = transact
        self._monotonic = monotonic
        self._succeeded_at: float | None = None
        self._asking: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Return when the database takes writes; raises StorageUnavailableError."""
        if self._succeeded_at is not None and self._monotonic() - self._succeeded_at < _FRESH_SECONDS:
            return
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._write())
        await asyncio.shield(self._asking)

    async def _write(self) -> None:
        self._succeeded_at = None
        await self._transact(touch_database)
        self._succeeded_at = self._monotonic()


def touch_database(connection: Connection) -> None:
    """Write what changes nothing: a row as it is or, on SQLite, the number that it keeps for applications."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_TOUCH_POSTGRES)
        return
    version = int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)
    connection.exec_driver_sql(f"PRAGMA user_version={(version + 1) % _LARGEST_VERSION}").close()


class DatabaseClock:
    """The database's time, so that replicas agree on leases and on what was said first, whatever their own clocks show.

    Told from the last comparison and the seconds since, so a wall clock that jumps moves nothing. Over SQLite, which
    one machine uses, it is that machine's clock.
    """

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._anchor: tuple[datetime, float] | None = None

    def set_anchor(self, database_time: datetime, asked: float, answered: float) -> None:
        """The database said this time to a question asked and answered at these monotonic seconds."""
        self._anchor = (database_time, (asked + answered) / 2)

    def now(self) -> datetime:
        """The database's present; the wall clock's before the first comparison."""
        if self._anchor is None:
            return self._clock()
        told, at = self._anchor
        return told + timedelta(seconds=self._monotonic() - at)

    @property
    def lead(self) -> timedelta:
        """How far the wall clock is ahead of the database."""
        return self._clock() - self.now() if self._anchor else timedelta()

    def shift(self, micros: int) -> int:
        """A time of the wall clock, µs since 1970, as the database would have told it."""
        return micros - codec.encode_duration(self.lead) if self._anchor else micros


def read_clock(connection: Connection) -> datetime:
    """What time it is in PostgreSQL."""
    told: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return told
