"""The handoff queue: checks who may see and change which ticket, and makes the changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.content import TEXT_ONLY, Content, spoken_words
from app.domain.events import TicketNoted, TicketReleased, TicketResolved, TicketReturned
from app.domain.handoff import TicketState
from app.domain.held_reply import HeldReply
from app.domain.message import ConversationKey
from app.domain.ticket import Draft, OlderLines, Ticket, TicketEntry
from app.errors import ForbiddenError, NotFoundError, TicketConflictError, UndeliverableError, error_sentence
from app.guard.people import Review
from handoff.agents import Agent
from handoff.brief import Brief, attach_transcript, hide_margins
from handoff.checking import TextChecker, TextReview, require_authority
from handoff.fact_ages import FactLimits, mark_ages
from handoff.ports import ENDED_STATES, OPEN_STATES, AgentLine, TicketCounts, TicketFilter, TicketPage, TicketStore

TRANSCRIPT_LINES = 200
NOTE_PREFIX = "note:"


class QueueView(StrEnum):
    """The lists of an agent's screen."""

    MINE = "mine"
    SNOOZED = "snoozed"
    QUEUE = "queue"
    OPEN = "open"
    ENDED = "ended"
    ALL = "all"


_VIEW_STATES: Mapping[QueueView, frozenset[TicketState] | None] = {
    QueueView.MINE: frozenset({TicketState.CLAIMED}),
    QueueView.SNOOZED: frozenset({TicketState.CLAIMED}),
    QueueView.QUEUE: frozenset({TicketState.QUEUED}),
    QueueView.OPEN: OPEN_STATES,
    QueueView.ENDED: ENDED_STATES,
    QueueView.ALL: None,
}


@dataclass(frozen=True, slots=True)
class SecondsLeft:
    """Seconds until each deadline; negative when overdue, None when met.

    `answer` is the platform's, of the buyer's message that waits now; None while none waits.
    """

    first_response: int | None
    resolve: int | None
    close: int | None
    answer: int | None = None


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket, opened for reading."""

    ticket: Ticket
    brief: Brief
    left: SecondsLeft
    entries: tuple[TicketEntry, ...] = ()
    draft: Draft | None = None
    held: tuple[HeldReply, ...] = ()


class NameReader(Protocol):
    """Reads names in notes."""

    async def list_named(self, agent: Agent, shop: str, text: str) -> tuple[str, ...]:
        """Whom the note of this agent names."""


class HandoffQueue:
    """The queue for agents; every method raises NotFoundError for a ticket of a shop the agent does not serve.

    `shows_floor` tells whether agents of a shop see its floor prices; supervisors do.
    """

    def __init__(
        self,
        tickets: TicketStore,
        clock: Callable[[], datetime],
        reaches_buyer: Callable[[ConversationKey], bool] = lambda _key: True,
        checker: TextChecker | None = None,
        shows_floor: Callable[[str], bool] = lambda _shop: False,
        names: NameReader | None = None,
        limits: FactLimits | None = None,
    ) -> None:
        self._tickets = tickets
        self._clock = clock
        self._reaches_buyer = reaches_buyer
        self._checker = checker
        self._shows_floor = shows_floor
        self._names = names
        self._limits = limits

    async def list_visible_tickets(
        self, agent: Agent, wanted: TicketFilter, *, limit: int, cursor: str | None, view: QueueView = QueueView.ALL
    ) -> TicketPage:
        """The tickets the agent may see; ForbiddenError for a requested shop that the agent does not serve."""
        seen = replace(wanted, shops=agent.visible_shops(wanted.shops))
        return await self._tickets.find_tickets(_narrow_to_view(seen, view, agent), limit=limit, cursor=cursor)

    async def count_visible_tickets(self, agent: Agent, shops: frozenset[str] | None = None) -> TicketCounts:
        """How many open tickets the agent may see; ForbiddenError as above."""
        return await self._tickets.count_tickets(agent.visible_shops(shops), agent.id, self._clock())

    async def mark_seen(self, agent: Agent, ticket_id: str) -> TicketView:
        """Nothing of the buyer's is unread any more, where the agent holds the ticket."""
        ticket = await self.find_visible(agent, ticket_id)
        return await self.open_view(agent, await self._tickets.mark_seen(ticket.id, agent.id, self._clock()))

    def time_left(self, ticket: Ticket) -> SecondsLeft:
        """The time left now."""
        return seconds_left(ticket, self._clock())

    async def one(self, agent: Agent, ticket_id: str) -> TicketView:
        """The ticket with its brief, its conversation and the time left."""
        ticket = await self.find_visible(agent, ticket_id)
        return await self.open_view(agent, ticket)

    async def claim(self, agent: Agent, ticket_id: str) -> TicketView:
        """Claims the ticket; TicketConflictError for everyone but the first."""
        ticket = await self.find_visible(agent, ticket_id)
        return await self.open_view(agent, await self._tickets.claim(ticket.id, agent.id, self._clock()))

    async def claim_next(self, agent: Agent, wanted: TicketFilter) -> TicketView | None:
        """Claims the most urgent ticket that waits, of those asked for; None when none does."""
        seen = replace(wanted, shops=agent.visible_shops(wanted.shops))
        ticket = await self._tickets.claim_next(seen, agent.id, self._clock())
        return None if ticket is None else await self.open_view(agent, ticket)

    async def release(self, agent: Agent, ticket_id: str) -> TicketView:
        """Puts the ticket back into the queue."""
        ticket = await self.find_visible(agent, ticket_id)
        holder = require_holder(agent, ticket, TicketReleased.kind)
        return await self.open_view(agent, await self._tickets.release(ticket.id, holder, self._clock(), by=agent.id))

    async def lines_before(self, agent: Agent, ticket_id: str, before: str | None, limit: int) -> OlderLines:
        """A page of the ticket's conversation: the lines before that cursor, or the last of all."""
        ticket = await self.find_visible(agent, ticket_id)
        return await self._tickets.load_older_lines(ticket, before=before, limit=limit)

    async def reply(
        self,
        agent: Agent,
        ticket_id: str,
        text: str,
        reply_id: str,
        content: Content = TEXT_ONLY,
        *,
        last_seen: str | None = None,
    ) -> TicketView:
        """The line reaches the buyer; the same reply on this ticket again says nothing twice.

        ReusedIdError when `reply_id` was another text's, UndeliverableError where nothing brings it to the buyer,
        NewerLinesError when others wrote after the line `last_seen`, AuthorityExceededError for what the shop does not
        let this agent say.
        """
        ticket = await self.find_visible(agent, ticket_id)
        line, holder = await self.prepare_line(agent, ticket, text, reply_id, content)
        said = await self._tickets.add_reply(ticket.id, holder, line, self._clock(), last_seen=last_seen)
        return await self.open_view(agent, said)

    async def prepare_line(
        self, agent: Agent, ticket: Ticket, text: str, reply_id: str, content: Content
    ) -> tuple[AgentLine, str]:
        """The line that a reply becomes and who holds its ticket, where the agent may say it; raises as `reply`."""
        if not self.reaches_buyer(ticket.key):
            raise UndeliverableError(error_sentence("undeliverable", channel=ticket.key.channel))
        # Of a ticket nobody holds the store knows whether this line was said before: a late retry is no conflict.
        holder = require_holder(agent, ticket) if ticket.state is TicketState.CLAIMED else agent.id
        if self._checker:
            await require_authority(self._checker, agent, ticket, spoken_words(text, content))
        return AgentLine(f"{ticket.id}:{reply_id}", agent.id, text, content), holder

    def reaches_buyer(self, key: ConversationKey) -> bool:
        """Whether a person's line comes to the buyer: sent, or fetched."""
        return self._reaches_buyer(key)

    async def check_text(self, agent: Agent, ticket_id: str, text: str) -> TextReview:
        """What a text promises this ticket's buyer, and what of it the shop does not allow; nothing is stored."""
        ticket = await self.find_visible(agent, ticket_id)
        return await self._checker.review_text(ticket, text) if self._checker else TextReview(Review())

    async def resolve(self, agent: Agent, ticket_id: str, note: str = "") -> TicketView:
        """Resolves the ticket; when the buyer writes again, the bot answers."""
        ticket = await self.find_visible(agent, ticket_id)
        holder = require_holder(agent, ticket, TicketResolved.kind)
        return await self.open_view(
            agent, await self._tickets.resolve(ticket.id, holder, note, self._clock(), by=agent.id)
        )

    async def return_to_bot(self, agent: Agent, ticket_id: str, word: str = "") -> TicketView:
        """Gives the conversation back to the bot at once, with a word on what was settled."""
        ticket = await self.find_visible(agent, ticket_id)
        queued = ticket.state is TicketState.QUEUED
        holder = None if queued else require_holder(agent, ticket, TicketReturned.kind)
        return await self.open_view(
            agent, await self._tickets.return_to_bot(ticket.id, holder, self._clock(), by=agent.id, word=word)
        )

    async def reopen(self, agent: Agent, ticket_id: str) -> TicketView:
        """Takes back that the ticket ended: for whoever ended or held it, and for supervisors."""
        ticket = await self.find_visible(agent, ticket_id)
        if agent.id not in {ticket.changed_by, ticket.claimed_by} and not agent.is_lead:
            raise ForbiddenError(error_sentence("ticket_held"))
        return await self.open_view(agent, await self._tickets.reopen(ticket.id, agent.id, self._clock()))

    async def find_held(self, agent: Agent, ticket_id: str) -> Ticket:
        """The ticket, where this person may act for whoever holds it."""
        ticket = await self.find_visible(agent, ticket_id)
        require_holder(agent, ticket)
        return ticket

    async def add_note(self, agent: Agent, ticket_id: str, note_id: str, text: str) -> TicketView:
        """Notes something for colleagues, and tells whom it names (@小王); the buyer never sees it.

        ReusedIdError when `note_id` was another text's.
        """
        ticket = await self.find_visible(agent, ticket_id)
        note = TicketEntry(f"{NOTE_PREFIX}{note_id}", self._clock(), agent.id, TicketNoted.kind, text)
        named = await self._names.list_named(agent, ticket.key.shop, text) if self._names else ()
        return await self.open_view(agent, await self._tickets.add_note(ticket.id, note, named))

    async def save_draft(self, agent: Agent, ticket_id: str, text: str) -> None:
        """Keep what the agent has typed to the buyer; nobody else sees it."""
        ticket = await self.find_visible(agent, ticket_id)
        await self._tickets.save_draft(ticket, agent.id, Draft(text, self._clock()))

    async def find_any(self, ticket_id: str) -> Ticket | None:
        """The ticket, for what the desk does by itself; None when it is gone."""
        return await self._tickets.get_ticket(ticket_id)

    async def find_visible(self, agent: Agent, ticket_id: str) -> Ticket:
        """The ticket, when the agent may see it."""
        ticket = await self._tickets.get_ticket(ticket_id)
        if ticket is None or not agent.serves_shop(ticket.key.shop):
            raise NotFoundError(error_sentence("unknown_ticket", id=ticket_id))
        return ticket

    async def open_view(self, agent: Agent, ticket: Ticket) -> TicketView:
        """The ticket as this agent reads it."""
        lines = await self._tickets.load_transcript(ticket, limit=TRANSCRIPT_LINES)
        brief = attach_transcript(Brief.model_validate(ticket.brief), lines)
        if not agent.is_lead and not self._shows_floor(ticket.key.shop):
            brief = hide_margins(brief)
        if self._limits:
            brief = mark_ages(brief, ticket.key.shop, self._limits, self._clock())
        entries = tuple(await self._tickets.load_entries(ticket))
        draft = await self._tickets.load_draft(ticket, agent.id)
        held = tuple(await self._tickets.load_held_replies(ticket))
        return TicketView(ticket, brief, self.time_left(ticket), entries, draft, held)


def seconds_left(ticket: Ticket, now: datetime) -> SecondsLeft:
    """The time left until each deadline at `now`."""
    ended = ticket.state in ENDED_STATES
    answered = ended or ticket.first_response_at is not None
    return SecondsLeft(
        first_response=None if answered else _seconds_until(ticket.first_response_due, now),
        resolve=None if ended else _seconds_until(ticket.resolve_due, now),
        close=None if ended else _seconds_until(ticket.close_due, now),
        answer=None if ticket.answer_due is None else _seconds_until(ticket.answer_due, now),
    )


def _narrow_to_view(wanted: TicketFilter, view: QueueView, agent: Agent) -> TicketFilter:
    """What was asked for, of one list."""
    states = _VIEW_STATES[view]
    if states is not None:
        wanted = replace(wanted, states=states if wanted.states is None else states & wanted.states)
    if view in {QueueView.MINE, QueueView.SNOOZED}:
        wanted = replace(wanted, claimed_by=agent.id, snoozed=view is QueueView.SNOOZED)
    return wanted


def _seconds_until(due: datetime, now: datetime) -> int:
    return int((due - now).total_seconds())


def require_holder(agent: Agent, ticket: Ticket, change: str | None = None) -> str:
    """Who holds the ticket, when this person may act for them; who made this very change just now may ask again."""
    if change and ticket.repeats_change(change, agent.id):
        return agent.id
    if ticket.state is not TicketState.CLAIMED or ticket.claimed_by is None:
        raise TicketConflictError(error_sentence("ticket_unclaimed", state=ticket.state))
    if ticket.claimed_by != agent.id and not agent.is_lead:
        raise ForbiddenError(error_sentence("ticket_held"))
    return ticket.claimed_by
