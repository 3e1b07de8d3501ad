"""What is said on a handoff: its lines, replies to the buyer, and that they were seen."""

from http import HTTPStatus
from typing import Annotated, Self
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.domain.content import plain_text
from app.domain.plain_text import ID_PATTERN, LONGEST_ID, clean_text
from app.errors import error_sentence
from app.web.auth import AgentAuthenticator
from app.web.content import AttachmentsIn, PartsIn, read_content
from app.web.handoff_example import changing_responses, example_detail
from app.web.handoff_views import HandoffDetail, build_detail
from app.web.openapi import Responses, empty_response, example_response, problem_responses
from app.web.paging import AGENTS_ID_PATTERN, Id, Limit
from handoff.agents import Agent
from handoff.brief import BriefLine, brief_line
from handoff.held_replies import HeldReplyDesk, WrittenReply
from handoff.queue import HandoffQueue

# PostgreSQL stores no NUL; any other character may be in a reply.
AgentText = StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")
LONGEST_REPLY = 2000
SAVED: Responses = empty_response("存好了")
LineCursor = Annotated[
    str | None, Query(max_length=2048, pattern=r"^[A-Za-z0-9_=-]+$", description="答复里的 before", examples=[None])
]


class ReplyBody(BaseModel):
    """A reply to the buyer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"id": "r-1", "text": "亲，我是人工客服，马上帮您核对。"}}
    )

    text: Annotated[str, AgentText, Field(max_length=LONGEST_REPLY), AfterValidator(clean_text)] = Field(
        default="", description="可以留空，只发图片、卡片或附件"
    )
    parts: PartsIn = Field(default=(), description="图片和卡片；text 会排在最前")
    attachments: AttachmentsIn = Field(default=(), description="文件")
    id: Annotated[str, Field(pattern=AGENTS_ID_PATTERN)] | None = Field(
        default=None, description="自己的编号；同一编号重发不会重复发送，同一编号换了内容会被拒绝（409）"
    )

    after: Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN)] | None = Field(
        default=None,
        description="写的时候看到的最后一句的 id：在它之后别人又说了话，答 409(newer-lines)并带上那几句，这句不发出；"
        "看过后换上新的 after 再发。不写就不检查",
    )
    hold: bool = Field(
        default=False,
        description="先留几秒再发(shop.yml 的 deadlines.undo_seconds，默认 3)，这几秒里可以撤回；"
        "平台的时间只剩 20 秒时马上发",
    )
    send_at: AwareDatetime | None = Field(
        default=None, description="到这时再发，最远 7 天；买家先说话、工单换人或结束，就不发，退回给写的人"
    )

    @model_validator(mode="after")
    def check_something_said(self) -> Self:
        """A reply says or shows something."""
        if not self.text and not self.parts and not self.attachments:
            raise ValueError(error_sentence("empty_text"))
        return self

    @model_validator(mode="after")
    def check_one_time(self) -> Self:
        """It is held, or sent at a time."""
        if self.hold and self.send_at is not None:
            raise ValueError(error_sentence("hold_or_send_at"))
        return self


class NoteBody(BaseModel):
    """A note for colleagues."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"id": "n-1", "text": "已联系仓库核实"}})

    text: Annotated[str, AgentText, Field(min_length=1, max_length=LONGEST_REPLY), AfterValidator(clean_text)]
    id: Annotated[str, Field(pattern=AGENTS_ID_PATTERN)] | None = Field(
        default=None, description="自己的编号；同一编号重发不会重复，同一编号换了内容会被拒绝（409）"
    )


class DraftBody(BaseModel):
    """What the agent has typed so far."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"text": "亲，已经帮您"}})

    text: Annotated[str, Field(max_length=LONGEST_REPLY, pattern=r"^[^\x00]*$"), AfterValidator(clean_text)] = Field(
        description="空着就是删掉"
    )


class HandoffLines(BaseModel):
    """A page of a conversation, oldest first."""

    lines: list[BriefLine]
    before: str | None = Field(description="更早一页的 before；没有更早的话时为 null")


def handoff_talk_router(queue: HandoffQueue, held: HeldReplyDesk, guard: AgentAuthenticator) -> APIRouter:
    """The routes of a handoff's conversation."""
    routes = APIRouter(prefix="/v1/handoffs", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    shown, changing = example_detail(), changing_responses()

    @routes.post(
        "/{handoff_id}/seen",
        operation_id="markHandoffSeen",
        responses=changing,
        summary="处理人看过了：unread 归零",
        description="别人看不算，答的是工单现在的样子。",
    )
    async def mark_handoff_seen(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return build_detail(await queue.mark_seen(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/reply",
        operation_id="replyToHandoff",
        responses=changing,
        summary="回复买家",
        description="经店铺的 callback 送到买家；没有 callback 的店铺，由 /lines 或 Rasa REST 的下一次应答取走。"
        "两条路都没有时答 409（undeliverable），这句话不会存下。带上 hold 或 send_at 的先记在答复的 held 里，"
        "服务重启也不会丢，到时候发一次；没有发出的(state 是 stopped)也在 held 里，why 说明为什么。",
    )
    async def reply_to_buyer(handoff_id: Id, body: ReplyBody, agent: Caller) -> HandoffDetail:
        content = read_content(body.text, body.parts, body.attachments)
        text, reply_id = body.text or plain_text(content), body.id or uuid4().hex
        written = WrittenReply(reply_id, text, content, body.after, body.hold, body.send_at)
        return build_detail(await held.reply(agent, handoff_id, written))

    @routes.get(
        "/{handoff_id}/lines",
        operation_id="listHandoffLines",
        responses=example_response({"lines": shown["brief"]["transcript"], "before": None})
        | problem_responses(401, 404, 422, 503),
        summary="会话里说过的话，往前翻页",
        description="不带 before 是最后几句，旧的在前；把答复里的 before 传回，取更早的一页。",
    )
    async def list_handoff_lines(
        handoff_id: Id, agent: Caller, before: LineCursor = None, limit: Limit = 50
    ) -> HandoffLines:
        page = await queue.lines_before(agent, handoff_id, before, limit)
        return HandoffLines(lines=[brief_line(line) for line in page.lines], before=page.cursor)

    @routes.put(
        "/{handoff_id}/draft",
        operation_id="saveHandoffDraft",
        status_code=HTTPStatus.NO_CONTENT,
        responses=SAVED | problem_responses(401, 404, 413, 422, 503),
        summary="存下写了一半的话",
        description="每张工单每人一份，打开工单时在 draft 里带回；回复发出后自动删掉。",
    )
    async def save_draft(handoff_id: Id, body: DraftBody, agent: Caller) -> Response:
        await queue.save_draft(agent, handoff_id, body.text)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    @routes.post(
        "/{handoff_id}/notes",
        operation_id="noteOnHandoff",
        responses=changing,
        summary="给同事的备注",
        description="买家看不到；写在工单的 history 里。看得到工单的同事都可以写，结束了的也可以。",
    )
    async def note_on_handoff(handoff_id: Id, body: NoteBody, agent: Caller) -> HandoffDetail:
        return build_detail(await queue.add_note(agent, handoff_id, body.id or uuid4().hex, body.text))

    return routes
