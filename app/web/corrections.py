"""Corrections over HTTP: how a message should have been read. They count at once, on every replica within seconds."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.correction import NO_ENTRY, Correction, CorrectionStore, KeptCorrection
from app.domain.plain_text import ID_PATTERN, LONGEST_ID, clean_text
from app.errors import ForbiddenError, MalformedError, NotFoundError, error_sentence
from app.observability.masking import mask_text
from app.tenants.registry import OpenShop
from app.web.auth import AgentAuthenticator
from app.web.openapi import problem_responses
from app.web.paging import OWN_ID_PATTERN, Cursor, Id, Limit, ShopInPath
from handoff.agents import Agent

LONGEST_TEXT = 500
_Named = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN)]


class CorrectionIn(BaseModel):
    """One message and how it should be read; `intent`, `faq` or both."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[str, Field(pattern=OWN_ID_PATTERN, examples=["01JD3Z6X7K"], description="自己编的编号，重发不会重复")]
    text: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_TEXT, examples=["这个啥时候能到我手上"], description="买家的话"),
        AfterValidator(clean_text),
    ]
    intent: Annotated[_Named | None, Field(examples=[None], description="正确的意图")] = None
    faq: Annotated[_Named | None, Field(examples=["F12"], description="该由哪条问答来答；`-` 是没有一条能答")] = None


class CorrectionItem(BaseModel):
    """One correction."""

    id: str = Field(examples=["01JD3Z6X7K"])
    shop: str = Field(examples=["demo"])
    text: str = Field(examples=["这个啥时候能到我手上"], description="买家的话，姓名、号码和地址已隐去")
    intent: str | None = Field(examples=[None])
    faq: str | None = Field(examples=["F12"])
    author: str = Field(examples=["zhu"])
    created_at: AwareDatetime
    withdrawn_by: str | None = Field(examples=[None])
    withdrawn_at: AwareDatetime | None = Field(examples=[None])

    @classmethod
    def from_kept(cls, kept: KeptCorrection) -> Self:
        """Converts a kept correction."""
        own = kept.correction
        return cls(
            id=own.correction_id,
            shop=kept.shop,
            text=own.text,
            intent=own.intent or None,
            faq=own.faq or None,
            author=kept.author,
            created_at=kept.created_at,
            withdrawn_by=kept.withdrawn_by,
            withdrawn_at=kept.withdrawn_at,
        )


class CorrectionList(BaseModel):
    """A page of corrections in force, the latest first."""

    items: list[CorrectionItem]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    total: int = Field(examples=[1])


@dataclass(frozen=True, slots=True)
class CorrectionDesk:
    """Where corrections are kept, how they come into force, and what they may name."""

    store: CorrectionStore
    apply: Callable[[str], Awaitable[None]]
    get_shop: Callable[[str], OpenShop]
    intents: Collection[str]
    clock: Callable[[], datetime]

    async def add_correction(self, shop: str, body: CorrectionIn, agent: Agent) -> KeptCorrection:
        """Keep a correction and put it in force; MalformedError when it names what is not there."""
        self._check_names(self.get_shop(shop), body)
        own = Correction(body.id, mask_text(body.text), body.intent or "", body.faq or "", agent.id)
        kept = await self.store.add_correction(KeptCorrection(shop, own, agent.id, self.clock()))
        await self.apply(shop)
        return kept

    async def withdraw_correction(self, shop: str, correction_id: str, agent: Agent) -> KeptCorrection:
        """Take back one's own, or as a supervisor anybody's."""
        found = await self.store.get_correction(shop, correction_id)
        if found is None:
            raise NotFoundError(error_sentence("unknown_correction", id=correction_id))
        if found.author != agent.id and not agent.is_lead:
            raise ForbiddenError(error_sentence("not_own_correction"))
        gone = await self.store.withdraw_correction(shop, correction_id, agent.id, self.clock())
        await self.apply(shop)
        return gone

    def _check_names(self, opened: OpenShop, body: CorrectionIn) -> None:
        if not body.text.strip():
            raise MalformedError(error_sentence("empty_text"))
        if not body.intent and not body.faq:
            raise MalformedError(error_sentence("correction_of_nothing"))
        if body.intent and body.intent not in self.intents:
            raise MalformedError(error_sentence("unknown_intent", intent=body.intent))
        if body.faq and body.faq != NO_ENTRY and body.faq not in opened.entries:
            raise MalformedError(error_sentence("unknown_faq", shop=opened.shop.shop_id, faq=body.faq))


def corrections_router(desk: CorrectionDesk, guard: AgentAuthenticator) -> APIRouter:
    """The routes under /v1/shops/{shop}/corrections."""
    routes = APIRouter(prefix="/v1/shops", tags=["corrections"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 (an alias of a type)

    def require_shop(shop: str, agent: Agent) -> None:
        if not agent.serves_shop(shop):
            raise ForbiddenError(error_sentence("foreign_shop", shop=shop))

    @routes.get(
        "/{shop}/corrections",
        operation_id="listCorrections",
        responses=problem_responses(401, 403, 422, 503),
        summary="列出更正",
        description="起作用的更正，最近的在前；店铺文件 corrections.csv 里的不在其中。",
    )
    async def list_corrections(
        shop: ShopInPath, agent: Caller, limit: Limit = 20, cursor: Cursor = None
    ) -> CorrectionList:
        require_shop(shop, agent)
        page = await desk.store.find_corrections(shop, limit=limit, cursor=cursor)
        items = [CorrectionItem.from_kept(kept) for kept in page.corrections]
        return CorrectionList(items=items, next=page.next_cursor, total=page.total)

    @routes.post(
        "/{shop}/corrections",
        operation_id="addCorrection",
        responses=problem_responses(401, 403, 404, 409, 413, 422, 503),
        summary="更正一句话该怎么读",
        description="马上起作用，意思相近的话也跟着变；不改变权限，也改不了一定转人工的话。同一编号重发不会重复。",
    )
    async def add_correction(shop: ShopInPath, body: CorrectionIn, agent: Caller) -> CorrectionItem:
        require_shop(shop, agent)
        return CorrectionItem.from_kept(await desk.add_correction(shop, body, agent))

    @routes.delete(
        "/{shop}/corrections/{correction_id}",
        operation_id="withdrawCorrection",
        responses=problem_responses(401, 403, 404, 422, 503),
        summary="撤回更正",
        description="自己的可以撤回，主管可以撤回任何人的；再撤一次不算错。撤回的编号不能再用。",
    )
    async def withdraw_correction(shop: ShopInPath, correction_id: Id, agent: Caller) -> CorrectionItem:
        require_shop(shop, agent)
        return CorrectionItem.from_kept(await desk.withdraw_correction(shop, correction_id, agent))

    return routes
