"""The one place that knows SQLite from PostgreSQL: engines, their settings, and bringing the schema up to date."""

import errno
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import PydanticSerializationError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, StatementError

from app.errors import MalformedError, StorageUnavailableError
from app.settings import PRIVATE_MODE, make_private_folder
from app.storage.trouble import names_trouble, report_trouble

# Platforms cut the line after five seconds: a write that waits longer for somebody's lock helps nobody.
_BUSY_SECONDS = 2.0
_CONNECT_SECONDS = 3
# Pages of the write-ahead log before it is copied back; larger means fewer, longer pauses.
_CHECKPOINT_PAGES = 2_000
_BUSY_TIMEOUT = f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000)}"

# A statement or a lock that takes longer than a platform waits is given up; a dead client does not keep its locks.
_POSTGRES_SETTINGS = "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
# Nothing is known of tables that have just grown; a join by key is never better as a scan of them.
_KEY_JOIN_SETTINGS = " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"

_SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}",
)

_FILE_TROUBLES = {errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full", errno.EROFS: "read_only"}
_SQLITE_SUFFIXES = ("", "-wal", "-shm")

T = TypeVar("T")


class DatabaseEngines:
    """Engines for one database: `writing` by the writer, `opening` of conversations, `reading` of everything else."""

    def __init__(self, url: str, *, pool_size: int) -> None:
        self.url = parse_database_url(url)
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        self.writers = min(2, pool_size) if self.is_postgres else 1
        if self.is_postgres:
            self.writing = _postgres_engine(
                self.url, self.writers, "READ COMMITTED", _POSTGRES_SETTINGS + _KEY_JOIN_SETTINGS
            )
            self.opening = _postgres_engine(self.url, 1, "AUTOCOMMIT", _POSTGRES_SETTINGS + _KEY_JOIN_SETTINGS)
            self.reading = _postgres_engine(self.url, pool_size, "AUTOCOMMIT", _POSTGRES_SETTINGS)
            return
        self._file = DatabaseFile(self.url.database)
        self.writing = _sqlite_engine(self.url, self.writers, "BEGIN IMMEDIATE", self._file)
        self.opening = self.reading = _sqlite_engine(self.url, pool_size, "BEGIN", self._file)

    def connect_loop_reader(self) -> sqlite3.Connection | None:
        """A connection for single reads by key on the event loop: on SQLite a page in memory, not a trip anywhere."""
        if self.is_postgres:
            return None
        connection = sqlite3.connect(str(self.url.database), timeout=0, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA query_only=ON").close()
        return connection

    def make_loop_transaction(self, write: Callable[[Any, Sequence[Any]], list[Any]]) -> "LoopTransaction | None":
        """Batches written on the event loop: on SQLite that changes pages in memory, and only the commit waits."""
        return None if self.is_postgres else LoopTransaction(self.writing, self._file, write)

    def dispose(self) -> None:
        """Close every connection."""
        self.opening.dispose()
        self.reading.dispose()
        self.writing.dispose()


class LoopTransaction:
    """One transaction at a time over the writer's connection, written on the event loop and committed in a thread.

    A thread would ask for the interpreter again after each statement, and wait up to 5 ms for it each time under load.
    """

    def __init__(self, engine: Engine, file: "DatabaseFile", write: Callable[[Any, Sequence[Any]], list[Any]]) -> None:
        self._engine = engine
        self._file = file
        self._write = write
        self._driver: Any = None

    def write_items(self, items: Sequence[Any]) -> list[Any] | None:
        """Write up to the commit; None when anything is in the way: the patient way finds out what, and says so."""
        try:
            self._begin_transaction()
            return self._write(self._driver, items)
        except Exception:  # noqa: BLE001  # see above
            self._roll_back()
            return None

    def commit_items(self) -> None:
        """Make it durable."""
        try:
            self._driver.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise report_trouble(error) from error

    def _begin_transaction(self) -> None:
        self._file.check_unchanged()
        if self._driver is None:
            # The pool keeps its one connection; asking for it each time would take longer than writing a turn.
            lent = self._engine.raw_connection()
            self._driver = lent.driver_connection
            lent.close()
        self._driver.execute("PRAGMA busy_timeout=0")  # a loop does not wait for a lock
        self._driver.execute("BEGIN IMMEDIATE")

    def _roll_back(self) -> None:
        if self._driver is not None and self._driver.in_transaction:
            with suppress(sqlite3.Error):  # then the patient way fails too, and says why
                self._driver.execute("ROLLBACK")


class DatabaseFile:
    """The file that an SQLite database was opened as. One moved away or replaced still takes writes, and loses them."""

    def __init__(self, name: str | None) -> None:
        if not name or name == ":memory:":
            raise StorageUnavailableError("An SQLite database needs a file.", "bad_address")
        self._path = Path(name)
        self._known: tuple[int, int] | None = None
        try:
            make_private_folder(self._path.parent)
            self._restrict_access()
        except OSError as error:
            raise report_trouble(error, _FILE_TROUBLES.get(error.errno or 0, "no_permission")) from error

    def _restrict_access(self) -> None:
        """Buyers' words are their shop's alone; SQLite gives the files beside it the mode of this one.

        A file that is there is only looked at: to close it once it is open elsewhere in this process drops the locks
        that SQLite holds on it ("How To Corrupt An SQLite Database File", section 2.2).
        """
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_MODE))
        except FileExistsError:
            code = self._find_hindrance()
            if code:
                raise OSError(code, os.strerror(code), str(self._path)) from None
        for suffix in _SQLITE_SUFFIXES:
            with suppress(FileNotFoundError, PermissionError):  # not there, or somebody else's who let us in
                self._path.with_name(self._path.name + suffix).chmod(PRIVATE_MODE)

    def _find_hindrance(self) -> int:
        """The number of the error with which the file that is there could not be opened; 0 where it could."""
        if self._path.is_dir():
            return errno.EISDIR
        if os.access(self._path, os.R_OK | os.W_OK):
            return 0
        return errno.EROFS if os.statvfs(self._path).f_flag & os.ST_RDONLY else errno.EACCES

    def check_unchanged(self) -> None:
        """Raises StorageUnavailableError when the file is no longer the one that was opened."""
        try:
            found = self._path.stat()
        except OSError as error:
            if self._known is None:
                return  # a new database: SQLite makes the file
            raise report_trouble(error, "file_gone") from error
        if self._known is None:
            self._known = (found.st_dev, found.st_ino)
        if self._known != (found.st_dev, found.st_ino):
            raise report_trouble(FileExistsError(self._path.name), "file_replaced")


def parse_database_url(url: str) -> URL:
    """The URL with its driver; StorageUnavailableError for one that cannot be read or names another kind of database.

    What a PostgreSQL URL leaves out, libpq takes from PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise report_trouble(error, "bad_address") from None  # the error's words hold the password
    if parsed.drivername in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise report_trouble(ValueError(parsed.drivername), "bad_address")
    return parsed


def _postgres_engine(url: URL, size: int, isolation: IsolationLevel, settings: str) -> Engine:
    arguments = {"connect_timeout": _CONNECT_SECONDS, "application_name": "xiaoer", "options": settings}
    try:
        return create_engine(
            url,
            pool_size=size,
            max_overflow=0,
            paramstyle="format",
            isolation_level=isolation,
            pool_reset_on_return=None,
            connect_args=arguments,
        )
    except ImportError as error:
        raise report_trouble(error, "no_driver") from error


def _sqlite_engine(url: URL, size: int, begin: str, file: DatabaseFile) -> Engine:
    def begin_transaction(connection: Connection) -> None:
        file.check_unchanged()
        connection.exec_driver_sql(_BUSY_TIMEOUT)
        connection.exec_driver_sql(begin)

    arguments: dict[str, Any] = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, pool_size=size, max_overflow=0, connect_args=arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "do_connect", lambda *_: file.check_unchanged())
    event.listen(engine, "begin", begin_transaction)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Our own BEGIN, so that SQLite takes its write lock first and not halfway."""
    connection.isolation_level = None
    for setting in _SQLITE_SETTINGS:
        connection.execute(setting).close()


def read_with_retry(work: Callable[[Connection], T], engine: Engine) -> T:
    """Run a read, again after a lost connection; a database in trouble becomes our own error."""
    try:
        return _read_once(work, engine)
    except Exception as error:
        if not getattr(error, "connection_invalidated", False):
            raise translate_error(error) from error
    try:
        return _read_once(work, engine)
    except Exception as error:
        raise translate_error(error) from error


def _read_once(work: Callable[[Connection], T], engine: Engine) -> T:
    with engine.connect() as connection:
        return work(connection)


def translate_error(error: Exception) -> Exception:
    """What a caller hears: the database is away, or cannot hold what was given; anything else as it is."""
    if isinstance(error, (OperationalError, InterfaceError)) or getattr(error, "connection_invalidated", False):
        return report_trouble(error)
    if isinstance(error, DBAPIError) and names_trouble(error):
        return report_trouble(error)
    if isinstance(error, (StatementError, UnicodeEncodeError, PydanticSerializationError)):
        return MalformedError(f"The database cannot hold this: {type(error).__name__}.")
    return error
