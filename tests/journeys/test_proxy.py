"""docs/nginx.conf, run: what a caller sees of two replicas through a real nginx."""

import os
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.journeys.proxy import READ_SECONDS, ROOT, Proxy, find_nginx, nginx

MESSAGES = "/v1/shops/demo/messages"
CLAIM = "/v1/handoffs/t-1/claim"


@dataclass
class Replica:
    """A stand-in that answers as it is told, and notes what it was asked."""

    status: int = 200
    asked: list[str] = field(default_factory=list)
    address: str = ""
    pauses: tuple[float, ...] = ()
    script: str = ""
    kind: str = "application/problem+json"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        request.rfile.read(int(request.headers.get("content-length", 0)))
        if not self.status:
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.pauses:
            self._stream(request)
            return
        body = (self.script or f'{{"status":{self.status}}}').encode()
        request.send_response(self.status)
        if self.status == httpx.codes.TEMPORARY_REDIRECT:
            request.send_header("location", f"http://{request.headers['host']}/elsewhere")
        if self.status == httpx.codes.SERVICE_UNAVAILABLE:
            request.send_header("retry-after", "7")
        request.send_header("content-type", self.kind)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _stream(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("content-type", "text/event-stream")
        request.send_header("transfer-encoding", "chunked")
        request.end_headers()
        for number, pause in enumerate(self.pauses):
            time.sleep(pause)
            line = f"data: {number}\n\n".encode()
            request.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            request.wfile.flush()
        request.wfile.write(b"0\r\n\r\n")


@contextmanager
def serving(replica: Replica, host: str = "127.0.0.1", port: int = 0) -> Iterator[Replica]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            replica.answer(self)

        def do_POST(self) -> None:
            replica.answer(self)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    replica.address = f"{host}:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield replica
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Pair:
    one: Replica
    two: Replica
    proxy: Proxy

    def post(self, path: str = MESSAGES, content: bytes = b"{}") -> httpx.Response:
        return httpx.post(self.proxy.url + path, content=content, timeout=30)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        one, two = (stack.enter_context(serving(Replica())) for _ in range(2))
        yield Pair(one, two, stack.enter_context(nginx(tmp_path / "nginx", one.address, two.address)))


def test_503_of_both_replicas_reaches_the_caller_as_it_was_each_time(pair: Pair) -> None:
    pair.one.status = pair.two.status = 503

    answers = [pair.post() for _ in range(6)]

    assert {(each.status_code, each.headers["retry-after"], each.text) for each in answers} == {
        (503, "7", '{"status":503}')
    }


@pytest.mark.parametrize("kind", ["text/javascript", "application/javascript"])  # as Python 3.12 says, and 3.11
def test_the_pages_files_are_packed_and_what_people_wrote_is_not(pair: Pair, kind: str) -> None:
    pair.one.kind = pair.two.kind = kind
    pair.one.script = pair.two.script = "desk();" * 5_000

    packed, plain = (httpx.get(pair.proxy.url + path) for path in ("/assets/index-Bw586WtL.js", "/v1/handoffs"))

    assert packed.text == plain.text == pair.one.script
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert packed.num_bytes_downloaded < plain.num_bytes_downloaded / 10
    assert "content-encoding" not in plain.headers


def test_a_pages_files_come_from_the_replica_that_has_them(pair: Pair) -> None:
    pair.one.status = 404

    answers = [httpx.get(pair.proxy.url + "/assets/index-Bw586WtL.js") for _ in range(10)]

    assert {each.status_code for each in answers} == {200}
    assert pair.one.asked


def test_a_message_that_one_replica_cannot_take_goes_to_the_other(pair: Pair) -> None:
    pair.one.status = 503

    answers = [pair.post() for _ in range(10)]

    assert {each.status_code for each in answers} == {200}
    assert pair.one.asked


def test_a_message_whose_replica_dies_over_it_goes_to_the_other(pair: Pair) -> None:
    pair.one.status = 0

    assert {pair.post().status_code for _ in range(10)} == {200}
    assert pair.one.asked


def test_what_is_no_message_is_not_asked_twice_when_a_replica_dies_over_it(pair: Pair) -> None:
    pair.one.status = pair.two.status = 0

    answer = pair.post(CLAIM)

    assert answer.status_code == 503
    assert len(pair.one.asked) + len(pair.two.asked) == 1


def test_without_any_replica_a_caller_gets_a_problem_and_when_to_come_again(tmp_path: Path) -> None:
    with nginx(tmp_path, "127.0.0.1:1", "127.0.0.1:1") as proxy:
        answer = httpx.post(proxy.url + MESSAGES, content=b"{}")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 503


def test_a_redirect_keeps_host_and_port(pair: Pair) -> None:
    pair.one.status = pair.two.status = 307

    answer = httpx.get(pair.proxy.url + "/page")

    assert answer.headers["location"] == pair.proxy.url + "/elsewhere"


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/docs", "/redoc", "/openapi.json"]
)
def test_what_is_for_the_inside_is_not_served_outside(pair: Pair, path: str) -> None:
    answer = httpx.get(pair.proxy.url + path)

    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert not pair.one.asked + pair.two.asked


def test_a_body_too_large_gets_a_problem(pair: Pair) -> None:
    answer = pair.post(content=b"x" * 300_000)

    assert (answer.status_code, answer.json()["type"]) == (413, "urn:xiaoer:problem:too-large")


@pytest.mark.parametrize("path", ["/v1/events", "/webhooks/rest/webhook"])
def test_a_stream_is_passed_on_as_it_is_said(pair: Pair, path: str) -> None:
    pair.one.pauses = pair.two.pauses = (0.0, 1.5)
    began = time.monotonic()

    with httpx.stream("GET", pair.proxy.url + path, timeout=30) as answer:
        heard = [(line, time.monotonic() - began) for line in answer.iter_lines() if line]

    assert [line for line, _ in heard] == ["data: 0", "data: 1"]
    assert heard[0][1] < 1.2


def test_events_outlast_a_silence_that_ends_other_answers(pair: Pair) -> None:
    pair.one.pauses = pair.two.pauses = (0.0, READ_SECONDS + 1.5, 0.0)

    with httpx.stream("GET", f"{pair.proxy.url}/v1/events", timeout=30) as answer:
        heard = [line for line in answer.iter_lines() if line]

    assert heard == ["data: 0", "data: 1", "data: 2"]


def test_a_token_in_a_url_is_written_nowhere(pair: Pair) -> None:
    pair.one.status = pair.two.status = 0
    pair.post("/webhooks/rest/webhook?token=very-secret")
    pair.post("/webhooks/rest/webhook?token=very-secret", b"x" * 300_000)

    assert "very-secret" not in pair.proxy.said


def test_a_replica_made_anew_elsewhere_is_followed(tmp_path: Path) -> None:
    """The script that runs beside nginx, with a name service of its own and with nginx's reload noted."""
    tools, names, reloads = tmp_path / "bin", tmp_path / "names", tmp_path / "reloads"
    tools.mkdir()
    for tool, text in (
        ("getent", f'grep " $2$" {names}'),
        ("nginx", f'echo "$@" >> {reloads}; [ "$(wc -l < {reloads})" -gt 1 ]'),
    ):
        (tools / tool).write_text(f"#!/bin/sh\n{text}\n")
        (tools / tool).chmod(stat.S_IRWXU)
    names.write_text("10.0.0.1 replica-1\n10.0.0.2 replica-2\n")
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "FOLLOW_SECONDS": "0.05"}
    script = ["sh", str(ROOT / "docs" / "follow-replicas.sh"), "replica-1", "replica-2"]
    with subprocess.Popen(script, env=environment) as process:  # noqa: S603 (ours)
        time.sleep(0.6)
        before = reloads.exists()
        names.write_text("10.0.0.1 replica-1\n10.0.0.9 replica-2\n")
        time.sleep(1.2)
        process.terminate()

    assert not before
    # The first reload failed, as it does while a name is gone; the second did it, and there was no third.
    assert reloads.read_text().splitlines() == ["-s reload"] * 2


def test_nginx_reloaded_finds_a_replica_where_it_is_now(tmp_path: Path) -> None:
    """A reload looks names up again, and ends no answer that is on its way."""
    with ExitStack() as stack:
        old, new = stack.enter_context(serving(Replica(pauses=(0.0, 1.5)))), stack.enter_context(serving(Replica()))
        with nginx(tmp_path, old.address, old.address) as proxy:
            with httpx.stream("GET", f"{proxy.url}/v1/events", timeout=30) as answer:
                conf = tmp_path / "nginx.conf"
                conf.write_text(conf.read_text().replace(old.address, new.address))
                reload = [find_nginx(), "-p", str(tmp_path), "-c", "nginx.conf", "-g", "pid pid;", "-s", "reload"]
                subprocess.run(reload, check=True, cwd=tmp_path, capture_output=True)  # noqa: S603 (ours)
                heard = [line for line in answer.iter_lines() if line]
            asked = httpx.post(proxy.url + MESSAGES, content=b"{}").status_code

    assert heard == ["data: 0", "data: 1"]
    assert asked == 200
    assert new.asked == [MESSAGES]
