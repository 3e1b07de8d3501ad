"""Approvals over HTTP: agents ask for a price or amends, supervisors grant, offer other terms or refuse."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.approval import Approval, ApprovalKind, ApprovalState, TermsQuote
from app.domain.plain_text import clean_text
from app.web.auth import AgentAuthenticator
from app.web.handoff_talk import LONGEST_REPLY, AgentText
from app.web.openapi import example_response, problem_responses
from app.web.paging import AGENTS_ID_PATTERN, OWN_ID_PATTERN, Cursor, Id, Limit, ShopName, shop_filter
from app.web.verdicts import TermsView, view_terms
from handoff.agents import Agent
from handoff.approval_ports import ApprovalFilter
from handoff.approvals import ApprovalDesk

Sentence = Annotated[str, AgentText, Field(max_length=LONGEST_REPLY), AfterValidator(clean_text)]
EXAMPLE: dict[str, Any] = {
    "id": "01jy0q6x7k~a-1",
    "shop": "demo",
    "channel": "api",
    "conversation": "c-1001",
    "handoff_id": "01jy0q6x7k",
    "kind": "price",
    "state": "asked",
    "terms": {"kind": "price", "sku_id": "M101-02", "quantity": 1, "total": "80"},
    "quote": {
        "title": "胡桃木茶盘 大号",
        "text": "胡桃木茶盘 大号1件，单价80元，合计80元",
        "listed": "99",
        "least": "88",
    },
    "counter": None,
    "counter_quote": None,
    "text": "亲，80元给您留着",
    "why": "老顾客，第三次来",
    "note": "",
    "asked_by": "xiaowang",
    "asked_at": "2026-06-18T02:30:00Z",
    "expires_at": "2026-06-18T02:45:00Z",
    "seconds_left": 900,
    "decided_by": None,
    "decided_at": None,
}


class AskBody(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"id": "a-1", "terms": EXAMPLE["terms"], "text": EXAMPLE["text"], "why": EXAMPLE["why"]}
        },
    )

    terms: TermsView
    text: Annotated[Sentence, Field(min_length=1)] = Field(description="批准后照这句话对买家说")
    why: Sentence = Field(default="", description="给主管看的理由")
    id: Annotated[str, Field(pattern=AGENTS_ID_PATTERN, max_length=128)] | None = Field(
        default=None, description="自己的编号；同一编号重发不会再请一次，换了内容答 409"
    )


class GrantBody(BaseModel):
    """A supervisor's yes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "下不为例"}})

    text: Sentence = Field(default="", description="换一句话说；不写就照请求里的")
    note: Sentence = Field(default="", description="给客服的话，买家看不到")


class CounterBody(BaseModel):
    """Other terms."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"terms": EXAMPLE["terms"] | {"total": "85"}, "text": "亲，85元给您留着"}},
    )

    terms: TermsView
    text: Sentence = Field(default="", description="客服接受后对买家说的话；可以由客服接受时再写")
    note: Sentence = ""


class RefuseBody(BaseModel):
    """A supervisor's no."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "这款没有利润了"}})

    note: Sentence = ""


class AcceptBody(BaseModel):
    """Taking the terms that were offered."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"text": "亲，85元给您留着"}})

    text: Sentence = Field(default="", description="对买家说的话；不写就照主管写的")


class QuoteView(BaseModel):
    """What terms are about."""

    title: str = Field(examples=["胡桃木茶盘 大号"])
    text: str = Field(examples=["胡桃木茶盘 大号1件，单价80元，合计80元"])
    listed: Decimal | None = Field(examples=["99"], description="同样几件的标价，元；补偿为 null")
    least: Decimal | None = Field(
        examples=["88"], description="客服自己最多能让到多少，补偿时是最多能给多少，元；只给主管看"
    )


class ApprovalItem(BaseModel):
    """One request."""

    id: str
    shop: str
    channel: str
    conversation: str
    handoff_id: str
    kind: ApprovalKind
    state: ApprovalState
    terms: TermsView
    quote: QuoteView
    counter: TermsView | None = Field(description="主管改的条件，等客服接受")
    counter_quote: QuoteView | None
    text: str = Field(description="批准后对买家说的话")
    why: str
    note: str = Field(description="主管给客服的话")
    asked_by: str
    asked_at: AwareDatetime
    expires_at: AwareDatetime
    seconds_left: int | None = Field(description="还有几秒作废；已有结果的为 null")
    decided_by: str | None
    decided_at: AwareDatetime | None


class ApprovalList(BaseModel):
    """A page of requests, the oldest first."""

    items: list[ApprovalItem]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


def view_approval(approval: Approval, now: datetime, *, for_lead: bool) -> ApprovalItem:
    """A request as it is shown; what the shop would allow at the least is for supervisors."""
    waits = approval.state in (ApprovalState.ASKED, ApprovalState.COUNTERED)
    return ApprovalItem(
        id=approval.id,
        shop=approval.key.shop,
        channel=approval.key.channel,
        conversation=approval.key.conversation,
        handoff_id=approval.ticket_id,
        kind=approval.kind,
        state=approval.state,
        terms=view_terms(approval.terms),
        quote=_view_quote(approval.quote, for_lead=for_lead),
        counter=view_terms(approval.counter) if approval.counter else None,
        counter_quote=_view_quote(approval.counter_quote, for_lead=for_lead) if approval.counter_quote else None,
        text=approval.text,
        why=approval.why,
        note=approval.note,
        asked_by=approval.asked_by,
        asked_at=approval.asked_at,
        expires_at=approval.expires_at,
        seconds_left=int((approval.expires_at - now).total_seconds()) if waits else None,
        decided_by=approval.decided_by,
        decided_at=approval.decided_at,
    )


def _view_quote(quote: TermsQuote, *, for_lead: bool) -> QuoteView:
    least = quote.least if for_lead else None
    return QuoteView(title=quote.title, text=quote.text, listed=quote.listed, least=least)


def approvals_router(desk: ApprovalDesk, guard: AgentAuthenticator, clock: Callable[[], datetime]) -> APIRouter:
    """The routes under /v1/approvals, and the one by which a request is made."""
    routes = APIRouter(tags=["approvals"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    changing = example_response(EXAMPLE) | problem_responses(401, 403, 404, 409, 413, 422, 503)

    def show(approval: Approval, agent: Agent) -> ApprovalItem:
        return view_approval(approval, clock(), for_lead=agent.is_lead)

    @routes.post(
        "/v1/handoffs/{handoff_id}/approvals",
        operation_id="askForApproval",
        responses=changing,
        summary="请主管批准一个价格或补偿",
        description="自己处理中的工单。批准后小二记下承诺、告诉店铺系统(promise.made)、把这句话发给买家，各一次；"
        "十五分钟没有结果就作废。店铺写了 `authority.people: block` 时，"
        "这句话不能比条件答应得更多(409 authority-exceeded)。",
    )
    async def ask_for_approval(handoff_id: Id, body: AskBody, agent: Caller) -> ApprovalItem:
        request_id = body.id or uuid4().hex
        asked = await desk.ask(agent, handoff_id, request_id, body.terms.to_terms(), body.text, body.why)
        return show(asked, agent)

    @routes.get(
        "/v1/approvals",
        operation_id="listApprovals",
        responses=example_response({"items": [EXAMPLE], "next": None}) | problem_responses(401, 403, 422, 503),
        summary="列出请求，最早的在前",
        description="客服看得到自己负责的店铺的请求，看不到 quote.least。",
    )
    async def list_approvals(
        agent: Caller,
        shop: ShopName = None,
        state: Annotated[list[ApprovalState] | None, Query(description="可写多个；不写是全部")] = None,
        handoff: Annotated[str | None, Query(pattern=OWN_ID_PATTERN, description="只看这张工单")] = None,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> ApprovalList:
        wanted = ApprovalFilter(shop_filter(shop), frozenset(state) if state else None, handoff)
        page = await desk.list_visible(agent, wanted, limit=limit, cursor=cursor)
        return ApprovalList(items=[show(each, agent) for each in page.approvals], next=page.next_cursor)

    @routes.post(
        "/v1/approvals/{approval_id}/grant",
        operation_id="grantApproval",
        responses=changing,
        summary="批准：记下承诺、通知店铺系统、发出这句话",
        description="主管和管理员。再批一次不算错，也不会再发一次；已拒绝或作废的答 409，工单没有人在处理时也答 409。",
    )
    async def grant_approval(approval_id: Id, agent: Caller, body: GrantBody | None = None) -> ApprovalItem:
        given = body or GrantBody()
        return show(await desk.grant(agent, approval_id, given.text, given.note), agent)

    @routes.post(
        "/v1/approvals/{approval_id}/counter",
        operation_id="counterApproval",
        responses=changing,
        summary="改条件：客服接受后生效",
        description="主管和管理员。条件的种类不能变；再等十五分钟。",
    )
    async def counter_approval(approval_id: Id, body: CounterBody, agent: Caller) -> ApprovalItem:
        countered = await desk.counter(agent, approval_id, body.terms.to_terms(), body.text, body.note)
        return show(countered, agent)

    @routes.post(
        "/v1/approvals/{approval_id}/refuse",
        operation_id="refuseApproval",
        responses=changing,
        summary="不批",
        description="主管和管理员。note 给客服看。",
    )
    async def refuse_approval(approval_id: Id, agent: Caller, body: RefuseBody | None = None) -> ApprovalItem:
        return show(await desk.refuse(agent, approval_id, body.note if body else ""), agent)

    @routes.post(
        "/v1/approvals/{approval_id}/accept",
        operation_id="acceptApproval",
        responses=changing,
        summary="客服接受主管改的条件：等于批准",
        description="处理这张工单的人。记下承诺、通知店铺系统、发出这句话，各一次。",
    )
    async def accept_approval(approval_id: Id, agent: Caller, body: AcceptBody | None = None) -> ApprovalItem:
        return show(await desk.accept(agent, approval_id, body.text if body else ""), agent)

    return routes
