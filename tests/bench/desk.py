"""`python -m tests.bench.desk`: how quick the agents' desk is and what it costs, each figure beside its aim.

Sections: `bundle`, `replicas` (a claim in one process heard in another, PostgreSQL), `browser` (2,000 tickets in
Chromium), `streams` (what a hundred desks cost a process), `stop` (SIGTERM with a hundred streams), and `bot`: messages
a second of the bot beside another checkout, `--baseline FOLDER`, by turns in one run. `--only` picks, `--seconds` is
the length of each part. Run it beside nothing else: its figures are of the machine as busy as it is.
"""

import argparse
import asyncio
import gzip
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import psutil
import uvloop
from rich.console import Console
from rich.table import Table

from app.web.pages import BUILT
from tests.bench import places
from tests.bench.client import load, percentile
from tests.bench.desk_browser import first_rows, show_queue, signed_in
from tests.bench.desk_streams import TOKENS, change, claims_heard_elsewhere, hand_over, hundred_tokens, streams
from tests.bench.places import MEBIBYTE, Place
from tests.journeys.service import AgentSoftware, Service, running
from tests.postgres import fresh_database, server

SECTIONS = ("bundle", "replicas", "browser", "streams", "stop", "bot")
OWN = {"XIAOER_AGENT_TOKENS": TOKENS, "XIAOER_SHOP_RATE": "1000000000", "XIAOER_SENDER_RATE": "1000000000"}
CHANGES_A_SECOND = 5.0
TICKETS = 2_000
HELD = 40
CLAIMS = 200
BUSY = 32
GUESSED_RATE = 3_000.0
PAIRS = 4
ROUNDS = 2
SETTLING_SECONDS = 5.0


@dataclass(frozen=True)
class Figure:
    """What was found, and what it may be at most."""

    name: str
    found: float
    most: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether the aim is met."""
        return self.found <= self.most


def weigh_bundle() -> Iterator[Figure]:
    """All scripts and styles of the desk, as they go over the line."""
    assets = [path for path in (BUILT / "assets").iterdir() if path.suffix in {".js", ".css"}]
    yield Figure(
        "scripts and styles, gzipped", sum(len(gzip.compress(a.read_bytes())) for a in assets) / 1024, 80, "KB"
    )


def compare_replicas(folder: Path) -> Iterator[Figure]:
    """Two processes over PostgreSQL."""
    with (
        server() as url,
        fresh_database(url) as database,
        running(folder, database=database, processes=2, **OWN) as pair,
    ):
        delays = asyncio.run(claims_heard_elsewhere(pair, CLAIMS, CHANGES_A_SECOND * 2))
    yield Figure("a claim heard in the other replica, p50", percentile(delays, 0.5), 100, "ms")
    yield Figure("a claim heard in the other replica, p99", percentile(delays, 0.99), 100, "ms")


class Desks:
    """The sections that share one service with its 2,000 tickets."""

    def __init__(self, service: Service, seconds: float) -> None:
        self._service = service
        self._seconds = seconds
        self._process = psutil.Process(service.processes[0].pid)
        self._tickets = asyncio.run(hand_over(service, TICKETS))
        for ticket in self._tickets[:HELD]:
            AgentSoftware(service, "token-of-a0").handoff(ticket, "claim")

    def browse(self) -> Iterator[Figure]:
        """As an agent with tickets in hand, and the whole queue beside them."""
        with signed_in(self._service, "token-of-a0") as (browser, session):
            rows, desk = first_rows(browser, session, self._service)
            yield Figure(f"{TICKETS} tickets: the page asked for to rows, p50", rows, 500, "ms")
            yield Figure("the queue's rows after its tab", show_queue(desk), 500, "ms")
            opened = sorted(desk.open_rows())
            yield Figure("a conversation opened, p50", opened[len(opened) // 2], 50, "ms")
            yield Figure("a conversation opened, p95", opened[int(len(opened) * 0.95)], 50, "ms")
            with self._changing(self._tickets[HELD:]):
                share = desk.busy_share(self._seconds)
            yield Figure("main thread at 5 changes a second", share * 100, 5, "%")

    @contextmanager
    def _changing(self, tickets: list[str]) -> Iterator[None]:
        """While tickets change, from a thread of its own: Playwright holds this one."""
        work = change(self._service, tickets, seconds=self._seconds + 1, rate=CHANGES_A_SECOND)
        thread = threading.Thread(target=asyncio.run, args=(work,))
        thread.start()
        yield
        thread.join()

    def weigh_streams(self) -> Iterator[Figure]:
        """A hundred desks beside none, both at 5 changes a second."""
        rounds = [[asyncio.run(self._cost(tokens)) for tokens in ([], hundred_tokens())] for _ in range(ROUNDS)]
        more = statistics.mean(busy[0] - calm[0] for calm, busy in rounds)
        (_, before), (_, after) = rounds[0]
        yield Figure("a hundred desks at 5 changes a second", more * 100, 5, "% of a core")
        yield Figure("a hundred desks", max(0.0, after - before), 20, "MiB")

    async def _cost(self, tokens: list[str]) -> tuple[float, float]:
        """The share of a core, and the memory at the end."""
        async with streams(_port(self._service), tokens) as opened:
            await asyncio.sleep(SETTLING_SECONDS)
            before = _cpu_seconds(self._process)
            made = await change(self._service, self._tickets[HELD:], seconds=self._seconds, rate=CHANGES_A_SECOND)
            share = (_cpu_seconds(self._process) - before) / self._seconds
            if any(len(stream.told) == 0 or stream.ended for stream in opened) or not made:
                raise RuntimeError("a stream heard nothing")
            return share, self._process.memory_info().rss / MEBIBYTE

    def stop(self) -> Iterator[Figure]:
        """SIGTERM while a hundred streams are open."""
        yield Figure("SIGTERM with a hundred streams", asyncio.run(self._stop()), 1, "s")

    async def _stop(self) -> float:
        async with streams(_port(self._service), hundred_tokens()):
            began = time.perf_counter()
            self._service.processes[0].terminate()
            await asyncio.to_thread(self._service.processes[0].wait)
            return time.perf_counter() - began


def _port(service: Service) -> int:
    return int(service.url().rsplit(":", 1)[1])


def _cpu_seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


def compare_bot(folder: Path, baseline: Path | None, seconds: float) -> Iterator[Figure]:
    """Messages a second with no desk open, beside another checkout: by turns, so that both meet the same machine."""
    with places.service(f"sqlite:///{folder / 'ours.sqlite3'}") as ours:
        if baseline:
            with places.service(f"sqlite:///{folder / 'theirs.sqlite3'}", code=baseline) as theirs:
                yield from _compare_runs(ours, theirs, seconds)
        else:
            _load(ours, seconds, 1)
        yield Figure("memory after the load", ours.memory_mib, 300, "MiB")


@dataclass(frozen=True)
class Run:
    """One load: messages a second, and the service's milliseconds of processor time for each."""

    per_second: float
    milliseconds: float


def _compare_runs(ours: Place, theirs: Place, seconds: float) -> Iterator[Figure]:
    """Medians over pairs; the first pair only warms. Processor time says most on a machine that others use as well."""
    pairs: list[tuple[Run, Run]] = []
    for pair in range(PAIRS + 1):
        first, second = (ours, theirs) if pair % 2 else (theirs, ours)
        runs = {place.pids: _load(place, seconds, pair + 1) for place in (first, second)}
        pairs.append((runs[ours.pids], runs[theirs.pids]))
    mine, others = zip(*pairs[1:], strict=True)
    lost = statistics.median(1 - own.per_second / other.per_second for own, other in pairs[1:])
    more = statistics.median(own.milliseconds / other.milliseconds - 1 for own, other in pairs[1:])
    rates = " beside ".join(f"{statistics.median(run.per_second for run in side):.0f}" for side in (mine, others))
    times = " beside ".join(f"{statistics.median(run.milliseconds for run in side):.2f}" for side in (mine, others))
    yield Figure(f"the bot's messages a second lost ({rates})", lost * 100, 3, "%")
    yield Figure(f"its processor time a message more ({times} ms)", more * 100, 3, "%")


def _load(place: Place, seconds: float, seed: int) -> Run:
    before = place.cpu_seconds
    result = uvloop.run(load(place.target, connections=BUSY, seconds=seconds, rate=GUESSED_RATE, seed=seed))
    if refused := {status: times for status, times in result.statuses.items() if status != HTTPStatus.OK}:
        raise RuntimeError(f"not every message was answered: {refused}")
    return Run(result.per_second, (place.cpu_seconds - before) * 1000 / result.statuses[HTTPStatus.OK])


def measure(wanted: frozenset[str], baseline: Path | None, seconds: float) -> Iterator[Figure]:
    """The wanted sections, cheap ones first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "bundle" in wanted:
            yield from weigh_bundle()
        if "replicas" in wanted:
            (folder / "pair").mkdir()
            yield from compare_replicas(folder / "pair")
        if shared := wanted & {"browser", "streams", "stop"}:
            (folder / "desks").mkdir()
            with running(folder / "desks", **OWN) as service:
                desks = Desks(service, seconds)
                sections: dict[str, Callable[[], Iterator[Figure]]] = {
                    "browser": desks.browse,
                    "streams": desks.weigh_streams,
                    "stop": desks.stop,
                }
                for section in (each for each in sections if each in shared):
                    yield from sections[section]()
        if "bot" in wanted:
            yield from compare_bot(folder, baseline, seconds)


def main() -> None:
    """Print the figures as they come, then the table."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", default=",".join(SECTIONS))
    arguments.add_argument("--baseline", type=Path)
    arguments.add_argument("--seconds", type=float, default=10)
    given = arguments.parse_args()
    wanted = frozenset(given.only.split(","))
    if unknown := wanted - frozenset(SECTIONS):
        arguments.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    table = Table("", "found", "at most", "", title="the desk")
    console = Console()
    for figure in measure(wanted, given.baseline, given.seconds):
        row = (figure.name, f"{figure.found:.1f}", f"{figure.most:g} {figure.unit}", "" if figure.holds else "misses")
        console.print(*row, style="dim")
        table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    main()
