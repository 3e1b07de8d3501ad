"""Waits for changes below the folder of shops."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import structlog
from watchfiles import awatch

log = structlog.get_logger()
_DEBOUNCE_MS = 200  # a copied folder is told of once


async def wait_for_changes(folder: Path, every: float) -> AsyncGenerator[None]:
    """Yields soon after a change below `folder`, and at least once in `every` seconds.

    Where the system tells of no changes (a mount, too many watches, no such folder) it only looks at its watch.
    """
    while True:
        try:
            async for _ in awatch(
                folder, debounce=_DEBOUNCE_MS, rust_timeout=max(1, int(every * 1000)), yield_on_timeout=True
            ):
                yield
        except OSError as error:
            log.debug("the system tells of no changes", folder=str(folder), why=str(error))
        await asyncio.sleep(every)
        yield
