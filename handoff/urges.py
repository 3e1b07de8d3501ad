"""Urges: orders that buyers urged, which operations list and close."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.message import ConversationKey


class UrgeState(StrEnum):
    """The state of an urge."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Urge:
    """An order that a buyer urged; `times` counts repetitions. Times are aware UTC."""

    id: str
    key: ConversationKey
    buyer: str
    order_id: str
    sku_id: str | None
    why: str
    created_at: datetime
    last_at: datetime
    state: UrgeState = UrgeState.OPEN
    times: int = 1
    closed_by: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UrgeFilter:
    """A filter; None means any. `shops=None` means every shop."""

    shops: frozenset[str] | None = None
    state: UrgeState | None = None


@dataclass(frozen=True, slots=True)
class UrgePage:
    """Urges, oldest first; `next_cursor` is None on the last page."""

    urges: tuple[Urge, ...]
    next_cursor: str | None
    total: int


class UrgeStore(Protocol):
    """Stores urges."""

    async def find_urges(self, wanted: UrgeFilter, *, limit: int, cursor: str | None) -> UrgePage:
        """One page of urges; MalformedError for a cursor that is not ours."""

    async def get_urge(self, urge_id: str) -> Urge | None:
        """One urge, or None."""

    async def close_urge(self, urge_id: str, agent: str, now: datetime) -> Urge:
        """Open to closed; NotFoundError when unknown, ConflictError when closed before."""
