"""How buyers say they were served, where a platform collects it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain.plain_text import clean_text
from app.web.auth import AgentAuthenticator
from app.web.handoff_example import changing_responses
from app.web.handoff_talk import AgentText
from app.web.handoff_views import HandoffDetail, build_detail
from app.web.paging import Id
from handoff.agents import Agent
from handoff.rating_desk import RatingDesk

LONGEST_WORDS = 500


class RatingBody(BaseModel):
    """What a platform was told."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"score": 5, "words": "回复很快"}})

    score: Annotated[int, Field(ge=1, le=5, description="1 到 5，5 最满意")]
    words: Annotated[str, AgentText, Field(max_length=LONGEST_WORDS), AfterValidator(clean_text)] = ""


def handoff_rating_router(desk: RatingDesk, guard: AgentAuthenticator) -> APIRouter:
    """The route under /v1/handoffs."""
    routes = APIRouter(prefix="/v1/handoffs", tags=["handoffs"])

    @routes.post(
        "/{handoff_id}/rating",
        operation_id="rateHandoff",
        responses=changing_responses(),
        summary="记下平台收集的买家评价",
        description="给对接平台的软件用，要主管或管理员的令牌；工单结束以后才有。再来一次以最后的为准，同样的不算变化。"
        "shop.yml 打开 csat.invite 时小二自己会问买家，答复自动记下，不用这个接口。",
    )
    async def rate_handoff(handoff_id: Id, body: RatingBody, agent: Annotated[Agent, Depends(guard)]) -> HandoffDetail:
        return build_detail(await desk.rate(agent, handoff_id, body.score, body.words))

    return routes
