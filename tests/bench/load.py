"""`python -m tests.bench.load`: messages a second through the whole path, beside a bare echo and a bare commit.

One worker on SQLite, one and two on PostgreSQL; latency at half the load; memory and start; and growth with FAQ
entries, shops and stored messages. `--only path,postgres,half,flood,faq,shops,rows` picks, `--seconds` the length.
`rasa` measures beside a Rasa assistant that it trains and starts with the Python named in XIAOER_BENCH_RASA; it runs by
itself where one is named.
"""

import argparse
import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench import places
from tests.bench.client import Result, Target, load, pace
from tests.bench.places import Place
from tests.bench.rasa import PYTHON, rasa
from tests.postgres import fresh_database, server

CONNECTIONS = (1, 32, 256)
BUSY = 32
GUESSED_RATE = 8_000.0
CALM, FLOOD = 20.0, 2_000.0
STORED_ROWS = 1_000_000
FAQ_SIZES = (1_000, 10_000, 100_000)
SHOP_COUNTS = (10, 1_000)
SECTIONS = ("path", "postgres", "half", "flood", "faq", "shops", "rows", "rasa")
WIDTH = 170
"""Characters of a table where no terminal says how many it has."""


class Bench:
    """Runs the sections and prints a table each."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds
        self._console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
        self._echo: dict[int, float] = {}

    def path(self) -> None:
        """Echo, commit only, whole path; one worker, SQLite."""
        table = _table("one worker, SQLite")
        with places.echo() as place:
            self._echo = self._loaded(table, "bare FastAPI echo", place)
        with places.commit_only(self._sqlite("commit")) as place:
            self._loaded(table, "open and commit a turn", place)
        with places.service(self._sqlite("full")) as place:
            self._loaded(table, "the whole path", place)
            known = replace(place, target=replace(place.target, fresh=False))
            self._loaded(table, "the whole path, texts heard before", known)
            table.caption = f"start {place.start_seconds:.1f} s, memory after the load {place.memory_mib:.0f} MiB"
        self._console.print(table)

    def postgres(self) -> None:
        """One and two workers over PostgreSQL."""
        table = _table("PostgreSQL")
        with server() as url:
            for workers in (1, 2):
                with fresh_database(url) as database, places.commit_only(database, workers) as place:
                    self._loaded(table, f"open and commit, {workers} worker(s)", place)
                with fresh_database(url) as database, places.service(database, workers) as place:
                    self._loaded(table, f"the whole path, {workers} worker(s)", place)
        self._console.print(table)

    def rasa(self) -> None:
        """Beside a Rasa assistant of the usual kind, over its REST channel."""
        table = _table("beside Rasa")
        table.add_column("MiB")
        for name, started in (("Rasa", rasa()), ("xiaoer", places.service(self._sqlite("rasa")))):
            with started as place:
                self._run(place, BUSY, seconds=1.0)  # warm
                result = self._run(place, BUSY)
                self._row(table, name, BUSY, result, "-", f"{place.memory_mib:.0f}")
        self._console.print(table)

    def half(self) -> None:
        """Latency when half of what can be done is asked for."""
        table = Table("messages/s", "p50 ms", "p99 ms", title="half of the most, SQLite")
        with places.service(self._sqlite("half")) as place:
            most = self._run(place, BUSY).per_second
            result = uvloop.run(pace(place.target, connections=BUSY, seconds=self._seconds * 2, rate=most / 2, seed=7))
        table.add_row(f"{result.per_second:.0f}", *_percentiles(result))
        self._console.print(table)

    def flood(self) -> None:
        """What a calm shop's buyers wait for, alone and while another shop of the same process takes all it can."""
        table = Table("beside", "calm messages/s", "p50 ms", "p99 ms", "flood messages/s", title="one shop's flood")
        with places.service(self._sqlite("flood"), shops=places.many_shops(self._folder / "flood", 2)) as place:
            calm = replace(place.target, path=places.MESSAGES.replace("demo", "shop1"))
            alone = uvloop.run(pace(calm, connections=8, seconds=self._seconds, rate=CALM, seed=1))
            table.add_row("nothing", f"{alone.per_second:.0f}", *_percentiles(alone), "-")
            for connections in CONNECTIONS[1:]:
                beside, flood = uvloop.run(_beside(calm, place.target, connections, self._seconds))
                name = f"a flood of {connections} connections"
                table.add_row(name, f"{beside.per_second:.0f}", *_percentiles(beside), f"{flood.per_second:.0f}")
        self._console.print(table)

    def faq(self) -> None:
        """Growth with FAQ entries."""
        self._grows("FAQ entries", FAQ_SIZES, places.shop_with_faq)

    def shops(self) -> None:
        """Growth with shops."""
        self._grows("shops", SHOP_COUNTS, places.many_shops)

    def rows(self) -> None:
        """Growth with stored messages."""
        table = _table("stored messages")
        for rows in (0, STORED_ROWS):
            database = self._sqlite(f"rows-{rows}")
            with places.service(database):
                pass  # makes the tables
            _fill(Path(database.removeprefix("sqlite:///")), rows)
            with places.service(database) as place:
                self._measured(table, f"{rows:,}", place, BUSY)
        self._console.print(table)

    def _grows(self, what: str, sizes: tuple[int, ...], make: Callable[[Path, int], Path]) -> None:
        table = _table(what)
        for column in ("start s", "MiB", "all learned, s CPU", "MiB", f"KiB for each of the {what}"):
            table.add_column(column)
        with places.service(self._sqlite(f"{what}-alone")) as place:
            alone = place.memory_mib
            self._measured(table, "the demo shop", place, BUSY, *_opened(place, alone, 0))
        for size in sizes:
            try:
                with places.service(self._sqlite(f"{what}-{size}"), shops=make(self._folder, size)) as place:
                    self._measured(table, f"{size:,}", place, BUSY, *_opened(place, alone, size))
            except places.NotUpError as late:
                table.add_row(f"{size:,}: {late}")
        self._console.print(table)

    def _loaded(self, table: Table, name: str, place: Place) -> dict[int, float]:
        rates: dict[int, float] = {}
        self._run(place, BUSY, seconds=1.0)  # warm
        for connections in CONNECTIONS:
            rates[connections] = self._measured(table, name, place, connections).per_second
        return rates

    def _measured(self, table: Table, name: str, place: Place, connections: int, *more: str) -> Result:
        before = place.cpu_seconds
        result = self._run(place, connections)
        spent = (place.cpu_seconds - before) / max(1, len(result.latencies))
        self._row(table, name, connections, result, f"{spent * 1e6:.0f}", *more)
        return result

    def _run(self, place: Place, connections: int, seconds: float | None = None) -> Result:
        length = seconds or self._seconds
        seed = connections if seconds is None else 99
        return uvloop.run(load(place.target, connections=connections, seconds=length, rate=GUESSED_RATE, seed=seed))

    def _row(self, table: Table, name: str, connections: int, result: Result, *more: str) -> None:
        echo = self._echo.get(connections)
        share = f"{result.per_second / echo:.2f}" if echo else "1.00" if "echo" in name else "-"
        bad = sum(times for status, times in result.statuses.items() if status != 200)  # OK
        cells = (name, str(connections), f"{result.per_second:.0f}", share, *_percentiles(result), str(bad), *more)
        table.add_row(*cells)

    def _sqlite(self, name: str) -> str:
        return f"sqlite:///{self._folder / f'{name}.sqlite3'}"


async def _beside(calm: Target, flooded: Target, connections: int, seconds: float) -> tuple[Result, Result]:
    flood = asyncio.create_task(
        load(flooded, connections=connections, seconds=seconds + 1, rate=FLOOD, seed=connections)
    )
    await asyncio.sleep(1)  # its requests are written and its connections in
    return await pace(calm, connections=8, seconds=seconds, rate=CALM, seed=connections), await flood


def _opened(place: Place, alone: float, more: int) -> tuple[str, ...]:
    """How long it took and what it holds, when ready and when all is learned, and what each one more costs."""
    ready, learned, memory = place.memory_mib, place.settle(), place.memory_mib
    each = f"{(memory - alone) * 1024 / more:.1f}" if more else "-"
    return f"{place.start_seconds:.1f}", f"{ready:.0f}", f"{learned:.1f}", f"{memory:.0f}", each


def _table(title: str) -> Table:
    return Table("what", "connections", "messages/s", "of echo", "p50 ms", "p99 ms", "not 200", "µs CPU", title=title)


def _percentiles(result: Result) -> tuple[str, str]:
    return f"{result.percentile(0.5):.2f}", f"{result.percentile(0.99):.2f}"


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) "
_KEY = "'demo', 'webhook', 'old-' || i, 'old-' || (i % 50000)"
_FILLINGS = (
    ("messages", f"{_KEY}, 'b', NULL, '在吗', 'text', '', :now - i, :now - i, 'answered', 'old-' || i, NULL"),
    ("turns", "'demo', 'old-' || i, 'webhook', 'old-' || (i % 50000), :now - i, '{}', '{}'"),
    ("replies", f"{_KEY}, 'bot', NULL, '亲', :now - i"),
)


def _fill(path: Path, rows: int) -> None:
    """So many answered messages of many buyers, with their turns and replies."""
    connection = sqlite3.connect(path)
    values = {"rows": rows, "now": time.time_ns() // 1000}
    for table, columns in _FILLINGS if rows else ():
        with connection:
            connection.execute(f"INSERT INTO {table} {_NUMBERS} SELECT {columns} FROM n", values)  # noqa: S608  # ours
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def main() -> None:
    """Run the sections that were asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--only", default=",".join(SECTIONS if os.environ.get(PYTHON) else SECTIONS[:-1]))
    given = arguments.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bench = Bench(folder, given.seconds)
        for section in given.only.split(","):
            getattr(bench, section)()


if __name__ == "__main__":
    main()
