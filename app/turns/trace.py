"""The explanation of a turn as people see it: what was stored, and the message cut into words.

Nothing is decided by words: intents and FAQ entries are found by characters. So they are cut for those who look at a
trace, not for each message, of which they were a twentieth of the cost.
"""

import asyncio
import dataclasses
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol

from app.domain.understanding import Understanding
from app.tenants.registry import OpenShops
from app.turns.step import Step


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


def encode_dataclass(value: Any) -> dict[str, Any]:
    """A frozen dataclass as a JSON document that names its own type; money as text, times in ISO form."""
    fields = {field.name: _encode_value(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return {"type": type(value).__name__, **fields}


def _encode_value(value: Any) -> Any:  # noqa: PLR0911 (one return a kind of value)
    match value:
        case Enum():
            return value.value
        case Decimal():
            return str(value)
        case datetime():
            return value.isoformat()
        case tuple() | list() | frozenset():
            return [_encode_value(item) for item in value]
        case Mapping():
            return {str(key): _encode_value(item) for key, item in value.items()}
        case None | str() | int() | float() | bool():
            return value
        case _ if dataclasses.is_dataclass(value):
            return encode_dataclass(value)
        case _:
            return str(value)


def build_trace(understanding: Understanding | None, steps: tuple[Step, ...]) -> dict[str, Any]:
    """The stored explanation: what was read, what could have answered, what was decided and on which facts."""
    read = understanding
    return {
        "normalised": read.normalised if read else "",
        "entities": [_encode_value(entity) for entity in read.entities] if read else [],
        "versions": dict(read.versions) if read else {},
        "steps": [_step_trace(step) for step in steps],
    }


def _step_trace(step: Step) -> dict[str, Any]:
    verdict = step.verdict
    return {
        "text": step.request.text,
        "intents": [[score.intent, round(score.confidence, 4)] for score in step.request.intents[:5]],
        "faqs": [[score.entry_id, round(score.confidence, 4)] for score in step.request.faqs[:5]],
        "zone": verdict.action.value,
        "intent": verdict.intent,
        "confidence": round(verdict.confidence, 4),
        "faq": verdict.faq,
        "reason": verdict.reason.value if verdict.reason else None,
        "facts": [
            {"kind": fact.kind.value, "source": fact.source, "as_of": fact.as_of.isoformat()}
            for fact in step.outcome.facts
        ],
        "commitments": [encode_dataclass(commitment) for commitment in step.outcome.commitments],
        "refused": step.refused,
    }
