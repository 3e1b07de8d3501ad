"""The shop's own server: receives what we send, verifies it, and fails when it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from tests.journeys.service import SECRET


@dataclass
class Received:
    """Every delivery in the order it came: the webhook-id and the verified body."""

    url: str = ""
    deliveries: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusals: int = 0
    failing: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """The status to answer with."""
        Webhook(SECRET).verify(body, headers)
        with self.lock:
            if self.failing:
                self.failing -= 1
                self.refusals += 1
                return 503
            self.deliveries.append((headers["webhook-id"], json.loads(body)))
            return 204

    def of(self, kind: str, conversation: str) -> list[dict[str, Any]]:
        """Deliveries of one kind about one conversation, each id once."""
        with self.lock:
            once = dict(self.deliveries)
        found = [body for body in once.values() if body["type"] == kind]
        return [body for body in found if body["data"]["conversation"] == conversation]


@contextmanager
def callback_server() -> Iterator[Received]:
    """A server on this machine that records what it gets."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                status = received.take({name.lower(): value for name, value in self.headers.items()}, body)
            except Exception:  # noqa: BLE001 (whatever does not verify is refused)
                status = 401
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_port}/callback"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
