"""Messages at a steady rate while a shop's files are replaced again and again, some of them broken.

Every answer names the version of its row and of shop.yml: two numbers in one answer are a mixed version.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from app.domain.clock import utc_now
from app.domain.message import ConversationKey, Message, Sender
from app.main import Components, build_components
from app.observability.logs import configure_logs
from app.settings import Settings
from tests.shop.builders import FAQ, write

SHOP = "tea"
QUESTION = "现在是第几版"
BROKEN_EVERY = 5
LOOK_SECONDS = 2.0  # as the service looks
PATIENCE = 60.0
NUMBERS = re.compile(r"\d+")


@dataclass
class Seen:
    """What the buyers got; latencies in milliseconds."""

    latencies: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    versions: set[str] = field(default_factory=set)

    def percentile(self, share: float) -> float:
        """Milliseconds that `share` of the answers stayed under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def write_version(folder: Path, number: int, rows: int, *, broken: bool) -> None:
    """The shop as version `number`; a broken one has a shop.yml that is no YAML."""
    text = "name: [\n" if broken else f"name: 店{number}\nauthority:\n  shipping: {{within_hours: 48}}\n"
    more = [[str(each), f"第{each}种茶怎么泡", "", f"亲，第{each}种茶用热水泡就好。"] for each in range(10, 10 + rows)]
    marked = [["2", QUESTION, "", f"亲，第{number}版，{{{{店铺名}}}}。", "完全一致"]]
    write(folder, {"faq.csv": [[*FAQ[0], "匹配方式"], *FAQ[1:], *marked, *more], "shop.yml": text})


async def send_steadily(parts: Components, rate: float, seen: Seen, stop: asyncio.Event) -> None:
    """Sends at the rate, whether or not the answers keep up."""
    running: set[asyncio.Task[None]] = set()
    began, sent = time.perf_counter(), 0
    while not stop.is_set():
        while sent < (time.perf_counter() - began) * rate:
            task = asyncio.create_task(ask_version(parts, seen))
            running.add(task)
            task.add_done_callback(running.discard)
            sent += 1
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*running)


async def ask_version(parts: Components, seen: Seen) -> None:
    """One message of a new buyer."""
    now, began = utc_now(), time.perf_counter()
    buyer = uuid4().hex
    message = Message(uuid4().hex, ConversationKey(SHOP, "bench", buyer), Sender(buyer), QUESTION, now, now)
    try:
        body = await parts.responder.respond(message)
    except Exception as error:  # noqa: BLE001  whatever it is, it is counted
        seen.wrong[type(error).__name__] += 1
        return
    seen.latencies.append((time.perf_counter() - began) * 1000)
    numbers = set(NUMBERS.findall("".join(reply["text"] for reply in body["replies"])))
    if len(numbers) != 1:
        seen.wrong["mixed version" if numbers else "another answer"] += 1
    seen.versions |= numbers


async def reload_often(parts: Components, folder: Path, reloads: int, rows: int) -> int:
    """Writes version after version, each once the one before is open; how many were broken."""
    broken = 0
    for number in range(1, reloads + 1):
        is_broken = number % BROKEN_EVERY == 0
        broken += is_broken
        write_version(folder, number, rows, broken=is_broken)
        if is_broken:
            await wait_until(lambda: SHOP in parts.shops.faults)
        else:
            await wait_until(lambda n=number: parts.shops.get_shop(SHOP).shop.settings.name == f"店{n}")  # type: ignore[misc]
    return broken


async def wait_until(done: object) -> None:
    """Until it is so; TimeoutError after PATIENCE."""
    async with asyncio.timeout(PATIENCE):
        while not done():  # type: ignore[operator]  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.02)


async def measure(rate: float, reloads: int, rows: int) -> int:
    """Runs and prints; the exit code."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "shops" / SHOP
        folder.parent.mkdir()
        write_version(folder, 0, rows, broken=False)
        settings = Settings(shops_dir=folder.parent, state_dir=Path(place), database_url="")
        parts = await build_components(settings)
        seen, stop, began = Seen(), asyncio.Event(), time.perf_counter()
        watching = asyncio.create_task(parts.shop_watcher.watch_folders(LOOK_SECONDS))
        sending = asyncio.create_task(send_steadily(parts, rate, seen, stop))
        broken = await reload_often(parts, folder, reloads, rows)
        stop.set()
        await sending
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await parts.close()
    seconds = time.perf_counter() - began
    sys.stdout.write(
        f"{len(seen.latencies)} messages in {seconds:.1f} s ({len(seen.latencies) / seconds:.0f}/s), "
        f"{reloads} reloads of {rows + 2} rows, {broken} broken, {len(seen.versions)} versions seen\n"
        f"p50 {seen.percentile(0.5):.1f} ms, p99 {seen.percentile(0.99):.1f} ms, max {seen.percentile(1):.1f} ms\n"
        f"errors and mixed versions: {dict(seen.wrong) or 'none'}\n"
    )
    return 1 if seen.wrong else 0


def main() -> None:
    """The command."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rate", type=float, default=200)
    arguments.add_argument("--reloads", type=int, default=50)
    arguments.add_argument("--rows", type=int, default=300)
    given = arguments.parse_args()
    configure_logs("CRITICAL", readable=True)  # a line for every broken version is no news here
    sys.exit(asyncio.run(measure(given.rate, given.reloads, given.rows)))


if __name__ == "__main__":
    main()
