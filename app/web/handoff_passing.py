"""Passing handoffs on over HTTP: to others, to oneself as a supervisor, to later, and back."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from app.domain.handoff import Group
from app.domain.plain_text import clean_text
from app.errors import error_sentence
from app.web.auth import AgentAuthenticator
from app.web.handoff_example import changing_responses
from app.web.handoff_talk import AgentText
from app.web.handoff_views import HandoffDetail, build_detail
from app.web.paging import Id
from handoff.agents import Agent
from handoff.passing import TicketPasser
from handoff.transfers import TransferTo

LONGEST_NOTE = 500


class TransferToBody(BaseModel):
    """A person or a group."""

    model_config = ConfigDict(extra="forbid")

    agent: Annotated[str, Field(min_length=1, max_length=256)] | None = Field(
        default=None, description="同事的 id，要在线", examples=["xiaoli"]
    )
    group: Group | None = Field(default=None, description="或者一个组：放进它的队列")

    @model_validator(mode="after")
    def check_one_given(self) -> Self:
        """One of the two."""
        if (self.agent is None) == (self.group is None):
            raise ValueError(error_sentence("agent_or_group"))
        return self


class TransferBody(BaseModel):
    """Where a handoff goes, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"to": {"agent": "xiaoli"}, "note": "买家要改价，请您看看"}}
    )

    to: TransferToBody
    note: Annotated[str, AgentText, Field(max_length=LONGEST_NOTE), AfterValidator(clean_text)] = Field(
        default="", description="给接手人的话，买家看不到"
    )


class SnoozeBody(BaseModel):
    """Until when."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"until": "2026-06-18T08:00:00Z"}})

    until: AwareDatetime | None = Field(default=None, description="到这个时间，最长 30 天；买家先说话就先回来")
    on: Literal["buyer"] | None = Field(default=None, description="buyer：只等买家说话")

    @model_validator(mode="after")
    def check_one_given(self) -> Self:
        """One of the two."""
        if (self.until is None) == (self.on is None):
            raise ValueError(error_sentence("until_or_on"))
        return self


def handoff_passing_router(passer: TicketPasser, guard: AgentAuthenticator) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1/handoffs", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    changing = changing_responses()

    @routes.post(
        "/{handoff_id}/transfer",
        operation_id="transferHandoff",
        responses=changing,
        summary="转给同事或另一个组",
        description="转给人的马上在对方手上，转给组的进那个组的队列。`transfer` 一直有值（对方的屏幕一直响），"
        "直到对方看了、认领或回复；几分钟没有人看（shop.yml 的 deadlines.transfer_minutes，默认 2）就退回："
        "原来的人在线就还给他，否则放回原来的队列。"
        "排队中的工单谁都可以转，处理中的只有处理人和主管。对方不在线或不负责这家店铺答 409（receiver-away）。",
    )
    async def transfer_handoff(handoff_id: Id, body: TransferBody, agent: Caller) -> HandoffDetail:
        to = TransferTo(body.to.agent, body.to.group)
        return build_detail(await passer.transfer(agent, handoff_id, to, body.note))

    @routes.post(
        "/{handoff_id}/take",
        operation_id="takeHandoff",
        responses=changing,
        summary="主管接过来",
        description="同事手上的或排队中的工单，马上到自己手上；只有主管和管理员可以。",
    )
    async def take_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return build_detail(await passer.take(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/snooze",
        operation_id="snoozeHandoff",
        responses=changing,
        summary="稍后处理",
        description="从 view=mine 到 view=snoozed，到时间或买家说话就回来。"
        "买家在等回复时答 409：平台的计时不会被藏起来。",
    )
    async def snooze_handoff(handoff_id: Id, body: SnoozeBody, agent: Caller) -> HandoffDetail:
        return build_detail(await passer.snooze(agent, handoff_id, body.until))

    @routes.delete(
        "/{handoff_id}/snooze",
        operation_id="wakeHandoff",
        responses=changing,
        summary="不等了，现在处理",
        description="没有在稍后处理的不算错。",
    )
    async def wake_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return build_detail(await passer.wake(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/undo",
        operation_id="undoHandoff",
        responses=changing,
        summary="撤销刚才的解决、交还或转接",
        description="转接在 8 秒内可以撤销，工单回到原来的人或队列；"
        "晚了，或之后又有了别的变化，答 409。解决和交还同 reopen。",
    )
    async def undo_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return build_detail(await passer.undo(agent, handoff_id))

    return routes
