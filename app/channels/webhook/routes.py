"""POST /v1/shops/{shop}/messages."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from pydantic_core import to_json

from app.channels import ChannelContext
from app.channels.reading import json_request_body, signature_security
from app.channels.webhook import lines, spoken
from app.channels.webhook.examples import ACCEPTED_EXAMPLES, ANSWER_EXAMPLES, MESSAGE_EXAMPLES
from app.channels.webhook.parse import CHANNEL, MessageIn, parse_message
from app.channels.webhook.verify import verify_signature
from app.domain.content import Part
from app.domain.conversation import Owner
from app.domain.decision import Action, Reason
from app.domain.handoff import Group, Priority
from app.domain.message import Message
from app.errors import MalformedError
from app.turns.response import mark_duplicate
from app.web.fast_path import PlainRoute
from app.web.openapi import problem_responses, response_examples

FETCHED_CHANNELS = (CHANNEL,)
"""Lines for these buyers wait for /lines where the shop has no callback."""


class ReplyOut(BaseModel):
    """One reply bubble."""

    type: Literal["text"] = "text"
    text: str = Field(examples=["亲，付款后48小时内发出，您安心等候~"])
    parts: list[Part] = Field(default=[], description="the text, then pictures and links; absent where there are none")


class DecisionOut(BaseModel):
    """The decision and its reason."""

    action: Action
    intent: str = Field(description="the intent's id: the name of its folder")
    confidence: float = Field(ge=0, le=1)
    faq: str | None = None
    reason: Reason | None = None


class HandoffOut(BaseModel):
    """The ticket."""

    id: str
    reason: Reason
    group: Group
    priority: Priority
    deadline: datetime = Field(description="when a person's first answer is due")


class KeptOut(BaseModel):
    """The message is stored; the callback gets its answer."""

    message_id: str
    conversation: str
    duplicate: bool = False


class AnswerOut(BaseModel):
    """The answer to a message; duplicates get the same with `duplicate` set."""

    message_id: str
    conversation: str
    owner: Owner
    duplicate: bool = False
    replies: list[ReplyOut]
    decision: DecisionOut
    handoff: HandoffOut | None = None
    trace_id: str


SIGNATURE_HEADERS = {
    "webhook-id": "unique for this message, the same over its retries; no dots",
    "webhook-timestamp": "Unix seconds of this attempt, at most five minutes off",
    "webhook-signature": 'v1,base64(HMAC-SHA256(secret, "{id}.{timestamp}.{body}")); several are parted by spaces',
}


PREFER_HEADER = {
    "name": "prefer",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "enum": ["respond-async"]},
    "description": "respond-async: 202 once the message is durable; the reply goes to the shop's callback URL",
}


def routes(context: ChannelContext) -> APIRouter:
    """The message route."""
    router = APIRouter(tags=["messages"], route_class=PlainRoute)
    signed = signature_security(SIGNATURE_HEADERS)
    router.include_router(lines.lines_router(context, signed))
    router.include_router(spoken.agent_lines_router(context, signed))

    @router.post(
        "/v1/shops/{shop}/messages",
        operation_id="sendMessage",
        summary="A buyer's message in, the answer out",
        description="Signed by Standard Webhooks headers with the secret of the shop (XIAOER_SECRET_<SHOP>). With "
        "`Prefer: respond-async` it answers 202 once the message is durable, a burst of messages is answered as one, "
        "and the reply goes to the shop's callback: see the webhook `reply`, whose `in_reply_to` names the messages.",
        response_model=AnswerOut,
        responses={
            200: response_examples(ANSWER_EXAMPLES),
            202: {"model": KeptOut, "description": "kept"} | response_examples(ACCEPTED_EXAMPLES),
            **problem_responses(401, 404, 409, 413, 422, 429, 503),
        },
        openapi_extra={
            **signed,
            "parameters": [*signed["parameters"], PREFER_HEADER],
            **json_request_body(MessageIn, MESSAGE_EXAMPLES),
        },
    )
    async def post_message(shop: str, request: Request) -> Response:
        body = await request.body()
        context.find_shop(shop)
        delivery_id = verify_signature(context.secrets_of(shop), body, request.headers.raw)
        message = parse_message(shop, body, context.clock(), delivery_id)
        context.admit(shop, message.sender.id)
        if prefers_async(request.headers.get("prefer", "")):
            return await _accept_async(context, message)
        return _json_response(await context.respond(message))

    return router


def prefers_async(prefer: str) -> bool:
    """Whether an RFC 7240 Prefer header asks for respond-async."""
    return any(part.strip().split(";")[0].lower() == "respond-async" for part in prefer.split(","))


async def _accept_async(context: ChannelContext, message: Message) -> Response:
    if context.callback_of(message.key) is None:
        raise MalformedError("respond-async needs a callback url in shop.yml (callback: {url: …})")
    accepted = await context.accept_message(message)
    if accepted.answer:
        return _json_response(mark_duplicate(accepted.answer.body))
    kept = {"message_id": message.id, "conversation": message.key.conversation, "duplicate": not accepted.new}
    return Response(to_json(kept), 202, {"preference-applied": "respond-async"}, media_type="application/json")


def _json_response(document: Any) -> Response:
    return Response(to_json(document), media_type="application/json")
