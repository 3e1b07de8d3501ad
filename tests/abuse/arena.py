"""Where the service is abused: its processes, killed and started again; its callback's receiver; its database."""

import asyncio
import contextlib
import json
import random
import shutil
import subprocess
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import create_engine, text

from tests.journeys.service import AGENT_TOKENS, SECRET, SERVICE, free_port, signed, start, wait_until_ready

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    "XIAOER_ALLOW_PRIVATE_URLS": "1",
    "XIAOER_SENDER_RATE": "100000",
    "XIAOER_SENDER_BURST": "100000",
    "XIAOER_SHOP_RATE": "100000",
}
PATIENCE_SECONDS = 120
SILENT_SECONDS = 12
"""Longer than the service waits for a receiver."""
_KEPT = {200, 202}


@dataclass
class Receiver:
    """A shop's callback: notes every delivery, and can be told to be down.

    Attributes:
        ids: how often each idempotency id came.
        lines: the lines of each conversation as a buyer reads them, each id once.
        answered: how many of those lines answer a message.
        heard_at: when the answer to a message came first, by the event loop's clock.
        attempts: every attempt to bring a line, also one that was refused: when, the conversation and its author.
        refusing: conversations whose lines are refused.
        failing: the share of attempts that are refused, drawn by `chance`.
    """

    port: int
    heard_at: dict[str, float] = field(default_factory=dict)
    attempts: list[tuple[float, str, str]] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    failing: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  # repeatable, not secret
    ids: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    answered: Counter[str] = field(default_factory=Counter)
    down: bool = False
    refused: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One keep-alive connection."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                body = await reader.readexactly(int(headers["content-length"]))
                status = await self._answer(headers["webhook-id"], json.loads(body))
                if not status:
                    break
                writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    async def _answer(self, delivery: str, body: dict[str, Any]) -> str:
        conversation = body["data"].get("conversation", "")
        if body["type"] == "reply":
            self.attempts.append((asyncio.get_running_loop().time(), conversation, body["data"]["author"]))
        if self.down:
            return await self._refuse()
        if conversation in self.refusing or self.chance.random() < self.failing:
            self.failed.add(conversation)
            return self.chance.choice(("500 Internal Server Error", "503 Service Unavailable", ""))
        return self._take(delivery, body)

    async def _refuse(self) -> str:
        """By turns an error, a line that is cut, and silence until the caller has given up."""
        self.refused += 1
        if self.refused % 3 == 0:
            return "503 Service Unavailable"
        await asyncio.sleep(SILENT_SECONDS * (self.refused % 3 - 1))
        return ""

    def _take(self, delivery: str, body: dict[str, Any]) -> str:
        if not self.ids[delivery] and body["type"] == "reply":
            self.lines[body["data"]["conversation"]].append(body["data"]["reply"]["id"])
            self.answered.update(body["data"].get("in_reply_to", ()))
            for message in body["data"].get("in_reply_to", ()):
                self.heard_at.setdefault(message, asyncio.get_running_loop().time())
        self.ids[delivery] += 1
        return "200 OK"


@dataclass
class Arena:
    """The service under abuse, with a receiver for each shop's callback."""

    state: Path
    database: str
    ports: tuple[int, ...]
    receivers: dict[str, Receiver]
    client: httpx.AsyncClient
    environment: dict[str, str]
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: int = 0

    @property
    def receiver(self) -> Receiver:
        """The demo shop's."""
        return self.receivers["demo"]

    async def start(self, port: int, *, ahead: int = 0) -> None:
        """A process, ready; its clock runs so many seconds ahead."""
        program = ("-m", "tests.abuse.skewed", str(ahead)) if ahead else SERVICE
        self.processes[port] = start(self.state, port, self.database, program=program, **self.environment)
        await asyncio.to_thread(wait_until_ready, f"http://127.0.0.1:{port}", self.processes[port], self.state)

    def kill(self, port: int) -> None:
        """SIGKILL: no farewell."""
        self.processes[port].kill()
        self.processes[port].wait()
        self.kills += 1

    def url(self, number: int) -> str:
        """The process that gets the number-th request."""
        return f"http://127.0.0.1:{self.ports[number % len(self.ports)]}"

    async def post(
        self, body: dict[str, Any], number: int = 0, *, later: bool = False, shop: str = "demo"
    ) -> httpx.Response:
        """One delivery of a message, as a platform makes it; `later` asks for the answer by callback."""
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = signed(raw) | ({"prefer": "respond-async"} if later else {})
        return await self.client.post(f"{self.url(number)}/v1/shops/{shop}/messages", content=raw, headers=headers)

    async def deliver(
        self, body: dict[str, Any], number: int = 0, *, later: bool = False, shop: str = "demo"
    ) -> dict[str, Any]:
        """Deliver as platforms do: again and again, to whoever listens, until it is acknowledged."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                response = await self.post(body, number, later=later, shop=shop)
                if response.status_code in _KEPT:
                    kept: dict[str, Any] = response.json()
                    return kept
                if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    raise AssertionError(response.text)
            number += 1
            await asyncio.sleep(0.1)
        raise AssertionError(f"never acknowledged: {body['id']}")

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the database holds, seen from outside."""
        url = self.database or f"sqlite:///{self.state / 'xiaoer.sqlite3'}"
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(sql), values)]
        finally:
            engine.dispose()

    async def settled(self) -> None:
        """Return when no message waits for its turn and no row for its delivery."""
        waiting = "SELECT (SELECT count(*) FROM messages WHERE state = 'pending')"
        waiting += " + (SELECT count(*) FROM outbox WHERE state = 'pending')"
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if self.rows(waiting) == [(0,)]:
                return
            await asyncio.sleep(0.3)
        raise AssertionError(f"still waiting: {self.rows(waiting)[0][0]}")


def a_message(conversation: str, said: str, **more: Any) -> dict[str, Any]:
    """A message's body with a fresh id."""
    return {
        "id": f"m-{uuid4().hex}",
        "conversation": conversation,
        "sender": {"id": f"buyer-of-{conversation}"},
        "text": said,
        **more,
    }


def agents() -> list[str]:
    """The tokens of people who may claim in the demo shop."""
    return [entry.rsplit(":", 1)[1] for entry in AGENT_TOKENS.split(",")]


@asynccontextmanager
async def arena(
    folder: Path, *, database: str = "", processes: int = 1, shops: Sequence[str] = ("demo",)
) -> AsyncIterator[Arena]:
    """The service with the demo shop under one or more names, each with a callback of its own, which is ours."""
    receivers = {shop: Receiver(free_port()) for shop in shops}
    for shop, receiver in receivers.items():
        _open_shop(folder / "shops" / shop, f"http://127.0.0.1:{receiver.port}/callback")
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    servers = [await asyncio.start_server(each.serve, "127.0.0.1", each.port) for each in receivers.values()]
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    secrets = {f"XIAOER_SECRET_{shop.upper()}": SECRET for shop in shops}
    own = ENVIRONMENT | secrets | {"XIAOER_SHOPS_DIR": str(folder / "shops")}
    ports = tuple(free_port() for _ in range(processes))
    async with httpx.AsyncClient(timeout=20, limits=limits) as client:
        place = Arena(state, database, ports, receivers, client, own)
        try:
            for port in ports:
                await place.start(port)
            yield place
        finally:
            for process in place.processes.values():
                process.terminate()
            for process in place.processes.values():
                await asyncio.to_thread(process.wait)
            for server in servers:
                server.close()


def _open_shop(folder: Path, callback: str) -> None:
    shutil.copytree(ROOT / "faq" / "demo", folder)
    with (folder / "shop.yml").open("a", encoding="utf-8") as settings:
        settings.write(f"\ncallback:\n  url: {callback}\n")


def shuffled(things: Iterable[Any], chance: random.Random) -> list[Any]:
    """The same things in another order."""
    mixed = list(things)
    chance.shuffle(mixed)
    return mixed
