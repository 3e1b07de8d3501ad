"""What streams tell: the documents in the `data` of events, and how an event is written down."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import AwareDatetime, BaseModel, Field
from pydantic_core import to_json

from app.delivery.feed import RESYNC
from app.domain.events import (
    ApprovalChanged,
    BuyerWrote,
    Event,
    MentionChanged,
    PersonSpoke,
    TicketChanged,
    TicketClock,
    TicketDue,
    TicketRated,
    TodoChanged,
)
from app.web.agents import AgentView
from app.web.approvals import ApprovalItem
from app.web.handoff_views import HandoffItem
from app.web.mentions import MentionItem
from app.web.todos import TodoItem
from handoff.presence import Doing

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b":\n\n"
TOLD_CHANGES = (
    *(event.kind for event in get_args(Event) if issubclass(event, TicketChanged) and event is not TicketDue),
    BuyerWrote.kind,
    PersonSpoke.kind,
    TicketRated.kind,
)
TODO_CHANGES = tuple(event.kind for event in get_args(Event) if issubclass(event, TodoChanged))
MENTION_CHANGES = tuple(event.kind for event in get_args(Event) if issubclass(event, MentionChanged))
APPROVAL_CHANGES = tuple(event.kind for event in get_args(Event) if issubclass(event, ApprovalChanged))


class HelloEvent(BaseModel):
    """The first event of a stream."""

    agent: str = Field(examples=["xiaowang"])
    server_time: AwareDatetime
    heartbeat: float = Field(examples=[HEARTBEAT_SECONDS], description="最多隔这么多秒就有一行；更久没有就是断了")


class AgentEvent(BaseModel):
    """A colleague came, left or changed their state; what they have in hand follows from `ticket` events."""

    agent: AgentView


class PresentView(BaseModel):
    """A colleague at a handoff."""

    agent: str = Field(examples=["xiaoli"])
    doing: Doing = Field(examples=["typing"])


class PresenceEvent(BaseModel):
    """Who is at a handoff now: everybody, the listener among them."""

    id: str = Field(examples=["01jy0q6x7k"], description="工单")
    people: list[PresentView]


class DueEvent(BaseModel):
    """So much of a clock's time is gone."""

    clock: TicketClock = Field(
        examples=["answer"], description="answer 平台的 3 分钟 | resolve 24 小时解决 | close 48 小时结案"
    )
    level: int = Field(examples=[80], description="80：用掉了八成；100：超时")
    handoff: HandoffItem


class HandoffEvent(BaseModel):
    """A ticket changed."""

    changes: list[str] = Field(
        examples=[["ticket.claimed"]],
        description="、".join(TOLD_CHANGES),
    )
    handoff: HandoffItem


class ShiftEvent(BaseModel):
    """Somebody handed over, or took a handover on."""

    shop: str = Field(examples=["demo"])
    id: str = Field(examples=["s-1"], description="GET /v1/shops/{shop}/shifts/{id} 说现在怎样")


class ApprovalEvent(BaseModel):
    """A request for a supervisor's yes was made, or came to something."""

    change: str = Field(examples=["approval.asked"], description="、".join(APPROVAL_CHANGES))
    approval: ApprovalItem = Field(description="quote.least 为 null：推送给所有人")


class TodoEvent(BaseModel):
    """A follow-up or a task changed, or its time has come."""

    change: str = Field(examples=["todo.due"], description="、".join(TODO_CHANGES))
    todo: TodoItem


class MentionEvent(BaseModel):
    """A note named the listener, or they saw it."""

    change: str = Field(examples=["mention.made"], description="、".join(MENTION_CHANGES))
    mention: MentionItem


class ConversationsEvent(BaseModel):
    """What the bot holds in a shop has changed; `GET /v1/conversations` tells how."""

    shop: str = Field(examples=["demo"])


class ShopEvent(BaseModel):
    """A shop's files were loaded, broke or were mended."""

    shop: str = Field(examples=["demo"])
    change: str = Field(examples=["shop.loaded"])


def encode_event(name: str, data: BaseModel | Mapping[str, Any]) -> bytes:
    """One server-sent event; JSON has no line break in it."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), to_json(data))


RESYNC_EVENT = encode_event(RESYNC.kind, {})
