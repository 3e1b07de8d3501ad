"""A circuit breaker: a source that keeps failing is left alone for a while, then tried with one call."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class CircuitBreaker:
    """Opens after `failures` in a row, for `rest` seconds; `clock` counts seconds and never goes back."""

    clock: Callable[[], float]
    failures: int = 5
    rest: float = 10.0
    _failures_in_row: int = field(default=0, init=False)
    _open_until: float = field(default=0.0, init=False)

    def allows_call(self) -> bool:
        """Whether a call may be made now; of several at the end of the rest, only the first."""
        if self._failures_in_row < self.failures:
            return True
        if self.clock() < self._open_until:
            return False
        self._open_until = self.clock() + self.rest
        return True

    def record_success(self) -> None:
        """The source answered."""
        self._failures_in_row = 0

    def record_failure(self) -> None:
        """The source did not answer, or not usefully."""
        self._failures_in_row += 1
        self._open_until = self.clock() + self.rest
