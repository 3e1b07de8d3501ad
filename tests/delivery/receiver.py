"""A real HTTP receiver on this machine that fails in every way a foreign server can."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Writer = asyncio.StreamWriter
Behaviour = Callable[["Call", Writer], Awaitable[None]]


@dataclass(frozen=True)
class Call:
    """One delivery as it came in."""

    at: float
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.raw)
        return document

    @property
    def conversation(self) -> str:
        return str(self.body.get("data", {}).get("conversation", ""))


@dataclass
class Receiver:
    """What came in, and what was answered; `behave` writes the answer."""

    behave: Behaviour
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    written: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")[1:-2]
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                raw = await reader.readexactly(int(headers.get("content-length", 0)))
                call = Call(asyncio.get_running_loop().time(), headers, raw)
                self.calls.append(call)
                await self.behave(call, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiver(behave: Behaviour) -> AsyncIterator[Receiver]:
    """One that answers as told, on a port of its own."""
    made = Receiver(behave)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(asyncio.CancelledError):
            await made.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback"
    try:
        yield made
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer."""
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} x\r\ncontent-length: {len(body)}\r\n{told}\r\n".encode() + body


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Always the same answer."""

    async def behave(_call: Call, writer: Writer) -> None:
        writer.write(answer(status, body, **headers))

    return behave
