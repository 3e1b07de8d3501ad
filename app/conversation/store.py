"""The store that the service uses: one object for turns, tickets, urges and tokens, over SQLite or PostgreSQL."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from app.conversation import people, reads
from app.conversation.batch import Arrival, Batch
from app.conversation.database import Database, reachable
from app.conversation.hot import HotConversations
from app.conversation.migrations import bring_up_to_date
from app.conversation.port import Accepted, StoredAnswer, Turn
from app.conversation.tickets import TicketDesk, get_ticket, page_of_tickets, transcript_of
from app.conversation.writer import Writer
from app.domain.conversation import Conversation
from app.domain.message import ConversationKey, Message
from app.domain.outbox import OutboxRow
from handoff.people import AgentToken
from handoff.store import AgentLine, TicketFilter, TicketPage
from handoff.ticket import Ticket, TranscriptLine
from handoff.urges import Urge, UrgeFilter, UrgePage

T = TypeVar("T")

_HOT_CONVERSATIONS = 10_000


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


async def open_store(url: str, *, clock: Callable[[], datetime] = utc_now, pool_size: int = 4) -> "Store":
    """Bring the schema up to date and start writing; the caller closes the store."""
    database = Database(url, pool_size=pool_size)
    try:
        await asyncio.to_thread(bring_up_to_date, database.writing)
    except BaseException:
        database.dispose()
        raise
    return Store(database, clock=clock, readers=pool_size)


class Store:
    """TurnStore, TicketStore, UrgeStore and TokenStore in one; every write is durable when its call returns."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime], readers: int) -> None:
        self._database = database
        self._clock = clock
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="reader")
        self._opening = reads.Opening(database.reading.dialect)
        self._desk = TicketDesk(locks=database.is_postgres)
        self._hot = HotConversations(_HOT_CONVERSATIONS)
        batch = Batch(database.writing.dialect)
        self._writer: Writer[Turn | Arrival] = Writer(database.writing, batch.write, threads=database.writers)
        self._writer.start()

    async def close(self) -> None:
        """Finish what was accepted, then let go of the database."""
        await self._writer.close()
        self._readers.shutdown()
        self._database.dispose()

    async def ping(self) -> None:
        """Whether the database answers; raises StorageUnavailableError."""
        await self._read(lambda connection: connection.execute(text("SELECT 1")).scalar())

    # Turns

    async def open(self, message: Message) -> Conversation | StoredAnswer:
        """The conversation's state for a new message, or what an earlier one of the same id was answered with."""
        hot = self._hot.get(message.key)
        if hot is not None:
            return hot
        found: Conversation | StoredAnswer = await self._read(lambda c: self._opening.read(c, message))
        return found

    async def commit(self, turn: Turn) -> Mapping[str, Any]:
        """Write the turn; returns `turn.body` once durable, or what the message was answered with before."""
        key = turn.conversation.key
        try:
            body: Mapping[str, Any] = await self._writer.write(turn)
        except BaseException:
            self._hot.drop(key)
            raise
        if body is turn.body:
            self._hot.keep(replace(turn.conversation, version=turn.expected_version + 1))
        else:
            self._hot.drop(key)
        return body

    async def spent(self, shop: str, budget: str) -> Decimal:
        """How much of a shop's budget is gone, 元."""
        return await self._read(lambda c: reads.read_spent(c, shop, budget))

    async def trace(self, trace_id: str) -> Mapping[str, Any] | None:
        """The stored explanation of a turn."""
        return await self._read(lambda c: reads.read_trace(c, trace_id))

    async def conversation(self, key: ConversationKey) -> Conversation | None:
        """The state as stored, or None."""
        return await self._read(lambda c: reads.read_conversation(c, key))

    # Messages that wait for their turn

    async def accept(self, message: Message) -> Accepted:
        """Keep a message until its turn comes; it moves the conversation, so that a turn being computed is redone."""
        self._hot.drop(message.key)
        accepted: Accepted = await self._writer.write(Arrival(message))
        self._hot.drop(message.key)
        return accepted

    async def pending(self, key: ConversationKey) -> tuple[Message, ...]:
        """Messages of a conversation that wait for their turn, in the order they were sent."""
        return await self._read(lambda c: reads.read_pending(c, key))

    async def is_our_reply(self, shop: str, channel: str, reply_id: str) -> bool:
        """Whether a line the platform shows us is our own echo."""
        return await self._read(lambda c: reads.read_is_ours(c, shop, channel, reply_id))

    # Tickets

    async def page(self, wanted: TicketFilter, *, limit: int, cursor: str | None) -> TicketPage:
        """One page of tickets; MalformedError for a cursor that is not ours."""
        return await self._read(lambda c: page_of_tickets(c, wanted, limit, cursor))

    async def get(self, ticket_id: str) -> Ticket | None:
        """One ticket, or None."""
        return await self._read(lambda c: get_ticket(c, ticket_id))

    async def transcript(self, ticket: Ticket, *, limit: int) -> Sequence[TranscriptLine]:
        """The last `limit` lines of the ticket's conversation, oldest first."""
        return await self._read(lambda c: transcript_of(c, ticket.key, limit))

    async def claim(self, ticket_id: str, agent: str, now: datetime, *, outbox: Sequence[OutboxRow] = ()) -> Ticket:
        """Queued to claimed, owner to agent; of two at once exactly one wins."""
        return await self._change(lambda c: self._desk.claim(c, ticket_id, agent, now, outbox))

    async def release(self, ticket_id: str, holder: str, now: datetime, *, outbox: Sequence[OutboxRow] = ()) -> Ticket:
        """Claimed back to queued, owner to queue."""
        return await self._change(lambda c: self._desk.release(c, ticket_id, holder, now, outbox))

    async def reply(
        self, ticket_id: str, holder: str, line: AgentLine, now: datetime, *, outbox: Sequence[OutboxRow] = ()
    ) -> Ticket:
        """Store a line for the buyer and its outbox rows; the same `line.id` again changes nothing."""
        return await self._change(lambda c: self._desk.reply(c, ticket_id, holder, line, now, outbox))

    async def resolve(
        self, ticket_id: str, holder: str, note: str, now: datetime, *, outbox: Sequence[OutboxRow] = ()
    ) -> Ticket:
        """Claimed to resolved; the conversation is the bot's again when the buyer next writes."""
        return await self._change(lambda c: self._desk.resolve(c, ticket_id, holder, note, now, outbox))

    async def return_to_bot(
        self, ticket_id: str, holder: str | None, now: datetime, *, outbox: Sequence[OutboxRow] = ()
    ) -> Ticket:
        """Claimed (by `holder`) or, with None, queued to returned; the bot owns the conversation at once."""
        return await self._change(lambda c: self._desk.return_to_bot(c, ticket_id, holder, now, outbox))

    async def _change(self, work: Callable[[Connection], Ticket]) -> Ticket:
        ticket = await self._writer.transact(work)
        self._hot.drop(ticket.key)
        return ticket

    # Urges and tokens

    async def urges(self, wanted: UrgeFilter, *, limit: int, cursor: str | None) -> UrgePage:
        """One page of urges; MalformedError for a cursor that is not ours."""
        return await self._read(lambda c: people.page_of_urges(c, wanted, limit, cursor))

    async def get_urge(self, urge_id: str) -> Urge | None:
        """One urge, or None."""
        return await self._read(lambda c: people.get_urge(c, urge_id))

    async def close_urge(self, urge_id: str, agent: str, now: datetime) -> Urge:
        """Open to closed; NotFoundError when unknown, ConflictError when closed before."""
        return await self._writer.transact(lambda c: people.close_urge(c, urge_id, agent, now))

    async def add_token(self, token: AgentToken) -> None:
        """Keep a new token; ConflictError when its hash is known."""
        await self._writer.transact(lambda c: people.add_token(c, token))

    async def find_token(self, token_hash: str) -> AgentToken | None:
        """The token with this hash, revoked or not."""
        return await self._read(lambda c: people.find_token(c, token_hash))

    async def tokens(self) -> Sequence[AgentToken]:
        """All of them, oldest first."""
        return await self._read(people.all_tokens)

    async def revoke_token(self, token_hash: str, now: datetime) -> bool:
        """Whether there was one to revoke."""
        return await self._writer.transact(lambda c: people.revoke_token(c, token_hash, now))

    async def _read(self, work: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, reachable, work, self._database.reading)
