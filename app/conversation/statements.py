"""The few statements of the hot path, written once in SQLAlchemy Core and compiled once for each number of rows.

Executing them by the driver skips SQLAlchemy's per-call work; many rows in one statement take one trip to the database
and, on SQLite, give the interpreter up once instead of once a row.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Executable, Table, Text, column, select, values
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

Row = tuple[Any, ...]

_LARGEST = 64


def insert_into(dialect: Dialect, table: Table) -> Any:
    """The dialect's own insert, the one that knows ON CONFLICT."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


class ManyRows:
    """A statement for 1, 2, 4 … 64 rows; `build(rows)` writes it for that many."""

    def __init__(self, dialect: Dialect, build: Callable[[int], Executable]) -> None:
        self._sql = cache(lambda rows: _compiled(dialect, build(rows)))

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Execute over all rows; returns how many were written."""
        done = 0
        for part in _parts(rows):
            done += _execute(connection, self._sql(len(part)), _flat(part)).rowcount
        return done

    def fetch(self, connection: Connection, rows: Sequence[Row]) -> list[Row]:
        """Execute over all rows; returns what was found."""
        found: list[Row] = []
        for part in _parts(rows):
            found += _execute(connection, self._sql(len(part)), _flat(part)).fetchall()
        return found


def _execute(connection: Connection, sql: str, row: Row) -> Any:
    """The driver's own execute: a batch has seven statements, and SQLAlchemy's 30 µs for each cost more than SQLite."""
    driver: Any = connection.connection.driver_connection
    errors: Any = connection.dialect.loaded_dbapi.Error
    try:
        return driver.execute(sql, row)
    except errors as error:
        lost = connection.dialect.is_disconnect(error, driver, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql, None, error, errors, hide_parameters=True, connection_invalidated=lost, dialect=connection.dialect
        ) from error


def insert_rows(dialect: Dialect, table: Table, finish: Callable[[Any], Any] = lambda insert: insert) -> ManyRows:
    """Insert whole rows of `table`; `finish` adds what happens on conflict."""
    blank = dict.fromkeys(table.columns.keys(), "")
    return ManyRows(dialect, lambda rows: finish(insert_into(dialect, table).values([blank] * rows)))


def select_by_key(dialect: Dialect, keys: Sequence[Column[str]], wanted: Sequence[Any], outer: Any = None) -> ManyRows:
    """Select `wanted` where the `keys` columns equal one of the rows.

    A join with a list of values: SQLite scans the whole table for a row-value IN.
    """
    table = keys[0].table

    def build(rows: int) -> Executable:
        listed = values(*(column(key.name, Text) for key in keys), name="k")
        given = listed.data([("",) * len(keys)] * rows).cte("k")
        source: Any = given
        source = source.join(table, _equal(keys, given))
        if outer is not None:
            source = source.outerjoin(*outer)
        return select(*wanted).select_from(source)

    return ManyRows(dialect, build)


def _equal(keys: Sequence[Column[str]], given: Any) -> Any:
    first, *rest = [key == given.c[key.name] for key in keys]
    for condition in rest:
        first &= condition
    return first


def _compiled(dialect: Dialect, statement: Executable) -> str:
    return str(statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))  # type: ignore[attr-defined]  # every Executable we build is a ClauseElement


def _flat(rows: Sequence[Row]) -> Row:
    return rows[0] if len(rows) == 1 else tuple(cell for row in rows for cell in row)


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start = 0
    while left := len(rows) - start:
        size = min(_LARGEST, 1 << (left.bit_length() - 1))
        yield rows[start : start + size]
        start += size
