"""`python -m tests.abuse.run --seed N --messages N [--only NAMES]`: the abuse, longer, with a table at the end."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.abuse import scenarios
from tests.abuse.arena import Arena, arena
from tests.postgres import fresh_database, server

WIDTH = 170
"""Characters of the table where no terminal says how many it has."""
One = Callable[[scenarios.Scenario, Arena, int], Awaitable[bool]]

SHARES: tuple[tuple[scenarios.Scenario, float], ...] = (
    (scenarios.kills, 1),
    (scenarios.duplicates, 0.1),
    (scenarios.disorder, 0.02),
    (scenarios.forgeries, 0.02),
    (scenarios.bursts, 0.1),
    (scenarios.claims, 0.01),
    (scenarios.takeovers, 0.005),
    (scenarios.clock_jumps, 0.02),
    (scenarios.farewell, 0.05),
    (scenarios.locked, 0.005),
    (scenarios.gone_and_back, 0.01),
    (scenarios.disk_full, 0.05),
)


def main() -> None:
    """Run everything on SQLite and on two processes over PostgreSQL; exit 1 when a promise was broken."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--messages", type=int, default=2000)
    arguments.add_argument("--only", default="", help="names of scenarios, separated by commas")
    given = arguments.parse_args()
    table = Table("database", "scenario", "result", "counted", "seconds", title=f"seed {given.seed}")
    failures = asyncio.run(
        _everything(table, given.seed, given.messages, frozenset(filter(None, given.only.split(","))))
    )
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    console.print(table)
    sys.exit(1 if failures else 0)


async def _everything(table: Table, seed: int, messages: int, only: frozenset[str]) -> int:
    failures = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(server())
        for name, processes in (("SQLite", 1), ("PostgreSQL, 2 processes", 2)):
            urls = [stack.enter_context(fresh_database(postgres)) if processes > 1 else "" for _ in range(2)]
            one = partial(_one, table, name, seed, only)
            failures += sum(
                await asyncio.gather(
                    _beside(one, folder / f"{name} beside", urls[0], processes),
                    _in_turn(one, folder / name, urls[1], processes, messages),
                )
            )
    return failures


async def _in_turn(one: One, folder: Path, url: str, processes: int, messages: int) -> int:
    async with arena(folder, database=url, processes=processes) as place:
        return sum([await one(scenario, place, max(5, int(messages * share))) for scenario, share in SHARES])


async def _beside(one: One, folder: Path, url: str, processes: int) -> int:
    """What lasts minutes and does little, while the others have their turns."""
    async with arena(folder, database=url, processes=processes, shops=("demo", scenarios.NEIGHBOUR)) as place:
        return await one(scenarios.callback_down, place, 60)


async def _one(
    table: Table,
    name: str,
    seed: int,
    only: frozenset[str],
    scenario: scenarios.Scenario,
    place: Arena,
    messages: int,
) -> bool:
    """Whether it broke a promise."""
    if only and scenario.__name__ not in only:
        return False
    chance = random.Random(f"{seed}-{scenario.__name__}")  # noqa: S311  # repeatable, not secret
    began = time.monotonic()
    try:
        counted = await scenario(place, chance, messages)
        result, said = "kept", ", ".join(f"{key} {value}" for key, value in counted.items())
    except Exception as broken:  # noqa: BLE001  # the table says what happened; the other scenarios still run
        result, said = "BROKEN", f"{type(broken).__name__}: {broken}"[:300]
    sys.stderr.write(f"{name} {scenario.__name__} {result}\n")
    table.add_row(name, scenario.__name__, result, said, f"{time.monotonic() - began:.1f}")
    return result != "kept"


if __name__ == "__main__":
    main()
