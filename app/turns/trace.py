"""The explanation of a turn as people see it: what was stored, and the message cut into words.

Intents and FAQ entries are found by characters; words only tell names from parts of other words. So all of a message
is cut for those who look at a trace, not for each message, of which it was a twentieth of the cost.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from app.tenants.registry import OpenShops


class StoredTraces(Protocol):
    """Where traces are stored."""

    async def get_trace(self, trace_id: str) -> Mapping[str, Any] | None:
        """The stored explanation with the "shop" it belongs to and the "normalised" message, or None."""


class TraceView:
    """Stored traces with their words."""

    def __init__(self, traces: StoredTraces, shops: OpenShops) -> None:
        self._traces = traces
        self._shops = shops

    async def get_trace(self, trace_id: str) -> Mapping[str, Any] | None:
        """The explanation, or None; without words while its shop is closed."""
        trace = await self._traces.get_trace(trace_id)
        opened = self._shops.find_shop(str(trace.get("shop"))) if trace else None
        if trace is None or opened is None:
            return trace
        words = await asyncio.to_thread(opened.reader.segment, trace["normalised"])  # the first loads jieba
        return {"segments": list(words), **trace}
