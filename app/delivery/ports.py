"""What the outbox holds and how its rows are read, claimed and settled; the words of the sending side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class OutboxState(StrEnum):
    """Where a row stands. A row is withdrawn when a person took the conversation over before the bot's line left."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


class FailureKind(StrEnum):
    """Why an attempt failed: a closed set, so that it can be a metric's label.

    `refused`: the receiver read the row and will not have it; `gone`: it will never have any; `unauthorized`: it does
    not believe our signature; `busy`: it asked for patience.
    """

    UNREACHABLE = "unreachable"
    FORBIDDEN_ADDRESS = "forbidden_address"
    TIMEOUT = "timeout"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    REDIRECT = "redirect"
    UNAUTHORIZED = "unauthorized"
    REFUSED = "refused"
    GONE = "gone"
    UNSIGNED = "unsigned"
    NO_SENDER = "no_sender"
    FAULT = "fault"


class AttemptOutcome(StrEnum):
    """What one attempt came to: delivered, to be tried again, or given up."""

    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A row of the outbox as it stands. `id` is the idempotency id that the receiver sees. Times are aware UTC.

    `next_at` of a claimed row is the end of its lease. `until_takeover`: a line of the bot, not to be delivered once a
    person speaks in the conversation.
    """

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
    channel: str = ""
    conversation: str = ""
    until_takeover: bool = False

    @property
    def is_fresh(self) -> bool:
        """Whether this claimed row is sent for the first time."""
        return self.attempts <= 1


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt to deliver a row: when it began, how long it took, and what the receiver answered.

    `status` is the HTTP status where there was one; `error` is the FailureKind of an attempt that failed.
    """

    shop: str
    row_id: str
    at: datetime
    attempt: int
    milliseconds: int
    outcome: AttemptOutcome
    status: int | None = None
    error: FailureKind | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """The receiver has acknowledged a row."""

    shop: str
    id: str
    at: datetime
    attempt: DeliveryAttempt | None = None


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """What one shop sends to one destination: lanes never wait for each other."""

    destination: str
    shop: str


@dataclass(frozen=True, slots=True)
class DueLane:
    """A lane with rows waiting, and when the first of them is due."""

    lane: Lane
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimRoom:
    """How many rows of a lane may be claimed.

    `retried`: at most so many of `total` have failed before; `reserved`: so many of these come before fresh rows.
    """

    lane: Lane
    total: int
    retried: int
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class OutboxFilter:
    """What to list; None means any. `shops=None` means every shop."""

    shops: frozenset[str] | None = None
    state: OutboxState | None = None


@dataclass(frozen=True, slots=True)
class AttemptFilter:
    """Which attempts to list; None means any. `shops=None` means every shop."""

    shops: frozenset[str] | None = None
    row_id: str | None = None
    outcome: AttemptOutcome | None = None


@dataclass(frozen=True, slots=True)
class ReplayRange:
    """Rows written from `since` up to but not including `until`, to be sent once more; None means any kind."""

    since: datetime
    until: datetime
    shops: frozenset[str] | None = None
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """Rows, oldest first; `next_cursor` is None on the last page."""

    rows: tuple[OutboxItem, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class AttemptPage:
    """Attempts, newest first; `next_cursor` is None on the last page."""

    attempts: tuple[DeliveryAttempt, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class OutboxDepth:
    """How much waits and how long the oldest has waited; `dead` need somebody to look."""

    pending: int
    dead: int
    oldest: datetime | None


class SendError(Exception):
    """A row was not taken.

    `permanent` when sending it again cannot help; `retry_after` seconds when they said so; `status` the HTTP status.
    """

    def __init__(
        self,
        why: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        kind: FailureKind = FailureKind.FAULT,
        status: int | None = None,
    ) -> None:
        super().__init__(why)
        self.permanent = permanent
        self.retry_after = retry_after
        self.kind = kind
        self.status = status


class OutboxSender(Protocol):
    """Brings rows to one kind of destination."""

    async def send_item(self, item: OutboxItem) -> int | None:
        """Return once the receiver has it, with its HTTP status if there is one; raises SendError."""


class OutboxStore(Protocol):
    """The rows as the worker needs them."""

    async def list_lanes(self) -> tuple[DueLane, ...]:
        """Lanes with rows waiting, the longest due first."""

    async def claim_due(
        self, now: datetime, *, leased_until: datetime, rooms: Sequence[ClaimRoom]
    ) -> tuple[OutboxItem, ...]:
        """Due rows of these lanes, the first of each conversation; nobody else gets them before `leased_until`."""

    async def is_still_claimed(self, item: OutboxItem) -> bool:
        """Whether a claimed row is still ours to send: not withdrawn, and not another worker's since."""

    async def realign_due_times(self, now: datetime) -> None:
        """After a clock that ran ahead: what was due by that clock is due now."""

    async def mark_delivered(self, item: OutboxItem, now: datetime, attempt: DeliveryAttempt) -> None:
        """The row is done."""

    async def schedule_retry(self, item: OutboxItem, until: datetime, why: str, attempt: DeliveryAttempt) -> None:
        """The attempt failed; try again at `until`."""

    async def mark_dead(self, item: OutboxItem, why: str, attempt: DeliveryAttempt) -> None:
        """A dead letter: kept until somebody drives it again."""

    async def wait_for_outbox(self, longest: float) -> None:
        """Return when rows were written, or after `longest` seconds."""


class DeliveryObserver(Protocol):
    """Told what deliveries come to, for logs, metrics and events."""

    def note_attempt(self, item: OutboxItem, attempt: DeliveryAttempt, why: str) -> None:
        """One attempt was made; `why` is empty when it arrived."""

    def note_rest(self, destination: str, shop: str, kind: FailureKind, seconds: float) -> None:
        """Most of what the destination was sent lately failed: it rests."""

    def note_recovery(self, destination: str, shop: str) -> None:
        """A destination that rested answers again."""
