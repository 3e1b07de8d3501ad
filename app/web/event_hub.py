"""What changes on tickets, live: read once, written down once, and handed to every stream that may have it."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import AwareDatetime, BaseModel, Field
from pydantic_core import to_json

from app.delivery.feed import RESYNC, LiveFeed, Notice
from app.domain.events import BuyerWrote, PersonSpoke, ShopBroken, ShopLoaded, ShopMended
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket
from app.errors import RateLimitedError, XiaoerError, error_sentence
from app.web.handoff_views import HandoffItem, item_fields
from handoff.agents import Agent
from handoff.queue import seconds_left

MOST_STREAMS = 5
"""Of one agent. Tabs of one browser share a stream; who opens more has lost count."""
MOST_WAITING = 256
HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 500
_ABOUT_TICKETS = "ticket."
_IN_CONVERSATION = frozenset({BuyerWrote.kind, PersonSpoke.kind})
_OF_SHOPS = frozenset({ShopLoaded.kind, ShopBroken.kind, ShopMended.kind})
HEARTBEAT = b":\n\n"


class LiveTickets(Protocol):
    """Where the state of a ticket is read."""

    async def get_ticket(self, ticket_id: str) -> Ticket | None:
        """One ticket, or None."""

    async def find_open_ticket(self, key: ConversationKey) -> Ticket | None:
        """The ticket of a conversation that waits or is being worked, or None."""


class HelloEvent(BaseModel):
    """The first event of a stream."""

    agent: str = Field(examples=["xiaowang"])
    server_time: AwareDatetime
    heartbeat: float = Field(examples=[HEARTBEAT_SECONDS], description="最多隔这么多秒就有一行；更久没有就是断了")


class HandoffEvent(BaseModel):
    """A ticket changed."""

    changes: list[str] = Field(
        examples=[["ticket.claimed"]],
        description="ticket.opened|updated|claimed|released|seen|resolved|returned、buyer.wrote、person.spoke",
    )
    handoff: HandoffItem


class ShopEvent(BaseModel):
    """A shop's files were loaded, broke or were mended."""

    shop: str = Field(examples=["demo"])
    change: str = Field(examples=["shop.loaded"])


def encode_event(name: str, data: BaseModel | Mapping[str, Any]) -> bytes:
    """One server-sent event; JSON has no line break in it."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), to_json(data))


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


RESYNC_EVENT = encode_event(RESYNC.kind, {})


class EventHub:
    """Reads each changed ticket once, writes it down once, and hands it to every stream whose agent serves its shop.

    It listens to the feed only while somebody listens to it.
    """

    def __init__(self, feed: LiveFeed, tickets: LiveTickets, clock: Callable[[], datetime]) -> None:
        self._feed = feed
        self._tickets = tickets
        self._clock = clock
        self._listeners: dict[EventListener, None] = {}
        self._forwarding: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self, agent: Agent) -> EventListener:
        """A stream for this agent; RateLimitedError for one too many."""
        if Counter(each.agent.id for each in self._listeners)[agent.id] >= MOST_STREAMS:
            raise RateLimitedError(error_sentence("too_many_streams", most=MOST_STREAMS), retry_after=HEARTBEAT_SECONDS)
        listener = EventListener(agent, self._drop_listener)
        self._listeners[listener] = None
        hello = HelloEvent(agent=agent.id, server_time=self._clock(), heartbeat=HEARTBEAT_SECONDS)
        listener.push(b"retry: %d\n" % RETRY_MILLISECONDS + encode_event("hello", hello))
        if self._forwarding is None:
            self._forwarding = asyncio.create_task(self._forward_notices())
        return listener

    def _drop_listener(self, listener: EventListener) -> None:
        self._listeners.pop(listener, None)
        if not self._listeners and self._forwarding is not None:
            self._forwarding.cancel()
            self._forwarding = None

    async def _forward_notices(self) -> None:
        """Until the feed closes, which ends every stream."""
        with self._feed.subscribe() as subscription:
            async for first in subscription:
                await self._tell_changes((first, *subscription.take_waiting()))
        for listener in tuple(self._listeners):
            listener.close()

    async def _tell_changes(self, notices: Sequence[Notice]) -> None:
        """The changes of a batch: each ticket once, as it stands now."""
        try:
            changed = await self._find_tickets(notices)
        except XiaoerError:  # the database is away: whoever listens reads again once it is back
            self._tell((), RESYNC_EVENT)
            return
        if RESYNC in notices:
            self._tell((), RESYNC_EVENT)
        for notice in notices:
            if notice.kind in _OF_SHOPS:
                self._tell((notice.shop,), encode_event("shop", ShopEvent(shop=notice.shop, change=notice.kind)))
        now = self._clock()
        for ticket, changes in changed:
            item = HandoffItem.model_validate(item_fields(ticket, seconds_left(ticket, now)))
            self._tell((ticket.key.shop,), encode_event("ticket", HandoffEvent(changes=changes, handoff=item)))

    async def _find_tickets(self, notices: Sequence[Notice]) -> list[tuple[Ticket, list[str]]]:
        found: dict[str, tuple[Ticket, list[str]]] = {}
        for notice in dict.fromkeys(notices):
            ticket = await self._find_ticket(notice)
            if ticket is not None:
                _, changes = found.get(ticket.id, (ticket, []))
                found[ticket.id] = (ticket, [*changes, notice.kind])
        return list(found.values())

    async def _find_ticket(self, notice: Notice) -> Ticket | None:
        if notice.kind.startswith(_ABOUT_TICKETS):
            return await self._tickets.get_ticket(notice.id)
        if notice.kind in _IN_CONVERSATION:
            key = ConversationKey(notice.shop, notice.channel, notice.conversation)
            return await self._tickets.find_open_ticket(key)
        return None

    def _tell(self, shops: Iterable[str], event: bytes) -> None:
        """Every stream whose agent serves all of these shops."""
        for listener in tuple(self._listeners):
            if all(map(listener.agent.serves_shop, shops)):
                listener.push(event)
