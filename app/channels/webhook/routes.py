"""POST /v1/shops/{shop}/messages."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from pydantic_core import to_json

from app.channels import Door
from app.channels.documents import headers, json_body
from app.channels.webhook.parse import MessageIn, parse
from app.channels.webhook.verify import verify
from app.domain.conversation import Owner
from app.domain.decision import Action, Reason
from app.domain.handoff import Group, Priority


class ReplyOut(BaseModel):
    """One bubble to show the buyer."""

    type: Literal["text"] = "text"
    text: str = Field(examples=["亲，付款后48小时内发出，您安心等候~"])


class DecisionOut(BaseModel):
    """What was decided, and why."""

    action: Action
    intent: str = Field(examples=["shipping_time"])
    confidence: float = Field(ge=0, le=1)
    faq: str | None = None
    reason: Reason | None = None


class HandoffOut(BaseModel):
    """The ticket people work on."""

    id: str
    reason: Reason
    group: Group
    priority: Priority
    deadline: datetime = Field(description="when a person's first answer is due")


class AnswerOut(BaseModel):
    """What a message is answered with; its duplicates get the same with `duplicate` set."""

    message_id: str
    conversation: str
    owner: Owner
    duplicate: bool = False
    replies: list[ReplyOut]
    decision: DecisionOut
    handoff: HandoffOut | None = None
    trace_id: str


EXAMPLES = {
    "shipping": {
        "summary": "发货时间",
        "value": {
            "id": "m-1",
            "conversation": "c-1",
            "sender": {"id": "buyer-01", "name": "小鱼"},
            "text": "现在拍今天能发吗",
        },
    },
    "order card": {
        "summary": "订单卡片",
        "value": {
            "id": "m-2",
            "conversation": "c-1",
            "sender": {"id": "buyer-01"},
            "text": "",
            "type": "order_card",
            "context": {"order_id": "202600000001"},
        },
    },
}
SIGNED = {
    "webhook-id": "unique for this message, the same over its retries; no dots",
    "webhook-timestamp": "Unix seconds of this attempt, at most five minutes off",
    "webhook-signature": 'v1,base64(HMAC-SHA256(secret, "{id}.{timestamp}.{body}")); several are parted by spaces',
}


def routes(door: Door) -> APIRouter:
    """The open door's route."""
    router = APIRouter(tags=["messages"])

    @router.post(
        "/v1/shops/{shop}/messages",
        summary="A buyer's message in, the answer out",
        description="Signed by Standard Webhooks headers with the secret of the shop (XIAOER_SECRET_<SHOP>).",
        response_model=AnswerOut,
        openapi_extra={"parameters": headers(SIGNED), **json_body(MessageIn, EXAMPLES)},
    )
    async def post_message(shop: str, request: Request) -> Response:
        body = await request.body()
        door.find_shop(shop)
        verify(door.secret_of(shop), body, request.headers)
        message = parse(shop, body, door.clock())
        return _json(await door.respond(message))

    return router


def _json(document: Any) -> Response:
    return Response(to_json(document), media_type="application/json")
