"""POST /v1/shops/{shop}/spoken: reports that a person answered on the platform, which silences the bot."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.json_schema import SkipJsonSchema

from app.channels import ChannelContext
from app.channels.reading import Id, PlainText, json_request_body, read_body
from app.channels.webhook.parse import CHANNEL
from app.channels.webhook.verify import verify_signature
from app.domain.conversation import Owner
from app.domain.message import ConversationKey
from app.domain.ticket import TranscriptLine
from app.web.content import AttachmentsIn, PartsIn, part_texts, read_content
from app.web.openapi import problem_responses
from handoff.ports import AgentLine

RECENT_LINES = 20
SPOKEN_EXAMPLES = {
    "a person typed": {
        "summary": "客服在平台上直接回复",
        "value": {"id": "p-77", "conversation": "c-1", "agent": "xiaowang", "text": "亲，我来帮您处理"},
    },
    "the person is done": {
        "summary": "客服结束接待，交还机器人",
        "value": {"id": "p-78", "conversation": "c-1", "agent": "xiaowang", "text": "还有问题随时找我", "ended": True},
    },
}


class SpokenIn(BaseModel):
    """A line from the shop's side, as the platform shows it; it may be the bot's own."""

    model_config = ConfigDict(extra="ignore")

    id: Id = Field(
        description="the platform's id of the line, or our reply's id where it is our own; another line under the same "
        "id is refused with 409"
    )
    conversation: Id
    text: Annotated[PlainText, Field(max_length=10_000)] = ""
    agent: Annotated[PlainText, Field(max_length=128)] = Field(default="", description="who typed it")
    parts: PartsIn = Field(default=(), description="what the person sent beside or instead of the text")
    attachments: AttachmentsIn = ()
    ended: bool = Field(default=False, description="the person has finished: the bot answers the buyer's next message")
    sender: SkipJsonSchema[None] = Field(default=None, exclude=True)

    @field_validator("sender", mode="before")
    @classmethod
    def refuse_messages(cls, _told: object) -> None:
        """A signature covers the body and not the path: a buyer's message signed for /messages is no line of a person.

        Every message has a `sender` and no line has one, so no body can be meant for both.
        """
        raise ValueError("a body with a sender is a buyer's message and belongs to /messages")


class SpokenOut(BaseModel):
    """Whose line it was, and who owns the conversation now."""

    ours: bool = Field(description="the bot's own echo, or a repeat: nothing has changed")
    owner: Owner


def agent_lines_router(context: ChannelContext, signed: Mapping[str, Any]) -> APIRouter:
    """The route; requests are signed like messages."""
    router = APIRouter(tags=["messages"])

    @router.post(
        "/v1/shops/{shop}/spoken",
        operation_id="reportSpokenLine",
        summary="A person answered on the platform",
        description="From now on the bot is silent in this conversation, and a reply it was preparing is dropped. "
        "A ticket that waits is claimed by that person and answered; with `ended` it is resolved.",
        responses=problem_responses(401, 404, 409, 413, 422, 429, 503),
        openapi_extra={**signed, **json_request_body(SpokenIn, SPOKEN_EXAMPLES)},
    )
    async def person_spoke(shop: str, request: Request) -> SpokenOut:
        body = await request.body()
        context.find_shop(shop)
        verify_signature(context.secrets_of(shop), body, request.headers.raw)
        spoken = read_body(SpokenIn, body)
        key = ConversationKey(shop, CHANNEL, spoken.conversation)
        if not spoken.ended and is_echo(spoken.text, await context.load_conversation_lines(key, RECENT_LINES)):
            return SpokenOut(ours=True, owner=await context.current_owner(key))
        content = read_content(spoken.text, spoken.parts, spoken.attachments)
        line = AgentLine(spoken.id, spoken.agent, spoken.text or part_texts(content), content)
        took = await context.record_platform_line(key, line, spoken.ended)
        return SpokenOut(ours=not took, owner=await context.current_owner(key))

    return router


def is_echo(text: str, lines: Sequence[TranscriptLine]) -> bool:
    """Whether the line echoes a recent line of the bot, which platforms report with their own id."""
    return any(line.author == "bot" and line.text.strip() == text.strip() for line in lines)
