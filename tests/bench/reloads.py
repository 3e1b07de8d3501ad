"""Messages at a steady rate over several connections while a shop's files are replaced again and again.

The service runs in a process of its own. Some versions are broken. Every answer names the version of its row and of
shop.yml: two numbers in one answer are a mixed version. Half of the texts were heard before, half are fresh.
"""

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path

import httpx
import uvloop
from standardwebhooks import Webhook

from app.domain.clock import utc_now
from tests.bench import places
from tests.bench.client import CLOSINGS, OPENINGS, percentile
from tests.bench.large import COLOURS, GOODS, STUFFS
from tests.shop.builders import FAQ, write

SHOP = "demo"
QUESTION = "现在是第几版"
BROKEN_EVERY = 5
PATIENCE = 60.0
LOOK_SECONDS = 0.05
NUMBERS = re.compile(r"第(\d+)版|店(\d+)")
STRIDE = 11
ANSWER = "亲，放在干燥通风的地方就好。第{}版，{{{{店铺名}}}}。"


@dataclass
class Seen:
    """What the buyers got; latencies in milliseconds, from when each message was due."""

    latencies: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    unversioned: int = 0
    versions: set[int] = field(default_factory=set)

    def note_answer(self, status: int, body: bytes) -> None:
        """Counts one answer; one without a row (a question back) names no version."""
        if status != httpx.codes.OK:
            self.wrong[f"status {status}"] += 1
            return
        text = "".join(reply["text"] for reply in json.loads(body)["replies"])
        numbers = {int(row or settings) for row, settings in NUMBERS.findall(text)}
        if len(numbers) > 1:
            self.wrong["mixed version"] += 1
        self.unversioned += not numbers
        self.versions |= numbers


def list_questions(rows: int) -> list[str]:
    """What the other rows ask: of many goods the same."""
    return [f"{''.join(words)}怎么保存" for words in islice(product(STUFFS, GOODS, COLOURS), 0, None, STRIDE)][:rows]


def write_version(folder: Path, number: int, rows: int, *, broken: bool) -> None:
    """The shop as version `number`, with a new question and new answers; the shop.yml of a broken one is no YAML."""
    text = "name: [\n" if broken else f"name: 店{number}\nauthority:\n  shipping: {{within_hours: 48}}\n"
    answer = ANSWER.format(number)
    more = [[str(each), question, "", answer, ""] for each, question in enumerate(list_questions(rows), start=10)]
    marked = ["2", QUESTION, "", answer, "完全一致"]
    new = ["3", f"新到的{number}号礼盒怎么买", "", answer, ""]
    write(folder, {"faq.csv": [[*FAQ[0], "匹配方式"], marked, new, *more], "shop.yml": text})


@dataclass
class Sender:
    """Sends over some connections; a message waits for a free one, and its waiting counts."""

    port: int
    questions: Sequence[str]
    seen: Seen
    number: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  # repeatable, not secret
    hook: Webhook = field(default_factory=lambda: Webhook(places.SECRET))

    async def send_steadily(self, rate: float, connections: int, stop: asyncio.Event) -> None:
        """Sends at the rate, whether or not the answers keep up."""
        due: asyncio.Queue[float | None] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._send_over_one(due))
            began, sent = time.perf_counter(), 0
            while not stop.is_set():
                while began + sent / rate <= time.perf_counter():
                    due.put_nowait(began + sent / rate)
                    sent += 1
                await asyncio.sleep(0.5 / rate)
            for _ in range(connections):
                due.put_nowait(None)

    async def _send_over_one(self, due: "asyncio.Queue[float | None]") -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while (moment := await due.get()) is not None:
            writer.write(self._write_request())
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().find(b"content-length:")
            body = await reader.readexactly(int(head[at + 15 :].split(b"\r\n", 1)[0]))
            self.seen.latencies.append((time.perf_counter() - moment) * 1000)
            self.seen.note_answer(int(head[9:12]), body)
        writer.close()

    def _write_request(self) -> bytes:
        self.number += 1
        name, now = f"m-{self.number}", utc_now()
        sent = {"id": name, "conversation": f"c-{name}", "sender": {"id": f"b-{name}"}, "text": self._choose_text()}
        body = json.dumps(sent, ensure_ascii=False)
        stamp = f"webhook-timestamp: {int(now.timestamp())}\r\nwebhook-signature: {self.hook.sign(name, now, body)}"
        return (
            f"POST {places.MESSAGES} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
            f"webhook-id: {name}\r\n{stamp}\r\ncontent-length: {len(body.encode())}\r\n\r\n{body}"
        ).encode()

    def _choose_text(self) -> str:
        if self.number % 2:
            return QUESTION
        opening, question = self.chance.choice(OPENINGS), self.chance.choice(self.questions)
        return f"{opening}{question}{self.chance.choice(CLOSINGS)}"


async def reload_often(port: int, folder: Path, reloads: int, rows: int, seen: Seen) -> int:
    """Writes version after version, each once the one before is open or refused; how many were broken."""
    broken = 0
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for number in range(1, reloads + 1):
            is_broken = number % BROKEN_EVERY == 0
            broken += is_broken
            write_version(folder, number, rows, broken=is_broken)
            async with asyncio.timeout(PATIENCE):
                while not (await _is_refused(client) if is_broken else number in seen.versions):  # noqa: ASYNC110  # nothing tells
                    await asyncio.sleep(LOOK_SECONDS)
    return broken


async def _is_refused(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/readyz")).json()["faulty_shops"])


async def measure(service: places.Place, folder: Path, given: argparse.Namespace) -> int:
    """Runs and prints; the exit code."""
    port, before = service.target.ports[0], service.cpu_seconds
    seen, stop, began = Seen(), asyncio.Event(), time.perf_counter()
    sender = Sender(port, list_questions(given.rows), seen)
    sending = asyncio.create_task(sender.send_steadily(given.rate, given.connections, stop))
    broken = await reload_often(port, folder, given.reloads, given.rows, seen)
    stop.set()
    await sending
    seconds, worked = time.perf_counter() - began, service.cpu_seconds - before
    waited = sorted(seen.latencies)
    sys.stdout.write(
        f"{len(seen.latencies)} messages in {seconds:.1f} s ({len(seen.latencies) / seconds:.0f}/s over "
        f"{given.connections} connections), {given.reloads} reloads of {given.rows + 2} rows, {broken} broken, "
        f"{len(seen.versions)} versions seen, {seen.unversioned} answers without a row; "
        f"the service worked {worked:.1f} s\n"
        f"p50 {percentile(waited, 0.5):.1f} ms, p99 {percentile(waited, 0.99):.1f} ms, "
        f"max {percentile(waited, 1):.1f} ms\n"
        f"errors and mixed versions: {dict(seen.wrong) or 'none'}\n"
    )
    return 1 if seen.wrong else 0


def main() -> None:
    """The command."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rate", type=float, default=200)
    arguments.add_argument("--connections", type=int, default=8)
    arguments.add_argument("--reloads", type=int, default=50)
    arguments.add_argument("--rows", type=int, default=300)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "shops" / SHOP
        folder.parent.mkdir()
        write_version(folder, 0, given.rows, broken=False)
        with places.service(f"sqlite:///{place}/bench.db", shops=folder.parent) as service:
            sys.exit(uvloop.run(measure(service, folder, given)))


if __name__ == "__main__":
    main()
