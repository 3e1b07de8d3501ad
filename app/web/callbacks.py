"""Tests a shop's callback: sends a signed test event and reports the receiver's answer."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from app.delivery.ping import PingResult
from app.delivery.ports import FailureKind
from app.delivery.router import redact_destination
from app.observability.masking import mask_text
from app.web.auth import AgentAuthenticator, require_role
from app.web.openapi import problem_responses
from app.web.paging import ShopInPath
from handoff.agents import Agent, AgentRole


class CallbackCheck(BaseModel):
    """The result of a test event."""

    ok: bool
    destination: str = Field(examples=["https://shop.example/callback"])
    milliseconds: int = Field(examples=[38])
    status: int | None = Field(examples=[204], description="the receiver's HTTP status")
    error: FailureKind | None
    detail: str | None = Field(examples=["HTTP 401"])

    @classmethod
    def from_ping(cls, result: PingResult) -> Self:
        """Converts a sent test event; masks the receiver's words and drops secrets from its address."""
        return cls(
            ok=result.error is None,
            destination=redact_destination(result.destination),
            milliseconds=result.milliseconds,
            status=result.status,
            error=result.error,
            detail=mask_text(result.why) if result.why else None,
        )


def callbacks_router(send_ping: Callable[[str], Awaitable[PingResult]], guard: AgentAuthenticator) -> APIRouter:
    """The route, for agents who may see the shop's outbox."""
    routes = APIRouter(tags=["outbox"])
    Lead = Annotated[Agent, Depends(require_role(guard, AgentRole.SUPERVISOR, AgentRole.ADMIN))]  # noqa: N806 (an alias of a type)

    @routes.post(
        "/v1/shops/{shop}/callback/test",
        operation_id="testCallback",
        responses=problem_responses(401, 403, 404, 413, 422, 503),
        summary="向店铺的 callback 发一条测试事件",
        description="签名和真的一样；告诉您对方答了什么、用了多久。",
    )
    async def test_callback(shop: ShopInPath, agent: Lead) -> CallbackCheck:
        agent.visible_shops(frozenset({shop}))
        return CallbackCheck.from_ping(await send_ping(shop))

    return routes
