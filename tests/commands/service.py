"""A service that answers what it is told to, for commands that ask one over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


@contextmanager
def service(*answers: tuple[int, bytes], asked: list[tuple[str, str, Any]] | None = None) -> Iterator[str]:
    """A service that answers each connection in turn, and ends it; its address.

    `asked` is given the method, path and JSON body of each.
    """
    waiting = iter(answers)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            if asked is not None:
                asked.append((self.command, self.path, json.loads(sent or "null")))
            status, body = next(waiting)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class's names

        def log_message(self, *_: object) -> None:
            """Nothing in the test's output."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()
