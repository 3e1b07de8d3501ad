"""What deliveries come to, told to whoever runs the service: log lines and metrics, with the shop and the kind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from app.delivery.ports import AttemptOutcome, DeliveryAttempt, FailureKind, OutboxItem
from app.delivery.router import redact_destination
from app.errors import XiaoerError

_LOG_EVERY_SECONDS = 30.0
_MOST_REMEMBERED = 10_000
log = structlog.get_logger()


class DeliveryMeter(Protocol):
    """Counts deliveries."""

    def count_send_attempt(self, kind: str, outcome: str) -> None:
        """One attempt."""

    def count_delivery_failure(self, shop: str, kind: str, error: str) -> None:
        """An attempt failed."""

    def count_dead_letter(self, shop: str, kind: str, error: str) -> None:
        """A row was given up."""

    def count_rest(self, shop: str, error: str) -> None:
        """A destination began to rest."""


class DeliveryMonitor:
    """A DeliveryObserver that counts everything and logs what somebody should know.

    `announce(shop, destination, kind)` tells whoever listens that a destination began to rest.
    Failures of one shop, kind and error are logged once, then at most every half minute with how many there were: a
    receiver that is away must not drown the log. Every dead letter is logged: somebody has to look at it.
    """

    def __init__(
        self,
        meter: DeliveryMeter,
        monotonic: Callable[[], float],
        announce: Callable[[str, str, FailureKind], Awaitable[None]] | None = None,
    ) -> None:
        self._meter = meter
        self._monotonic = monotonic
        self._announce = announce
        self._announcing: set[asyncio.Task[None]] = set()
        self._logged: dict[tuple[str, str, str], float] = {}
        self._unlogged: dict[tuple[str, str, str], int] = {}
        self._resting: set[str] = set()

    def note_attempt(self, item: OutboxItem, attempt: DeliveryAttempt, why: str) -> None:
        """Count an attempt; log one that failed."""
        self._meter.count_send_attempt(item.kind, _metric_outcome(attempt.outcome))
        if attempt.error is None:
            return
        self._meter.count_delivery_failure(item.shop, item.kind, attempt.error.value)
        if attempt.outcome is AttemptOutcome.DEAD:
            self._meter.count_dead_letter(item.shop, item.kind, attempt.error.value)
            log.error("callback_given_up", **_row_fields(item, attempt), why=why)
            return
        failures = self._count_unlogged(item, attempt.error)
        if failures:
            log.warning("callback_failed", **_row_fields(item, attempt), why=why, failures=failures)

    def note_rest(self, destination: str, shop: str, kind: FailureKind, seconds: float) -> None:
        """Log the first rest in a row: a probe that fails again is no news."""
        if destination in self._resting:
            return
        self._resting.add(destination)
        self._meter.count_rest(shop, kind.value)
        shown = redact_destination(destination)
        if self._announce:
            task = asyncio.create_task(_announce_rest(self._announce(shop, shown, kind)))
            self._announcing.add(task)
            task.add_done_callback(self._announcing.discard)
        log.error(
            "callback_rests",
            shop=shop,
            destination=shown,
            error=kind.value,
            seconds=round(seconds, 1),
            cure="most of what it is sent fails; it is probed every few seconds: see `xiaoer callbacks test`",
        )

    def note_recovery(self, destination: str, shop: str) -> None:
        """Log the end of a rest."""
        self._resting.discard(destination)
        log.warning("callback_recovered", shop=shop, destination=redact_destination(destination))

    def _count_unlogged(self, item: OutboxItem, error: FailureKind) -> int:
        """How many failures a line would stand for now; zero when it is too early for one."""
        what = (item.shop, item.kind, error.value)
        self._unlogged[what] = self._unlogged.get(what, 0) + 1
        now = self._monotonic()
        if now - self._logged.get(what, -_LOG_EVERY_SECONDS) < _LOG_EVERY_SECONDS:
            return 0
        if len(self._logged) >= _MOST_REMEMBERED:
            self._logged.clear()
        self._logged[what] = now
        return self._unlogged.pop(what)


async def _announce_rest(announced: Awaitable[None]) -> None:
    """An event that cannot be written is in the log all the same."""
    try:
        await announced
    except XiaoerError as error:
        log.warning("a destination's rest could not be announced", why=error.detail)


def _metric_outcome(outcome: AttemptOutcome) -> str:
    return {AttemptOutcome.SENT: "sent", AttemptOutcome.FAILED: "failed", AttemptOutcome.DEAD: "refused"}[outcome]


def _row_fields(item: OutboxItem, attempt: DeliveryAttempt) -> dict[str, object]:
    return {
        "shop": item.shop,
        "kind": item.kind,
        "row": item.id,
        "attempt": attempt.attempt,
        "error": attempt.error.value if attempt.error else None,
        "status": attempt.status,
        "milliseconds": attempt.milliseconds,
        "destination": redact_destination(item.destination),
    }
