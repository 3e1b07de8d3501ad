"""A scripted chat endpoint: a real server that answers as it is told, and keeps what it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Script = Callable[[dict[str, Any]], str]


def chosen(intent: str, faq: str | None = None, sure: str = "high") -> Script:
    """Answers with this choice, as a chat completion."""
    return lambda _asked: completed(json.dumps({"intent": intent, "faq": faq, "sure": sure}))


def completed(content: str) -> str:
    """A chat completion with this content."""
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]})


@dataclass
class ScriptedEndpoint:
    """What it answers, how late and with which status; `asked` holds the bodies and `headers` the heads of requests."""

    answer: Script
    status: int = 200
    delay: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    arrivals: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    url: str = ""

    async def serve_call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(int(line.split(":")[1]) for line in head.lower().split("\r\n") if "content-length" in line)
            self.headers.append(head)
            self.asked.append(json.loads(await reader.readexactly(length)))
            self.arrivals.put_nowait(None)
            await asyncio.sleep(self.delay)
            body = self.answer(self.asked[-1]).encode()
            writer.write(
                f"HTTP/1.1 {self.status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
            )
            writer.write(body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone
        finally:
            writer.close()

    def question(self) -> dict[str, Any]:
        """The JSON data of the last call."""
        found: dict[str, Any] = json.loads(self.asked[-1]["messages"][1]["content"])
        return found


@asynccontextmanager
async def scripted(answer: Script, **more: Any) -> AsyncIterator[ScriptedEndpoint]:
    endpoint = ScriptedEndpoint(answer, **more)
    server = await asyncio.start_server(endpoint.serve_call, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield endpoint
    finally:
        server.close()
