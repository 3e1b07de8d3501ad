"""POST /v1/handoffs/{id}/presence: who looks at a handoff or types on it, for colleagues to see."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from app.delivery.feed import Notice
from app.domain.events import PRESENCE
from app.web.auth import AgentAuthenticator
from app.web.openapi import empty_response, problem_responses
from app.web.paging import Id
from handoff.agents import Agent
from handoff.presence import FORGOTTEN_AFTER, Doing
from handoff.queue import HandoffQueue


class PresenceBody(BaseModel):
    """What the agent does on the handoff."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"doing": "typing"}})

    doing: Doing = Field(description="viewing 在看 | typing 在写 | left 走开了")


def handoff_presence_router(
    queue: HandoffQueue, tell: Callable[[Notice], Awaitable[None]], guard: AgentAuthenticator
) -> APIRouter:
    """The route. `tell` reaches the listeners of every process."""
    routes = APIRouter(prefix="/v1/handoffs", tags=["handoffs"])

    @routes.post(
        "/{handoff_id}/presence",
        operation_id="showPresence",
        status_code=HTTPStatus.NO_CONTENT,
        responses=empty_response("同事会看到") | problem_responses(401, 404, 413, 422, 503),
        summary="告诉同事我在看、在写",
        description=f"每 3 秒左右重复一次；{FORGOTTEN_AFTER:.0f} 秒没有再说就忘掉。"
        "同店铺的同事在 /v1/events 里收到 `presence`；哪里都不存，买家看不到。",
    )
    async def show_presence(handoff_id: Id, body: PresenceBody, agent: Annotated[Agent, Depends(guard)]) -> Response:
        key = (await queue.find_visible(agent, handoff_id)).key
        where = (key.shop, key.channel, key.conversation, handoff_id)
        await tell(Notice(PRESENCE, *where, presence_detail(agent.id, body.doing)))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return routes


def presence_detail(agent: str, doing: Doing) -> str:
    """Who does what, as a notice says it."""
    return f"{doing}:{agent}"


def read_presence(detail: str) -> tuple[str, Doing]:
    """The agent and what they do; ValueError for what is none of ours."""
    doing, _, agent = detail.partition(":")
    return agent, Doing(doing)
