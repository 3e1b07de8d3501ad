"""Agents over HTTP: who is at the desk, in which state, with how much in hand."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.handoff import Group
from app.domain.plain_text import ID_PATTERN, LONGEST_ID, clean_text
from app.errors import ForbiddenError, error_sentence
from app.web.auth import AgentAuthenticator
from app.web.handoff_talk import AgentText
from app.web.openapi import Responses, example_response, problem_responses
from handoff.agents import Agent, AgentRole
from handoff.roster import AgentStatus, Colleague, ProfileChange, Roster

MOST_CAPACITY = 1000
LONGEST_NAME = 40
AgentInPath = Annotated[
    str, Path(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN, description="客服", examples=["xiaowang"])
]
EXAMPLE = {
    "id": "xiaowang",
    "name": "小王",
    "role": "agent",
    "shops": ["demo"],
    "groups": ["presale"],
    "status": "online",
    "capacity": 8,
    "held": 3,
    "late": 0,
    "seen_at": "2026-06-18T02:30:00Z",
}


class AgentView(BaseModel):
    """An agent as colleagues see them."""

    id: str
    name: str = Field(description="显示名；没有写过就是 id")
    role: AgentRole
    shops: list[str] | None = Field(description="负责的店铺；null 是所有店铺")
    groups: list[Group] = Field(description="接哪些组的工单；空着是所有组")
    status: AgentStatus = Field(description="online 在线 | away 小休 | offline 离线；断开满 3 分钟就是离线")
    capacity: int | None = Field(description="同时最多几张；null 是不限")
    held: int = Field(description="手上的工单，不连稍后处理的")
    late: int = Field(description="其中买家等回复已经超时的")
    seen_at: AwareDatetime | None = Field(description="最后一次连着的时间；null 是从来没有连过")


class AgentPage(BaseModel):
    """Everybody who serves a shop of the caller's."""

    items: list[AgentView]


class OwnStateBody(BaseModel):
    """One's own state; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"status": "online", "capacity": 8}})

    status: AgentStatus | None = Field(default=None, description="online 在线 | away 小休 | offline 离线")
    capacity: int | None = Field(default=None, ge=0, le=MOST_CAPACITY, description="同时最多几张；0 是不限")
    release: bool = Field(default=False, description="离线时把手上的工单都放回队列")


class AgentBody(OwnStateBody):
    """What a supervisor sets; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "小王", "groups": ["presale", "insale"]}}
    )

    name: Annotated[str, AgentText, Field(max_length=LONGEST_NAME), AfterValidator(clean_text)] | None = Field(
        default=None, description="显示名"
    )
    groups: list[Group] | None = Field(default=None, max_length=len(Group), description="接哪些组的工单；空着是所有组")


def agents_router(roster: Roster, guard: AgentAuthenticator) -> APIRouter:
    """The routes under /v1/agents."""
    routes = APIRouter(prefix="/v1/agents", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    changing: Responses = example_response(EXAMPLE) | problem_responses(401, 403, 404, 409, 413, 422, 503)

    @routes.get(
        "",
        operation_id="listAgents",
        responses=example_response({"items": [EXAMPLE]}) | problem_responses(401, 503),
        summary="同事：谁在线，手上有几张",
        description="和自己同店铺、有有效令牌的客服，连同自己。",
    )
    async def list_agents(agent: Caller) -> AgentPage:
        return AgentPage(items=[build_agent(each) for each in await roster.list_colleagues(agent)])

    @routes.get(
        "/me",
        operation_id="getOwnState",
        responses=example_response(EXAMPLE) | problem_responses(401, 404, 503),
        summary="自己的状态",
        description="和同事看到的一样。",
    )
    async def show_own_state(agent: Caller) -> AgentView:
        return build_agent(await roster.find_colleague(agent, agent.id))

    @routes.put(
        "/me",
        operation_id="setOwnState",
        responses=changing,
        summary="在线、小休、离线，和同时接几张",
        description="第一次连上 /v1/events 就是在线；流开着就算在。断开 3 分钟后，买家在等的工单自动放回队列。"
        "手上还有工单时离线答 409（open-tickets），`handoffs` 里是它们；带上 release 就放回队列。",
    )
    async def set_own_state(body: OwnStateBody, agent: Caller) -> AgentView:
        change = ProfileChange(status=body.status, capacity=body.capacity, release=body.release)
        return build_agent(await roster.change_profile(agent, agent.id, change))

    @routes.put(
        "/{agent_id}",
        operation_id="setAgent",
        responses=changing,
        summary="主管设置一个人：名字、组、上限、状态",
        description="只有主管和管理员可以。",
    )
    async def set_agent(agent_id: AgentInPath, body: AgentBody, agent: Caller) -> AgentView:
        if not agent.is_lead:
            raise ForbiddenError(error_sentence("wrong_role"))
        groups = None if body.groups is None else frozenset(body.groups)
        change = ProfileChange(body.name, groups, body.status, body.capacity, body.release)
        return build_agent(await roster.change_profile(agent, agent_id, change))

    return routes


def build_agent(colleague: Colleague) -> AgentView:
    """An agent as routes and streams show them."""
    profile = colleague.profile
    return AgentView(
        id=profile.agent,
        name=profile.name or profile.agent,
        role=colleague.role,
        shops=None if colleague.shops is None else sorted(colleague.shops),
        groups=sorted(profile.groups),
        status=colleague.status,
        capacity=profile.capacity,
        held=colleague.load.held,
        late=colleague.load.late,
        seen_at=profile.seen_at,
    )
