"""What a buyer sent, as every channel hands it over."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.content import TEXT_ONLY, Content


class MessageType(StrEnum):
    """What kind of thing was sent."""

    TEXT = "text"
    IMAGE = "image"
    PRODUCT_CARD = "product_card"
    ORDER_CARD = "order_card"


@dataclass(frozen=True, slots=True, order=True)
class ConversationKey:
    """One buyer in one shop on one channel; the shop comes first in every key."""

    shop: str
    channel: str
    conversation: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, by the platform's own id."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class MessageContext:
    """What the buyer had in front of them, by the shop's own ids."""

    product_id: str | None = None
    sku_id: str | None = None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a buyer sent; unique by (shop, channel, id).

    `sent_at` and `received_at` are aware UTC times. `delivery_id` is the platform's own id of the delivery, where it
    has one: the same delivery again is a retry, whatever message id it carries. `content` holds the typed parts of a
    message that is more than its text.
    """

    id: str
    key: ConversationKey
    sender: Sender
    text: str
    sent_at: datetime
    received_at: datetime
    type: MessageType = MessageType.TEXT
    context: MessageContext = field(default_factory=MessageContext)
    delivery_id: str | None = None
    content: Content = TEXT_ONLY
