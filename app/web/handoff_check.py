"""POST /v1/handoffs/{id}/check: what a text would promise, before it is sent."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain.document import encode_dataclass
from app.domain.plain_text import clean_text
from app.web.auth import AgentAuthenticator
from app.web.handoff_talk import LONGEST_REPLY, AgentText
from app.web.openapi import example_response, problem_responses
from app.web.paging import Id
from app.web.verdicts import VerdictView, view_verdicts
from handoff.agents import Agent
from handoff.checking import TextReview
from handoff.queue import HandoffQueue

EXAMPLE = {
    "commitments": [],
    "verdicts": [
        {
            "kind": "amount",
            "text": "80元",
            "why": "「80元」低于您能给的 88：胡桃木茶盘标价 99 元",
            "advice": "写店铺已有的金额，或请主管批准",
            "instead": "88元",
            "terms": {"kind": "price", "sku_id": "M101-02", "quantity": 1, "total": "80"},
        }
    ],
    "instead": "亲，88元给您留着",
    "blocks": False,
}


class CheckBody(BaseModel):
    """A text that may be sent."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"text": "亲，80元给您留着"}})

    text: Annotated[str, AgentText, Field(min_length=1, max_length=LONGEST_REPLY), AfterValidator(clean_text)]


class CommitmentView(BaseModel):
    """What the text commits the shop to, within its authority."""

    type: str = Field(examples=["PriceCommitment"])
    text: str = Field(examples=["胡桃木茶盘 1 件，每件 90 元，共 90 元"])


class CheckedText(BaseModel):
    """The review of a text."""

    commitments: list[CommitmentView] = Field(description="授权以内的承诺；发出后店铺要照办")
    verdicts: list[VerdictView] = Field(description="超出授权的地方；空的就可以发")
    instead: str | None = Field(examples=["亲，88元给您留着"], description="改成授权以内的整句；改不成时为 null")
    blocks: bool = Field(description="店铺写了 authority.people: block：超出授权的话，客服发不出去，要主管批准")


def handoff_check_router(queue: HandoffQueue, guard: AgentAuthenticator) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/v1/handoffs", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type

    @routes.post(
        "/{handoff_id}/check",
        operation_id="checkHandoffText",
        responses=example_response(EXAMPLE) | problem_responses(401, 404, 413, 422, 503),
        summary="发出以前，看这句话有没有超出授权",
        description="价格、折扣、日期、运费、券、赠品和补偿，按店铺的 authority 和这位买家的订单、商品核对。"
        "什么都不存；随便问几次。",
    )
    async def check_text(handoff_id: Id, body: CheckBody, agent: Caller) -> CheckedText:
        return _view_review(await queue.check_text(agent, handoff_id, body.text))

    return routes


def _view_review(found: TextReview) -> CheckedText:
    review = found.review
    made = zip(review.commitments, found.promises, strict=True)
    return CheckedText(
        commitments=[CommitmentView(type=encode_dataclass(each)["type"], text=text) for each, text in made],
        verdicts=view_verdicts(review.verdicts),
        instead=review.instead or None,
        blocks=found.blocks,
    )
