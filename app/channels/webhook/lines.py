"""What was said in a conversation: how a shop without a callback gets its agents' lines to the buyer."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.channels import ChannelContext
from app.channels.reading import json_request_body, read_body
from app.channels.webhook.parse import CHANNEL, Id
from app.channels.webhook.verify import verify_signature
from app.domain.message import ConversationKey
from app.domain.ticket import TranscriptLine
from app.web.openapi import problem_responses

MOST_LINES = 100
LINES_EXAMPLES = {
    "since": {
        "summary": "上次之后的新内容",
        "value": {"conversation": "c-1", "after": "2026-06-18T10:30:00+08:00"},
    }
}


class LinesIn(BaseModel):
    """Which conversation, and since when."""

    model_config = ConfigDict(extra="forbid")

    conversation: Id
    after: AwareDatetime | None = Field(
        default=None, description="only lines later than this: the `at` of the last seen"
    )


class LineOut(BaseModel):
    """One line."""

    at: AwareDatetime
    author: str = Field(examples=["agent"], description="buyer, bot or agent")
    text: str = Field(examples=["亲，我是人工客服，马上帮您核对。"])
    type: str = "text"
    message_id: str | None = Field(description="the buyer's own lines: the id they came with")


class LinesOut(BaseModel):
    """The last lines, oldest first."""

    lines: list[LineOut]


def lines_router(door: ChannelContext, signed: Mapping[str, Any]) -> APIRouter:
    """The route; a request is signed like a message, so that the signature names the conversation."""
    router = APIRouter(tags=["messages"])

    @router.post(
        "/v1/shops/{shop}/lines",
        summary="What was said in a conversation",
        description="For shops without a callback: ask now and then, and show the agents' lines to the buyer.",
        responses=problem_responses(401, 404, 413, 422, 429, 503),
        openapi_extra={**signed, **json_request_body(LinesIn, LINES_EXAMPLES)},
    )
    async def read_lines(shop: str, request: Request) -> LinesOut:
        body = await request.body()
        door.find_shop(shop)
        verify_signature(door.secret_of(shop), body, request.headers.raw)
        asked = read_body(LinesIn, body)
        said = await door.load_conversation_lines(ConversationKey(shop, CHANNEL, asked.conversation), MOST_LINES)
        return LinesOut(lines=[_build_line_out(line) for line in _select_new_lines(said, asked)])

    return router


def _select_new_lines(said: Sequence[TranscriptLine], asked: LinesIn) -> Sequence[TranscriptLine]:
    return said if asked.after is None else [line for line in said if line.at > asked.after]


def _build_line_out(line: TranscriptLine) -> LineOut:
    return LineOut(at=line.at, author=line.author, text=line.text, type=line.type, message_id=line.message_id)
