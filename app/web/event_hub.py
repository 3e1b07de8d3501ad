"""What changes on tickets, live: read once, written down once, and handed to every stream that may have it."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from time import monotonic
from typing import Protocol

import structlog

from app.delivery.feed import RESYNC, LiveFeed, Notice, Subscription
from app.domain.events import (
    PRESENCE,
    AgentChanged,
    BuyerWrote,
    ConversationErased,
    PersonSpoke,
    TicketClock,
    TicketDue,
    TicketOpened,
    TicketReturned,
    TurnAnswered,
)
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket
from app.errors import RateLimitedError, XiaoerError, error_sentence
from app.web.agents import build_agent
from app.web.coalescing import Coalescer
from app.web.event_changes import DeskChanges, ShopEventBytes
from app.web.event_documents import (
    HEARTBEAT,
    HEARTBEAT_SECONDS,
    RESYNC_EVENT,
    AgentEvent,
    ConversationsEvent,
    DueEvent,
    HandoffEvent,
    HelloEvent,
    PresenceEvent,
    PresentView,
    encode_event,
)
from app.web.handoff_presence import read_presence
from app.web.handoff_views import build_item
from handoff.agents import Agent
from handoff.presence import PresenceBoard
from handoff.queue import seconds_left
from handoff.roster import Colleague

MOST_STREAMS = 5
"""Of one agent. Tabs of one browser share a stream; who opens more has lost count."""
MOST_WAITING = 256
RETRY_MILLISECONDS = 500
SILENCE_SECONDS = 2.0
"""So often it is looked who has been silent for too long."""
CONVERSATIONS_SECONDS = 3.0
"""So often at most a shop's streams are told that the bot's conversations have changed."""
_ABOUT_TICKETS = "ticket."
_ABOUT_BOT = frozenset(
    {TurnAnswered.kind, TicketOpened.kind, TicketReturned.kind, PersonSpoke.kind, ConversationErased.kind}
)
"""What may change which conversations the bot holds, or what is said in them."""
log = structlog.get_logger()


class LiveTickets(Protocol):
    """Where the state of a ticket is read."""

    async def get_ticket(self, ticket_id: str) -> Ticket | None:
        """One ticket, or None."""

    async def find_open_ticket(self, key: ConversationKey) -> Ticket | None:
        """The ticket of a conversation that waits or is being worked, or None."""


class EventListener:
    """One stream's waiting events: at most MOST_WAITING, and RESYNC in their place for a client that is slower."""

    def __init__(self, agent: Agent, leave: Callable[["EventListener"], None]) -> None:
        self.agent = agent
        self._leave = leave
        self._waiting: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    def push(self, event: bytes) -> None:
        """Hand it an event."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            event = RESYNC_EVENT
        self._waiting.append(event)
        self._arrived.set()

    def close(self) -> None:
        """Listen no more."""
        self._closed = True
        self._arrived.set()
        self._leave(self)

    async def next_events(self, longest: float) -> bytes | None:
        """What has come, a heartbeat after `longest` seconds without anything, None at the end."""
        if not self._waiting and not self._closed:
            self._arrived.clear()
            try:
                async with asyncio.timeout(longest):
                    await self._arrived.wait()
            except TimeoutError:
                return HEARTBEAT
        if self._closed:
            return None
        events = b"".join(self._waiting)
        self._waiting.clear()
        return events


ColleagueFinder = Callable[[str], Awaitable[Colleague | None]]


class EventHub:
    """Reads each changed ticket once, writes it down once, and hands it to every stream whose agent serves its shop.

    It listens to the feed only while somebody listens to it.
    """

    def __init__(
        self,
        feed: LiveFeed,
        tickets: LiveTickets,
        clock: Callable[[], datetime],
        find_colleague: ColleagueFinder | None = None,
        changes: DeskChanges | None = None,
        agents_see_bot: Callable[[str], bool] = lambda _shop: False,
    ) -> None:
        self._feed = feed
        self._agents_see_bot = agents_see_bot
        self._of_bot = Coalescer(self._tell_conversations, CONVERSATIONS_SECONDS)
        self._changes = changes or DeskChanges(clock)
        self._find_colleague = find_colleague
        self._present = PresenceBoard(monotonic)
        self._shop_of_present: dict[str, str] = {}
        self._forgetting: dict[str, asyncio.TimerHandle] = {}
        self._tickets = tickets
        self._clock = clock
        self._listeners: dict[EventListener, None] = {}
        self._heard: Subscription | None = None
        self._forwarding: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._listeners)

    @property
    def agents(self) -> frozenset[str]:
        """Who is connected here."""
        return frozenset(each.agent.id for each in self._listeners)

    def join(self, agent: Agent) -> EventListener:
        """A stream for this agent, which misses nothing from now on; RateLimitedError for one too many."""
        if Counter(each.agent.id for each in self._listeners)[agent.id] >= MOST_STREAMS:
            raise RateLimitedError(error_sentence("too_many_streams", most=MOST_STREAMS), retry_after=HEARTBEAT_SECONDS)
        listener = EventListener(agent, self._drop_listener)
        self._listeners[listener] = None
        hello = HelloEvent(agent=agent.id, server_time=self._clock(), heartbeat=HEARTBEAT_SECONDS)
        listener.push(b"retry: %d\n" % RETRY_MILLISECONDS + encode_event("hello", hello))
        for ticket_id in self._present.tickets:
            if agent.serves_shop(self._shop_of_present[ticket_id]):
                listener.push(self._encode_presence(ticket_id))
        if self._heard is None:
            self._heard = self._feed.subscribe()
            self._forwarding = asyncio.create_task(self._forward_notices(self._heard))
        return listener

    def _drop_listener(self, listener: EventListener) -> None:
        self._listeners.pop(listener, None)
        if not self._listeners:
            self._stop_forwarding()

    def _stop_forwarding(self) -> None:
        if self._heard is not None and self._forwarding is not None:
            self._heard.close()
            self._of_bot.close()
            self._forwarding.cancel()
            self._heard = self._forwarding = None

    async def _forward_notices(self, heard: Subscription) -> None:
        """Until the feed closes, which ends every stream, as would whatever else ended this."""
        try:
            async for first in heard:
                await self._tell_changes((first, *heard.take_waiting()))
        finally:
            if self._heard is heard:
                for listener in tuple(self._listeners):
                    listener.close()

    async def _tell_changes(self, notices: Sequence[Notice]) -> None:
        """The changes of a batch: each ticket once, as it stands now."""
        try:
            changed, gone = await self._find_tickets(notices)
            told = [
                ShopEventBytes(each[0].key.shop, event) for each in changed for event in self._encode_changes(*each)
            ]
            told += await self._changes.read_changes(notices)
            colleagues = await self._find_colleagues(notices)
        except Exception as error:  # whoever listens reads again: once the database is back, or all but a broken ticket
            if not isinstance(error, XiaoerError):
                log.exception("changes of tickets could not be told")
            self._tell((), RESYNC_EVENT)
            return
        for shops in [()] * (RESYNC in notices) + [(shop,) for shop in gone]:
            self._tell(shops, RESYNC_EVENT)
        self._of_bot.note(notice.shop for notice in notices if notice.kind in _ABOUT_BOT)
        for notice in notices:
            if notice.kind == PRESENCE:
                self._note_presence(notice)
        for each in told:
            for listener in tuple(self._listeners):
                if each.is_for(listener.agent):
                    listener.push(each.event)
        for colleague in colleagues:
            self._tell_colleagues(colleague)

    def _tell_conversations(self, shop: str) -> None:
        """To those who may see what the bot holds there."""
        event = encode_event("conversations", ConversationsEvent(shop=shop))
        for listener in tuple(self._listeners):
            agent = listener.agent
            if agent.serves_shop(shop) and (agent.is_lead or self._agents_see_bot(shop)):
                listener.push(event)

    def _note_presence(self, notice: Notice) -> None:
        """Tell who is there when that is news, and again once somebody has been silent for too long."""
        try:
            agent, doing = read_presence(notice.detail)
        except ValueError:
            return  # another version's
        self._shop_of_present[notice.id] = notice.shop
        if self._present.note(notice.id, agent, doing):
            self._tell((notice.shop,), self._encode_presence(notice.id))
        self._watch_silence(notice.id)

    def _watch_silence(self, ticket_id: str) -> None:
        """While anybody is there."""
        if ticket_id in self._forgetting:
            return
        if ticket_id in self._present.tickets:
            loop = asyncio.get_running_loop()
            self._forgetting[ticket_id] = loop.call_later(SILENCE_SECONDS, self._forget_silent, ticket_id)
        else:
            del self._shop_of_present[ticket_id]

    def _forget_silent(self, ticket_id: str) -> None:
        del self._forgetting[ticket_id]
        if self._present.forget_silent(ticket_id):
            self._tell((self._shop_of_present[ticket_id],), self._encode_presence(ticket_id))
        self._watch_silence(ticket_id)

    def _encode_presence(self, ticket_id: str) -> bytes:
        people = [PresentView(agent=each.agent, doing=each.doing) for each in self._present.list_present(ticket_id)]
        return encode_event("presence", PresenceEvent(id=ticket_id, people=people))

    def _tell_colleagues(self, colleague: Colleague) -> None:
        event = encode_event("agent", AgentEvent(agent=build_agent(colleague)))
        for listener in tuple(self._listeners):
            if colleague.is_known_to(listener.agent):
                listener.push(event)

    async def _find_colleagues(self, notices: Sequence[Notice]) -> list[Colleague]:
        """Those who changed, each once, as they are now."""
        if self._find_colleague is None:
            return []
        names = dict.fromkeys(notice.id for notice in notices if notice.kind == AgentChanged.kind)
        found = [await self._find_colleague(name) for name in names]
        return [each for each in found if each is not None]

    def _encode_changes(self, ticket: Ticket, changes: list[Notice]) -> Iterator[bytes]:
        item = build_item(ticket, seconds_left(ticket, self._clock()))
        kinds = [notice.kind for notice in changes if notice.kind != TicketDue.kind]
        if kinds:
            yield encode_event("ticket", HandoffEvent(changes=kinds, handoff=item))
        for notice in changes:
            if notice.kind == TicketDue.kind:
                clock, _, level = notice.detail.partition(":")
                yield encode_event("due", DueEvent(clock=TicketClock(clock), level=int(level), handoff=item))

    async def _find_tickets(self, notices: Sequence[Notice]) -> tuple[list[tuple[Ticket, list[Notice]]], list[str]]:
        """The tickets of a batch, each read once, with what happened to it; and the shops of those that are gone."""
        about = [notice for notice in dict.fromkeys(notices) if _is_about_ticket(notice)]
        spoken = dict.fromkeys(map(_key_of, (notice for notice in about if notice.kind == PersonSpoke.kind)))
        answered = {key: await self._tickets.find_open_ticket(key) for key in spoken}
        found: dict[str, Ticket | None] = {ticket.id: ticket for ticket in answered.values() if ticket}
        changes: dict[str, list[Notice]] = {}
        gone = [notice.shop for notice in notices if notice.kind == ConversationErased.kind]
        for notice in about:
            if notice.kind == PersonSpoke.kind:
                ticket = answered[_key_of(notice)]
            else:
                if notice.id not in found:
                    found[notice.id] = await self._tickets.get_ticket(notice.id)
                ticket = found[notice.id]
                gone += () if ticket else (notice.shop,)
            if ticket:
                changes.setdefault(ticket.id, []).append(notice)
        told = [(ticket, changes[ticket.id]) for ticket in found.values() if ticket]
        return told, list(dict.fromkeys(gone))

    def _tell(self, shops: Iterable[str], event: bytes) -> None:
        """Every stream whose agent serves all of these shops."""
        for listener in tuple(self._listeners):
            if all(map(listener.agent.serves_shop, shops)):
                listener.push(event)


def _is_about_ticket(notice: Notice) -> bool:
    """Whether a ticket may have changed; what a buyer writes to a person who took no ticket changes none."""
    return (
        notice.kind.startswith(_ABOUT_TICKETS)
        or notice.kind == PersonSpoke.kind
        or (notice.kind == BuyerWrote.kind and bool(notice.id))
    )


def _key_of(notice: Notice) -> ConversationKey:
    return ConversationKey(notice.shop, notice.channel, notice.conversation)
