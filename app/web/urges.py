"""Urges over HTTP, for operations: lists and closes the orders that buyers urged."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from app.errors import NotFoundError, error_sentence
from app.web.auth import AgentAuthenticator
from app.web.openapi import problem_responses
from app.web.paging import Cursor, Id, Limit, ShopName, shop_filter
from handoff.agents import Agent
from handoff.urges import Urge, UrgeFilter, UrgeState, UrgeStore


class UrgeItem(BaseModel):
    """One urged order."""

    id: str = Field(examples=["01JD3Z6X7K"])
    shop: str = Field(examples=["demo"])
    channel: str = Field(examples=["api"])
    conversation: str = Field(examples=["c-1001"])
    buyer: str = Field(examples=["buyer-01"])
    order_id: str = Field(examples=["202608150001"])
    sku_id: str | None = Field(examples=[None])
    why: str = Field(examples=["超过承诺发货时间仍未发出"])
    state: UrgeState
    times: int = Field(examples=[1], description="同一订单催了几次")
    created_at: AwareDatetime
    last_at: AwareDatetime
    closed_by: str | None
    closed_at: AwareDatetime | None

    @classmethod
    def from_urge(cls, urge: Urge) -> Self:
        """Converts a stored urge."""
        return cls(
            id=urge.id,
            shop=urge.key.shop,
            channel=urge.key.channel,
            conversation=urge.key.conversation,
            buyer=urge.buyer,
            order_id=urge.order_id,
            sku_id=urge.sku_id,
            why=urge.why,
            state=urge.state,
            times=urge.times,
            created_at=urge.created_at,
            last_at=urge.last_at,
            closed_by=urge.closed_by,
            closed_at=urge.closed_at,
        )


class UrgeList(BaseModel):
    """A page of urges, oldest first."""

    items: list[UrgeItem]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    total: int = Field(examples=[1])


def urges_router(urges: UrgeStore, guard: AgentAuthenticator, clock: Callable[[], datetime]) -> APIRouter:
    """The routes under /v1/urges."""
    routes = APIRouter(prefix="/v1/urges", tags=["urges"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type

    @routes.get(
        "",
        operation_id="listUrges",
        responses=problem_responses(401, 403, 422, 503),
        summary="列出催单",
        description="买家催过的订单，最早的在前；同一订单催几次算一条。",
    )
    async def list_urges(
        agent: Caller,
        shop: ShopName = None,
        state: Annotated[UrgeState | None, Query(description="open 未处理，closed 已处理")] = UrgeState.OPEN,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> UrgeList:
        wanted = UrgeFilter(agent.visible_shops(shop_filter(shop)), state)
        page = await urges.find_urges(wanted, limit=limit, cursor=cursor)
        return UrgeList(
            items=[UrgeItem.from_urge(urge) for urge in page.urges], next=page.next_cursor, total=page.total
        )

    @routes.post(
        "/{urge_id}/close",
        operation_id="closeUrge",
        responses=problem_responses(401, 404, 409, 413, 422, 503),
        summary="催单已处理",
        description="自己处理过的再来一次不算错；别人处理过的答 409。",
    )
    async def close_urge(urge_id: Id, agent: Caller) -> UrgeItem:
        urge = await urges.get_urge(urge_id)
        if urge is None or not agent.serves_shop(urge.key.shop):
            raise NotFoundError(error_sentence("unknown_urge", id=urge_id))
        return UrgeItem.from_urge(await urges.close_urge(urge_id, agent.id, clock()))

    return routes
