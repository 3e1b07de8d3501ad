"""The live feed: short notices of what has changed, for whoever listens in this process, from every process.

A notice names what to read again and holds nothing of it. Notices are not kept: a listener that was too slow, or whose
process lost the connection on which they come, gets `RESYNC` and reads the state again.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pydantic_core import from_json, to_json

from app.domain.events import ConversationEvent, Event, EventReader

MOST_WAITING = 256
LONGEST_PAYLOAD = 7_900
"""PostgreSQL refuses a notice of 8,000 bytes, and the transaction with it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What happened, by the event's kind, and where; empty fields are not known. `id` is the event's subject.

    `detail` is a word or two of what happened, where the state that is read again does not tell.
    """

    kind: str
    shop: str = ""
    channel: str = ""
    conversation: str = ""
    id: str = ""
    detail: str = ""


RESYNC = Notice("resync")
"""Something may have been missed: read the state again."""


def notice_of(event: Event) -> Notice:
    """The notice of an event."""
    if isinstance(event, ConversationEvent):
        key = event.key
        return Notice(event.kind, key.shop, key.channel, key.conversation, event.subject, event.detail)
    return Notice(event.kind, event.shop, id=event.subject)


def encode_notices(events: Sequence[Event]) -> list[str]:
    """Payloads that hold the notices of these events in order, none of them too long for PostgreSQL."""
    return pack_notices(map(notice_of, events))


def pack_notices(notices: Iterable[Notice]) -> list[str]:
    """The same of notices."""
    payloads: list[str] = []
    parts: list[bytes] = []
    size = 0
    for notice in notices:
        part = _encode_notice(notice)
        if parts and size + len(part) + 1 > LONGEST_PAYLOAD:
            payloads.append(_join_parts(parts))
            parts, size = [], 0
        parts.append(part)
        size += len(part) + 1
    return [*payloads, _join_parts(parts)] if parts else payloads


def decode_notices(payload: str) -> list[Notice]:
    """The notices in a payload; RESYNC for one that is none of ours, as from another version of us."""
    try:
        return [Notice(*fields) for fields in from_json(payload)]
    except (ValueError, TypeError):
        return [RESYNC]


def _encode_notice(notice: Notice) -> bytes:
    """A notice, or RESYNC in place of one whose ids are longer than a payload may be."""
    told = (notice.kind, notice.shop, notice.channel, notice.conversation, notice.id)
    fields = to_json((*told, notice.detail) if notice.detail else told)
    return fields if len(fields) < LONGEST_PAYLOAD - 1 else to_json((RESYNC.kind,))


def _join_parts(parts: Iterable[bytes]) -> str:
    return (b"[" + b",".join(parts) + b"]").decode()


class Subscription:
    """One listener: an asynchronous iterator over notices that ends when the feed closes.

    At most `MOST_WAITING` notices wait; a listener that is slower finds RESYNC in their place. Use it as a context
    manager, or close it.
    """

    def __init__(self, feed: "LiveFeed", shops: frozenset[str] | None) -> None:
        self._feed = feed
        self._shops = shops
        self._waiting: deque[Notice] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Notice:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def take_waiting(self) -> tuple[Notice, ...]:
        """Everything that waits now."""
        taken = tuple(self._waiting)
        self._waiting.clear()
        return taken

    def push(self, notice: Notice) -> None:
        """Hand the listener a notice, where it is of its shops."""
        if notice.shop and self._shops is not None and notice.shop not in self._shops:
            return
        if notice == RESYNC or len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            notice = RESYNC
        self._waiting.append(notice)
        self._arrived.set()

    def close(self) -> None:
        """Listen no more; what waits can still be read."""
        self._closed = True
        self._arrived.set()
        self._feed.drop_subscription(self)


class LiveFeed(EventReader):
    """Every listener of one process. For use on the event loop."""

    def __init__(self) -> None:
        self._subscriptions: dict[Subscription, None] = {}
        self._closed = False

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._subscriptions))

    @property
    def has_listeners(self) -> bool:
        """Whether anybody listens."""
        return bool(self._subscriptions)

    def subscribe(self, shops: frozenset[str] | None = None) -> Subscription:
        """A listener for these shops, None for every one; one that comes while the feed is closed ends at once.

        Subscribe first and read the state then: so nothing falls between the two.
        """
        subscription = Subscription(self, shops)
        self._subscriptions[subscription] = None
        if self._closed:
            subscription.close()
        return subscription

    def drop_subscription(self, subscription: Subscription) -> None:
        """Forget a listener."""
        self._subscriptions.pop(subscription, None)

    def publish(self, notices: Iterable[Notice]) -> None:
        """Hand the notices to every listener."""
        for notice in notices:
            for subscription in self:
                subscription.push(notice)

    def resync(self) -> None:
        """Tell every listener to read the state again."""
        self.publish((RESYNC,))

    def after_commit(self, events: Sequence[Event]) -> None:
        """Tell of events of this process, where no database does."""
        if self._subscriptions:
            self.publish([notice_of(event) for event in events])

    def close(self) -> None:
        """End every listener; the first step of stopping, since listeners would keep their connections open."""
        self._closed = True
        for subscription in self:
            subscription.close()
