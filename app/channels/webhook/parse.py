"""Parses the webhook channel's message body; unknown keys are allowed, wrong values are not."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.channels.reading import Id, PlainText, UtcTime, choose_sent_time, read_body
from app.domain.content import CardKind, CardPart, Content
from app.domain.message import ConversationKey, Message, MessageContext, MessageType, Sender
from app.web.content import AttachmentsIn, ImageIn, PartsIn, part_texts, read_content

CHANNEL = "webhook"


class _LenientBody(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SenderIn(_LenientBody):
    """The buyer, by the platform's id."""

    id: Id = Field(description="the buyer's id on the platform; orders are looked up by it", examples=["buyer-01"])
    name: PlainText | None = Field(default=None, max_length=128, examples=["小鱼"])


class ContextIn(_LenientBody):
    """The product or order page the buyer wrote from, by the shop's ids."""

    product_id: Id | None = Field(default=None, examples=["P001"])
    sku_id: Id | None = None
    order_id: Id | None = None


class MessageIn(_LenientBody):
    """One message of a buyer."""

    id: Id = Field(
        description="the platform's message id, unique in the shop: the same message again is a retry, "
        "another message under the same id is refused with 409",
        examples=["m-1001"],
    )
    conversation: Id = Field(description="one buyer in one shop", examples=["c-1"])
    sender: SenderIn
    text: PlainText = Field(
        default="", description="what was typed; empty for a picture or a card", examples=["什么时候发货呀"]
    )
    sent_at: UtcTime | None = Field(
        default=None,
        description="when it was sent; now when left out, or when more than a day ago or ten minutes ahead",
    )
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
        text=read.text or part_texts(content),
        sent_at=choose_sent_time(read.sent_at, received_at),
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
