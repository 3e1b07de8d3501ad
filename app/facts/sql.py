"""Facts from a shop's own database: named read-only queries, run in their own threads, each with a deadline."""

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from app.domain.fact import FactKind, FactsUnavailableError
from app.facts.breaker import CircuitBreaker
from app.facts.rows import FactRow, FactRows
from app.shop.schema import SqlSource

MOST_ROWS: Final = 100_000
MOST_THREADS: Final = 4
TIMEOUTS: Final = {"connect_timeout": 2, "tcp_user_timeout": 5000}  # libpq takes the first in s, the second in ms
POSTGRES: Final = "postgresql"


class QueryDatabase:
    """One database URL with its connections and threads."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.drivername in (POSTGRES, "postgres"):
            parsed = parsed.set(drivername=f"{POSTGRES}+psycopg")
        is_postgres = parsed.get_backend_name() == POSTGRES
        options: dict[str, Any] = {"connect_args": dict(TIMEOUTS)} if is_postgres else {}
        self.host = parsed.host or parsed.get_backend_name()
        self._engine: Engine = create_engine(parsed, pool_pre_ping=True, **options)
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="facts-sql")

    async def run_query(self, query: str, parameters: Mapping[str, str], timeout_ms: int) -> list[FactRow]:
        """The rows; raises SQLAlchemyError or TimeoutError. The database cancels a query that times out, too."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, self._execute_query, query, dict(parameters), timeout_ms)
        async with asyncio.timeout(timeout_ms / 1000):
            return await work

    def _execute_query(self, query: str, parameters: dict[str, str], timeout_ms: int) -> list[FactRow]:
        with self._engine.connect() as connection:
            _restrict_connection(connection, timeout_ms)
            found = connection.execute(text(query), parameters).mappings().fetchmany(MOST_ROWS)
            connection.rollback()
            return [dict(row) for row in found]

    def shut_down(self) -> None:
        """Closes the connections; a running query first ends at its own deadline."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()


def _restrict_connection(connection: Connection, timeout_ms: int) -> None:
    """Makes the connection read-only and limits its statements to the deadline, where the database supports it."""
    if connection.dialect.name == POSTGRES:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text(f"SET LOCAL statement_timeout = {int(timeout_ms)}"))
    elif connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA query_only = ON"))


@dataclass(frozen=True, slots=True)
class SqlRowSource:
    """One named query."""

    kind: FactKind
    source: SqlSource
    query: str
    database: QueryDatabase
    breaker: CircuitBreaker
    _parameters: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_parameters", frozenset(re.findall(r"(?<!:):(\w+)", self.query)))

    @property
    def source_name(self) -> str:
        """The database's host."""
        return f"sql:{self.database.host}"

    def takes_parameter(self, parameter: str) -> bool:
        """Whether the query has a placeholder for the parameter."""
        return parameter in self._parameters

    async def fetch_source_rows(self, parameters: Mapping[str, str]) -> FactRows:
        """The query's rows; raises FactsUnavailableError."""
        if not self.breaker.allows_call():
            raise FactsUnavailableError(self.kind, self.source_name, "failed too often, left alone for a while")
        given = {name: value for name, value in parameters.items() if name in self._parameters}
        try:
            rows = await self.database.run_query(self.query, given, self.source.timeout_ms)
        except (SQLAlchemyError, TimeoutError) as error:
            self.breaker.record_failure()
            raise FactsUnavailableError(self.kind, self.source_name, type(error).__name__) from error
        self.breaker.record_success()
        return FactRows(tuple(self._translate_row(row) for row in rows), _oldest_row_time(rows))

    def _translate_row(self, row: FactRow) -> FactRow:
        words = self.source.values
        return {name: words.get(value, value) if isinstance(value, str) else value for name, value in row.items()}


def _oldest_row_time(rows: list[FactRow]) -> datetime | None:
    """The time of the oldest row: an answer is only as fresh as its oldest part."""
    times = [row["as_of"] for row in rows if isinstance(row.get("as_of"), datetime)]
    return min((at if at.tzinfo else at.replace(tzinfo=UTC) for at in times), default=None)
