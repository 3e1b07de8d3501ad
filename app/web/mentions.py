"""What one was named in (@小王), over HTTP."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from app.domain.mention import Mention
from app.web.auth import AgentAuthenticator
from app.web.openapi import Responses, empty_response, example_response, problem_responses
from app.web.paging import Cursor, Id, Limit
from handoff.agents import Agent
from handoff.mentions import MentionDesk

SEEN: Responses = empty_response("记下了")
EXAMPLE = {
    "id": "01jy0q6x7k~note:n-1~xiaoli",
    "shop": "demo",
    "handoff_id": "01jy0q6x7k",
    "note_id": "note:n-1",
    "agent": "xiaoli",
    "by": "xiaowang",
    "text": "@小李 仓库说今天能补发，您看给哪个快递",
    "at": "2026-06-18T02:30:00Z",
    "seen_at": None,
}


class MentionItem(BaseModel):
    """A note that names somebody."""

    id: str
    shop: str
    handoff_id: str
    note_id: str = Field(description="备注在工单 history 里的 id")
    agent: str = Field(description="叫的是谁")
    by: str = Field(description="谁写的备注")
    text: str
    at: AwareDatetime
    seen_at: AwareDatetime | None = Field(description="什么时候看的；没有看过为 null")


class MentionList(BaseModel):
    """What the caller was named in, the latest first."""

    items: list[MentionItem]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    unread: int = Field(examples=[1], description="一共几条没有看过")


def mentions_router(desk: MentionDesk, guard: AgentAuthenticator) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type

    @routes.get(
        "/v1/mentions",
        operation_id="listMentions",
        responses=example_response({"items": [EXAMPLE], "next": None, "unread": 1}) | problem_responses(401, 422, 503),
        summary="叫到自己的备注，最新的在前",
        description="备注里写 `@` 和同事的 id 或显示名，就叫到他；写 `@` 和组名(售后组、aftersale)，"
        "叫到接这个组的所有人。不认识的名字就是普通的字，写的人自己不算。叫到时推送 `mention`(mention.made)。",
    )
    async def list_mentions(
        agent: Caller,
        unread: Annotated[bool, Query(description="只要没有看过的")] = False,  # noqa: FBT002 - a query parameter
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> MentionList:
        page = await desk.list_own(agent, unread=unread, limit=limit, cursor=cursor)
        return MentionList(
            items=[view_mention(each) for each in page.mentions], next=page.next_cursor, unread=page.unread
        )

    @routes.post(
        "/v1/handoffs/{handoff_id}/mentions/seen",
        operation_id="markMentionsSeen",
        status_code=HTTPStatus.NO_CONTENT,
        responses=SEEN | problem_responses(401, 404, 422, 503),
        summary="看过了这张工单上叫自己的备注",
        description="再来一次不算错。自己的其他页面收到 `mention`(mention.seen)。",
    )
    async def mark_mentions_seen(handoff_id: Id, agent: Caller) -> Response:
        await desk.mark_seen(agent, handoff_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return routes


def view_mention(mention: Mention) -> MentionItem:
    """One as it is shown."""
    return MentionItem(
        id=mention.id,
        shop=mention.key.shop,
        handoff_id=mention.ticket_id,
        note_id=mention.note_id,
        agent=mention.agent,
        by=mention.by,
        text=mention.text,
        at=mention.at,
        seen_at=mention.seen_at,
    )
