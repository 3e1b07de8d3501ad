"""Replies that have not left, over HTTP: one's own, taking them back, sending them without waiting."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

from app.web.auth import AgentAuthenticator
from app.web.handoff_example import changing_responses, example_held_reply
from app.web.handoff_views import HandoffDetail, HeldReplyView, build_detail, view_held_reply
from app.web.openapi import example_response, problem_responses
from app.web.paging import AGENTS_ID_PATTERN, Id
from handoff.agents import Agent
from handoff.held_replies import HeldReplyDesk

ReplyId = Annotated[str, Path(pattern=AGENTS_ID_PATTERN, description="回复的 id")]


class HeldReplies(BaseModel):
    """What the caller wrote and has not left."""

    items: list[HeldReplyView]


def held_replies_router(desk: HeldReplyDesk, guard: AgentAuthenticator) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    changing = changing_responses()

    @routes.get(
        "/v1/replies",
        operation_id="listHeldReplies",
        responses=example_response({"items": [example_held_reply()]}) | problem_responses(401, 503),
        summary="自己写了、还没有发出的回复",
        description="等着发的(held)和没有发出、退回来的(stopped)，先发的在前，最多 100 条。",
    )
    async def list_held_replies(agent: Caller) -> HeldReplies:
        return HeldReplies(items=[view_held_reply(held) for held in await desk.list_own(agent)])

    @routes.delete(
        "/v1/handoffs/{handoff_id}/replies/{reply_id}",
        operation_id="withdrawReply",
        responses=changing,
        summary="撤回还没有发出的回复",
        description="自己写的；主管也可以撤回同事的。已经发出的答 409。没有发出、退回来的，撤回就是收起来。",
    )
    async def withdraw_reply(handoff_id: Id, reply_id: ReplyId, agent: Caller) -> HandoffDetail:
        return build_detail(await desk.withdraw(agent, handoff_id, reply_id))

    @routes.post(
        "/v1/handoffs/{handoff_id}/replies/{reply_id}/send",
        operation_id="sendHeldReply",
        responses=changing,
        summary="马上发出，不再等",
        description="已经发出的再来一次不算错。买家又说了话的不发，见答复里的 held。",
    )
    async def send_held_reply(handoff_id: Id, reply_id: ReplyId, agent: Caller) -> HandoffDetail:
        return build_detail(await desk.send_now(agent, handoff_id, reply_id))

    return routes
