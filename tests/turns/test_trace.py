"""A trace is shown with the words of its message, wherever its shop still knows them."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.tenants.registry import OpenShops
from app.turns.trace import TraceView

STORED = {"shop": "demo", "normalised": "有货吗", "steps": []}


class Kept:
    """One stored trace."""

    def __init__(self, trace: Mapping[str, Any] | None) -> None:
        self._trace = trace

    async def get_trace(self, _trace_id: str) -> Mapping[str, Any] | None:
        return self._trace


class Opened:
    """A shop whose every character is a word."""

    @property
    def reader(self) -> "Opened":
        return self

    def segment(self, text: str) -> tuple[str, ...]:
        return tuple(text)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (STORED, {"segments": ["有", "货", "吗"], **STORED}),
        (STORED | {"shop": "closed"}, STORED | {"shop": "closed"}),
        (STORED | {"segments": ["有货", "吗"]}, STORED | {"segments": ["有货", "吗"]}),
        (None, None),
    ],
)
async def test_a_trace_is_shown_with_its_words(stored: Mapping[str, Any] | None, shown: Mapping[str, Any] | None):
    shops = OpenShops({"demo": Opened()})  # type: ignore[dict-item]  # as much of a shop as is asked

    assert await TraceView(Kept(stored), shops).get_trace("t-1") == shown
