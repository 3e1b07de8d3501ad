"""A buyer's right to be forgotten, for administrators."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from app.errors import ForbiddenError
from app.web.auth import Guard, allow
from app.web.openapi import problems
from app.web.paging import Id
from handoff.agents import Agent, Role

Buyer = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["buyer-01"])]


class Forgotten(BaseModel):
    """How much was deleted."""

    deleted: int = Field(description="rows deleted", examples=[12])


def router(forget: Callable[[str, str], Awaitable[int]], guard: Guard) -> APIRouter:
    """DELETE /v1/shops/{shop}/buyers/{buyer}."""
    routes = APIRouter(prefix="/v1/shops", tags=["buyers"])
    Admin = Annotated[Agent, Depends(allow(guard, Role.ADMIN))]  # noqa: N806 (an alias of a type)

    @routes.delete(
        "/{shop}/buyers/{buyer}",
        responses=problems(401, 403, 404, 422, 503),
        summary="删除一个买家的所有数据",
    )
    async def forget_buyer(shop: Id, buyer: Buyer, agent: Admin) -> Forgotten:
        if not agent.serves(shop):
            raise ForbiddenError(f"您不负责店铺 {shop}")
        return Forgotten(deleted=await forget(shop, buyer))

    return routes
