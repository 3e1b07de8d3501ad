"""The few statements of the hot path: written in SQLAlchemy Core from the tables, compiled once, run by the driver.

SQLAlchemy's own execute takes 30 µs a statement, more than SQLite takes for the rows. Many rows go at once: as one JSON
document on PostgreSQL, where every row more in a VALUES list would be another statement to parse, plan and prepare.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any, Protocol

from pydantic_core import to_json
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Dialect,
    Executable,
    Table,
    Text,
    bindparam,
    column,
    func,
    select,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

Row = tuple[Any, ...]
Driver = Any
ConflictClause = Callable[[Any], Any]

_LARGEST = 64


def insert_into(dialect: Dialect, table: Table) -> Any:
    """The dialect's own insert, the one that knows ON CONFLICT."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


@contextmanager
def borrow_driver(connection: Connection) -> Iterator[Driver]:
    """The driver's own connection; its errors come out as SQLAlchemy's."""
    driver: Any = connection.connection.driver_connection
    errors: Any = connection.dialect.loaded_dbapi.Error
    try:
        yield driver
    except errors as error:
        lost = connection.dialect.is_disconnect(error, driver, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, errors, hide_parameters=True, connection_invalidated=lost, dialect=connection.dialect
        ) from error


def start_pipeline(dialect: Dialect, driver: Driver) -> AbstractContextManager[Any]:
    """On PostgreSQL the statements within go out together, and what they wrote is known afterwards."""
    pipeline: AbstractContextManager[Any] = driver.pipeline() if dialect.name == "postgresql" else nullcontext()
    return pipeline


class WriteResult(Protocol):
    """What a statement did; known once it has been answered."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""


class BulkInsert:
    """Inserts whole rows of a table, any number at once; `finish` adds what happens on conflict."""

    def __init__(self, dialect: Dialect, table: Table, finish: ConflictClause = lambda insert: insert) -> None:
        self._names = [str(name) for name in table.columns.keys()]  # noqa: SIM118  # it is no dict
        self._as_json = dialect.name == "postgresql"
        insert = insert_into(dialect, table)
        rows = (
            insert.from_select(self._names, select_json_rows(table))
            if self._as_json
            else insert.values(self._blank_row())
        )
        self._sql = compile_statement(dialect, finish(rows))

    def insert_batch(self, driver: Driver, rows: Sequence[Row]) -> WriteResult:
        """Insert them."""
        if not self._as_json:
            many: WriteResult = driver.executemany(self._sql, rows)
            return many
        once: WriteResult = driver.execute(self._sql, (encode_rows(self._names, rows),), prepare=True)
        return once

    def _blank_row(self) -> dict[str, str]:
        return dict.fromkeys(self._names, "")


def select_json_rows(table: Table) -> Any:
    """Select the rows of `table` that a JSON document holds."""
    return select(json_table([column(each.name, each.type) for each in table.columns]))


def json_table(columns: Sequence[Any]) -> Any:
    """The rows of a JSON document as a table, on PostgreSQL."""
    rows = func.json_to_recordset(bindparam("rows", type_=JSON)).table_valued(*columns, name="given")
    return rows.render_derived(with_types=True)


def encode_rows(names: Sequence[str], rows: Sequence[Row]) -> str:
    """The rows as one document."""
    return to_json([dict(zip(names, row, strict=True)) for row in rows]).decode()


class NamedStatement:
    """One statement, compiled once, whose values come by name."""

    def __init__(self, dialect: Dialect, statement: Any) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql, self._names = str(compiled), tuple(compiled.positiontup)

    def run(self, driver: Driver, values: Mapping[str, Any]) -> WriteResult:
        """Execute it."""
        done: WriteResult = driver.execute(self._sql, tuple([values[name] for name in self._names]))
        return done


class BatchStatement:
    """A statement for 1, 2, 4 … 64 rows; `build(rows)` writes it for that many.

    It is planned anew each time: PostgreSQL keeps the plan of a prepared one, and what was best over tables still small
    (any index will do) is the slowest over large ones.
    """

    def __init__(self, dialect: Dialect, build: Callable[[int], Executable]) -> None:
        self._how = {"prepare": False} if dialect.name == "postgresql" else {}
        self._sql = cache(lambda rows: compile_statement(dialect, build(rows)))

    def run_batches(self, driver: Driver, rows: Sequence[Row]) -> list[Row]:
        """Execute over all rows; returns what was found."""
        found: list[Row] = []
        for part in _split_rows(rows):
            found += driver.execute(self._sql(len(part)), _join_cells(part), **self._how).fetchall()
        return found


def build_row_insert(dialect: Dialect, table: Table, finish: ConflictClause) -> BatchStatement:
    """Insert whole rows of `table`, where `finish` returns something of each."""
    blank = dict.fromkeys(table.columns.keys(), "")
    return BatchStatement(dialect, lambda rows: finish(insert_into(dialect, table).values([blank] * rows)))


def build_key_select(
    dialect: Dialect, keys: Sequence[Column[str]], wanted: Sequence[Any], outer: Any = None
) -> BatchStatement:
    """Select `wanted` where the `keys` columns equal one of the rows.

    A join with a list of values: SQLite scans the whole table for a row-value IN.
    """
    table = keys[0].table

    def build_select(rows: int) -> Executable:
        listed = values(*(column(key.name, Text) for key in keys), name="k")
        given = listed.data([("",) * len(keys)] * rows).cte("k")
        source: Any = given
        source = source.join(table, _match_keys(keys, given))
        if outer is not None:
            source = source.outerjoin(*outer)
        return select(*wanted).select_from(source)

    return BatchStatement(dialect, build_select)


def compile_statement(dialect: Dialect, statement: Executable) -> str:
    """The statement's text, with the driver's own placeholders."""
    return str(statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))  # type: ignore[attr-defined]  # every Executable we build is a ClauseElement


def _match_keys(keys: Sequence[Column[str]], given: Any) -> Any:
    first, *rest = [key == given.c[key.name] for key in keys]
    for condition in rest:
        first &= condition
    return first


def _join_cells(rows: Sequence[Row]) -> Row:
    return rows[0] if len(rows) == 1 else tuple(cell for row in rows for cell in row)


def _split_rows(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start = 0
    while left := len(rows) - start:
        size = min(_LARGEST, 1 << (left.bit_length() - 1))
        yield rows[start : start + size]
        start += size
