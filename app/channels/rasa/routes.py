"""GET /webhooks/rest/ and POST /webhooks/rest/webhook in Rasa's shape, with ?token= and ?shop=."""

import hmac
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from app.channels import ChannelContext
from app.channels.rasa.action_server import TOKEN
from app.channels.reading import json_request_body, read_body
from app.domain.message import ConversationKey, Message, MessageContext, Sender
from app.errors import NotFoundError, UnauthenticatedError
from app.web.openapi import problem_responses

CHANNEL = "rest"
REST_EXAMPLES = {"question": {"summary": "有货吗", "value": {"sender": "buyer-01", "message": "茶盘有货吗"}}}


class RestMessageIn(BaseModel):
    """Rasa's message. `metadata` may hold our `shop`, `message_id`, `product_id`, `sku_id` and `order_id`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sender: str = Field(min_length=1, max_length=128, examples=["buyer-01"])
    message: str = Field(default="", examples=["茶盘有货吗"])
    metadata: dict[str, Any] | None = None
    input_channel: str | None = None


class RestButton(BaseModel):
    """A choice a client may show."""

    title: str
    payload: str


class RestReply(BaseModel):
    """One part of the answer; keys without a value are left out."""

    recipient_id: str
    text: str | None = None
    buttons: list[RestButton] | None = None
    custom: dict[str, Any] | None = None


def routes(door: ChannelContext) -> APIRouter:
    """Rasa's two routes."""
    router = APIRouter(prefix="/webhooks/rest", tags=["rasa"])

    @router.get("/", summary="The channel is there")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.post(
        "/webhook",
        summary="A message in Rasa's REST shape",
        description="`token` is XIAOER_REST_TOKEN; `shop` may be left out when there is only one. "
        "A handoff travels as `custom.handoff`. `stream=true` gives one JSON object a line.",
        response_model=list[RestReply],
        responses=problem_responses(401, 404, 413, 422, 429, 503),
        openapi_extra=json_request_body(RestMessageIn, REST_EXAMPLES),
        dependencies=[Security(TOKEN)],
    )
    async def webhook(
        request: Request,
        token: Annotated[str, Query()] = "",
        shop: Annotated[str, Query()] = "",
        stream: Annotated[bool, Query()] = False,  # noqa: FBT002 (Rasa's own parameter)
    ) -> Response:
        _check_rest_token(door.rest_token, token)
        read = read_body(RestMessageIn, await request.body())
        message = _build_rest_message(door, read, shop)
        door.admit(message.key.shop, message.sender.id)
        parts = rest_parts(read.sender, await door.respond(message))
        return _stream_parts(parts) if stream else Response(to_json(parts), media_type="application/json")

    return router


def rest_parts(recipient: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer as Rasa's list: one object a reply, split at blank lines as Rasa does, then the handoff."""
    texts = [part for reply in body["replies"] for part in reply["text"].split("\n\n") if part.strip()]
    parts: list[dict[str, Any]] = [{"recipient_id": recipient, "text": text} for text in texts]
    if body["handoff"]:
        parts.append({"recipient_id": recipient, "custom": {"handoff": body["handoff"]}})
    return parts


def _check_rest_token(expected: str, given: str) -> None:
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        raise UnauthenticatedError("a valid ?token= is required")


def _build_rest_message(door: ChannelContext, read: RestMessageIn, shop: str) -> Message:
    metadata = {key: str(value) for key, value in (read.metadata or {}).items() if value is not None}
    now = door.clock()
    return Message(
        id=metadata.get("message_id") or door.new_id(),
        key=ConversationKey(_choose_shop(door, shop or metadata.get("shop", "")), CHANNEL, read.sender),
        sender=Sender(read.sender),
        text=read.message.replace("\x00", ""),
        sent_at=now,
        received_at=now,
        context=MessageContext(metadata.get("product_id"), metadata.get("sku_id"), metadata.get("order_id")),
    )


def _choose_shop(door: ChannelContext, named: str) -> str:
    if named:
        door.find_shop(named)
        return named
    shops = door.shop_ids()
    if len(shops) != 1:
        raise NotFoundError("several shops are open here: name one with ?shop=")
    return shops[0]


def _stream_parts(parts: list[dict[str, Any]]) -> Response:
    return StreamingResponse((to_json(part) + b"\n" for part in parts), media_type="text/event-stream")
