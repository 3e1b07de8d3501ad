"""POST /v1/handoffs/next: the most urgent ticket that waits, claimed in one step."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.handoff import Group
from app.domain.plain_text import ID_PATTERN
from app.web.auth import AgentAuthenticator
from app.web.handoff_example import example_detail
from app.web.handoff_views import HandoffDetail, build_detail
from app.web.openapi import empty_response, example_response, problem_responses
from app.web.paging import LONGEST_SHOP, shop_filter
from handoff.agents import Agent
from handoff.ports import TicketFilter
from handoff.queue import HandoffQueue
from handoff.roster import Roster


class NextBody(BaseModel):
    """Which tickets to take from."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"groups": ["aftersale"]}})

    shop: Annotated[str, Field(min_length=1, max_length=LONGEST_SHOP, pattern=ID_PATTERN)] | None = Field(
        default=None, description="只要这家店铺的；不写就是自己负责的所有店铺"
    )
    groups: list[Group] = Field(default=[], max_length=len(Group), description="只要这些组的；空着就是自己的组")


def handoff_next_router(queue: HandoffQueue, roster: Roster, guard: AgentAuthenticator) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/v1/handoffs", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type

    @routes.post(
        "/next",
        operation_id="claimNextHandoff",
        response_model=HandoffDetail,
        responses=example_response(example_detail())
        | empty_response("没有排队的工单")
        | problem_responses(401, 403, 409, 413, 422, 503),
        summary="认领下一张：排队里最急的",
        description="和列表的默认顺序一样；几个人同时要，各得一张。没有排队的答 204；"
        "手上的工单到了自己的上限答 409（capacity-reached）。",
    )
    async def claim_next_handoff(agent: Caller, body: NextBody | None = None) -> HandoffDetail | Response:
        asked = body or NextBody()
        groups = await roster.groups_of(agent)
        wanted = TicketFilter(shops=shop_filter(asked.shop), groups=frozenset(asked.groups) or groups or None)
        view = await queue.claim_next(agent, wanted)
        return Response(status_code=HTTPStatus.NO_CONTENT) if view is None else build_detail(view)

    return routes
