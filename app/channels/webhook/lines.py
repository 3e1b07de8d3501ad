"""Lists a conversation's lines, so that a shop without a callback can show its agents' lines to the buyer."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from app.channels import ChannelContext, fetched_channels
from app.channels.reading import Id, UtcTime, json_request_body, read_body
from app.channels.webhook.parse import CHANNEL
from app.channels.webhook.verify import verify_signature
from app.domain.message import ConversationKey
from app.domain.ticket import TranscriptLine
from app.web.openapi import problem_responses
from handoff.brief import Attachments, Parts

MOST_LINES = 100
LONGEST_CURSOR = 2048
LINES_EXAMPLES = {
    "begin": {"summary": "最近的内容", "value": {"conversation": "c-1"}},
    "go on": {
        "summary": "上次之后的新内容",
        "value": {"conversation": "c-1", "cursor": "WzMsMSwxNzUwLCJyLTEiXQ=="},
    },
}


class LinesIn(BaseModel):
    """Which conversation, and after what."""

    model_config = ConfigDict(extra="forbid")

    conversation: Id
    channel: str = Field(default=CHANNEL, description="the buyer's channel: webhook, or rest for Rasa's REST channel")
    cursor: str | None = Field(
        default=None, max_length=LONGEST_CURSOR, description="only lines after these: the `cursor` of the last answer"
    )
    after: UtcTime | None = Field(
        default=None, description="without a cursor: only lines after the one of this `at`, or later than this time"
    )

    @field_validator("channel")
    @classmethod
    def require_fetched(cls, channel: str) -> str:
        """Only channels whose lines wait to be fetched."""
        if channel not in fetched_channels():
            raise ValueError(f"one of {', '.join(sorted(fetched_channels()))}")
        return channel


class LineOut(BaseModel):
    """One line."""

    id: str = Field(description="unique in the shop: a buyer's line has the id it came with")
    at: AwareDatetime = Field(description="when it came to us, by our clock")
    author: str = Field(examples=["agent"], description="buyer, bot or agent")
    text: str = Field(examples=["亲，我是人工客服，马上帮您核对。"])
    type: str = "text"
    message_id: str | None = Field(description="the buyer's own lines: the id they came with")
    parts: Parts = ()
    attachments: Attachments = ()
    sent_at: AwareDatetime | None = Field(description="the buyer's own lines: when the platform says it was sent")


class LinesOut(BaseModel):
    """Lines in the order of the conversation, oldest first."""

    lines: list[LineOut]
    cursor: str | None = Field(description="send it back for what comes after these lines; null while there are none")
    more: bool = Field(description="more lines are there already: ask again at once")


def lines_router(context: ChannelContext, signed: Mapping[str, Any]) -> APIRouter:
    """The route. Requests are signed like messages, so that the signature covers the conversation."""
    router = APIRouter(tags=["messages"])

    @router.post(
        "/v1/shops/{shop}/lines",
        operation_id="listLines",
        summary="What was said in a conversation",
        description="For shops without a callback: ask now and then, and show the agents' lines to the buyer. Without "
        "a cursor the last 100 lines; with one every line after it, in pages, whatever the clocks say.",
        responses=problem_responses(401, 404, 413, 422, 429, 503),
        openapi_extra={**signed, **json_request_body(LinesIn, LINES_EXAMPLES)},
    )
    async def read_lines(shop: str, request: Request) -> LinesOut:
        body = await request.body()
        context.find_shop(shop)
        verify_signature(context.secrets_of(shop), body, request.headers.raw)
        asked = read_body(LinesIn, body)
        key = ConversationKey(shop, asked.channel, asked.conversation)
        page = await context.load_line_page(key, asked.cursor or asked.after, MOST_LINES)
        return LinesOut(lines=[_build_line_out(line) for line in page.lines], cursor=page.cursor, more=page.more)

    return router


def _build_line_out(line: TranscriptLine) -> LineOut:
    return LineOut(
        id=line.id,
        at=line.at,
        author=line.author,
        text=line.text,
        type=line.type,
        message_id=line.message_id,
        parts=line.content.parts,
        attachments=line.content.attachments,
        sent_at=line.sent_at,
    )
