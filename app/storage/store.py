"""The store that the service uses: one object for turns, tickets, urges and tokens, over SQLite or PostgreSQL."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.delivery.feed import LiveFeed, Notice, decode_notices
from app.domain.clock import utc_now
from app.domain.conversation import Conversation
from app.domain.events import Event, EventReader, MessageReceived
from app.domain.history import PastTurn
from app.domain.message import ConversationKey, Message
from app.domain.ticket import Ticket
from app.domain.written_turn import Turn
from app.errors import ReusedIdError
from app.storage import outbox, reads
from app.storage.access import AccessStore
from app.storage.approvals import ApprovalRecords
from app.storage.cache import ConversationCache
from app.storage.condition import DatabaseClock, WriteProbe, read_clock
from app.storage.database import DatabaseEngines, read_with_retry, translate_error
from app.storage.deleting import DeletingStore
from app.storage.deliveries import OutboxStore
from app.storage.desk import DeskStore
from app.storage.event_readers import EVENTS_CHANNEL, EventReaders, PostgresNotices, Written, send_notice
from app.storage.figures import FigureRecords
from app.storage.held_replies import HeldReplyRecords
from app.storage.history import read_past_turns
from app.storage.listener import DatabaseListener
from app.storage.mentions import MentionRecords
from app.storage.migrations import upgrade_schema
from app.storage.passing import TicketPassing
from app.storage.phrases import PhraseRecords
from app.storage.pictures import PictureRecords
from app.storage.ports import AcceptedMessage, ConversationMovedError, StoredAnswer
from app.storage.proposals import ProposalRecords
from app.storage.ratings import RatingRecords
from app.storage.shops import ShopStore
from app.storage.ticket_rows import TicketLookup, select_ticket
from app.storage.ticket_store import TicketWorkStore
from app.storage.todos import TodoRecords
from app.storage.writing.batch import BatchWriter
from app.storage.writing.rows import Arrival, Item
from app.storage.writing.writer import GroupWriter
from handoff.ports import AgentLine

T = TypeVar("T")

_STARTING_SECONDS = 10.0
_STARTING_REST = 0.05
# Ten minutes of twelve thousand buyers an hour.
_HOT_CONVERSATIONS = 2_000


async def open_store(
    url: str,
    *,
    clock: Callable[[], datetime] = utc_now,
    pool_size: int = 4,
    readers: Sequence[EventReader] = (),
    feed: LiveFeed | None = None,
) -> "Store":
    """Bring the schema up to date and start writing; the caller closes the store.

    `readers` are handed every event that this process writes; `feed` is told of those of every process.
    """
    database = DatabaseEngines(url, pool_size=pool_size)
    try:
        await _migrate_when_free(database)
    except DBAPIError as error:
        database.dispose()
        raise translate_error(error) from error
    return Store(database, clock=clock, threads=pool_size, readers=readers, feed=feed or LiveFeed())


async def _migrate_when_free(database: DatabaseEngines) -> None:
    """On SQLite several that start at once wait for each other longer than a message would."""
    deadline = asyncio.get_running_loop().time() + (0.0 if database.is_postgres else _STARTING_SECONDS)
    while True:
        try:
            return await asyncio.to_thread(upgrade_schema, database.writing)
        except OperationalError as error:
            if "locked" not in str(error.orig) or asyncio.get_running_loop().time() >= deadline:
                raise
            await asyncio.sleep(_STARTING_REST)


def _make_writer(database: DatabaseEngines, batch: BatchWriter) -> GroupWriter[Item]:
    at_hand = database.make_loop_transaction(batch.write_on_loop)
    ways = (batch.write_batch,) if at_hand else (batch.write_uncontested, batch.write_batch)
    return GroupWriter(database.writing, *ways, lanes=database.writers, at_hand=at_hand)


def _require_own_id(opened: reads.OpenedState) -> Conversation | StoredAnswer:
    """What a turn opens with; raises ReusedIdError for an id of another message."""
    if isinstance(opened, ReusedIdError):
        raise opened
    return opened


class Store(TicketWorkStore, DeskStore, OutboxStore, AccessStore, ShopStore, DeletingStore):
    """TurnStore, TicketStore, UrgeStore and TokenStore in one; every write is durable when its call returns."""

    def __init__(
        self,
        database: DatabaseEngines,
        *,
        clock: Callable[[], datetime],
        threads: int,
        readers: Sequence[EventReader],
        feed: LiveFeed,
    ) -> None:
        self._database = database
        self._clock = clock
        self._feed = feed
        self._database_clock = DatabaseClock(clock)
        own = PostgresNotices() if database.is_postgres else feed
        self._events = EventReaders((*readers, own), self._database_clock.shift)
        self._readers = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._opening = reads.ConversationLookup(database.opening.dialect)
        self._opener: GroupWriter[Message] = GroupWriter(database.opening, self._opening.read_states, lanes=1)
        self._one_ticket = TicketLookup(database.reading.dialect)
        self._at_hand = database.connect_loop_reader()
        self._desk = TicketPassing(locks=database.is_postgres)
        self._hot = ConversationCache(_HOT_CONVERSATIONS, clock)
        self._writer: GroupWriter[Item] = _make_writer(database, BatchWriter(database.writing.dialect, self._events))
        self.approvals = ApprovalRecords(self._read_in_thread, self._write_change, self._desk, self._hot.evict)
        self.phrases = PhraseRecords(self._read_in_thread, self._writer.transact, clock)
        self.proposals = ProposalRecords(self._read_in_thread, self._writer.transact)
        self.pictures = PictureRecords(self._read_in_thread, self._writer.transact)
        self.ratings = RatingRecords(self._read_in_thread, self._write_change, self._desk, self._hot.evict)
        self.mentions = MentionRecords(self._read_in_thread, self._write_change)
        self.todos = TodoRecords(self._read_in_thread, self._write_change)
        self.held_replies = HeldReplyRecords(self._read_in_thread, self._write_change, self._desk, self._hot.evict)
        self.figures = FigureRecords(self._read_in_thread)
        self._probe = WriteProbe(self._writer.transact)
        self._outbox_written = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        heard = {outbox.CHANNEL: self._hear_outbox, EVENTS_CHANNEL: self._hear_events}
        self._listener = DatabaseListener(database.url, heard, self._resume_listening) if database.is_postgres else None

    async def close(self) -> None:
        """Finish what was accepted, then let go of the database; the listeners of the feed end first."""
        self._feed.close()
        await self._writer.close()
        await self._opener.close()
        if self._listener:
            await asyncio.to_thread(self._listener.close)
        self._readers.shutdown()
        if self._at_hand is not None:
            self._at_hand.close()
        self._database.dispose()

    async def ping(self) -> None:
        """Whether the database answers; raises StorageUnavailableError."""
        await self._read_in_thread(lambda connection: connection.execute(text("SELECT 1")).scalar())

    async def check_writable(self) -> None:
        """Whether the database answers and takes writes; raises StorageUnavailableError."""
        await self.ping()
        await self._probe.check()

    async def compare_clocks(self) -> timedelta:
        """How far this machine's clock is ahead of the database's; from now on `database_time` knows."""
        if self._database.is_postgres:
            asked = time.monotonic()
            told = await self._read_in_thread(read_clock)
            self._database_clock.set_anchor(told, asked, time.monotonic())
        return self._database_clock.lead

    @property
    def clock_lead(self) -> timedelta:
        """The same, as last compared."""
        return self._database_clock.lead

    def database_time(self) -> datetime:
        """The present by the database's clock, which the outbox's leases go by."""
        return self._database_clock.now()

    # Turns

    async def begin_turn(self, message: Message) -> Conversation | StoredAnswer:
        """The conversation's state for a new message, or what it was answered with before.

        Raises ReusedIdError when its id belongs to another message.
        """
        hot = self._hot.find_cached(message)
        if hot is not None:
            return hot
        if self._at_hand is not None:
            try:
                return _require_own_id(self._opening.read_state(self._at_hand, message))
            except (sqlite3.Error, UnicodeEncodeError):
                pass  # the patient way below waits for a lock, and knows what to say of an error
        opened: reads.OpenedState = await self._opener.write_item(message)
        return _require_own_id(opened)

    async def commit(self, turn: Turn) -> Mapping[str, Any]:
        """Write the turn; returns `turn.body` once durable, or what the message was answered with before."""
        key = turn.conversation.key
        if rows := self._events.list_outbox_rows(turn.events):
            turn = replace(turn, outbox=(*turn.outbox, *rows))
        try:
            body: Mapping[str, Any] = await self._writer.write_item(turn)
        except ConversationMovedError:
            self._hot.note_conflict(key, turn.expected_version)
            raise
        except BaseException:
            self._hot.evict(key)
            raise
        if turn.outbox:
            self._outbox_written.set()
        if body is turn.body:
            self._hot.cache_turn(turn, replace(turn.conversation, version=turn.expected_version + 1))
            self._events.tell_committed(turn.events)
        else:
            self._hot.evict(key)
        return body

    async def load_budget_spent(self, shop: str, budget: str) -> Decimal:
        """How much of a shop's budget is gone, 元."""
        return await self._read_in_thread(lambda c: reads.read_budget_spent(c, shop, budget))

    async def get_trace(self, trace_id: str) -> Mapping[str, Any] | None:
        """The stored explanation of a turn."""
        return await self._read_in_thread(lambda c: reads.read_trace(c, trace_id))

    async def load_past_turns(self, shop: str, since: datetime, *, limit: int) -> Sequence[PastTurn]:
        """The last turns of a shop since a time, oldest first."""
        return await self._read_in_thread(lambda c: read_past_turns(c, shop, since, limit))

    async def load_conversation(self, key: ConversationKey) -> Conversation | None:
        """The state as stored, or None."""
        return await self._read_in_thread(lambda c: reads.read_conversation(c, key))

    # Messages that wait for their turn

    async def accept_message(self, message: Message) -> AcceptedMessage:
        """Keep a message until its turn comes; it moves the conversation, so that a turn being computed is redone."""
        events = (MessageReceived(key=message.key, at=message.received_at, message=message),)
        rows = self._events.list_outbox_rows(events)
        self._hot.evict(message.key)
        accepted: AcceptedMessage = await self._writer.write_item(Arrival(message, events, rows))
        self._hot.evict(message.key)
        if accepted.new:
            if rows:
                self._outbox_written.set()
            self._events.tell_committed(events)
        return accepted

    async def load_pending_messages(self, key: ConversationKey) -> tuple[Message, ...]:
        """Messages of a conversation that wait for their turn, in the order they were sent."""
        return await self._read_in_thread(lambda c: reads.read_pending_messages(c, key))

    async def load_recent_texts(self, shop: str, since: datetime, limit: int) -> tuple[str, ...]:
        """What buyers of a shop wrote since that time, each text once, the latest first."""
        return await self._read_in_thread(lambda c: reads.read_recent_texts(c, shop, since, limit))

    async def find_waiting(self, before: datetime, *, limit: int) -> tuple[ConversationKey, ...]:
        """Conversations with a message received before that time and not answered."""
        return await self._read_in_thread(lambda c: reads.read_waiting_keys(c, before, limit))

    async def record_platform_line(
        self, key: ConversationKey, line: AgentLine, now: datetime, *, done: bool = False
    ) -> bool:
        """A person answered on the platform itself: the conversation is theirs, or closed when they are `done`.

        False for our own echo or a repeat. ReusedIdError for an id that another line has.
        """
        took = await self._write_change(lambda c: self._desk.record_spoken_line(c, key, line, now, done=done))
        self._hot.evict(key)
        return took

    async def is_own_reply(self, shop: str, channel: str, reply_id: str) -> bool:
        """Whether a line the platform shows us is our own echo."""
        return await self._read_in_thread(lambda c: reads.reply_exists(c, shop, channel, reply_id))

    # Tickets

    async def get_ticket(self, ticket_id: str) -> Ticket | None:
        """One ticket, or None."""
        if self._at_hand is not None:
            try:
                return self._one_ticket.read_ticket(self._at_hand, ticket_id)
            except (sqlite3.Error, UnicodeEncodeError):
                pass  # as in `open`
        return await self._read_in_thread(lambda c: select_ticket(c, ticket_id))

    async def _change_ticket(self, work: Callable[[Connection], Written[Ticket]]) -> Ticket:
        ticket = await self._write_change(work)
        self._hot.evict(ticket.key)
        return ticket

    # Events

    @property
    def feed(self) -> LiveFeed:
        """What happens, in every process."""
        return self._feed

    def listen(self) -> None:
        """Begin to hear other processes, unless it does already; on SQLite there are none."""
        if self._listener:
            self._loop = asyncio.get_running_loop()
            self._listener.start()

    async def tell(self, notice: Notice) -> None:
        """Tell every listener, in every process, of what nothing keeps."""
        if self._listener:
            await self._read_in_thread(lambda c: send_notice(c, notice))
        else:
            self._feed.publish((notice,))

    async def announce(self, event: Event) -> None:
        """Tell of what happened outside the database, as a shop that was loaded."""
        await self._write_change(lambda _connection: Written(None, (event,)))

    async def _write_change(self, work: Callable[[Connection], Written[T]]) -> T:
        """A change in a transaction of its own, with its consequences."""
        written = await self._writer.transact(lambda c: self._events.record_change(c, work(c)))
        if written.events:
            self._outbox_written.set()
            self._events.tell_committed(written.events)
        return written.value

    def _hear_outbox(self, _payload: str) -> None:
        self._call_on_loop(self._outbox_written.set)

    def _hear_events(self, payload: str) -> None:
        if self._feed.has_listeners:
            self._call_on_loop(self._feed.publish, decode_notices(payload))

    def _resume_listening(self) -> None:
        """Whatever was written while nobody listened has to be looked for."""
        self._call_on_loop(self._outbox_written.set)
        self._call_on_loop(self._feed.resync)

    def _call_on_loop(self, call: Callable[..., None], *arguments: Any) -> None:
        try:
            if self._loop:
                self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:  # the loop has stopped: nobody is left to hear
            return

    async def _read_in_thread(self, work: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, read_with_retry, work, self._database.reading)
