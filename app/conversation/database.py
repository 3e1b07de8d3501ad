"""The one place that knows SQLite from PostgreSQL: engines, their settings, and bringing the schema up to date."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from app.errors import StorageUnavailableError

# Platforms cut the line after five seconds: a write that waits longer for somebody's lock helps nobody.
_BUSY_SECONDS = 2.0
_CONNECT_SECONDS = 3
# Pages of the write-ahead log before it is copied back; larger means fewer, longer pauses.
_CHECKPOINT_PAGES = 2_000
_CACHE_KIB = 16_384

_SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}",
    f"PRAGMA cache_size=-{_CACHE_KIB}",
)

T = TypeVar("T")


class Database:
    """Engines for one database: `writing` for the writer's threads, `reading` for everybody else."""

    def __init__(self, url: str, *, pool_size: int) -> None:
        self.url = _with_driver(url)
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        self.writers = min(2, pool_size) if self.is_postgres else 1
        make = _postgres if self.is_postgres else _sqlite
        self.writing = make(self.url, self.writers, "BEGIN IMMEDIATE")
        self.reading = make(self.url, pool_size, "BEGIN")

    def dispose(self) -> None:
        """Close every connection."""
        self.reading.dispose()
        self.writing.dispose()


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _postgres(url: URL, size: int, _begin: str) -> Engine:
    arguments = {"connect_timeout": _CONNECT_SECONDS, "application_name": "xiaoer"}
    return create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        paramstyle="format",
        pool_reset_on_return=None,
        connect_args=arguments,
    )


def _sqlite(url: URL, size: int, begin: str) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    arguments: dict[str, Any] = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, pool_size=size, max_overflow=0, connect_args=arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Our own BEGIN, so that SQLite takes its write lock first and not halfway."""
    connection.isolation_level = None
    for setting in _SQLITE_SETTINGS:
        connection.execute(setting).close()


def reachable(work: Callable[[Connection], T], engine: Engine) -> T:
    """Run a read; a database that does not answer becomes our own error."""
    try:
        with engine.connect() as connection:
            return work(connection)
    except OperationalError as error:
        raise StorageUnavailableError(f"The database does not answer: {type(error.orig).__name__}.") from error
