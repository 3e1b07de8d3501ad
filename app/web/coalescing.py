"""Hints that are told at once, and then at most every few seconds, however much happens."""

import asyncio
from collections.abc import Callable, Iterable


class Coalescer:
    """Calls `tell` for a name that was noted: at once, or `rest` seconds after the last time, whichever is later."""

    def __init__(self, tell: Callable[[str], None], rest: float) -> None:
        self._tell = tell
        self._rest = rest
        self._resting: dict[str, asyncio.TimerHandle] = {}
        self._noted: set[str] = set()

    def note(self, names: Iterable[str]) -> None:
        """Something happened there."""
        for name in dict.fromkeys(names):
            if name in self._resting:
                self._noted.add(name)
            else:
                self._tell_now(name)

    def close(self) -> None:
        """Tell nothing more of what was noted."""
        for timer in self._resting.values():
            timer.cancel()
        self._resting.clear()
        self._noted.clear()

    def _tell_now(self, name: str) -> None:
        self._tell(name)
        self._resting[name] = asyncio.get_running_loop().call_later(self._rest, self._wake, name)

    def _wake(self, name: str) -> None:
        del self._resting[name]
        if name in self._noted:
            self._noted.discard(name)
            self._tell_now(name)
