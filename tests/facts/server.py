"""A real HTTP server on this machine that answers as a test tells it to: well, slowly, wrongly or not at all."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import unquote


@dataclass
class Answer:
    """What the next call gets.

    Attributes:
        body: bytes as they are, anything else as JSON. wait: seconds before the first byte.
        drip: seconds between single bytes of the body. cut: close the connection instead of answering.
    """

    body: Any = None
    status: int = 200
    wait: float = 0.0
    drip: float = 0.0
    cut: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, default=str).encode()


@dataclass
class ShopServer:
    """Answers by path; a list of answers is used up one by one, its last one again and again."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""
    _server: asyncio.Server | None = None

    def on(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = unquote(lines[0].split()[1])
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
            self.calls.append((path, headers))
            await self._answer(self._next(path), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _next(self, path: str) -> Answer:
        answers = self.answers.get(path, [Answer({"error": "no such path"}, status=404)])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def _answer(self, answer: Answer, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(answer.wait)
        if answer.cut:
            return None
        length = len(answer.content)
        head = f"HTTP/1.1 {answer.status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        if not answer.drip:
            writer.write(answer.content)
            return await writer.drain()
        for byte in answer.content:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(answer.drip)
        return None
