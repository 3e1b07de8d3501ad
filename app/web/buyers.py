"""A buyer's right to be forgotten, for administrators."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from app.errors import ForbiddenError
from app.web.auth import AgentAuthenticator, require_role
from app.web.openapi import problem_responses
from app.web.paging import Id
from handoff.agents import Agent, AgentRole

Buyer = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["buyer-01"])]


class ErasureResult(BaseModel):
    """How much was deleted."""

    deleted: int = Field(description="rows deleted", examples=[12])


def buyers_router(forget: Callable[[str, str], Awaitable[int]], guard: AgentAuthenticator) -> APIRouter:
    """DELETE /v1/shops/{shop}/buyers/{buyer}."""
    routes = APIRouter(prefix="/v1/shops", tags=["buyers"])
    Admin = Annotated[Agent, Depends(require_role(guard, AgentRole.ADMIN))]  # noqa: N806 (an alias of a type)

    @routes.delete(
        "/{shop}/buyers/{buyer}",
        responses=problem_responses(401, 403, 404, 422, 503),
        summary="删除一个买家的所有数据",
    )
    async def forget_buyer(shop: Id, buyer: Buyer, agent: Admin) -> ErasureResult:
        if not agent.serves_shop(shop):
            raise ForbiddenError(f"您不负责店铺 {shop}")
        return ErasureResult(deleted=await forget(shop, buyer))

    return routes
