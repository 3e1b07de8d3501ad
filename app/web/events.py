"""GET /v1/events: what changes on tickets, as server-sent events.

A stream says what changed and how the ticket stands now. Nothing is kept: a client subscribes first and reads the state
then, again after each new connection and after each `resync`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.events import TicketClock
from app.errors import UnauthenticatedError, XiaoerError
from app.web.agents import EXAMPLE
from app.web.approvals import EXAMPLE as EXAMPLE_APPROVAL
from app.web.approvals import ApprovalItem
from app.web.auth import AgentAuthenticator, Credentials, SessionSecret
from app.web.event_documents import (
    HEARTBEAT,
    HEARTBEAT_SECONDS,
    RESYNC_EVENT,
    AgentEvent,
    ApprovalEvent,
    ConversationsEvent,
    DueEvent,
    HandoffEvent,
    HelloEvent,
    MentionEvent,
    PresenceEvent,
    PresentView,
    ShiftEvent,
    ShopEvent,
    TodoEvent,
    encode_event,
)
from app.web.event_hub import MOST_STREAMS, EventHub, EventListener
from app.web.handoff_example import NOW, example_view
from app.web.handoff_views import build_item
from app.web.mentions import EXAMPLE as MENTION_EXAMPLE
from app.web.mentions import MentionItem
from app.web.openapi import SCHEMAS_KEY, Responses, name_schema, problem_responses
from app.web.todos import EXAMPLE as TODO_EXAMPLE
from app.web.todos import TodoItem
from handoff.agents import Agent
from handoff.presence import Doing

CHECK_SECONDS = 60.0
EVENT_DATA = (
    HelloEvent,
    HandoffEvent,
    DueEvent,
    ApprovalEvent,
    PresenceEvent,
    AgentEvent,
    ShiftEvent,
    TodoEvent,
    MentionEvent,
    ConversationsEvent,
    ShopEvent,
)


class EventStream(Response):
    """A response that goes on until its client leaves, the service stops, or the agent may listen no more."""

    media_type = "text/event-stream"

    def __init__(self, listener: EventListener, may_listen: Callable[[], Awaitable[bool]]) -> None:
        super().__init__(headers={"x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._listener = listener
        self._may_listen = may_listen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events as they come."""
        del scope
        leaving = asyncio.create_task(self._close_with_client(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self._send_events(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            leaving.cancel()
            self._listener.close()

    async def _send_events(self, send: Send) -> None:
        now = asyncio.get_running_loop().time
        check_at = now() + CHECK_SECONDS
        while (events := await self._listener.next_events(HEARTBEAT_SECONDS)) is not None:
            if now() >= check_at:
                if not await self._may_listen():
                    return
                check_at = now() + CHECK_SECONDS
            await send({"type": "http.response.body", "body": events, "more_body": True})

    async def _close_with_client(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._listener.close()


@dataclass(frozen=True, slots=True)
class StillAllowed:
    """Whether the token or session that opened a stream is valid; while the database is away, it is taken to be."""

    guard: AgentAuthenticator
    credentials: HTTPAuthorizationCredentials | None
    session: str | None

    async def __call__(self) -> bool:
        """Ask again."""
        try:
            await self.guard.authenticate(self.credentials, self.session)
        except UnauthenticatedError:
            return False
        except XiaoerError:
            return True
        return True


async def _note_nobody(_agents: Collection[str]) -> None:
    return


def events_router(
    hub: EventHub,
    guard: AgentAuthenticator,
    note_present: Callable[[Collection[str]], Awaitable[None]] = _note_nobody,
) -> APIRouter:
    """The route, for agents' software and pages. `note_present` is told who connects."""
    routes = APIRouter(tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type

    @routes.get(
        "/v1/events",
        operation_id="streamEvents",
        status_code=200,
        response_class=EventStream,
        responses=_document_stream() | problem_responses(401, 429, 503),
        summary="工单的变化，实时推送(server-sent events)",
        description="先连上，再读列表和打开的工单；每次重新连上、每次收到 `resync` 都重读一遍，不需要 Last-Event-ID。"
        "事件：`hello`(HelloEvent)、`ticket`(HandoffEvent，工单现在的样子)、"
        "`due`(DueEvent，快超时和超时各一次)、`approval`(ApprovalEvent，请求批准的经过)、"
        "`presence`(PresenceEvent，谁在看、在写)、`agent`(AgentEvent，同事的状态)、`shift`(ShiftEvent，交接班)、"
        "`todo`(TodoEvent，回访和任务)、`mention`(MentionEvent，备注里叫到自己，只推给本人)、"
        "`conversations`(ConversationsEvent，机器人正在接待的会话有变化，一家店铺最多 3 秒一条，只推给看得到的人)、"
        "`shop`(ShopEvent)、`resync`(可能漏了什么，或有工单已被删除)。"
        f"至少每 {HEARTBEAT_SECONDS:.0f} 秒有一行；每人最多 {MOST_STREAMS} 条连接，再多答 429；"
        "令牌作废后一分钟内断开。",
        openapi_extra={SCHEMAS_KEY: _event_schemas()},
    )
    async def stream_events(agent: Caller, credentials: Credentials, session: SessionSecret = None) -> EventStream:
        listener = hub.join(agent)
        try:
            await note_present([agent.id])
        except BaseException:
            listener.close()
            raise
        return EventStream(listener, StillAllowed(guard, credentials, session))

    return routes


def _example_stream() -> str:
    view = example_view()
    item = build_item(view.ticket, view.left)
    told = (
        encode_event("hello", HelloEvent(agent="xiaowang", server_time=NOW, heartbeat=HEARTBEAT_SECONDS)),
        encode_event("ticket", HandoffEvent(changes=["ticket.claimed"], handoff=item)),
        encode_event("due", DueEvent(clock=TicketClock.ANSWER, level=80, handoff=item)),
        encode_event("presence", PresenceEvent(id=item.id, people=[PresentView(agent="xiaoli", doing=Doing.TYPING)])),
        encode_event("agent", {"agent": EXAMPLE}),
        encode_event("shift", ShiftEvent(shop="demo", id="s-1")),
        encode_event("todo", TodoEvent(change="todo.due", todo=TodoItem.model_validate(TODO_EXAMPLE))),
        encode_event(
            "mention", MentionEvent(change="mention.made", mention=MentionItem.model_validate(MENTION_EXAMPLE))
        ),
        encode_event("approval", ApprovalEvent(change="approval.asked", approval=_example_approval())),
        encode_event("conversations", ConversationsEvent(shop="demo")),
        encode_event("shop", ShopEvent(shop="demo", change="shop.loaded")),
        RESYNC_EVENT,
        HEARTBEAT,
    )
    return b"".join(told).decode()


def _example_approval() -> ApprovalItem:
    shown = ApprovalItem.model_validate(EXAMPLE_APPROVAL)
    return shown.model_copy(update={"quote": shown.quote.model_copy(update={"least": None})})


def _document_stream() -> Responses:
    """What a stream looks like."""
    told = {"schema": {"type": "string"}, "example": _example_stream()}
    return {200: {"description": "一直开着的流", "content": {EventStream.media_type: told}}}


def _event_schemas() -> dict[str, Any]:
    """The documents in the `data` of events and what they hold, for the page; what other routes name stays theirs."""
    return {name: schema for model in EVENT_DATA for name, schema in name_schema(model)[1].items()}
