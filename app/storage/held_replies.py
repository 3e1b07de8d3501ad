"""Held replies in the database: each step is one transaction under the lock of its conversation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from app.domain.events import ReplyHeld, ReplyStopped, ReplyWithdrawn
from app.domain.handoff import TicketState
from app.domain.held_reply import HeldReply, HeldState, StopReason
from app.domain.message import ConversationKey
from app.domain.ticket import Draft, Ticket
from app.errors import ConflictError, MalformedError, NotFoundError, ReusedIdError, TicketConflictError, error_sentence
from app.storage import drafts, held_rows, lines
from app.storage.event_readers import Reader, Writer, Written
from app.storage.ticket_rows import write_ticket
from app.storage.tickets import TicketChanges, require_state
from handoff.ports import AgentLine, NewerLinesError


@dataclass(frozen=True, slots=True)
class HeldReplyRecords:
    """The store's part for them; `forget` drops what is cached of a conversation that was written."""

    read: Reader
    write: Writer
    desk: TicketChanges
    forget: Callable[[ConversationKey], None]

    async def hold(self, held: HeldReply) -> Ticket:
        """Keep it; the same again changes nothing. Raises as a reply that is said at once."""
        return await self.write(lambda c: self._hold(c, held))

    async def get(self, shop: str, line_id: str) -> HeldReply | None:
        """One that has not left, whatever became of it."""
        return await self.read(lambda c: held_rows.select_held(c, shop, line_id))

    async def list_of_ticket(self, ticket: Ticket) -> Sequence[HeldReply]:
        """Those that wait or were stopped, the first to leave first."""
        return await self.read(lambda c: held_rows.select_of_ticket(c, ticket))

    async def list_of_agent(self, agent: str, shops: frozenset[str] | None) -> Sequence[HeldReply]:
        """The same of a person."""
        return await self.read(lambda c: held_rows.select_of_agent(c, agent, shops))

    async def find_due(self, now: datetime) -> Sequence[HeldReply]:
        """Those whose time has come, and those that something newer may have stopped."""
        return await self.read(lambda c: held_rows.find_due(c, now))

    async def withdraw(self, ticket: Ticket, line_id: str, by: str, now: datetime) -> Ticket:
        """Take it back; ConflictError when it has left, NotFoundError when it never was."""
        return await self.write(lambda c: self._withdraw(c, ticket.id, line_id, by, now))

    async def leave(self, ticket: Ticket, line_id: str, now: datetime, *, at_once: bool = False) -> Ticket:
        """Say it if its time has come, or `at_once`; it is stopped where it may not be said. Once, whoever asks.

        NotFoundError when it never was.
        """
        left = await self.write(lambda c: self._leave(c, ticket.id, line_id, now, at_once=at_once))
        self.forget(ticket.key)
        return left

    async def stop(self, ticket: Ticket, line_id: str, why: StopReason, now: datetime) -> Ticket:
        """It may not be said."""
        return await self.write(lambda c: self._stop(c, ticket.id, line_id, why, now))

    def _hold(self, connection: Connection, held: HeldReply) -> Written[Ticket]:
        ticket = self.desk.lock_ticket(connection, held.ticket_id)
        said = lines.find_reply(connection, held.key, held.id)
        if said is not None:
            lines.check_same_reply(said, held.key, _line_of(held), lines.DESK)
            return Written(ticket)
        known = held_rows.select_held(connection, held.key.shop, held.id)
        if known is not None:
            _require_same(known, held)
            return Written(ticket)
        require_state(ticket, TicketState.CLAIMED, held.holder)
        if held.after is None:
            newest = lines.select_transcript(connection, held.key, 1)
            held = replace(held, after=newest[0].id if newest else None)
        elif unseen := lines.read_unseen_lines(connection, held.key, held.after, held.agent):
            raise NewerLinesError.holding(unseen)
        held_rows.insert_held(connection, held)
        drafts.save_draft(connection, ticket, held.agent, Draft("", held.held_at))  # it is kept here now
        written = write_ticket(connection, ticket)
        return Written(written, (ReplyHeld(key=held.key, at=held.held_at, ticket=written, agent=held.agent),))

    def _withdraw(
        self, connection: Connection, ticket_id: str, line_id: str, by: str, now: datetime
    ) -> Written[Ticket]:
        ticket, known = self._lock(connection, ticket_id, line_id)
        if known is None:
            raise ConflictError(error_sentence("reply_has_left"))
        if known.state is HeldState.WITHDRAWN:
            if known.changed_by != by:
                raise ConflictError(error_sentence("reply_withdrawn"))
            return Written(ticket)
        held_rows.change_held(connection, replace(known, state=HeldState.WITHDRAWN, changed_by=by))
        written = write_ticket(connection, ticket)
        return Written(written, (ReplyWithdrawn(key=ticket.key, at=now, ticket=written, agent=by),))

    def _leave(
        self, connection: Connection, ticket_id: str, line_id: str, now: datetime, *, at_once: bool
    ) -> Written[Ticket]:
        ticket, known = self._lock(connection, ticket_id, line_id)
        if known is None or known.state is not HeldState.HELD:
            return Written(ticket)
        if _is_overtaken(connection, known):
            return self._stop_locked(connection, ticket, known, StopReason.NEWER_LINES, now)
        if not at_once and known.send_at > now:
            return Written(ticket)
        try:
            require_state(ticket, TicketState.CLAIMED, known.holder)
        except TicketConflictError:
            return self._stop_locked(connection, ticket, known, StopReason.CHANGED_HANDS, now)
        return self.desk.add_agent_reply(connection, ticket.id, known.holder, _line_of(known), now)

    def _stop(
        self, connection: Connection, ticket_id: str, line_id: str, why: StopReason, now: datetime
    ) -> Written[Ticket]:
        ticket, known = self._lock(connection, ticket_id, line_id)
        if known is None or known.state is not HeldState.HELD:
            return Written(ticket)
        return self._stop_locked(connection, ticket, known, why, now)

    def _lock(self, connection: Connection, ticket_id: str, line_id: str) -> tuple[Ticket, HeldReply | None]:
        """The ticket and the reply, None once it has left; NotFoundError for one that never was."""
        ticket = self.desk.lock_ticket(connection, ticket_id)
        known = held_rows.select_held(connection, ticket.key.shop, line_id)
        if known is None and lines.find_reply(connection, ticket.key, line_id) is None:
            raise NotFoundError(error_sentence("unknown_held_reply", id=line_id))
        return ticket, known

    def _stop_locked(
        self, connection: Connection, ticket: Ticket, held: HeldReply, why: StopReason, now: datetime
    ) -> Written[Ticket]:
        stopped = replace(held, state=HeldState.STOPPED, why=why)
        held_rows.change_held(connection, stopped)
        written = write_ticket(connection, ticket)
        return Written(written, (ReplyStopped(key=held.key, at=now, ticket=written, reply=stopped),))


def _is_overtaken(connection: Connection, held: HeldReply) -> bool:
    """Whether others wrote after the line that its writer saw last, or that line is gone."""
    if held.after is None:
        return False
    try:
        return bool(lines.read_unseen_lines(connection, held.key, held.after, held.agent))
    except MalformedError:
        return True


def _line_of(held: HeldReply) -> AgentLine:
    return AgentLine(held.id, held.agent, held.text, held.content)


def _require_same(known: HeldReply, held: HeldReply) -> None:
    """The same reply again is a retry; one that was taken back stays so."""
    differing = [name for name in ("text", "content", "agent") if getattr(known, name) != getattr(held, name)]
    if differing:
        raise ReusedIdError.naming("this id", differing)
    if known.state is HeldState.WITHDRAWN:
        raise ConflictError(error_sentence("reply_withdrawn"))
