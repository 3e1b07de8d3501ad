"""GET /webhooks/rest/ and POST /webhooks/rest/webhook in Rasa's shape, with ?token= and ?shop=."""

import hmac
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import to_json

from app.channels import ChannelContext
from app.channels.rasa.action_server import TOKEN
from app.channels.reading import Id, PlainText, json_request_body, read_body
from app.domain.message import ConversationKey, Message, MessageContext, Sender
from app.domain.ticket import TranscriptLine
from app.errors import NotFoundError, UnauthenticatedError
from app.web.openapi import OPEN_TO_ALL, problem_responses

CHANNEL = "rest"
FETCHED_CHANNELS = (CHANNEL,)
"""A person's lines go out with the answer to the buyer's next message, or by /lines, where there is no callback."""
RECENT_LINES = 200
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the answer's parts; with `stream=true` one JSON object a line, each as it is ready",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
REST_EXAMPLES = {"question": {"summary": "有货吗", "value": {"sender": "buyer-01", "message": "茶盘有货吗"}}}


def _read_number(value: object) -> object:
    """A number as its digits: clients of Rasa send what their own database calls the contact."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _read_null(value: object) -> object:
    return "" if value is None else _read_number(value)


def _skip_foreign(value: object) -> object:
    """Metadata that is no object of ours says nothing to us; Rasa hands on whatever it is."""
    return value if isinstance(value, Mapping) else None


LenientId = Annotated[Id, BeforeValidator(_read_number, json_schema_input_type=str | int)]


class RestMetadata(BaseModel):
    """What a client may tell beside Rasa's own fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    shop: str | None = None
    message_id: LenientId | None = None
    product_id: LenientId | None = None
    sku_id: LenientId | None = None
    order_id: LenientId | None = None


class RestMessageIn(BaseModel):
    """Rasa's message; like Rasa it takes a number as the sender, and null as no words."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sender: LenientId = Field(examples=["buyer-01"])
    message: Annotated[PlainText, BeforeValidator(_read_null, json_schema_input_type=str | int | None)] = Field(
        default="", examples=["茶盘有货吗"]
    )
    metadata: Annotated[
        RestMetadata | None, BeforeValidator(_skip_foreign, json_schema_input_type=RestMetadata | None)
    ] = Field(default=None, description="may hold our shop, message_id, product_id, sku_id and order_id")


class RestButton(BaseModel):
    """A choice that a client may show."""

    title: str
    payload: str


class RestReply(BaseModel):
    """One part of the answer; keys without a value are left out."""

    recipient_id: str
    text: str | None = None
    buttons: list[RestButton] | None = None
    custom: dict[str, Any] | None = None


def routes(context: ChannelContext) -> APIRouter:
    """Rasa's two routes."""
    router = APIRouter(prefix="/webhooks/rest", tags=["rasa"])

    @router.get("/", include_in_schema=False)  # Rasa's own path
    @router.get(
        "",
        operation_id="checkRestChannel",
        summary="The channel is there",
        description="As Rasa's own REST channel answers; with a slash at the end it is the same.",
        openapi_extra=OPEN_TO_ALL,
    )
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.post(
        "/webhook",
        operation_id="sendRestMessage",
        summary="A message in Rasa's REST shape",
        description="`token` is XIAOER_REST_TOKEN; `shop` may be left out when there is only one. "
        "A handoff travels as `custom.handoff`. `stream=true` gives one JSON object a line. What people answered since "
        "the buyer's last message comes first, where the shop has no callback.",
        response_model=list[RestReply],
        responses=STREAMED | problem_responses(401, 404, 409, 413, 422, 429, 503),
        openapi_extra=json_request_body(RestMessageIn, REST_EXAMPLES),
        dependencies=[Security(TOKEN)],
    )
    async def webhook(
        request: Request,
        token: Annotated[str, Query()] = "",
        shop: Annotated[str, Query()] = "",
        stream: Annotated[bool, Query()] = False,  # noqa: FBT002 (Rasa's own parameter)
    ) -> Response:
        _check_rest_token(context.rest_token, token)
        read = read_body(RestMessageIn, await request.body())
        message = _build_rest_message(context, read, shop)
        context.admit(message.key.shop, message.sender.id)
        body = await context.respond(message)
        parts = [*await _missed_parts(context, message), *rest_parts(read.sender, body)]
        return _stream_parts(parts) if stream else Response(to_json(parts), media_type="application/json")

    return router


def rest_parts(recipient: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer as Rasa's list: one object per reply, split at blank lines as Rasa does, then the handoff."""
    texts = [part for reply in body["replies"] for part in reply["text"].split("\n\n") if part.strip()]
    parts: list[dict[str, Any]] = [{"recipient_id": recipient, "text": text} for text in texts]
    if body["handoff"]:
        parts.append({"recipient_id": recipient, "custom": {"handoff": body["handoff"]}})
    return parts


async def _missed_parts(context: ChannelContext, message: Message) -> list[dict[str, Any]]:
    """What people answered since the buyer's message before this one, where nothing else brings it to them."""
    if context.callback_of(message.key) is not None:
        return []
    missed = missed_lines(await context.load_conversation_lines(message.key, RECENT_LINES), message.id)
    return [{"recipient_id": message.sender.id, "text": line.text} for line in missed]


def missed_lines(lines: Sequence[TranscriptLine], message_id: str) -> list[TranscriptLine]:
    """People's lines between a buyer's message and their one before it."""
    before = takewhile(lambda line: line.message_id != message_id, lines)
    since = takewhile(lambda line: line.author != "buyer", reversed(list(before)))
    return [line for line in reversed(list(since)) if line.author == "agent"]


def _check_rest_token(expected: str, given: str) -> None:
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        raise UnauthenticatedError("a valid ?token= is required")


def _build_rest_message(context: ChannelContext, read: RestMessageIn, shop: str) -> Message:
    metadata = read.metadata or RestMetadata()
    now = context.clock()
    return Message(
        id=metadata.message_id or context.new_id(),
        key=ConversationKey(_choose_shop(context, shop or metadata.shop or ""), CHANNEL, read.sender),
        sender=Sender(read.sender),
        text=read.message,
        sent_at=now,
        received_at=now,
        context=MessageContext(metadata.product_id, metadata.sku_id, metadata.order_id),
    )


def _choose_shop(context: ChannelContext, named: str) -> str:
    if named:
        context.find_shop(named)
        return named
    shop = context.choose_shop()
    if shop is None:
        raise NotFoundError("several shops are open here: name one with ?shop=")
    context.find_shop(shop)
    return shop


def _stream_parts(parts: list[dict[str, Any]]) -> Response:
    return StreamingResponse((to_json(part) + b"\n" for part in parts), media_type="text/event-stream")
