"""A circuit breaker: stops calling a source that keeps failing, and tries it with one call after a rest."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class CircuitBreaker:
    """Opens for `rest` seconds after `failures` failures in a row; `clock` is monotonic, in seconds."""

    clock: Callable[[], float]
    failures: int = 5
    rest: float = 10.0
    _failures_in_row: int = field(default=0, init=False)
    _open_until: float = field(default=0.0, init=False)

    def allows_call(self) -> bool:
        """Whether a call may be made now; when the rest ends, only the first caller may."""
        if self._failures_in_row < self.failures:
            return True
        if self.clock() < self._open_until:
            return False
        self._open_until = self.clock() + self.rest
        return True

    def record_success(self) -> None:
        """Closes the breaker: the source answered."""
        self._failures_in_row = 0

    def record_failure(self) -> None:
        """Counts a failure: the source did not answer, or not usefully."""
        self._failures_in_row += 1
        self._open_until = self.clock() + self.rest
