"""Replies that leave later: held so that they can be taken back, or until a time; each leaves once, or comes back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from app.domain.content import Content, spoken_words
from app.domain.held_reply import HeldReply, HeldState, StopReason
from app.domain.ticket import Ticket
from app.errors import (
    ForbiddenError,
    MalformedError,
    NotFoundError,
    StorageUnavailableError,
    XiaoerError,
    error_sentence,
)
from handoff.agents import Agent
from handoff.checking import TextChecker
from handoff.queue import HandoffQueue, TicketView
from handoff.release_timer import ReleaseTimer

log = structlog.get_logger()
LATEST = timedelta(days=7)
HURRY = timedelta(seconds=20)
"""A buyer who has waited until so little of the platform's time is left gets the reply at once."""
SOON = timedelta(seconds=15)
"""What leaves so soon is not left to the next round of the sweeper."""


class HoldRules(Protocol):
    """What shops say about holding."""

    def undo_seconds(self, shop: str) -> int:
        """How long a reply can be taken back."""


class HeldReplyStore(Protocol):
    """Keeps them. Each step is one transaction; taking back and leaving exclude each other."""

    async def hold(self, held: HeldReply) -> Ticket:
        """Keep it; the same again changes nothing. Raises as a reply that is said at once."""

    async def get(self, shop: str, line_id: str) -> HeldReply | None:
        """One that has not left, whatever became of it."""

    async def list_of_ticket(self, ticket: Ticket) -> Sequence[HeldReply]:
        """Those that wait or were stopped, the first to leave first."""

    async def list_of_agent(self, agent: str, shops: frozenset[str] | None) -> Sequence[HeldReply]:
        """The same of a person."""

    async def find_due(self, now: datetime) -> Sequence[HeldReply]:
        """Those whose time has come, and those that something newer may have stopped."""

    async def withdraw(self, ticket: Ticket, line_id: str, by: str, now: datetime) -> Ticket:
        """Take it back; ConflictError when it has left, NotFoundError when it never was."""

    async def leave(self, ticket: Ticket, line_id: str, now: datetime, *, at_once: bool = False) -> Ticket:
        """Say it if its time has come, or `at_once`; it is stopped where it may not be said. Once, whoever asks.

        NotFoundError when it never was.
        """

    async def stop(self, ticket: Ticket, line_id: str, why: StopReason, now: datetime) -> Ticket:
        """It may not be said."""


@dataclass(frozen=True, slots=True)
class WrittenReply:
    """What an agent wrote, and when it is to leave: at once, after the time for taking back, or at `send_at`."""

    id: str
    text: str
    content: Content
    after: str | None = None
    hold: bool = False
    send_at: datetime | None = None


class HeldReplyDesk:
    """Holds replies, takes them back and lets them leave.

    `leads` tells whether somebody may go past the authority of a shop's agents now: what counts is who they are when
    their reply leaves.
    `release_due` is to be called every few seconds in each process: what one that died has held leaves by another.
    """

    def __init__(
        self,
        queue: HandoffQueue,
        store: HeldReplyStore,
        rules: HoldRules,
        clock: Callable[[], datetime],
        leads: Callable[[str, str], Awaitable[bool]],
        checker: TextChecker | None = None,
    ) -> None:
        self._queue = queue
        self._store = store
        self._rules = rules
        self._clock = clock
        self._leads = leads
        self._checker = checker
        self._timer = ReleaseTimer(self._release_now, clock)

    async def reply(self, agent: Agent, ticket_id: str, written: WrittenReply) -> TicketView:
        """Say it, or hold it; the same id again says nothing twice.

        Raises as HandoffQueue.reply, and MalformedError for a time that is past or too far.
        """
        ticket = await self._queue.find_visible(agent, ticket_id)
        now = self._clock()
        if written.send_at is not None and written.send_at <= now and await self._was_written(ticket, written.id):
            return await self._queue.open_view(agent, ticket)  # a retry, whenever it comes
        send_at = self._time_to_leave(ticket, written, now)
        if send_at is None:
            await self._let_earlier_leave(agent, ticket)
            return await self._queue.reply(
                agent, ticket_id, written.text, written.id, written.content, last_seen=written.after
            )
        line, holder = await self._queue.prepare_line(agent, ticket, written.text, written.id, written.content)
        held = HeldReply(
            id=line.id,
            reply_id=written.id,
            key=ticket.key,
            ticket_id=ticket.id,
            agent=agent.id,
            holder=holder,
            text=written.text,
            content=written.content,
            held_at=now,
            send_at=send_at,
            after=written.after,
            scheduled=written.send_at is not None,
        )
        kept = await self._store.hold(held)
        if send_at - now <= SOON:
            self._timer.note(send_at)
        return await self._queue.open_view(agent, kept)

    async def list_own(self, agent: Agent) -> Sequence[HeldReply]:
        """What the agent wrote and has not left: it waits, or was stopped."""
        return await self._store.list_of_agent(agent.id, agent.visible_shops(None))

    async def withdraw(self, agent: Agent, ticket_id: str, reply_id: str) -> TicketView:
        """Take it back, or put away one that was stopped; ConflictError when it has left."""
        ticket = await self._require_own(agent, ticket_id, reply_id)
        back = await self._store.withdraw(ticket, f"{ticket.id}:{reply_id}", agent.id, self._clock())
        return await self._queue.open_view(agent, back)

    async def send_now(self, agent: Agent, ticket_id: str, reply_id: str) -> TicketView:
        """Let it leave without waiting; one that has left already is a retry."""
        ticket = await self._require_own(agent, ticket_id, reply_id)
        held = await self._store.get(ticket.key.shop, f"{ticket.id}:{reply_id}")
        if held is None:
            ticket = await self._store.leave(ticket, f"{ticket.id}:{reply_id}", self._clock(), at_once=True)
        else:
            ticket = await self._leave_or_stop(ticket, held, at_once=True)
        return await self._queue.open_view(agent, ticket)

    async def release_due(self, now: datetime) -> int:
        """Those whose time has come leave, those that something newer stops come back; how many were looked at."""
        due = await self._store.find_due(now)
        for held in due:
            try:
                if ticket := await self._queue.find_any(held.ticket_id):
                    await self._leave_or_stop(ticket, held)
            except NotFoundError:
                continue  # the ticket was deleted meanwhile
            except StorageUnavailableError:
                raise
            except XiaoerError as error:
                log.warning("a held reply could not leave", ticket=held.ticket_id, why=error.detail)
            except Exception:
                log.exception("a held reply could not leave", ticket=held.ticket_id)  # a fault of ours; the others do
        return len(due)

    async def _was_written(self, ticket: Ticket, reply_id: str) -> bool:
        """Whether it is held or was said."""
        line_id = f"{ticket.id}:{reply_id}"
        if await self._store.get(ticket.key.shop, line_id) is not None:
            return True
        try:
            await self._store.leave(ticket, line_id, self._clock())
        except NotFoundError:
            return False
        return True

    def _time_to_leave(self, ticket: Ticket, written: WrittenReply, now: datetime) -> datetime | None:
        """None for at once."""
        if written.send_at is not None:
            if not now < written.send_at <= now + LATEST:
                raise MalformedError(error_sentence("send_in_past", days=LATEST.days))
            return written.send_at
        seconds = self._rules.undo_seconds(ticket.key.shop) if written.hold else 0
        hurries = ticket.answer_due is not None and ticket.answer_due - now < HURRY
        return None if hurries or not seconds else now + timedelta(seconds=seconds)

    async def _let_earlier_leave(self, agent: Agent, ticket: Ticket) -> None:
        """What the agent wrote before is not overtaken."""
        for held in await self._store.list_of_ticket(ticket):
            if held.agent == agent.id and held.state is HeldState.HELD and not held.scheduled:
                await self._leave_or_stop(ticket, held, at_once=True)

    async def _leave_or_stop(self, ticket: Ticket, held: HeldReply, *, at_once: bool = False) -> Ticket:
        now = self._clock()
        if (at_once or held.send_at <= now) and (why := await self._why_not(ticket, held)):
            return await self._store.stop(ticket, held.id, why, now)
        return await self._store.leave(ticket, held.id, now, at_once=at_once)

    async def _why_not(self, ticket: Ticket, held: HeldReply) -> StopReason | None:
        """What was allowed when it was written may not be any more: prices and authority change."""
        if not self._queue.reaches_buyer(held.key):
            return StopReason.UNDELIVERABLE
        words = spoken_words(held.text, held.content)
        if self._checker is None or not words.strip() or await self._leads(held.agent, held.key.shop):
            return None
        found = await self._checker.review_text(ticket, words)
        return StopReason.AUTHORITY if found.blocks and found.review.verdicts else None

    async def _require_own(self, agent: Agent, ticket_id: str, reply_id: str) -> Ticket:
        ticket = await self._queue.find_visible(agent, ticket_id)
        held = await self._store.get(ticket.key.shop, f"{ticket.id}:{reply_id}")
        if held is not None and held.agent != agent.id and not agent.is_lead:
            raise ForbiddenError(error_sentence("not_own_reply"))
        return ticket

    async def _release_now(self) -> None:
        try:
            await self.release_due(self._clock())
        except XiaoerError as error:
            log.warning("held replies could not leave", why=error.detail)  # the sweeper tries again
