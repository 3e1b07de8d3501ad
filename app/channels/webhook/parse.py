"""Parses the webhook channel's message body; unknown keys are allowed, wrong values are not."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.channels.reading import read_body
from app.domain.content import CardKind, CardPart, Content
from app.domain.message import ConversationKey, Message, MessageContext, MessageType, Sender
from app.web.content import AttachmentsIn, ImageIn, PartsIn, part_texts, read_content

CHANNEL = "webhook"
Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _LenientBody(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SenderIn(_LenientBody):
    """The buyer, by the platform's id."""

    id: Id = Field(description="the buyer's id on the platform; orders are looked up by it", examples=["buyer-01"])
    name: str | None = Field(default=None, max_length=128, examples=["小鱼"])


class ContextIn(_LenientBody):
    """The product or order page the buyer wrote from, by the shop's ids."""

    product_id: Id | None = Field(default=None, examples=["P001"])
    sku_id: Id | None = None
    order_id: Id | None = None


class MessageIn(_LenientBody):
    """One message of a buyer."""

    id: Id = Field(description="the platform's message id; the same id again is a retry", examples=["m-1001"])
    conversation: Id = Field(description="one buyer in one shop", examples=["c-1"])
    sender: SenderIn
    text: str = Field(
        default="", description="what was typed; empty for a picture or a card", examples=["什么时候发货呀"]
    )
    sent_at: datetime | None = Field(default=None, description="when it was sent; now when left out")
    type: MessageType = MessageType.TEXT
    context: ContextIn = ContextIn()
    image: ImageIn | None = Field(default=None, description="the picture of a message of type image")
    parts: PartsIn = Field(default=(), description="a message of several parts: text, image, card")
    attachments: AttachmentsIn = Field(default=(), description="files, by URL")


def parse_message(shop: str, body: bytes, received_at: datetime, delivery_id: str | None = None) -> Message:
    """Parses a raw JSON body; raises MalformedError, which names every wrong field."""
    read = read_body(MessageIn, body)
    content = read_content(read.text, read.parts, read.attachments, read.image)
    return Message(
        id=read.id,
        key=ConversationKey(shop, CHANNEL, read.conversation),
        sender=Sender(read.sender.id, read.sender.name),
        text=(read.text or part_texts(content)).replace("\x00", ""),
        sent_at=_assume_utc(read.sent_at) or received_at,
        received_at=received_at,
        type=_message_type(read.type, content),
        context=_message_context(read.context, content),
        delivery_id=delivery_id,
        content=content,
    )


def _message_type(declared: MessageType, content: Content) -> MessageType:
    """The message's type; where the body says text, its parts decide."""
    if declared is not MessageType.TEXT:
        return declared
    if content.has_image:
        return MessageType.IMAGE
    cards = {part.kind for part in content.parts if isinstance(part, CardPart)}
    if CardKind.ORDER in cards:
        return MessageType.ORDER_CARD
    return MessageType.PRODUCT_CARD if CardKind.PRODUCT in cards else MessageType.TEXT


def _message_context(given: ContextIn, content: Content) -> MessageContext:
    """The context the body names; where it names none, the product and order of its cards."""
    cards = {part.kind: part.id for part in content.parts if isinstance(part, CardPart) and part.id}
    return MessageContext(
        given.product_id or cards.get(CardKind.PRODUCT), given.sku_id, given.order_id or cards.get(CardKind.ORDER)
    )


def _assume_utc(moment: datetime | None) -> datetime | None:
    """Takes a time without a zone as UTC."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
