"""What each part of the store stands on: its reads, its writes, its clocks."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from app.domain.ticket import Ticket
from app.storage.cache import ConversationCache
from app.storage.event_readers import Written
from app.storage.passing import TicketPassing
from app.storage.writing.rows import Item
from app.storage.writing.writer import GroupWriter

T = TypeVar("T")


class StoreTransactions(ABC):
    """Base of the parts of the store, which share one writer and one set of readers."""

    _desk: TicketPassing
    _writer: GroupWriter[Item]
    _clock: Callable[[], datetime]
    _hot: ConversationCache
    _outbox_written: asyncio.Event

    @abstractmethod
    async def _change_ticket(self, work: Callable[[Connection], Written[Ticket]]) -> Ticket:
        """Change a ticket and tell of it."""

    @abstractmethod
    async def _write_change(self, work: Callable[[Connection], Written[T]]) -> T:
        """Change anything and tell of it."""

    @abstractmethod
    async def _read_in_thread(self, work: Callable[[Connection], T]) -> T:
        """Read."""

    @abstractmethod
    def listen(self) -> None:
        """Begin to hear other processes, unless it does already."""

    @abstractmethod
    def database_time(self) -> datetime:
        """The present by the database's clock."""
