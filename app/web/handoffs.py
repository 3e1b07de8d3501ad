"""The handoff queue over HTTP, for agents' software."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain.handoff import Group, Priority, TicketState
from app.domain.plain_text import ID_PATTERN, LONGEST_ID, clean_text
from app.web.auth import AgentAuthenticator
from app.web.handoff_example import changing_responses, example_detail
from app.web.handoff_talk import LONGEST_REPLY, AgentText
from app.web.handoff_views import HandoffCounts, HandoffDetail, HandoffItem, HandoffPage, build_detail, build_item
from app.web.openapi import OPEN_TO_ALL, example_response, problem_responses
from app.web.paging import Cursor, Id, Limit, ShopName, shop_filter
from handoff.agents import Agent
from handoff.brief import brief_schema
from handoff.ports import TicketFilter, TicketOrder
from handoff.queue import HandoffQueue, QueueView

LONGEST_SEARCH = 100
LONGEST_WORD = 200


class ResolveBody(BaseModel):
    """How the matter ended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "已补发，买家满意"}})

    note: Annotated[str, AgentText, Field(max_length=LONGEST_REPLY), AfterValidator(clean_text)] = ""


class ReturnBody(BaseModel):
    """What was settled."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "已答应明天补发，运费我们出"}})

    note: Annotated[str, AgentText, Field(max_length=LONGEST_WORD), AfterValidator(clean_text)] = Field(
        default="", description="办妥了什么、答应了什么：记在会话里，再转人工时在交接单的 promised 里"
    )


def handoffs_router(queue: HandoffQueue, guard: AgentAuthenticator) -> APIRouter:
    """The routes under /v1/handoffs."""
    routes = APIRouter(prefix="/v1/handoffs", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    shown, changing = example_detail(), changing_responses()
    listed = {
        "items": [{name: shown[name] for name in HandoffItem.model_fields}],
        "next": None,
        "total": 1,
        "counts": {"mine": 1, "snoozed": 0, "queue": 4, "open": 7, "late": 0},
    }

    @routes.get(
        "",
        operation_id="listHandoffs",
        responses=example_response(listed) | problem_responses(401, 403, 422, 503),
        summary="列出工单",
        description="只有自己负责的店铺。不写 order 时最急的在前，再按期限。翻页时把上一页的 next 作为 cursor 传回。",
    )
    async def list_handoffs(
        agent: Caller,
        wanted: Annotated[TicketFilter, Depends(_ticket_filter)],
        view: Annotated[
            QueueView,
            Query(description="mine 我的 | snoozed 稍后 | queue 排队 | open 没有结束的 | ended 已结束 | all 全部"),
        ] = QueueView.ALL,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> HandoffPage:
        page, counted = await asyncio.gather(
            queue.list_visible_tickets(agent, wanted, limit=limit, cursor=cursor, view=view),
            queue.count_visible_tickets(agent, wanted.shops),
        )
        items = [build_item(ticket, queue.time_left(ticket)) for ticket in page.tickets]
        counts = HandoffCounts.model_validate(asdict(counted))
        return HandoffPage(items=items, next=page.next_cursor, total=page.total, counts=counts)

    @routes.get(
        "/schema",
        operation_id="getHandoffSchema",
        summary="交接单的 JSON Schema(带版本号)",
        description="`$id` 里的版本号只在不兼容的改动时增加；平时只加字段。",
        openapi_extra=OPEN_TO_ALL,
    )
    async def handoff_schema() -> dict[str, Any]:
        return brief_schema()

    @routes.get(
        "/{handoff_id}",
        operation_id="getHandoff",
        responses=example_response(shown) | problem_responses(401, 404, 422, 503),
        summary="一张工单和它的交接单",
        description="为什么转来、说过什么、答应过什么、还剩多少时间、下一句可以怎么回。",
    )
    async def show_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return build_detail(await queue.one(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/claim",
        operation_id="claimHandoff",
        responses=changing,
        summary="认领；两人同时认领时只有一人成功",
        description="自己已经认领的再认领一次，答的和第一次一样；别人认领的答 409。",
    )
    async def claim_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return build_detail(await queue.claim(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/release",
        operation_id="releaseHandoff",
        responses=changing,
        summary="放回队列",
        description="同一个人紧接着再放一次不算错。",
    )
    async def release_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return build_detail(await queue.release(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/resolve",
        operation_id="resolveHandoff",
        responses=changing,
        summary="解决；买家再来时由机器人接待",
        description="同一个人带着同样的处理结果再来一次不算错；换了处理结果答 409。",
    )
    async def resolve_handoff(handoff_id: Id, agent: Caller, body: ResolveBody | None = None) -> HandoffDetail:
        return build_detail(await queue.resolve(agent, handoff_id, body.note if body else ""))

    @routes.post(
        "/{handoff_id}/return",
        operation_id="returnHandoff",
        responses=changing,
        summary="交还机器人",
        description="机器人马上接着说；排队中的也可以交还。带上 note 就把它记在会话里，同事再接手时看得到。",
    )
    async def return_handoff(handoff_id: Id, agent: Caller, body: ReturnBody | None = None) -> HandoffDetail:
        return build_detail(await queue.return_to_bot(agent, handoff_id, body.note if body else ""))

    @routes.post(
        "/{handoff_id}/reopen",
        operation_id="reopenHandoff",
        responses=changing,
        summary="撤销解决或交还",
        description="工单回到结束以前的样子：还在原来的人手上，或还在排队。结束它的人、处理过它的人和主管可以撤销；"
        "买家另有一张没有结束的工单、或工单是升级前结束的，答 409。",
    )
    async def reopen_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return build_detail(await queue.reopen(agent, handoff_id))

    return routes


def _ticket_filter(
    shop: ShopName = None,
    state: Annotated[TicketState | None, Query(description="工单状态")] = None,
    group: Annotated[list[Group] | None, Query(description="接手的组，可写多个")] = None,
    priority: Annotated[Priority | None, Query(description="紧急程度")] = None,
    claimed_by: Annotated[
        str | None,
        Query(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN, description="处理人；看一位同事手上的"),
    ] = None,
    q: Annotated[
        str,
        Query(max_length=LONGEST_SEARCH, pattern=r"^[^\x00]*$", description="买家、订单号或说过的话"),
        AfterValidator(clean_text),
    ] = "",
    order: Annotated[
        TicketOrder,
        Query(description="urgent 最急的 | due 最先该回复的 | recent 最近说话的 | opened 最早转来的"),
    ] = TicketOrder.URGENT,
) -> TicketFilter:
    return TicketFilter(
        shops=shop_filter(shop),
        states=frozenset({state}) if state else None,
        groups=frozenset(group) if group else None,
        priority=priority,
        claimed_by=claimed_by,
        text=q.strip(),
        order=order,
    )
