"""Proposed FAQ rows over HTTP: agents propose them, the shopkeeper finds them."""

from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.plain_text import clean_text
from app.domain.proposal import FaqProposal
from app.web.auth import AgentAuthenticator
from app.web.handoff_talk import LONGEST_REPLY, AgentText
from app.web.openapi import example_response, problem_responses
from app.web.paging import AGENTS_ID_PATTERN, Id, ShopInPath
from handoff.agents import Agent
from handoff.proposals import ProposalBox

LONGEST_QUESTION = 200
EXAMPLE: dict[str, Any] = {
    "id": "p-1",
    "shop": "demo",
    "question": "茶盘能刻字吗",
    "answer": "亲，可以刻字，下单时把要刻的字写在备注里。",
    "agent": "xiaowang",
    "at": "2026-06-18T02:30:00Z",
    "closed_by": None,
    "closed_at": None,
}


class ProposalBody(BaseModel):
    """A row as the agent would write it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {name: EXAMPLE[name] for name in ("id", "question", "answer")}}
    )

    question: Annotated[
        str, AgentText, Field(min_length=1, max_length=LONGEST_QUESTION), AfterValidator(clean_text)
    ] = Field(description="买家会怎么问")
    answer: Annotated[str, AgentText, Field(min_length=1, max_length=LONGEST_REPLY), AfterValidator(clean_text)] = (
        Field(description="机器人该怎么答")
    )
    id: Annotated[str, Field(pattern=AGENTS_ID_PATTERN)] = Field(
        description="自己的编号；同一编号重发不会重复，同一编号换了内容会被拒绝（409）"
    )


class ProposalItem(BaseModel):
    """One proposed row."""

    id: str
    shop: str
    question: str = Field(description="姓名、号码和地址已隐去")
    answer: str
    agent: str = Field(description="提议的人")
    at: AwareDatetime
    closed_by: str | None = Field(description="谁写进了问答或搁下了；null 是还没有人处理")
    closed_at: AwareDatetime | None

    @classmethod
    def from_proposal(cls, kept: FaqProposal) -> Self:
        """Converts a kept proposal."""
        return cls(**{name: getattr(kept, name) for name in ProposalItem.model_fields})


class KeptProposal(ProposalItem):
    """A proposal as it was kept."""

    problems: list[str] = Field(default=[], description="和问答的答案一样检查，哪里没有授权；只是提醒")


class ProposalList(BaseModel):
    """Those nobody closed, the oldest first."""

    items: list[ProposalItem]


def proposals_router(box: ProposalBox, guard: AgentAuthenticator) -> APIRouter:
    """The routes under /v1/shops/{shop}/proposals."""
    routes = APIRouter(prefix="/v1/shops", tags=["corrections"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type

    @routes.post(
        "/{shop}/proposals",
        operation_id="proposeFaq",
        responses=example_response(EXAMPLE | {"problems": []}) | problem_responses(401, 403, 404, 409, 413, 422, 503),
        summary="提议加一条问答",
        description="工作台的「加到问答」。只是提议：管店铺文件的人用 `xiaoer proposals list --out` 存成表格，"
        "看过以后放进店铺文件夹才起作用。",
    )
    async def propose_faq(shop: ShopInPath, body: ProposalBody, agent: Caller) -> KeptProposal:
        kept, problems = await box.propose(agent, shop, body.id, body.question, body.answer)
        return KeptProposal(**ProposalItem.from_proposal(kept).model_dump(), problems=list(problems))

    @routes.get(
        "/{shop}/proposals",
        operation_id="listProposals",
        responses=example_response({"items": [EXAMPLE]}) | problem_responses(401, 403, 404, 422, 503),
        summary="还没有人处理的提议",
        description="旧的在前，最多 500 条。",
    )
    async def list_proposals(shop: ShopInPath, agent: Caller) -> ProposalList:
        found = await box.list_open(agent, shop)
        return ProposalList(items=[ProposalItem.from_proposal(each) for each in found])

    @routes.post(
        "/{shop}/proposals/{proposal_id}/close",
        operation_id="closeProposal",
        responses=example_response(EXAMPLE) | problem_responses(401, 403, 404, 422, 503),
        summary="写进了问答，或不要了",
        description="提议的人、主管和管理员；再来一次不算错。",
    )
    async def close_proposal(shop: ShopInPath, proposal_id: Id, agent: Caller) -> ProposalItem:
        return ProposalItem.from_proposal(await box.close(agent, shop, proposal_id))

    return routes
