"""What open desks cost a service, and how soon a change reaches them: streams over raw sockets, changes over HTTP."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

from tests.journeys.service import Service, signed

HOUSES = 25
STREAMS_EACH = 4
"""Fewer than a service allows one agent."""
LEAD = "token-of-zhu"
TOKENS = f"zhu:supervisor:*:{LEAD}," + ",".join(f"a{n}:agent:demo:token-of-a{n}" for n in range(HOUSES))
PATIENCE_SECONDS = 60
LONGEST_LINE = 1 << 20
AT_ONCE = 8
_TICKET_ID = re.compile(rb'"id":"([^"]+)"')


@dataclass
class Stream:
    """One open stream; `told` has when each ticket was told of last, by the clock of this process."""

    told: dict[str, float] = field(default_factory=dict)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False
    resyncs: int = 0

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Until it ends."""
        while line := await reader.readline():
            if line.startswith(b"event: hello"):
                self.begun.set()
            elif line.startswith(b"event: resync"):
                self.resyncs += 1
            elif line.startswith(b"data: ") and (found := _TICKET_ID.search(line)):
                self.told[found[1].decode()] = time.perf_counter()
        self.ended = True


@asynccontextmanager
async def streams(port: int, tokens: Sequence[str]) -> AsyncIterator[list[Stream]]:
    """That many open streams, each past its hello."""
    opened: list[Stream] = []
    reading: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []
    for token in tokens:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LONGEST_LINE)
        head = f"GET /v1/events HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n"
        writer.write(head.encode())
        stream = Stream()
        opened.append(stream)
        writers.append(writer)
        reading.append(asyncio.create_task(stream.read(reader)))
        await asyncio.wait_for(stream.begun.wait(), PATIENCE_SECONDS)
    try:
        yield opened
    finally:
        for writer in writers:
            writer.close()
        await asyncio.gather(*reading, return_exceptions=True)


def hundred_tokens() -> list[str]:
    """One a stream of a hundred desks."""
    return [f"token-of-a{number % HOUSES}" for number in range(HOUSES * STREAMS_EACH)]


async def hand_over(service: Service, count: int) -> list[str]:
    """So many buyers who ask for a person; the ids of their tickets."""
    numbers = iter(range(count))
    found: list[str] = []

    async def lane(client: httpx.AsyncClient) -> None:
        for number in numbers:
            name = f"{number:04}"
            body = {"id": f"m-{uuid4().hex}", "conversation": f"c-{name}", "sender": {"id": f"buyer-{name}"}}
            answer = await _send(client, service.url(number), body | {"text": "给我转人工"})
            found.append(answer["handoff"]["id"])

    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        await asyncio.gather(*(lane(client) for _ in range(AT_ONCE)))
    return found


async def _send(client: httpx.AsyncClient, url: str, body: dict[str, object]) -> dict[str, dict[str, str]]:
    raw = json.dumps(body, ensure_ascii=False).encode()
    response = await client.post(f"{url}/v1/shops/demo/messages", content=raw, headers=signed(raw))
    answer: dict[str, dict[str, str]] = response.raise_for_status().json()
    return answer


async def change(service: Service, tickets: Sequence[str], *, seconds: float, rate: float) -> int:
    """Claim and release tickets in turn, `rate` times a second; how many changes were made."""
    made, began = 0, time.perf_counter()
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {LEAD}"}, timeout=PATIENCE_SECONDS) as client:
        while (due := began + made / rate) < began + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            step = "claim" if made % 2 == 0 else "release"
            path = f"/v1/handoffs/{tickets[made // 2 % len(tickets)]}/{step}"
            (await client.post(service.url() + path)).raise_for_status()
            made += 1
    return made


async def claims_heard_elsewhere(service: Service, claims: int, rate: float) -> list[float]:
    """Milliseconds from a claim's request in the first process to its event on a stream of the second, rising."""
    tickets = await hand_over(service, claims)
    port = int(service.url(1).rsplit(":", 1)[1])
    found: list[float] = []
    async with streams(port, ["token-of-a0"]) as (stream,), httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        client.headers["authorization"] = f"Bearer {LEAD}"
        for ticket in tickets:
            stream.told.pop(ticket, None)
            began = time.perf_counter()
            (await client.post(f"{service.url(0)}/v1/handoffs/{ticket}/claim")).raise_for_status()
            while ticket not in stream.told:
                if time.perf_counter() - began > PATIENCE_SECONDS:
                    raise TimeoutError(ticket)
                await asyncio.sleep(0.0005)
            found.append((stream.told[ticket] - began) * 1000)
            await asyncio.sleep(max(0.0, began + 1 / rate - time.perf_counter()))
    return sorted(found)
