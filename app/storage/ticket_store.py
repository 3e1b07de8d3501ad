"""Tickets as agents find, read and work them, beside what happens between agents (desk.py)."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.conversation import HeldByBot
from app.domain.held_reply import HeldReply
from app.domain.message import ConversationKey, Message
from app.domain.ticket import LinePage, OlderLines, Ticket, TicketEntry, TranscriptLine
from app.storage import reads, ticket_history
from app.storage.held_replies import HeldReplyRecords
from app.storage.lines import read_line_page, read_older_lines, select_transcript
from app.storage.ticket_pages import read_ticket_counts, read_ticket_page
from app.storage.ticket_rows import select_open_ticket
from app.storage.transactions import StoreTransactions
from handoff.ports import AgentLine, TicketCounts, TicketFilter, TicketPage


class TicketWorkStore(StoreTransactions):
    """The most of TicketStore, over the transactions of the store that this is a part of."""

    held_replies: HeldReplyRecords

    async def find_tickets(self, wanted: TicketFilter, *, limit: int, cursor: str | None) -> TicketPage:
        """One page of tickets; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: read_ticket_page(c, wanted, limit, cursor))

    async def find_open_ticket(self, key: ConversationKey) -> Ticket | None:
        """The ticket of a conversation that waits or is being worked, or None."""
        return await self._read_in_thread(lambda c: select_open_ticket(c, key))

    async def count_tickets(self, shops: frozenset[str] | None, agent: str, now: datetime) -> TicketCounts:
        """How many open tickets of these shops there are of each kind; `agent`'s own among them."""
        return await self._read_in_thread(lambda c: read_ticket_counts(c, shops, agent, now))

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
