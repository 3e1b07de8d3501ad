"""The real service in its own processes, and the two who talk to it over HTTP: a buyer and an agent."""

import base64
import hmac
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.postgres import fresh_database

SECRET = "whsec_" + base64.b64encode(b"a secret for the journeys, 32 by").decode()
AGENT_TOKENS = (
    "lan:agent:demo:token-of-lan,qing:agent:demo:token-of-qing,zhu:supervisor:*:token-of-zhu,guan:admin:*:token-of-guan"
)
START_SECONDS = 120


@dataclass(frozen=True)
class Service:
    """One or more processes over one database."""

    urls: tuple[str, ...]
    processes: tuple[subprocess.Popen[bytes], ...] = ()
    state: Path = Path()

    def url(self, turn: int = 0) -> str:
        """The process that gets the turn-th request."""
        return self.urls[turn % len(self.urls)]


@contextmanager
def running(state: Path, *, database: str = "", processes: int = 1, **environment: str) -> Iterator[Service]:
    """The service, ready; its processes are stopped at the end."""
    ports = [free_port() for _ in range(processes)]
    started = [start(state, port, database, **environment) for port in ports]
    service = Service(tuple(f"http://127.0.0.1:{port}" for port in ports), tuple(started), state)
    try:
        for url, process in zip(service.urls, started, strict=True):
            wait_until_ready(url, process, state)
        yield service
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=20)


@contextmanager
def running_pair(state: Path, postgres_url: str, **environment: str) -> Iterator[Service]:
    """Two processes over a database of their own."""
    with (
        fresh_database(postgres_url) as database,
        running(state, database=database, processes=2, **environment) as pair,
    ):
        yield pair


SERVICE = ("-c", "from app.cli import main; main()")


def start(
    state: Path, port: int, database: str = "", *, program: Sequence[str] = SERVICE, **environment: str
) -> subprocess.Popen[bytes]:
    """One process of the service, not yet ready; `program` is what Python runs."""
    own = {
        "XIAOER_SECRET_DEMO": SECRET,
        "XIAOER_AGENT_TOKENS": AGENT_TOKENS,
        "XIAOER_STATE_DIR": str(state),
        "XIAOER_DATABASE_URL": database,
        "XIAOER_REST_TOKEN": "rest-token",
        "XIAOER_SENDER_RATE": "1000",
        "XIAOER_SHOP_RATE": "10000",
    }
    command = [sys.executable, *program, "serve", "--port", str(port)]
    with (state / f"server-{port}.log").open("wb") as log:
        return subprocess.Popen(command, env=os.environ | own | environment, stdout=log, stderr=log)  # noqa: S603 (ours)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], state: Path) -> None:
    """Wait for /readyz; fails with the server's log when it does not come up."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    logs = "\n".join(log.read_text(errors="replace")[-4000:] for log in sorted(state.glob("server-*.log")))
    message = f"the service did not come up at {url}:\n{logs}"
    raise AssertionError(message)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Buyer:
    """Writes to the demo shop; with several processes each message goes to the next one."""

    service: Service
    buyer: str = "buyer-01"
    conversation: str = field(default_factory=lambda: f"c-{uuid4().hex[:8]}")
    shop: str = "demo"
    turns: Iterator[int] = field(default_factory=count)

    def say(self, text: str, **more: Any) -> dict[str, Any]:
        """Send one message; the answer's body."""
        response = self.post(self.body(text, **more))
        assert response.status_code == httpx.codes.OK, response.text
        document: dict[str, Any] = response.json()
        return document

    def body(self, text: str, **more: Any) -> dict[str, Any]:
        """A message's body with a fresh id."""
        own = {"id": f"m-{uuid4().hex[:12]}", "conversation": self.conversation, "sender": {"id": self.buyer}}
        return {**own, "text": text, **more}

    def post(self, body: dict[str, Any] | bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        """Post a body, signed unless headers are given."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        url = f"{self.service.url(next(self.turns))}/v1/shops/{self.shop}/messages"
        return httpx.post(url, content=raw, headers=signed(raw) if headers is None else headers, timeout=20)


def signed(raw: bytes, secret: str = SECRET, at: datetime | None = None, delivery: str | None = None) -> dict[str, str]:
    """The Standard Webhooks headers for a body, over its bytes as they are."""
    now = at or datetime.now(UTC)
    delivery = delivery or f"msg_{uuid4().hex}"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{delivery}.{int(now.timestamp())}.".encode() + raw
    signature = "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    stamps = {"webhook-id": delivery, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    return {"content-type": "application/json", **stamps}


@dataclass
class AgentSoftware:
    """An agent's program, with its own token."""

    service: Service
    token: str = "token-of-lan"
    turns: Iterator[int] = field(default_factory=count)

    def get(self, path: str, **params: Any) -> httpx.Response:
        """Read something."""
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """Change something."""
        return self._call("POST", path, json=body)

    def put(self, path: str, body: Any = None) -> httpx.Response:
        """Keep something."""
        return self._call("PUT", path, json=body)

    def delete(self, path: str, **params: Any) -> httpx.Response:
        """Delete something."""
        return self._call("DELETE", path, params=params)

    def handoff(self, handoff_id: str, change: str, body: Any = None) -> dict[str, Any]:
        """One change of a ticket that must succeed."""
        response = self.post(f"/v1/handoffs/{handoff_id}/{change}", body)
        assert response.status_code == httpx.codes.OK, response.text
        document: dict[str, Any] = response.json()
        return document

    def _call(self, method: str, path: str, **parts: Any) -> httpx.Response:
        url = self.service.url(next(self.turns)) + path
        return httpx.request(method, url, headers={"authorization": f"Bearer {self.token}"}, timeout=20, **parts)


def words(body: dict[str, Any]) -> str:
    """Everything the buyer reads in an answer."""
    return "\n".join(reply["text"] for reply in body["replies"])


def decided(body: dict[str, Any]) -> tuple[str, str]:
    """The action and the intent."""
    return body["decision"]["action"], body["decision"]["intent"]


def any_of(text: str, parts: Sequence[str]) -> bool:
    """Whether the text holds one of the parts."""
    return any(part in text for part in parts)
