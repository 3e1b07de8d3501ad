"""Money is never given twice: two processes spend one budget at once, and together never more than its limit."""

import asyncio
import subprocess
import sys

from app.storage.store import open_store


async def test_two_processes_together_never_spend_more_than_the_limit(database_url: str) -> None:
    allowed = await asyncio.gather(*(asyncio.to_thread(_spend, database_url, name) for name in ("one", "two")))

    store = await open_store(database_url)
    assert sum(allowed) == 100
    assert await store.load_budget_spent("demo", "coupon:day") == 100
    await store.close()


def _spend(database_url: str, name: str) -> int:
    """How often one process was allowed to."""
    command = [sys.executable, "-m", "tests.abuse.spender", "--database", database_url, "--name", name]
    return int(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)  # noqa: S603  # our own
