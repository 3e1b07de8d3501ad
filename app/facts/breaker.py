"""A circuit breaker: a source that keeps failing is left alone for a while, then tried with one call."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Breaker:
    """Opens after `failures` in a row, for `rest` seconds; `clock` counts seconds and never goes back."""

    clock: Callable[[], float]
    failures: int = 5
    rest: float = 10.0
    _failed: int = field(default=0, init=False)
    _closed_from: float = field(default=0.0, init=False)

    def lets_through(self) -> bool:
        """Whether a call may be made now; of several at the end of the rest, only the first."""
        if self._failed < self.failures:
            return True
        if self.clock() < self._closed_from:
            return False
        self._closed_from = self.clock() + self.rest
        return True

    def succeeded(self) -> None:
        """The source answered."""
        self._failed = 0

    def failed(self) -> None:
        """The source did not answer, or not usefully."""
        self._failed += 1
        self._closed_from = self.clock() + self.rest
