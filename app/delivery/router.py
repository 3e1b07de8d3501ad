"""Which sender takes a row to its destination, and where a conversation's lines and a shop's events go."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from app.delivery.ports import FailureKind, OutboxItem, OutboxSender, SendError
from app.domain.message import ConversationKey
from app.shop.schema import Callback

REPLY = "reply"
CALLBACK_SCHEMES = ("http", "https")


class ChannelSender(OutboxSender, Protocol):
    """Writes to the buyers of one channel itself, past the shop's callback.

    `scheme` begins the destinations that are its own ("weixin-kf:…"); `channel` is whose conversations it serves.
    """

    scheme: str
    channel: str

    def address_of(self, key: ConversationKey) -> str | None:
        """The destination of a conversation's lines; None where this shop has not connected the channel."""


class DeliveryRouter:
    """A sender that hands each row to the sender of its destination's scheme."""

    def __init__(self, callback: OutboxSender, channels: Iterable[ChannelSender] = ()) -> None:
        self._senders: dict[str, OutboxSender] = dict.fromkeys(CALLBACK_SCHEMES, callback)
        self._senders |= {sender.scheme: sender for sender in channels}

    async def send_item(self, item: OutboxItem) -> int | None:
        """As the sender chosen. A scheme nobody serves may be a newer version's: the row waits for it."""
        scheme = destination_scheme(item.destination)
        sender = self._senders.get(scheme)
        if sender is None:
            raise SendError(f"no sender for {scheme}: destinations", kind=FailureKind.NO_SENDER)
        return await sender.send_item(item)


@dataclass(frozen=True, slots=True)
class DestinationBook:
    """Where things go: a channel that can be written to gets its own lines, the shop's callback the rest.

    Attributes:
        callback_of: a shop's callback; None while the shop is closed or has none.
        channels: the channels that can be written to, by name.
    """

    callback_of: Callable[[str], Callback | None]
    channels: Mapping[str, ChannelSender]

    def buyer_destination(self, key: ConversationKey) -> str | None:
        """Where lines for this conversation's buyer go; None when nobody takes them."""
        sender = self.channels.get(key.channel)
        address = sender.address_of(key) if sender else None
        return address or next(iter(self.event_destinations(key.shop, REPLY)), None)

    def event_destinations(self, shop: str, kind: str) -> tuple[str, ...]:
        """Where a shop's events of one kind go: to its callback, when that takes them."""
        callback = self.callback_of(shop)
        return (callback.url,) if callback and callback.takes(kind) else ()

    def callback_url(self, shop: str) -> str | None:
        """The address of a shop's callback now."""
        callback = self.callback_of(shop)
        return callback.url if callback else None


def destination_scheme(destination: str) -> str:
    """What a destination begins with, lower case."""
    return destination.partition(":")[0].lower()


def redact_destination(destination: str) -> str:
    """A URL without its query and password, for people and logs; another kind of destination by its scheme alone."""
    try:
        parts = urlsplit(destination)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "?"
    if parts.hostname:
        return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
    return destination_scheme(destination)
