"""Handing over at the end of a shift (交接班), over HTTP."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.handoff import Group
from app.domain.plain_text import clean_text
from app.web.auth import AgentAuthenticator
from app.web.handoff_example import example_detail
from app.web.handoff_talk import LONGEST_REPLY, AgentText
from app.web.handoff_views import HandoffItem, build_item
from app.web.openapi import example_response, problem_responses
from app.web.paging import AGENTS_ID_PATTERN, Cursor, Id, Limit, ShopInPath
from handoff.agents import Agent
from handoff.queue import HandoffQueue
from handoff.shifts import OpenedShift, Shift, ShiftBook

EXAMPLE = {
    "id": "s-1",
    "shop": "demo",
    "agent": "xiaowang",
    "group": None,
    "at": "2026-06-18T10:00:00Z",
    "text": "等仓库回复的两张，明早先问一声",
    "tickets": ["01jy0q6x7k"],
    "accepted_by": None,
    "accepted_at": None,
}


class ShiftBody(BaseModel):
    """What is handed over."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"id": "s-1", "text": "等仓库回复的两张，明早先问一声"}}
    )

    text: Annotated[str, AgentText, Field(min_length=1, max_length=LONGEST_REPLY), AfterValidator(clean_text)]
    group: Group | None = Field(default=None, description="交这个组没有结束的工单；不写就是自己手上的")
    id: Annotated[str, Field(pattern=AGENTS_ID_PATTERN)] | None = Field(
        default=None, description="自己的编号；同一编号重发不会重复，同一编号换了内容会被拒绝（409）"
    )


class ShiftItem(BaseModel):
    """A handover in a list."""

    id: str
    shop: str
    agent: str = Field(description="交班的人")
    group: Group | None = Field(description="哪个组的工单；null 是交班人手上的")
    at: AwareDatetime
    text: str
    tickets: list[str] = Field(description="那时没有结束的工单，最先该回复的在前，最多 200 张")
    accepted_by: str | None = Field(description="接班的人；null 是还没有人接")
    accepted_at: AwareDatetime | None


class ShiftDetail(ShiftItem):
    """A handover with its tickets."""

    handoffs: list[HandoffItem] = Field(description="这些工单现在的样子；已删除的不在里面")


class ShiftList(BaseModel):
    """Handovers, the newest first."""

    items: list[ShiftItem]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


def shifts_router(book: ShiftBook, queue: HandoffQueue, guard: AgentAuthenticator) -> APIRouter:
    """The routes under /v1/shops/{shop}/shifts."""
    routes = APIRouter(prefix="/v1/shops/{shop}/shifts", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    item = {name: example_detail()[name] for name in HandoffItem.model_fields}
    shown = example_response({**EXAMPLE, "handoffs": [item]})

    def build_detail(opened: OpenedShift) -> ShiftDetail:
        handoffs = [build_item(ticket, queue.time_left(ticket)) for ticket in opened.tickets]
        return ShiftDetail(**_build_item(opened.shift).model_dump(), handoffs=handoffs)

    @routes.post(
        "",
        operation_id="handOverShift",
        responses=shown | problem_responses(401, 403, 409, 413, 422, 503),
        summary="交班：留一段话，附上没有结束的工单",
        description="工单不动；有人接班时，交班人手上还没有结束的转到他手上。同事在 /v1/events 里收到 `shift`。",
    )
    async def hand_over_shift(shop: ShopInPath, body: ShiftBody, agent: Caller) -> ShiftDetail:
        shift_id = body.id or uuid4().hex
        return build_detail(await book.hand_over(agent, shop, shift_id, body.text, body.group))

    @routes.get(
        "",
        operation_id="listShifts",
        responses=example_response({"items": [EXAMPLE], "next": None}) | problem_responses(401, 403, 422, 503),
        summary="交接记录，新的在前",
        description="tickets 是那时没有结束的工单的编号；翻页时把上一页的 next 作为 cursor 传回。",
    )
    async def list_shifts(
        shop: ShopInPath,
        agent: Caller,
        *,
        waiting: Annotated[bool, Query(description="只看还没有人接的")] = False,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> ShiftList:
        page = await book.list_shifts(agent, shop, waiting=waiting, limit=limit, cursor=cursor)
        return ShiftList(items=[_build_item(shift) for shift in page.shifts], next=page.next_cursor)

    @routes.get(
        "/{shift_id}",
        operation_id="getShift",
        responses=shown | problem_responses(401, 403, 404, 422, 503),
        summary="一次交接和它的工单",
        description="handoffs 是那些工单现在的样子。",
    )
    async def show_shift(shop: ShopInPath, shift_id: Id, agent: Caller) -> ShiftDetail:
        return build_detail(await book.one(agent, shop, shift_id))

    @routes.post(
        "/{shift_id}/accept",
        operation_id="acceptShift",
        responses=shown | problem_responses(401, 403, 404, 409, 422, 503),
        summary="接班",
        description="交班人手上还没有结束的那些工单马上到自己手上。只有一个人能接，别人答 409；再接一次不算错。",
    )
    async def accept_shift(shop: ShopInPath, shift_id: Id, agent: Caller) -> ShiftDetail:
        return build_detail(await book.accept(agent, shop, shift_id))

    return routes


def _build_item(shift: Shift) -> ShiftItem:
    return ShiftItem(
        id=shift.id,
        shop=shift.shop,
        agent=shift.agent,
        group=shift.group,
        at=shift.at,
        text=shift.text,
        tickets=list(shift.ticket_ids),
        accepted_by=shift.accepted_by,
        accepted_at=shift.accepted_at,
    )
