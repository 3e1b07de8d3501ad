"""Quick phrases over HTTP: the shop's and one's own."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain.phrase import Phrase
from app.domain.plain_text import clean_text
from app.web.auth import AgentAuthenticator
from app.web.handoff_talk import LONGEST_REPLY, AgentText
from app.web.openapi import example_response, problem_responses
from app.web.paging import AGENTS_ID_PATTERN, OWN_ID_PATTERN, Id, ShopInPath
from handoff.agents import Agent
from handoff.quick_phrases import PhraseBox

LONGEST_TITLE = 60
LONGEST_SEARCH = 100
EXAMPLE: dict[str, Any] = {
    "id": "P001",
    "title": "发货时间",
    "text": "亲，付款后{{发货时限}}内发出",
    "own": False,
    "said": "亲，付款后48小时内发出",
}


class PhraseBody(BaseModel):
    """A phrase of one's own."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"title": EXAMPLE["title"], "text": EXAMPLE["text"]}}
    )

    title: Annotated[str, AgentText, Field(min_length=1, max_length=LONGEST_TITLE), AfterValidator(clean_text)]
    text: Annotated[str, AgentText, Field(min_length=1, max_length=LONGEST_REPLY), AfterValidator(clean_text)] = Field(
        description="可以写 {{买家}}、{{订单号}}、{{商品名}}、{{发货时限}}、{{店铺名}}"
    )


class PhraseItem(BaseModel):
    """One phrase."""

    id: str = Field(examples=["P001"])
    title: str = Field(examples=["发货时间"])
    text: str = Field(examples=["亲，付款后{{发货时限}}内发出"])
    own: bool = Field(description="自己的；店铺文件 phrases.csv 里的为 false")
    said: str = Field(examples=["亲，付款后48小时内发出"], description="变量填好的内容")


class PhraseList(BaseModel):
    """The phrases that were found, the best first."""

    items: list[PhraseItem]


class KeptPhrase(BaseModel):
    """A phrase as it was kept."""

    id: str
    title: str
    text: str
    problems: list[str] = Field(description="和问答的答案一样检查，哪里没有授权；只是提醒")


def phrases_router(box: PhraseBox, guard: AgentAuthenticator) -> APIRouter:
    """The routes under /v1/shops/{shop}/phrases."""
    routes = APIRouter(prefix="/v1/shops", tags=["phrases"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    PhraseId = Annotated[Id, Field(pattern=AGENTS_ID_PATTERN)]  # noqa: N806 - an alias of a type

    @routes.get(
        "/{shop}/phrases",
        operation_id="listPhrases",
        responses=example_response({"items": [EXAMPLE]}) | problem_responses(401, 403, 404, 422, 503),
        summary="找快捷短语",
        description="店铺的和自己的；按标题、拼音首字母(fhsj 找到“发货时间”)、内容找，标题对上的在前。"
        "写了 handoff，变量按这张工单填好。",
    )
    async def list_phrases(
        shop: ShopInPath,
        agent: Caller,
        q: Annotated[
            str,
            Query(max_length=LONGEST_SEARCH, pattern=r"^[^\x00]*$", description="标题、内容或拼音首字母；不写是全部"),
            AfterValidator(clean_text),
        ] = "",
        handoff: Annotated[str | None, Query(pattern=OWN_ID_PATTERN, description="在哪张工单里说")] = None,
    ) -> PhraseList:
        found = await box.find(agent, shop, q, handoff)
        return PhraseList(
            items=[
                PhraseItem(
                    id=each.phrase.id,
                    title=each.phrase.title,
                    text=each.phrase.text,
                    own=bool(each.phrase.owner),
                    said=each.said,
                )
                for each in found
            ]
        )

    @routes.put(
        "/{shop}/phrases/{phrase_id}",
        operation_id="putPhrase",
        responses=problem_responses(401, 403, 404, 409, 413, 422, 503),
        summary="存一条自己的短语",
        description="同一编号再存就是改。店铺的短语写在 phrases.csv。",
    )
    async def put_phrase(shop: ShopInPath, phrase_id: PhraseId, body: PhraseBody, agent: Caller) -> KeptPhrase:
        own, problems = await box.put(agent, shop, Phrase(phrase_id, body.title, body.text))
        return KeptPhrase(id=own.id, title=own.title, text=own.text, problems=list(problems))

    @routes.delete(
        "/{shop}/phrases/{phrase_id}",
        operation_id="deletePhrase",
        status_code=204,
        responses=problem_responses(401, 403, 404, 422, 503),
        summary="删掉一条自己的短语",
        description="没有的也算删掉了。",
    )
    async def delete_phrase(shop: ShopInPath, phrase_id: PhraseId, agent: Caller) -> Response:
        await box.remove(agent, shop, phrase_id)
        return Response(status_code=204)

    return routes
