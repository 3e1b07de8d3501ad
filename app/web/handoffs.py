"""The handoff queue over HTTP, for agents' software."""

from dataclasses import asdict, fields
from typing import Annotated, Any, Self
from uuid import uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.domain.content import plain_text
from app.domain.decision import Reason
from app.domain.handoff import Group, Priority, TicketState
from app.domain.plain_text import clean_text
from app.domain.ticket import Ticket
from app.errors import error_sentence
from app.web.auth import AgentAuthenticator
from app.web.content import AttachmentsIn, PartsIn, read_content
from app.web.handoff_example import example_view
from app.web.openapi import OPEN_TO_ALL, example_response, problem_responses
from app.web.paging import AGENTS_ID_PATTERN, Cursor, Id, Limit, ShopName, shop_filter
from handoff.agents import Agent
from handoff.brief import Brief, brief_schema
from handoff.ports import TicketFilter, TicketOrder
from handoff.queue import HandoffQueue, QueueView, SecondsLeft, TicketView

# PostgreSQL stores no NUL; any other character may be in a reply.
AgentText = StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")
LONGEST_REPLY = 2000
LONGEST_SEARCH = 100


class ClockSeconds(BaseModel):
    """Seconds until each deadline; negative when overdue, null when met."""

    first_response: int | None = Field(examples=[132])
    resolve: int | None = Field(examples=[86_352])
    close: int | None = Field(examples=[172_752])
    answer: int | None = Field(
        examples=[102], description="平台的 3 分钟：买家这句话还剩几秒要由人回复；没有话在等时为 null"
    )

    @classmethod
    def from_seconds_left(cls, left: SecondsLeft) -> Self:
        """Converts the queue's counts."""
        return cls(first_response=left.first_response, resolve=left.resolve, close=left.close, answer=left.answer)


class LastLineView(BaseModel):
    """The last line of the buyer or a person."""

    author: str = Field(examples=["buyer"], description="buyer 买家 | agent 客服")
    text: str = Field(examples=["还在吗"], description="太长时截短")
    at: AwareDatetime


class HandoffItem(BaseModel):
    """One handoff in a list."""

    id: str = Field(examples=["01JD3Z6X7K"])
    shop: str = Field(examples=["demo"])
    channel: str = Field(examples=["api"])
    conversation: str = Field(examples=["c-1001"])
    state: TicketState
    reason: Reason
    reason_text: str = Field(examples=["议价需要人工：超出机器人的授权，或要为买家改价"])
    summary: tuple[str, str] = Field(
        examples=[["买家小雨咨询「议价」：80元卖不卖", "胡桃木茶盘；机器人已答2次；转人工原因：超出权限"]]
    )
    group: Group
    group_title: str = Field(examples=["主管"])
    priority: Priority
    claimed_by: str | None = Field(examples=["xiaowang"])
    version: int = Field(examples=[3], description="每次变化加一")
    trace_id: str = Field(description="转来那一轮的 trace_id，/v1/traces/{id} 说明为什么；升级前的工单为空")
    buyer: str = Field(examples=["buyer-01"])
    buyer_name: str | None = Field(examples=["小雨"])
    last_line: LastLineView | None
    waiting_since: AwareDatetime | None = Field(description="买家从什么时候起在等人回复；没有话在等时为 null")
    answer_due: AwareDatetime | None = Field(description="平台要求在此之前由人回复；机器人的话不算")
    closing: bool = Field(description="收尾：等着的只是“谢谢”“好的”，平台仍计时")
    unread: int = Field(examples=[1], description="处理人还没有看过的买家消息条数")
    created_at: AwareDatetime
    claimed_at: AwareDatetime | None
    first_response_at: AwareDatetime | None
    resolved_at: AwareDatetime | None
    first_response_due: AwareDatetime
    resolve_due: AwareDatetime
    close_due: AwareDatetime
    seconds_left: ClockSeconds


class HandoffDetail(HandoffItem):
    """One handoff with its brief and its conversation."""

    note: str = Field(description="处理结果，由解决者填写")
    brief: Brief


class HandoffCounts(BaseModel):
    """How many open handoffs there are, whatever the list shows."""

    mine: int = Field(examples=[1], description="我处理中的")
    queue: int = Field(examples=[4], description="排队中的")
    open: int = Field(examples=[7], description="没有结束的，连同同事手上的")
    late: int = Field(examples=[0], description="其中买家等人回复已经超时的")


class HandoffPage(BaseModel):
    """A page of handoffs in the order asked for."""

    items: list[HandoffItem]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    total: int = Field(examples=[1])
    counts: HandoffCounts


class ReplyBody(BaseModel):
    """A reply to the buyer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"id": "r-1", "text": "亲，我是人工客服，马上帮您核对。"}}
    )

    text: Annotated[str, AgentText, Field(max_length=LONGEST_REPLY), AfterValidator(clean_text)] = Field(
        default="", description="可以留空，只发图片、卡片或附件"
    )
    parts: PartsIn = Field(default=(), description="图片和卡片；text 会排在最前")
    attachments: AttachmentsIn = Field(default=(), description="文件")
    id: Annotated[str, Field(pattern=AGENTS_ID_PATTERN)] | None = Field(
        default=None, description="自己的编号；同一编号重发不会重复发送，同一编号换了内容会被拒绝（409）"
    )

    @model_validator(mode="after")
    def check_something_said(self) -> Self:
        """A reply says or shows something."""
        if not self.text and not self.parts and not self.attachments:
            raise ValueError(error_sentence("empty_text"))
        return self


class ResolveBody(BaseModel):
    """How the matter ended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "已补发，买家满意"}})

    note: Annotated[str, AgentText, Field(max_length=LONGEST_REPLY), AfterValidator(clean_text)] = ""


def handoffs_router(queue: HandoffQueue, guard: AgentAuthenticator) -> APIRouter:
    """The routes under /v1/handoffs."""
    routes = APIRouter(prefix="/v1/handoffs", tags=["handoffs"])
    Caller = Annotated[Agent, Depends(guard)]  # noqa: N806 - an alias of a type
    shown = _build_detail(example_view()).model_dump(mode="json")
    listed = {
        "items": [{name: shown[name] for name in HandoffItem.model_fields}],
        "next": None,
        "total": 1,
        "counts": {"mine": 1, "queue": 4, "open": 7, "late": 0},
    }
    changing = example_response(shown) | problem_responses(401, 403, 404, 409, 413, 422, 503)

    @routes.get(
        "",
        operation_id="listHandoffs",
        responses=example_response(listed) | problem_responses(401, 403, 422, 503),
        summary="列出工单",
        description="只有自己负责的店铺。不写 order 时最急的在前，再按期限。翻页时把上一页的 next 作为 cursor 传回。",
    )
    async def list_handoffs(
        agent: Caller,
        wanted: Annotated[TicketFilter, Depends(_ticket_filter)],
        view: Annotated[
            QueueView,
            Query(description="mine 我的 | queue 排队 | open 没有结束的 | ended 已结束 | all 全部"),
        ] = QueueView.ALL,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> HandoffPage:
        page = await queue.list_visible_tickets(agent, wanted, limit=limit, cursor=cursor, view=view)
        items = [HandoffItem.model_validate(_item_fields(ticket, queue.time_left(ticket))) for ticket in page.tickets]
        counts = HandoffCounts.model_validate(asdict(await queue.count_visible_tickets(agent, wanted.shops)))
        return HandoffPage(items=items, next=page.next_cursor, total=page.total, counts=counts)

    @routes.get(
        "/schema",
        operation_id="getHandoffSchema",
        summary="交接单的 JSON Schema(带版本号)",
        description="`$id` 里的版本号只在不兼容的改动时增加；平时只加字段。",
        openapi_extra=OPEN_TO_ALL,
    )
    async def handoff_schema() -> dict[str, Any]:
        return brief_schema()

    @routes.get(
        "/{handoff_id}",
        operation_id="getHandoff",
        responses=example_response(shown) | problem_responses(401, 404, 422, 503),
        summary="一张工单和它的交接单",
        description="为什么转来、说过什么、答应过什么、还剩多少时间、下一句可以怎么回。",
    )
    async def show_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return _build_detail(await queue.one(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/claim",
        operation_id="claimHandoff",
        responses=changing,
        summary="认领；两人同时认领时只有一人成功",
        description="自己已经认领的再认领一次，答的和第一次一样；别人认领的答 409。",
    )
    async def claim_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return _build_detail(await queue.claim(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/release",
        operation_id="releaseHandoff",
        responses=changing,
        summary="放回队列",
        description="同一个人紧接着再放一次不算错。",
    )
    async def release_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return _build_detail(await queue.release(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/seen",
        operation_id="markHandoffSeen",
        responses=changing,
        summary="处理人看过了：unread 归零",
        description="别人看不算，答的是工单现在的样子。",
    )
    async def mark_handoff_seen(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return _build_detail(await queue.mark_seen(agent, handoff_id))

    @routes.post(
        "/{handoff_id}/reply",
        operation_id="replyToHandoff",
        responses=changing,
        summary="回复买家",
        description="经店铺的 callback 送到买家；没有 callback 的店铺，由 /lines 或 Rasa REST 的下一次应答取走。"
        "两条路都没有时答 409（undeliverable），这句话不会存下。",
    )
    async def reply_to_buyer(handoff_id: Id, body: ReplyBody, agent: Caller) -> HandoffDetail:
        content = read_content(body.text, body.parts, body.attachments)
        text = body.text or plain_text(content)
        return _build_detail(await queue.reply(agent, handoff_id, text, body.id or uuid4().hex, content))

    @routes.post(
        "/{handoff_id}/resolve",
        operation_id="resolveHandoff",
        responses=changing,
        summary="解决；买家再来时由机器人接待",
        description="同一个人带着同样的处理结果再来一次不算错；换了处理结果答 409。",
    )
    async def resolve_handoff(handoff_id: Id, agent: Caller, body: ResolveBody | None = None) -> HandoffDetail:
        return _build_detail(await queue.resolve(agent, handoff_id, body.note if body else ""))

    @routes.post(
        "/{handoff_id}/return",
        operation_id="returnHandoff",
        responses=changing,
        summary="交还机器人",
        description="机器人马上接着说；排队中的也可以交还。",
    )
    async def return_handoff(handoff_id: Id, agent: Caller) -> HandoffDetail:
        return _build_detail(await queue.return_to_bot(agent, handoff_id))

    return routes


def _ticket_filter(
    shop: ShopName = None,
    state: Annotated[TicketState | None, Query(description="工单状态")] = None,
    group: Annotated[list[Group] | None, Query(description="接手的组，可写多个")] = None,
    priority: Annotated[Priority | None, Query(description="紧急程度")] = None,
    q: Annotated[
        str,
        Query(max_length=LONGEST_SEARCH, pattern=r"^[^\x00]*$", description="买家、订单号或说过的话"),
        AfterValidator(clean_text),
    ] = "",
    order: Annotated[
        TicketOrder,
        Query(description="urgent 最急的 | due 最先该回复的 | recent 最近说话的 | opened 最早转来的"),
    ] = TicketOrder.URGENT,
) -> TicketFilter:
    return TicketFilter(
        shops=shop_filter(shop),
        states=frozenset({state}) if state else None,
        groups=frozenset(group) if group else None,
        priority=priority,
        text=q.strip(),
        order=order,
    )


def _build_detail(view: TicketView) -> HandoffDetail:
    item = _item_fields(view.ticket, view.left)
    return HandoffDetail.model_validate(item | {"note": view.ticket.note, "brief": view.brief})


def _item_fields(ticket: Ticket, left: SecondsLeft) -> dict[str, Any]:
    brief = ticket.brief
    told = {name: brief[name] for name in ("reason_text", "summary", "group_title")}
    key = {"shop": ticket.key.shop, "channel": ticket.key.channel, "conversation": ticket.key.conversation}
    last = None if ticket.last_line is None else LastLineView.model_validate(asdict(ticket.last_line))
    computed = {"seconds_left": ClockSeconds.from_seconds_left(left), "last_line": last}
    return {**_ticket_fields(ticket), **key, **told, **computed}


def _ticket_fields(ticket: Ticket) -> dict[str, Any]:
    shared = set(HandoffItem.model_fields) & {field.name for field in fields(ticket)}
    return {name: getattr(ticket, name) for name in shared}
