"""A buyer's message, as every channel hands it to the responder."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.content import TEXT_ONLY, Content

BURST_JOINT = "，"
"""Between the messages of a burst, which are answered as one."""


class MessageType(StrEnum):
    """The type of a message."""

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
    """The buyer, by the platform's id."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class MessageContext:
    """The product or order page the buyer wrote from, by the shop's ids."""

    product_id: str | None = None
    sku_id: str | None = None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a buyer sent; unique by (shop, channel, id).

    `sent_at` and `received_at` are aware UTC times. `delivery_id` is the platform's own id of the delivery, where it
    has one: the same delivery id again marks a retry, whatever the message id. `content` holds the typed parts of a
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
