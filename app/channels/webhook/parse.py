"""The message body of the open door, read strictly enough to be honest and loosely enough to grow."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.channels.reading import read_body
from app.domain.message import ConversationKey, Message, MessageContext, MessageType, Sender

CHANNEL = "webhook"
Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _LenientBody(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SenderIn(_LenientBody):
    """Who wrote, by the platform's own id."""

    id: Id = Field(description="the buyer's id on the platform; orders are looked up by it", examples=["buyer-01"])
    name: str | None = Field(default=None, max_length=128, examples=["小鱼"])


class ContextIn(_LenientBody):
    """What the buyer had in front of them, by the shop's own ids."""

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


def parse_message(shop: str, body: bytes, received_at: datetime, delivery_id: str | None = None) -> Message:
    """The message in a raw JSON body; raises MalformedError naming every field that is wrong."""
    read = read_body(MessageIn, body)
    return Message(
        id=read.id,
        key=ConversationKey(shop, CHANNEL, read.conversation),
        sender=Sender(read.sender.id, read.sender.name),
        text=read.text.replace("\x00", ""),
        sent_at=_assume_utc(read.sent_at) or received_at,
        received_at=received_at,
        type=read.type,
        context=MessageContext(read.context.product_id, read.context.sku_id, read.context.order_id),
        delivery_id=delivery_id,
    )


def _assume_utc(moment: datetime | None) -> datetime | None:
    """A time without a zone is taken as UTC."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
