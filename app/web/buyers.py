"""Deletes a buyer's data, for administrators."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from app.errors import ForbiddenError, error_sentence
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
            raise ForbiddenError(error_sentence("foreign_shop", shop=shop))
        return ErasureResult(deleted=await forget(shop, buyer))

    @routes.delete(
        "/{shop}/buyers",
        operation_id="eraseBuyer",
        responses=refused,
        summary="删除一个买家的所有数据",
        description="消息、回复、工单、催单和会话；不能撤销。编号写在参数里，什么字符都可以。",
    )
    async def forget_named_buyer(shop: ShopInPath, buyer: BuyerQuery, agent: Admin) -> ErasureResult:
        return await erase_buyer(shop, buyer, agent)

    @routes.delete(
        "/{shop}/buyers/{buyer:path}",
        operation_id="eraseBuyerByPath",
        responses=refused,
        summary="删除一个买家的所有数据（编号写在路径里）",
        description="同上；`.` 和 `..` 这样的编号写不进路径，请用参数。",
    )
    async def forget_buyer(shop: ShopInPath, buyer: BuyerInPath, agent: Admin) -> ErasureResult:
        return await erase_buyer(shop, buyer, agent)

    return routes
