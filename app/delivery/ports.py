"""What the outbox holds and how its rows are read, claimed and settled; the words of the sending side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class OutboxState(StrEnum):
    """Where a row stands."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A row of the outbox as it stands. `id` is the idempotency id that the receiver sees. Times are aware UTC."""

    shop: str
    id: str
    kind: str
    destination: str
    payload: Mapping[str, Any]
    state: OutboxState
    attempts: int
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """The receiver has acknowledged a row."""

    shop: str
    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OutboxFilter:
    """What to list; None means any. `shops=None` means every shop."""

    shops: frozenset[str] | None = None
    state: OutboxState | None = None


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """Rows, oldest first; `next_cursor` is None on the last page."""

    rows: tuple[OutboxItem, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class OutboxDepth:
    """How much waits and how long the oldest has waited; `dead` need somebody to look."""

    pending: int
    dead: int
    oldest: datetime | None


class SendError(Exception):
    """A row was not taken. `permanent` when sending it again cannot help; `retry_after` seconds when they said so."""

    def __init__(self, why: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.permanent = permanent
        self.retry_after = retry_after


class OutboxSender(Protocol):
    """Whoever brings a row to its destination."""

    async def send_item(self, item: OutboxItem) -> None:
        """Return once the receiver has it; raises SendError."""


class OutboxStore(Protocol):
    """The rows as the worker needs them."""

    async def claim_due(
        self, now: datetime, *, leased_until: datetime, limit: int, without: frozenset[str] = frozenset()
    ) -> tuple[OutboxItem, ...]:
        """Rows that are due, oldest first and one a conversation; nobody else gets them before `leased_until`."""

    async def realign_due_times(self, now: datetime) -> None:
        """After a clock that ran ahead: what was due by that clock is due now."""

    async def mark_delivered(self, item: OutboxItem, now: datetime) -> None:
        """The row is done."""

    async def schedule_retry(self, item: OutboxItem, until: datetime, why: str) -> None:
        """The attempt failed; try again at `until`."""

    async def release_items(self, items: Sequence[OutboxItem], now: datetime) -> None:
        """No attempt was made; anybody may take them."""

    async def mark_dead(self, item: OutboxItem, why: str) -> None:
        """A dead letter: kept until somebody drives it again."""

    async def next_due(self, *, without: frozenset[str] = frozenset()) -> datetime | None:
        """When the next row is due, some destinations aside."""

    async def wait_for_outbox(self, longest: float) -> None:
        """Return when rows were written, or after `longest` seconds."""
