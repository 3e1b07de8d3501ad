"""The store that the service uses: one object for turns, tickets, urges and tokens, over SQLite or PostgreSQL."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import ColumnElement, Connection, Table, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.delivery.feed import LiveFeed, Notice, decode_notices
from app.delivery.ports import (
    AttemptFilter,
    AttemptPage,
    ClaimRoom,
    DeliveryAttempt,
    DeliveryReceipt,
    DueLane,
    OutboxDepth,
    OutboxFilter,
    OutboxItem,
    OutboxPage,
    ReplayRange,
)
from app.domain.clock import utc_now
from app.domain.conversation import Conversation, HeldByBot
from app.domain.correction import Correction, CorrectionMarks, CorrectionPage, KeptCorrection
from app.domain.events import Event, EventReader, MessageReceived
from app.domain.held_reply import HeldReply
from app.domain.history import PastTurn
from app.domain.message import ConversationKey, Message
from app.domain.shop_version import NO_NOTE, ShopVersion, VersionNote
from app.domain.ticket import LinePage, OlderLines, Ticket, TicketEntry, TranscriptLine
from app.domain.written_turn import Turn
from app.errors import NotFoundError, ReusedIdError, TicketConflictError
from app.storage import (
    agents,
    attempts,
    codec,
    corrections,
    outbox,
    reads,
    retention,
    sessions,
    shop_versions,
    ticket_history,
)
from app.storage.approvals import ApprovalRecords
from app.storage.cache import ConversationCache
from app.storage.condition import DatabaseClock, WriteProbe, read_clock
from app.storage.database import DatabaseEngines, read_with_retry, translate_error
from app.storage.desk import DeskStore
from app.storage.event_readers import EVENTS_CHANNEL, EventReaders, PostgresNotices, Written, send_notice
from app.storage.figures import FigureRecords
from app.storage.held_replies import HeldReplyRecords
from app.storage.history import read_past_turns
from app.storage.lines import read_line_page, read_older_lines, select_transcript
from app.storage.listener import DatabaseListener
from app.storage.mentions import MentionRecords
from app.storage.migrations import upgrade_schema
from app.storage.passing import TicketPassing
from app.storage.phrases import PhraseRecords
from app.storage.pictures import PictureRecords
from app.storage.ports import AcceptedMessage, ConversationMovedError, StoredAnswer
from app.storage.proposals import ProposalRecords
from app.storage.ratings import RatingRecords
from app.storage.schema import TICKETS
from app.storage.ticket_pages import read_ticket_counts, read_ticket_page
from app.storage.ticket_rows import TicketLookup, select_open_ticket, select_ticket
from app.storage.todos import TodoRecords
from app.storage.writing.batch import BatchWriter
from app.storage.writing.rows import Arrival, Item
from app.storage.writing.writer import GroupWriter
from handoff.agents import AgentToken
from handoff.ports import AgentLine, TicketCounts, TicketFilter, TicketPage
from handoff.sessions import BrowserCredential
from handoff.urges import Urge, UrgeFilter, UrgePage

T = TypeVar("T")
log = structlog.get_logger()

_STARTING_SECONDS = 10.0
_STARTING_REST = 0.05
_HOT_CONVERSATIONS = 10_000
_REST_AFTER_DELETING = 5


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


class Store(DeskStore):
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

    async def find_tickets(self, wanted: TicketFilter, *, limit: int, cursor: str | None) -> TicketPage:
        """One page of tickets; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: read_ticket_page(c, wanted, limit, cursor))

    async def find_open_ticket(self, key: ConversationKey) -> Ticket | None:
        """The ticket of a conversation that waits or is being worked, or None."""
        return await self._read_in_thread(lambda c: select_open_ticket(c, key))

    async def count_tickets(self, shops: frozenset[str] | None, agent: str, now: datetime) -> TicketCounts:
        """How many open tickets of these shops there are of each kind; `agent`'s own among them."""
        return await self._read_in_thread(lambda c: read_ticket_counts(c, shops, agent, now))

    async def get_ticket(self, ticket_id: str) -> Ticket | None:
        """One ticket, or None."""
        if self._at_hand is not None:
            try:
                return self._one_ticket.read_ticket(self._at_hand, ticket_id)
            except (sqlite3.Error, UnicodeEncodeError):
                pass  # as in `open`
        return await self._read_in_thread(lambda c: select_ticket(c, ticket_id))

    async def load_conversation_lines(self, key: ConversationKey, limit: int) -> Sequence[TranscriptLine]:
        """The last `limit` lines of a conversation, oldest first."""
        return await self._read_in_thread(lambda c: select_transcript(c, key, limit))

    async def load_line_page(self, key: ConversationKey, since: str | datetime | None, limit: int) -> LinePage:
        """Lines after a page's cursor or a line's time, oldest first; without either the last ones.

        MalformedError for a cursor that is not ours.
        """
        return await self._read_in_thread(lambda c: read_line_page(c, key, since, limit))

    async def load_transcript(self, ticket: Ticket, *, limit: int) -> Sequence[TranscriptLine]:
        """The last `limit` lines of the ticket's conversation, oldest first."""
        return await self._read_in_thread(lambda c: select_transcript(c, ticket.key, limit))

    async def load_older_lines(self, ticket: Ticket, *, before: str | None, limit: int) -> OlderLines:
        """The last lines before a page's cursor, or the last of all; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: read_older_lines(c, ticket.key, before, limit))

    async def claim(self, ticket_id: str, agent: str, now: datetime) -> Ticket:
        """Queued to claimed, owner to agent; of two at once exactly one wins."""
        return await self._change_ticket(lambda c: self._desk.claim_ticket(c, ticket_id, agent, now))

    async def open_for_person(self, ticket: Ticket, agent: str, now: datetime) -> Ticket:
        """A new ticket of a conversation that the bot held, claimed at once; TicketConflictError when it has one."""
        return await self._change_ticket(lambda c: self._desk.open_for_person(c, ticket, agent, now))

    async def list_held_by_bot(self, shops: frozenset[str] | None, since: datetime, limit: int) -> Sequence[HeldByBot]:
        """Conversations that the bot holds and that moved since then, the latest first."""
        return await self._read_in_thread(lambda c: reads.read_held_by_bot(c, shops, since, limit))

    async def load_last_message(self, key: ConversationKey) -> Message | None:
        """The last message of a conversation's buyer, or None."""
        return await self._read_in_thread(lambda c: reads.read_last_message(c, key))

    async def claim_next(self, wanted: TicketFilter, agent: str, now: datetime) -> Ticket | None:
        """Claim the most urgent queued ticket of the filter; two who ask at once get two. None when there is none."""
        ticket = await self._write_change(lambda c: self._desk.claim_next_ticket(c, wanted, agent, now))
        if ticket is not None:
            self._hot.evict(ticket.key)
        return ticket

    async def release(self, ticket_id: str, holder: str, now: datetime, *, by: str | None = None) -> Ticket:
        """Claimed back to queued, owner to queue."""
        return await self._change_ticket(lambda c: self._desk.release_ticket(c, ticket_id, holder, by or holder, now))

    async def add_reply(
        self, ticket_id: str, holder: str, line: AgentLine, now: datetime, *, last_seen: str | None = None
    ) -> Ticket:
        """Store a line for the buyer; the same line again changes nothing.

        ReusedIdError when `line.id` was another line's, NewerLinesError when others wrote after the line `last_seen`.
        """
        return await self._change_ticket(
            lambda c: self._desk.add_agent_reply(c, ticket_id, holder, line, now, last_seen=last_seen)
        )

    async def mark_seen(self, ticket_id: str, holder: str, now: datetime) -> Ticket:
        """The holder has seen what the buyer wrote; anybody else's looking changes nothing."""
        return await self._write_change(lambda c: self._desk.mark_seen(c, ticket_id, holder, now))

    async def resolve(self, ticket_id: str, holder: str, note: str, now: datetime, *, by: str | None = None) -> Ticket:
        """Claimed to resolved; the conversation is the bot's again when the buyer next writes."""
        return await self._change_ticket(
            lambda c: self._desk.resolve_ticket(c, ticket_id, holder, note, by or holder, now)
        )

    async def reopen(self, ticket_id: str, by: str, now: datetime) -> Ticket:
        """Ended to what it was before; TicketConflictError when it had not ended or the buyer has another ticket."""
        return await self._change_ticket(lambda c: self._desk.reopen_ticket(c, ticket_id, by, now))

    async def add_note(self, ticket_id: str, note: TicketEntry, named: Sequence[str] = ()) -> Ticket:
        """Keep a note for colleagues, and tell those `named` in it; the same again changes nothing.

        ReusedIdError when its id was another's.
        """
        return await self._write_change(lambda c: self._desk.add_note(c, ticket_id, note, named))

    async def load_entries(self, ticket: Ticket) -> Sequence[TicketEntry]:
        """What people did to the ticket and noted on it, oldest first."""
        return await self._read_in_thread(lambda c: ticket_history.select_entries(c, ticket))

    async def load_held_replies(self, ticket: Ticket) -> Sequence[HeldReply]:
        """What people wrote on this ticket that has not left: it waits, or was stopped."""
        return await self.held_replies.list_of_ticket(ticket)

    async def return_to_bot(
        self, ticket_id: str, holder: str | None, now: datetime, *, by: str | None = None, word: str = ""
    ) -> Ticket:
        """Claimed (by `holder`) or, with None, queued to returned; the bot owns the conversation at once.

        The conversation keeps `word` for the bot and for whoever has it next.
        """
        return await self._change_ticket(
            lambda c: self._desk.return_ticket_to_bot(c, ticket_id, holder, by or holder, now, word)
        )

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

    # The outbox

    async def list_lanes(self) -> tuple[DueLane, ...]:
        """Lanes with rows waiting, the longest due first."""
        return await self._read_in_thread(outbox.read_due_lanes)

    async def claim_due(
        self, now: datetime, *, leased_until: datetime, rooms: Sequence[ClaimRoom]
    ) -> tuple[OutboxItem, ...]:
        """Due rows of these lanes, the first of each conversation; nobody else gets them before `leased_until`."""
        keys = await self._read_in_thread(lambda c: outbox.find_claimable_rows(c, now, rooms))
        if not keys:
            return ()  # what is due waits behind another row: a read, not a write
        return await self._writer.transact(lambda c: outbox.claim_rows(c, now, leased_until, keys))

    async def is_still_claimed(self, item: OutboxItem) -> bool:
        """Whether a claimed row is still ours to send: not withdrawn, and not another worker's since."""
        return await self._read_in_thread(lambda c: outbox.is_row_claimed(c, item))

    async def realign_due_times(self, now: datetime) -> None:
        """After a clock that ran ahead: what was due by that clock is due now."""
        await self._writer.transact(lambda c: outbox.realign_row_times(c, now))

    async def mark_delivered(self, item: OutboxItem, now: datetime, attempt: DeliveryAttempt) -> None:
        """The row is done."""
        await self._writer.write_item(DeliveryReceipt(item.shop, item.id, now, attempt))

    async def schedule_retry(self, item: OutboxItem, until: datetime, why: str, attempt: DeliveryAttempt) -> None:
        """The attempt failed; try again at `until`."""
        await self._writer.transact(lambda c: outbox.schedule_row_retry(c, item, until, why, attempt))

    async def mark_dead(self, item: OutboxItem, why: str, attempt: DeliveryAttempt) -> None:
        """A dead letter: kept until somebody drives it again."""
        now = self._clock()

        def mark(connection: Connection) -> Written[None]:
            failed = outbox.mark_row_dead(connection, item, why, now, attempt)
            return Written(None, (failed,) if failed else ())

        await self._write_change(mark)

    async def wait_for_outbox(self, longest: float) -> None:
        """Return when rows were written, here or in another process, or after `longest` seconds."""
        self.listen()  # only a process with a worker, or with a live feed, listens
        try:
            async with asyncio.timeout(longest):
                await self._outbox_written.wait()
        except TimeoutError:
            return
        self._outbox_written.clear()

    async def find_outbox_rows(self, wanted: OutboxFilter, *, limit: int, cursor: str | None) -> OutboxPage:
        """One page of rows, oldest first; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: outbox.read_outbox_page(c, wanted, limit, cursor))

    async def outbox_depth(self) -> OutboxDepth:
        """How much waits, for the metrics."""
        return await self._read_in_thread(outbox.read_outbox_depth)

    async def redrive_dead_letters(self, *, shops: frozenset[str] | None = None, row_id: str | None = None) -> int:
        """Dead letters wait again, as new; returns how many. NotFoundError for a `row_id` that is not dead."""
        now = self.database_time()
        changed = await self._writer.transact(lambda c: outbox.requeue_dead_rows(c, shops, row_id, now))
        self._outbox_written.set()
        return changed

    async def replay_range(self, wanted: ReplayRange) -> int:
        """Send a range of rows once more, delivered or given up; returns how many."""
        now = self.database_time()
        changed = await self._writer.transact(lambda c: outbox.replay_rows(c, wanted, now))
        self._outbox_written.set()
        return changed

    async def find_attempts(self, wanted: AttemptFilter, *, limit: int, cursor: str | None) -> AttemptPage:
        """One page of the delivery log, newest first; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: attempts.read_attempt_page(c, wanted, limit, cursor))

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

    # Urges and tokens

    async def find_urges(self, wanted: UrgeFilter, *, limit: int, cursor: str | None) -> UrgePage:
        """One page of urges; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: agents.read_urge_page(c, wanted, limit, cursor))

    async def get_urge(self, urge_id: str) -> Urge | None:
        """One urge, or None."""
        return await self._read_in_thread(lambda c: agents.select_urge(c, urge_id))

    async def close_urge(self, urge_id: str, agent: str, now: datetime) -> Urge:
        """Open to closed; NotFoundError when unknown, ConflictError when closed before."""
        return await self._write_change(lambda c: agents.mark_urge_closed(c, urge_id, agent, now))

    async def add_token(self, token: AgentToken) -> None:
        """Keep a new token; ConflictError when its hash is known."""
        await self._writer.transact(lambda c: agents.insert_token(c, token))

    async def find_token(self, token_hash: str) -> AgentToken | None:
        """The token with this hash, revoked or not."""
        return await self._read_in_thread(lambda c: agents.select_token(c, token_hash))

    async def list_tokens(self) -> Sequence[AgentToken]:
        """All of them, oldest first."""
        return await self._read_in_thread(agents.select_tokens)

    async def revoke_token(self, token_hash: str, now: datetime) -> bool:
        """Whether there was one to revoke."""
        return await self._writer.transact(lambda c: agents.mark_token_revoked(c, token_hash, now))

    async def add_credential(self, credential: BrowserCredential) -> None:
        """Keep a browser's session or a sign-in code."""
        await self._writer.transact(lambda c: sessions.insert_credential(c, credential))

    async def find_credential(self, secret_hash: str) -> BrowserCredential | None:
        """The one with this hash, ended or not."""
        return await self._read_in_thread(lambda c: sessions.select_credential(c, secret_hash))

    async def extend_credential(self, secret_hash: str, expires_at: datetime) -> None:
        """Let it live until then."""
        await self._writer.transact(lambda c: sessions.set_expiry(c, secret_hash, expires_at))

    async def end_credential(self, secret_hash: str, now: datetime) -> bool:
        """End it; whether it had not ended before: of two at once one is told so."""
        return await self._writer.transact(lambda c: sessions.mark_ended(c, secret_hash, now))

    # Shops

    async def list_saved_shops(self) -> frozenset[str]:
        """Shops of which a good version is kept."""
        return await self._read_in_thread(shop_versions.read_saved_shops)

    async def load_shop_files(self, shop: str, number: int | None = None) -> Mapping[str, bytes] | None:
        """The files of the shop's latest version, or of the one with this number, by name; None when it is not kept."""
        return await self._read_in_thread(lambda c: shop_versions.read_shop_files(c, shop, number))

    async def list_shop_versions(self, shop: str) -> list[ShopVersion]:
        """The shop's versions that are kept, newest first."""
        return await self._read_in_thread(lambda c: shop_versions.read_versions(c, shop))

    async def save_shop_files(
        self, shop: str, version: str, files: Mapping[str, bytes], note: VersionNote = NO_NOTE
    ) -> None:
        """Keep a good version of a shop's files as its next; one that is the latest already costs a read."""
        if version == await self._read_in_thread(lambda c: shop_versions.read_saved_version(c, shop)):
            return
        packed = await asyncio.to_thread(shop_versions.pack_files, files)
        if len(packed) > shop_versions.LARGEST_BYTES:
            log.warning("shop too large to keep its last good version", shop=shop, bytes=len(packed))
            return
        at = codec.encode_time(self._clock())
        await self._writer.transact(lambda c: shop_versions.save_shop_files(c, shop, version, packed, note, at))

    async def forget_shop_files(self, shop: str) -> None:
        """Keep no version of a shop whose folder is gone."""
        await self._writer.transact(lambda c: shop_versions.delete_shop_files(c, shop))

    # Corrections

    async def add_correction(self, kept: KeptCorrection) -> KeptCorrection:
        """The correction as it is kept; the same again changes nothing.

        ReusedIdError for an id that another correction has, or one that was taken back; ConflictError for one too many.
        """
        return await self._writer.transact(lambda c: corrections.insert_correction(c, kept))

    async def withdraw_correction(self, shop: str, correction_id: str, by: str, now: datetime) -> KeptCorrection:
        """Take it back; again changes nothing. NotFoundError when the shop has none of that id."""
        return await self._writer.transact(lambda c: corrections.mark_withdrawn(c, shop, correction_id, by, now))

    async def get_correction(self, shop: str, correction_id: str) -> KeptCorrection | None:
        """One correction, also one that was taken back; or None."""
        return await self._read_in_thread(lambda c: corrections.select_correction(c, shop, correction_id))

    async def find_corrections(self, shop: str, *, limit: int, cursor: str | None) -> CorrectionPage:
        """One page of those in force; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: corrections.read_correction_page(c, shop, limit, cursor))

    async def load_corrections(self, shop: str) -> Sequence[Correction]:
        """All that are in force, the oldest first."""
        return await self._read_in_thread(lambda c: corrections.read_corrections(c, shop))

    async def load_correction_marks(self) -> CorrectionMarks:
        """What tells whether they changed, of every shop that ever had one."""
        return await self._read_in_thread(corrections.read_marks)

    # Deleting

    async def erase_buyer(self, shop: str, buyer: str) -> int:
        """Delete everything of one buyer; returns how many rows went."""
        keys = await self._read_in_thread(lambda c: retention.find_buyer_conversations(c, shop, buyer))
        gone = 0
        for key in keys:
            gone += await self._write_change(partial(retention.erase_conversation, key=key, now=self._clock()))
            self._hot.evict(key)
        return gone

    async def delete_expired(self, before: datetime) -> Mapping[str, int]:
        """Delete what is older and settled, a few hundred rows a transaction; how many rows went, by table."""
        gone: dict[str, int] = {}
        for table, condition in retention.old_rows(codec.encode_time(before)):
            gone[table.name] = gone.get(table.name, 0) + await self._delete_in_chunks(table, condition)
        self._hot.evict_all()
        return {table: rows for table, rows in gone.items() if rows}

    async def expire_unclaimed(self, before: datetime) -> int:
        """End tickets that nobody claimed since before that time; returns how many."""
        condition, ended = retention.unclaimed_before(codec.encode_time(before)), 0
        while keys := (await self._read_in_thread(lambda c: retention.find_rows(c, TICKETS, condition))).keys:
            ended += sum([await self._expire_ticket(ticket_id) for _, ticket_id in keys])
        return ended

    async def _expire_ticket(self, ticket_id: str) -> bool:
        """False when somebody has claimed it meanwhile."""
        now = self._clock()
        try:
            await self._change_ticket(lambda c: self._desk.expire_ticket(c, ticket_id, now))
        except (NotFoundError, TicketConflictError):
            return False
        return True

    async def _delete_in_chunks(self, table: Table, condition: ColumnElement[bool]) -> int:
        gone = 0
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (rows := await self._read_in_thread(lambda c: retention.find_rows(c, table, condition))).keys:
            gone += await self._writer.transact(partial(retention.delete_rows, rows=rows, condition=condition))
            await asyncio.sleep((loop.time() - began) * _REST_AFTER_DELETING)  # turns come first
            began = loop.time()
        return gone

    async def _read_in_thread(self, work: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, read_with_retry, work, self._database.reading)
