"""Deletes a buyer's data, for administrators."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from app.errors import ForbiddenError
from app.web.auth import AgentAuthenticator, require_role
from app.web.openapi import problem_responses
from app.web.paging import BuyerInPath, BuyerQuery, ShopInPath
from handoff.agents import Agent, AgentRole


class ErasureResult(BaseModel):
    """The number of deleted rows."""

    deleted: int = Field(description="rows deleted", examples=[12])


def buyers_router(forget: Callable[[str, str], Awaitable[int]], guard: AgentAuthenticator) -> APIRouter:
    """DELETE /v1/shops/{shop}/buyers/{buyer}, and the same with ?buyer= for an id that a path cannot hold (`..`)."""
    routes = APIRouter(prefix="/v1/shops", tags=["buyers"])
    Admin = Annotated[Agent, Depends(require_role(guard, AgentRole.ADMIN))]  # noqa: N806 (an alias of a type)

    refused = problem_responses(401, 403, 404, 422, 503)

    async def erase_buyer(shop: str, buyer: str, agent: Agent) -> ErasureResult:
        if not agent.serves_shop(shop):
            raise ForbiddenError(f"您不负责店铺 {shop}")
        return ErasureResult(deleted=await forget(shop, buyer))

    @routes.delete("/{shop}/buyers", responses=refused, summary="删除一个买家的所有数据（编号写在参数里）")
    async def forget_named_buyer(shop: ShopInPath, buyer: BuyerQuery, agent: Admin) -> ErasureResult:
        return await erase_buyer(shop, buyer, agent)

    @routes.delete("/{shop}/buyers/{buyer:path}", responses=refused, summary="删除一个买家的所有数据")
    async def forget_buyer(shop: ShopInPath, buyer: BuyerInPath, agent: Admin) -> ErasureResult:
        return await erase_buyer(shop, buyer, agent)

    return routes
