"""A service that answers what it is told to, for commands that ask one over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread


@contextmanager
def service(*answers: tuple[int, bytes]) -> Iterator[str]:
    """A service that answers each connection in turn, and ends it; its address."""
    waiting = iter(answers)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = next(waiting)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing in the test's output."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()
