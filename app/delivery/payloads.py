"""What a shop's callback receives, as the API page tells it: written here, sent by the outbox."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from app.delivery.ping import CALLBACK_TEST
from app.domain.content import TEXT_ONLY, Content
from app.domain.decision import Reason
from app.domain.events import ShopBroken, ShopMended
from app.domain.handoff import Group, Priority
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.domain.ticket import Ticket
from handoff.brief import Attachments, Brief, Parts
from handoff.events import TicketEvent
from handoff.ports import AgentLine


class _CallbackModel(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _ConversationModel(_CallbackModel):
    shop: str = Field(examples=["demo"])
    channel: str = Field(examples=["webhook"])
    conversation: str = Field(examples=["c-1"])


class LineSent(_CallbackModel):
    """One bubble to show the buyer."""

    id: str = Field(description="tell it back as the `id` of /spoken when the platform echoes our line")
    type: Literal["text"] = "text"
    text: str = Field(
        examples=["亲，付款后48小时内发出，您安心等候~"], description="the whole line for those who show text only"
    )
    parts: Parts = ()
    attachments: Attachments = ()


class ReplyData(_ConversationModel):
    """A line for a buyer, of the bot or of a person."""

    author: Literal["bot", "agent"]
    agent: str | None = Field(description="the person's name")
    reply: LineSent
    in_reply_to: list[str] | None = Field(
        default=None, description="the bot's: every message it answers, a burst in one"
    )
    answer: dict[str, Any] | None = Field(default=None, description="the bot's: as a synchronous answer, see AnswerOut")


class ReplySent(_CallbackModel):
    """A line for a buyer."""

    id: str = Field(description="the same over every attempt, as `webhook-id` is")
    type: Literal["reply"]
    timestamp: datetime
    data: ReplyData


class HandoffData(_ConversationModel):
    """A ticket as its change leaves it to others."""

    id: str = Field(description="the ticket's id at /v1/handoffs")
    reason: Reason
    group: Group
    priority: Priority
    deadline: datetime = Field(description="when a person's first answer is due")
    agent: str | None = Field(description="who changed it")
    brief: Brief | None = Field(default=None, description="with `handoff.opened`: all that a person needs")


class HandoffSent(_CallbackModel):
    """A ticket was opened or changed."""

    id: str = Field(description="the same over every attempt, as `webhook-id` is")
    type: Literal["handoff.opened", "handoff.claimed", "handoff.released", "handoff.resolved", "handoff.returned"]
    timestamp: datetime
    data: HandoffData


class PromiseData(_ConversationModel):
    """What the bot granted a buyer in one turn, for the shop's systems to carry out."""

    buyer: str = Field(examples=["buyer-01"])
    granted: list[dict[str, Any]] = Field(
        description="each with its `type`: CouponCommitment, PriceCommitment, GiftCommitment or CompensationCommitment",
        examples=[[{"type": "CompensationCommitment", "kind": "cash", "order_id": "8800100004", "amount": "5"}]],
    )
    trace_id: str


class PromiseSent(_CallbackModel):
    """The bot granted something."""

    id: str
    type: Literal["promise.made"]
    timestamp: datetime
    data: PromiseData


class ShopProblemSent(_CallbackModel):
    """One thing that is wrong with a shop's files."""

    file: str = Field(examples=["faq.csv"])
    sheet: str = Field(default="", description="the worksheet of an Excel file", examples=["售后"])
    row: int | None = Field(description="as Excel counts; None when it is about the whole file", examples=[12])
    column: str = Field(default="", description="the letter above the column", examples=["D"])
    message: str = Field(examples=["“答案”是空的，请填写。"])


class ShopData(_CallbackModel):
    """A shop whose files broke or were mended; its last good version answers meanwhile."""

    shop: str = Field(examples=["demo"])
    since: datetime = Field(description="when it was first found broken")
    problems: list[ShopProblemSent] = Field(description="the first of them; `xiaoer check` lists all")


class ShopSent(_CallbackModel):
    """A shop's files broke or were mended."""

    id: str
    type: Literal["shop.broken", "shop.mended"]
    timestamp: datetime
    data: ShopData


class PingData(_CallbackModel):
    """Whose callback is being tried out."""

    shop: str = Field(examples=["demo"])


class PingSent(_CallbackModel):
    """Somebody tries whether the callback answers."""

    id: str
    type: Literal["callback.test"]
    timestamp: datetime
    data: PingData


_DELIVERY_RULES = (
    "Sent to the callback url of shop.yml, signed by Standard Webhooks headers with the shop's own secret. Any 2xx"
    " acknowledges it; of its body nothing is read but the first 16 KiB. Anything else is tried again under the same"
    " webhook-id, a conversation's lines in order: replies for a day, handoff.* for ever; Retry-After is kept, up to an"
    " hour. A 4xx that refuses the row itself (400, 404, 409, 422 …) ends the tries after six within some seconds, 410"
    " at once; not so 401, 402, 403 and 407, which rest the destination, nor 408, 423, 425 and 429. /v1/outbox lists"
    " what was given up, /v1/outbox/attempts every attempt. While a secret is being replaced (`new,old`), the header"
    " carries a signature of each."
)
_CALLBACK_MODELS: dict[str, tuple[type[BaseModel], str]] = {
    "reply": (ReplySent, "A line for a buyer, where the response has gone before it"),
    **{f"handoff.{event}": (HandoffSent, f"A ticket was {event}") for event in TicketEvent},
    "promise.made": (PromiseSent, "The bot granted a coupon, a price, a gift or amends"),
    "shop.broken": (ShopSent, "The shop's files cannot be opened; their last good version answers"),
    "shop.mended": (ShopSent, "The shop's files are in order again"),
    CALLBACK_TEST: (PingSent, "Somebody tried the callback out; it asks for nothing"),
}


def webhook_documents(ref_template: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The page's webhooks, and the schemas they name."""
    models = {model for model, _ in _CALLBACK_MODELS.values()}
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=ref_template)
    told = {
        kind: {"post": _webhook_operation(ref_template, kind, model, summary)}
        for kind, (model, summary) in _CALLBACK_MODELS.items()
    }
    return told, schemas["$defs"]


def _webhook_operation(ref_template: str, kind: str, model: type[BaseModel], summary: str) -> dict[str, Any]:
    schema = {"$ref": ref_template.format(model=model.__name__)}
    return {
        "operationId": "on" + "".join(part.capitalize() for part in kind.split(".")),
        "security": [{"webhook-id": [], "webhook-timestamp": [], "webhook-signature": []}],
        "tags": ["messages"],
        "summary": summary,
        "description": _DELIVERY_RULES,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"2XX": {"description": "taken"}, "410": {"description": "the callback is gone for good"}},
    }


MICROSECONDS = 1_000_000
MOST_PROBLEMS_SENT = 20


@dataclass(frozen=True, slots=True)
class OutboxWriter:
    """Outgoing through the outbox.

    Attributes:
        buyer_destination: where lines for this conversation's buyer go; None when the channel cannot be written to.
        event_destinations: where a shop's events of one kind go.
    """

    buyer_destination: Callable[[ConversationKey], str | None]
    event_destinations: Callable[[str, str], Sequence[str]]

    def reply_rows(self, ticket: Ticket, line: AgentLine, now: datetime) -> Sequence[OutboxRow]:
        """One row to the buyer's channel."""
        destination = self.buyer_destination(ticket.key)
        if destination is None:
            return ()
        payload = reply_payload(ticket.key, line.id, line.text, now, agent=line.agent, content=line.content)
        return (OutboxRow(line.id, "reply", destination, payload),)

    def bot_rows(self, key: ConversationKey, line_id: str, text: str, now: datetime) -> Sequence[OutboxRow]:
        """One row to the buyer's channel of what the bot says between turns."""
        destination = self.buyer_destination(key)
        if destination is None:
            return ()
        return (OutboxRow(line_id, "reply", destination, reply_payload(key, line_id, text, now), until_takeover=True),)

    def event_rows(
        self, event: TicketEvent, ticket: Ticket, now: datetime, agent: str | None = None
    ) -> Sequence[OutboxRow]:
        """One row a destination."""
        stamp = f"{ticket.id}:{event}:{int(now.timestamp() * MICROSECONDS)}"
        payload = event_payload(event, ticket, now, agent)
        return tuple(
            OutboxRow(f"{stamp}:{place}", f"handoff.{event}", destination, payload)
            for place, destination in enumerate(self.event_destinations(ticket.key.shop, f"handoff.{event}"))
        )

    def shop_rows(self, event: ShopBroken | ShopMended) -> Sequence[OutboxRow]:
        """One row a destination; every replica tells of it under the same id within the hour, so it is sent once."""
        payload = shop_payload(event)
        stamp = f"{event.kind}:{event.version}:{event.at:%Y%m%d%H}"
        return tuple(
            OutboxRow(f"{stamp}:{place}", event.kind, destination, payload)
            for place, destination in enumerate(self.event_destinations(event.shop, event.kind))
        )


def shop_payload(event: ShopBroken | ShopMended) -> Mapping[str, Any]:
    """A shop that broke or was mended, with the first of its problems."""
    problems = event.problems[:MOST_PROBLEMS_SENT] if isinstance(event, ShopBroken) else ()
    data = {
        "shop": event.shop,
        "since": event.since.isoformat(),
        "problems": [
            {
                "file": each.file,
                "sheet": each.sheet,
                "row": each.row,
                "column": each.column,
                "message": each.message,
            }
            for each in problems
        ],
    }
    return {"type": event.kind, "timestamp": event.at.isoformat(), "data": data}


def reply_payload(
    key: ConversationKey,
    reply_id: str,
    text: str,
    now: datetime,
    *,
    agent: str | None = None,
    content: Content = TEXT_ONLY,
) -> Mapping[str, Any]:
    """A line for the buyer as our callback's receivers read it; parts and attachments only where it has them."""
    return {
        "type": "reply",
        "timestamp": now.isoformat(),
        "data": {
            "shop": key.shop,
            "channel": key.channel,
            "conversation": key.conversation,
            "author": "agent" if agent else "bot",
            "agent": agent,
            "reply": {"id": reply_id, "type": "text", "text": text} | content_fields(content),
        },
    }


def content_fields(content: Content) -> dict[str, Any]:
    """The fields `parts` and `attachments`, left out when empty."""
    listed = {"parts": content.parts, "attachments": content.attachments}
    return {name: [asdict(each) for each in values] for name, values in listed.items() if values}


def event_payload(event: TicketEvent, ticket: Ticket, now: datetime, agent: str | None) -> Mapping[str, Any]:
    """A ticket's change as desks and the shop's systems read it; an opened ticket comes with its brief."""
    data: dict[str, Any] = {
        "id": ticket.id,
        "shop": ticket.key.shop,
        "channel": ticket.key.channel,
        "conversation": ticket.key.conversation,
        "reason": ticket.reason,
        "group": ticket.group,
        "priority": ticket.priority,
        "deadline": ticket.first_response_due.isoformat(),
        "agent": agent,
    }
    if event is TicketEvent.OPENED:
        data["brief"] = {**ticket.brief, "margins": []}  # whoever sends it knows whether the shop lets them be seen
    return {"type": f"handoff.{event}", "timestamp": now.isoformat(), "data": data}
