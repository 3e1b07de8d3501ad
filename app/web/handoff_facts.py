"""The facts of a handoff's brief, read again, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.web.auth import AgentAuthenticator
from app.web.handoff_example import changing_responses
from app.web.handoff_views import HandoffDetail, build_detail
from app.web.paging import Id
from handoff.agents import Agent
from handoff.fresh_facts import FactRefresher


def handoff_facts_router(refresher: FactRefresher, guard: AgentAuthenticator) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/v1/handoffs", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type

    @routes.post(
        "/{handoff_id}/facts/refresh",
        operation_id="refreshHandoffFacts",
        responses=changing_responses(),
        summary="重新读交接单里的订单、商品和活动",
        description="数据源这时说的写进交接单，`as_of` 是新的时间；读不到的留着原来的。"
        "`stale` 是比店铺的 `freshness` 旧了，`stale_at` 是从什么时候起算旧。有变化时推送 `ticket`(ticket.refreshed)，"
        "打开着的页面重读。店铺没有打开时答 503。",
    )
    async def refresh_handoff_facts(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return build_detail(await refresher.refresh(agent, handoff_id))

    return routes
