"""A load generator that costs little: raw sockets on uvloop, requests written before the clock starts."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

SAYINGS = (
    "现在拍今天能发吗",
    "这个还有货吗",
    "满减怎么算",
    "能不能便宜点",
    "怎么还不发货呀",
    "发什么快递",
    "包邮吗亲",
    "可以开发票吗",
    "尺寸多大的呀",
    "质量怎么样",
    "你好在吗",
    "谢谢",
    "到货大概几天",
    "支持七天无理由吗",
    "怎么付款",
)

# A busy server on libuv accepts one connection a round: opened under load, the last would wait for seconds to be let
# in, and that queue, not the service, would be the slowest percent.
ACCEPTING = 0.3
RASA_PATH = "/webhooks/rest/webhook"
OPENINGS = ("", "亲，", "你好，", "在吗？", "老板，", "请问", "想问下", "麻烦看下，", "那个，", "hi ")
CLOSINGS = ("", "呀", "？", "，谢谢", "啊亲", "~", "，急", "哈", "！！", "，我要")


@dataclass(frozen=True)
class Target:
    """What is loaded: an address a process, and how a request is written.

    `fresh` texts are hardly ever the same twice, so that what a process remembers of a text does not help it.
    """

    ports: tuple[int, ...]
    path: str
    secret: str
    fresh: bool = True


@dataclass
class Result:
    """What one run saw; latencies in seconds, sorted."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]

    @property
    def per_second(self) -> float:
        """Answers a second, good ones only."""
        return self.statuses.get(200, 0) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds that `share` of the answers stayed under."""
        return percentile(self.latencies, share) * 1000


def percentile(ordered: Sequence[float], share: float) -> float:
    """What `share` of rising values stay under; not a number where there are none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else nan


class Writer:
    """Writes signed requests, each a new message of one of many buyers."""

    def __init__(self, target: Target, *, seed: int, buyers: int) -> None:
        self._target = target
        self._random = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self._run = f"{seed}-{time.time_ns()}"
        self._buyers = buyers
        self._key = base64.b64decode(target.secret.removeprefix("whsec_"))
        self._number = 0

    def batch(self, count: int) -> Iterator[bytes]:
        """That many requests."""
        return (self._request() for _ in range(count))

    def _request(self) -> bytes:
        self._number += 1
        buyer = f"b-{self._random.randrange(self._buyers)}"
        name = f"m-{self._run}-{self._number}"
        body = json.dumps(self._message(name, buyer), ensure_ascii=False).encode()
        return self._head(name, body) + body

    def _message(self, name: str, buyer: str) -> dict[str, Any]:
        if self._target.path == RASA_PATH:
            return {"sender": f"{self._run}-{buyer}", "message": self._text()}
        who = {"conversation": f"c-{self._run}-{buyer}", "sender": {"id": buyer}}
        return {"id": name, **who, "text": self._text()}

    def _text(self) -> str:
        if not self._target.fresh:
            return self._random.choice(SAYINGS)
        opening, closing = self._random.choice(OPENINGS), self._random.choice(CLOSINGS)
        return f"{opening}{self._random.choice(SAYINGS)}{closing}{self._random.randrange(1000)}"

    def _head(self, name: str, body: bytes) -> bytes:
        stamp = str(int(time.time()))
        signed = hmac.new(self._key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
        return (
            f"POST {self._target.path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
            f"webhook-id: {name}\r\nwebhook-timestamp: {stamp}\r\n"
            f"webhook-signature: v1,{base64.b64encode(signed).decode()}\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode()


@dataclass
class Connection(asyncio.Protocol):
    """One keep-alive connection with one request on its way at a time."""

    feed: Iterator[bytes]
    latencies: list[float]
    statuses: dict[int, int]
    done: asyncio.Future[None]
    _transport: asyncio.Transport | None = None
    _began: float = 0.0
    _buffer: bytes = b""
    _stopped: bool = field(default=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for the first request."""
        self._transport = transport  # type: ignore[assignment]  # a stream transport by construction

    def send(self) -> None:
        """The next request, or the end."""
        request = None if self._stopped else next(self.feed, None)
        if request is None or self._transport is None:
            self._finish()
            return
        self._began = time.perf_counter()
        self._transport.write(request)

    def stop(self) -> None:
        """No more after the one on its way."""
        self._stopped = True

    def data_received(self, data: bytes) -> None:
        """One whole answer at a time."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.lower().find(b"content-length:")
        if len(rest) < int(head[at + 15 :].split(b"\r\n", 1)[0]):
            return
        self.latencies.append(time.perf_counter() - self._began)
        status = int(head[9:12])
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self._buffer = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a cut line as status 0."""
        if not self.done.done():
            self.statuses[0] = self.statuses.get(0, 0) + 1
            self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        if self._transport:
            self._transport.close()


async def load(target: Target, *, connections: int, seconds: float, rate: float, seed: int = 1) -> Result:
    """As much as the target takes over these connections; `rate` guesses how many requests to write beforehand."""
    writer = Writer(target, seed=seed, buyers=2_000)
    feed = iter(list(writer.batch(int(rate * seconds * 1.5) + connections)))
    loop = asyncio.get_running_loop()
    result = Result(0.0, [], {})
    opened = [await _connect(target, number, feed, result, loop) for number in range(connections)]
    await asyncio.sleep(ACCEPTING)
    began = time.perf_counter()
    for each in opened:
        each.send()
    timer = loop.call_later(seconds, lambda: [each.stop() for each in opened])
    await asyncio.gather(*(each.done for each in opened))
    timer.cancel()
    result.seconds = time.perf_counter() - began
    result.latencies.sort()
    return result


async def pace(target: Target, *, connections: int, seconds: float, rate: float, seed: int = 1) -> Result:
    """`rate` requests a second, whatever the answers do; latency counts from when a request was due."""
    requests = list(Writer(target, seed=seed, buyers=2_000).batch(int(rate * seconds)))
    queue: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    result = Result(seconds, [], {})
    senders = [
        asyncio.create_task(_send_due(target.ports[n % len(target.ports)], queue, result)) for n in range(connections)
    ]
    began = time.perf_counter()
    for number, request in enumerate(requests):
        due = began + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        queue.put_nowait((due, request))
    for _ in senders:
        queue.put_nowait(None)
    await asyncio.gather(*senders)
    result.seconds = time.perf_counter() - began
    result.latencies.sort()
    return result


async def _send_due(port: int, queue: asyncio.Queue[tuple[float, bytes] | None], result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (due := await queue.get()) is not None:
        writer.write(due[1])
        head = await reader.readuntil(b"\r\n\r\n")
        at = head.lower().find(b"content-length:")
        await reader.readexactly(int(head[at + 15 :].split(b"\r\n", 1)[0]))
        result.latencies.append(time.perf_counter() - due[0])
        status = int(head[9:12])
        result.statuses[status] = result.statuses.get(status, 0) + 1
    writer.close()


async def _connect(
    target: Target, number: int, feed: Iterator[bytes], result: Result, loop: asyncio.AbstractEventLoop
) -> Connection:
    def make() -> Connection:
        return Connection(feed, result.latencies, result.statuses, loop.create_future())

    _, connection = await loop.create_connection(make, "127.0.0.1", target.ports[number % len(target.ports)])
    return connection


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return sorted(values)[len(values) // 2]
