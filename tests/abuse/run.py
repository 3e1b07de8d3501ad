"""`python -m tests.abuse.run --seed N --messages N [--postgres URL]`: the abuse, longer, with a table at the end."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.abuse import scenarios
from tests.abuse.arena import arena
from tests.postgres import fresh_database, server

SHARES: tuple[tuple[scenarios.Scenario, float], ...] = (
    (scenarios.kills, 1),
    (scenarios.duplicates, 0.1),
    (scenarios.disorder, 0.02),
    (scenarios.forgeries, 0.02),
    (scenarios.bursts, 0.1),
    (scenarios.claims, 0.01),
    (scenarios.takeovers, 0.005),
    (scenarios.callback_down, 0.05),
    (scenarios.clock_jumps, 0.02),
    (scenarios.farewell, 0.05),
    (scenarios.locked, 0.005),
    (scenarios.gone_and_back, 0.01),
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
    Console().print(table)
    sys.exit(1 if failures else 0)


async def _everything(table: Table, seed: int, messages: int, only: frozenset[str]) -> int:
    failures = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(fresh_database(stack.enter_context(server())))
        for name, database, processes in (("SQLite", "", 1), ("PostgreSQL, 2 processes", url, 2)):
            place = folder / name[:6]
            place.mkdir()
            chosen = [*SHARES, (scenarios.disk_full, 0.05)] if not database else list(SHARES)
            async with arena(place, database=database, processes=processes) as abused:
                for scenario, share in chosen:
                    if only and scenario.__name__ not in only:
                        continue
                    chance = random.Random(f"{seed}-{scenario.__name__}")  # noqa: S311  # repeatable, not secret
                    failures += await _one(table, name, scenario, abused, chance, max(5, int(messages * share)))
    return failures


async def _one(
    table: Table, name: str, scenario: scenarios.Scenario, abused: object, chance: random.Random, messages: int
) -> int:
    began = time.monotonic()
    try:
        counted = await scenario(abused, chance, messages)  # type: ignore[arg-type]  # an Arena
        result, said = "kept", ", ".join(f"{key} {value}" for key, value in counted.items())
    except Exception as broken:  # noqa: BLE001  # the table says what happened; the other scenarios still run
        result, said = "BROKEN", f"{type(broken).__name__}: {broken}"[:300]
    sys.stderr.write(f"{name} {scenario.__name__} {result}\n")
    table.add_row(name, scenario.__name__, result, said, f"{time.monotonic() - began:.1f}")
    return result != "kept"


if __name__ == "__main__":
    main()
