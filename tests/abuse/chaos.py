"""Two replicas behind nginx over PostgreSQL, and everything goes wrong: `python -m tests.abuse.chaos --seconds N`.

In the first third only a receiver fails, a third of the time: healthy conversations must not notice. Then replicas are
killed, PostgreSQL is stopped for twenty seconds and people take conversations over. At the end nothing may be lost,
doubled or out of order, and nothing may have been said after a takeover.
"""

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from tests.abuse.arena import Arena, a_message, agents, arena
from tests.bench.client import SAYINGS
from tests.journeys.proxy import nginx
from tests.journeys.service import signed
from tests.postgres import StoppableServer, fresh_database, stoppable_server

UNSTEADY, STEADY = "demo", "steady"
FAILING = 0.35
OUTAGE_SECONDS = 20
KILLS = 3
BUYERS = 30
TAKEOVERS = 6
TOO_SLOW = 5.0
"""Seconds from a message's acknowledgement to its answer at the callback."""
IN_FLIGHT = 0.3
"""Seconds in which a line that left before a takeover may still arrive."""
PATIENCE = 180


@dataclass
class Ledger:
    """What a well-behaved client was told.

    Attributes:
        kept: messages acknowledged for later: when, by the event loop's clock, and whether only the receiver failed.
        statuses: every answer that was no success; `told` those of them that said when to come again.
        claimed: when each conversation was taken over.
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    kept: dict[str, tuple[float, bool]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    told: int = 0
    claimed: dict[str, float] = field(default_factory=dict)
    slowest: float = 0.0


@dataclass
class Chaos:
    """One run."""

    place: Arena
    proxy: str
    postgres: StoppableServer
    chance: random.Random
    ledger: Ledger = field(default_factory=Ledger)
    calm: bool = True
    outages: int = 0
    refused_meanwhile: int = 0

    async def send(self, body: dict[str, Any], shop: str, *, later: bool) -> dict[str, Any]:
        """Send until it is acknowledged, as told by Retry-After."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() - began < PATIENCE:
            answer = await self._post(body, shop, later=later)
            if answer is not None and answer.is_success:
                self.ledger.acknowledged[body["id"]] = shop
                if later and answer.status_code == httpx.codes.ACCEPTED:
                    self.ledger.kept[body["id"]] = (loop.time(), self.calm)
                self.ledger.slowest = max(self.ledger.slowest, loop.time() - began)
                document: dict[str, Any] = answer.json()
                return document
            await asyncio.sleep(self._pause_after(answer))
        message = f"never acknowledged: {body['id']}"
        raise AssertionError(message)

    async def _post(self, body: dict[str, Any], shop: str, *, later: bool) -> httpx.Response | None:
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = signed(raw) | ({"prefer": "respond-async"} if later else {})
        with contextlib.suppress(httpx.HTTPError):
            return await self.place.client.post(f"{self.proxy}/v1/shops/{shop}/messages", content=raw, headers=headers)
        return None

    def _pause_after(self, answer: httpx.Response | None) -> float:
        if answer is None:
            self.ledger.statuses["cut"] += 1
            return 0.5
        self.ledger.statuses[str(answer.status_code)] += 1
        assert answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR, answer.text
        assert answer.headers["content-type"] == "application/problem+json", answer.headers
        wait = answer.headers.get("retry-after")
        self.ledger.told += wait is not None
        return float(wait or 1)

    async def write_on(self, seconds: float, rate: float, beside: asyncio.Task[None] | None = None) -> None:
        """Buyers of both shops write, half of them to be answered at the callback, until `beside` is done too."""
        loop = asyncio.get_running_loop()
        began, sending = loop.time(), set[asyncio.Task[Any]]()
        for number in count():
            if number >= seconds * rate and (beside is None or beside.done()):
                break
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            shop = (UNSTEADY, STEADY)[number % 2]
            body = a_message(f"{shop}-{self.chance.randrange(BUYERS)}", self.chance.choice(SAYINGS))
            sending.add(asyncio.create_task(self.send(body, shop, later=number % 4 < 2)))
        await asyncio.gather(*sending)

    async def break_things(self, seconds: float) -> None:
        """Kills before and after an outage, spread over the time there is."""
        pause = max(1.0, (seconds - OUTAGE_SECONDS) / (KILLS + 2))
        for number in range(KILLS):
            await asyncio.sleep(pause)
            await self._kill(self.place.ports[number % 2])
            if number == 0:
                await asyncio.sleep(pause)
                await self._stop_database()

    async def _kill(self, port: int) -> None:
        self.place.kill(port)
        with contextlib.suppress(AssertionError):  # as a supervisor would: again, until the database is there
            await self.place.start(port)
            return
        await self._kill(port)

    async def _stop_database(self) -> None:
        await asyncio.to_thread(self.postgres.stop)
        self.outages += 1
        before = self.ledger.statuses.total()
        await asyncio.sleep(OUTAGE_SECONDS)
        self.refused_meanwhile = self.ledger.statuses.total() - before
        await asyncio.to_thread(self.postgres.start)

    async def take_over(self, number: int) -> None:
        """Lines of the bot are waiting for the receiver when a person claims the conversation."""
        name, receiver = f"taken-{number}", self.place.receiver
        receiver.refusing.add(name)
        for _ in range(4):
            await self.send(a_message(name, self.chance.choice(SAYINGS)), UNSTEADY, later=True)
        for _ in range(PATIENCE * 10):
            if any(conversation == name for _, conversation, _ in receiver.attempts):
                break
            await asyncio.sleep(0.1)
        ticket = (await self.send(a_message(name, "给我转人工"), UNSTEADY, later=False))["handoff"]["id"]
        await self._claim(ticket)
        self.ledger.claimed[name] = asyncio.get_running_loop().time()
        receiver.refusing.discard(name)
        await self.send(a_message(name, "在吗"), UNSTEADY, later=True)

    async def _claim(self, ticket: str) -> None:
        headers = {"authorization": f"Bearer {agents()[0]}"}
        for _ in range(PATIENCE):
            with contextlib.suppress(httpx.HTTPError):
                answer = await self.place.client.post(f"{self.proxy}/v1/handoffs/{ticket}/claim", headers=headers)
                if answer.is_success or answer.status_code == httpx.codes.CONFLICT:
                    return
            await asyncio.sleep(1)


async def run_chaos(folder: Path, *, seconds: float, rate: float, seed: int) -> dict[str, int | float | str]:
    """What was counted; AssertionError for a promise that was broken."""
    async with opened(folder, seed) as chaos:
        chaos.place.receiver.failing = FAILING
        await chaos.write_on(seconds / 3, rate)
        await settled_callbacks(chaos)
        chaos.calm = False
        rest = seconds * 2 / 3
        takeovers = [asyncio.create_task(_later(rest * n / TAKEOVERS, chaos, n)) for n in range(TAKEOVERS)]
        breaking = asyncio.create_task(chaos.break_things(rest))
        await asyncio.gather(chaos.write_on(rest, rate, breaking), breaking, *takeovers)
        chaos.place.receiver.failing = 0.0
        await chaos.place.settled()
        counted = count_faults(chaos) | measure_waits(chaos)
    _check(counted)
    return counted


async def _later(seconds: float, chaos: Chaos, number: int) -> None:
    await asyncio.sleep(seconds)
    await chaos.take_over(number)


async def settled_callbacks(chaos: Chaos) -> None:
    """Every message so far that asked for it has been answered at the callback, or people own its conversation."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        heard = {message for each in chaos.place.receivers.values() for message in each.heard_at}
        if not unheard(chaos, heard):
            return
        await asyncio.sleep(0.5)


def unheard(chaos: Chaos, heard: set[str]) -> set[str]:
    """Messages that asked for an answer at the callback, whose turn said something, and that got none."""
    rows = chaos.place.rows(
        "SELECT m.message_id, t.body FROM messages m JOIN turns t ON t.shop = m.shop AND t.trace_id = m.trace_id"
    )
    return {message for message, body in rows if message in chaos.ledger.kept and json.loads(body)["replies"]} - heard


@asynccontextmanager
async def opened(folder: Path, seed: int) -> AsyncIterator[Chaos]:
    """The service, its proxy and its database."""
    with stoppable_server() as postgres, fresh_database(postgres.url) as url:
        async with arena(folder / "arena", database=url, processes=2, shops=(UNSTEADY, STEADY)) as place:
            with nginx(folder / "nginx", *(f"127.0.0.1:{port}" for port in place.ports)) as proxy:
                yield Chaos(place, proxy.url, postgres, random.Random(seed))  # noqa: S311  # repeatable, not secret


def count_faults(chaos: Chaos) -> dict[str, int | float | str]:
    """What must be nothing, beside how much there was of everything."""
    place, ledger = chaos.place, chaos.ledger
    states = dict(place.rows("SELECT message_id, state FROM messages"))
    turns = place.rows("SELECT count(*) FROM turns")[0][0]
    used = place.rows("SELECT count(DISTINCT trace_id) FROM messages")[0][0]
    heard = {message for each in place.receivers.values() for message in each.heard_at}
    silenced = {name for (name,) in place.rows("SELECT DISTINCT conversation FROM outbox WHERE state = 'withdrawn'")}
    spoken_over = [
        at - ledger.claimed[conversation]
        for at, conversation, author in place.receiver.attempts
        if author == "bot" and at > ledger.claimed.get(conversation, float("inf")) + IN_FLIGHT
    ]
    return {
        "messages": len(ledger.acknowledged),
        "kills": place.kills,
        "outages": chaos.outages,
        "refused during the outage": chaos.refused_meanwhile,
        "takeovers": len(ledger.claimed),
        "lost": sum(states.get(message) != "answered" for message in ledger.acknowledged),
        "answers that never came": len(unheard(chaos, heard | _answers_of(chaos, silenced))),
        "doubled": abs(turns - used)
        + sum(times > 1 for each in place.receivers.values() for times in each.answered.values()),
        "disordered": sum(_is_disordered(chaos, shop) for shop in place.receivers),
        "after a takeover": len(spoken_over),
        "withdrawn": place.rows("SELECT count(*) FROM outbox WHERE state = 'withdrawn'")[0][0],
        "repeats under one id": sum(times - 1 for each in place.receivers.values() for times in each.ids.values()),
    }


def _answers_of(chaos: Chaos, conversations: set[str]) -> set[str]:
    rows = chaos.place.rows("SELECT message_id, conversation FROM messages")
    return {message for message, conversation in rows if conversation in conversations}


def _is_disordered(chaos: Chaos, shop: str) -> int:
    """Conversations whose lines came otherwise than they were said."""
    said: dict[str, list[str]] = {}
    for conversation, row_id in chaos.place.rows(
        "SELECT conversation, row_id FROM outbox WHERE kind = 'reply' AND state = 'sent' AND shop = :shop"
        " ORDER BY conversation, created_at",
        shop=shop,
    ):
        said.setdefault(conversation, []).append(row_id)
    heard = chaos.place.receivers[shop].lines
    return sum([line for line in heard[name] if line in set(lines)] != lines for name, lines in said.items())


def measure_waits(chaos: Chaos) -> dict[str, int | float | str]:
    """How long healthy conversations waited while only the receiver failed, and what the client saw of it all."""
    ledger, place = chaos.ledger, chaos.place
    calm = {message: at for message, (at, only) in ledger.kept.items() if only}
    names = dict(place.rows("SELECT message_id, conversation FROM messages"))
    steady = [at - calm[message] for message, at in place.receivers[STEADY].heard_at.items() if message in calm]
    spared = [
        at - calm[message]
        for message, at in place.receiver.heard_at.items()
        if message in calm and names[message] not in place.receiver.failed
    ]
    unsteady = [at - calm[message] for message, at in place.receiver.heard_at.items() if message in calm]
    return {
        "p99 of the steady receiver": _percentile(steady, 99),
        "p99 of conversations that were spared": _percentile(spared, 99),
        "p50 of the unsteady receiver": _percentile(unsteady, 50),
        "p99 of the unsteady receiver": _percentile(unsteady, 99),
        "refusals seen": ", ".join(f"{status}: {times}" for status, times in sorted(ledger.statuses.items())) or "none",
        "of them with Retry-After": ledger.told,
        "slowest acknowledgement": round(ledger.slowest, 1),
    }


def _percentile(waits: list[float], percent: int) -> float:
    if len(waits) < 2:
        return round(max(waits, default=0.0), 2)
    return round(statistics.quantiles(waits, n=100, method="inclusive")[percent - 1], 2)


def _check(counted: dict[str, int | float | str]) -> None:
    nothing = ("lost", "answers that never came", "doubled", "disordered", "after a takeover")
    broken = {name: counted[name] for name in nothing if counted[name]}
    slow = {name: wait for name in ("p99 of the steady receiver",) if float(wait := counted[name]) > TOO_SLOW}
    assert not broken, (broken, counted)
    assert not slow, (slow, counted)
    assert counted["kills"] >= KILLS, counted
    assert counted["outages"] == 1, counted
    assert counted["refused during the outage"], counted
    assert counted["withdrawn"], counted


def main() -> None:
    """Run it and print what was counted; exit 1 when a promise was broken."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=180)
    arguments.add_argument("--rate", type=float, default=20, help="messages a second")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counted = asyncio.run(run_chaos(Path(folder), seconds=given.seconds, rate=given.rate, seed=given.seed))
    table = Table("counted", "", title=f"chaos, seed {given.seed}")
    for name, value in counted.items():
        table.add_row(name, str(value))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
