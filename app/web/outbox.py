"""The outbox over HTTP, for supervisors: rows that wait, dead letters, redrive."""

from typing import Annotated, Protocol, Self

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.delivery.ports import (
    AttemptFilter,
    AttemptOutcome,
    AttemptPage,
    DeliveryAttempt,
    FailureKind,
    OutboxFilter,
    OutboxItem,
    OutboxPage,
    OutboxState,
    ReplayRange,
)
from app.delivery.router import redact_destination
from app.domain.plain_text import ID_PATTERN
from app.observability.masking import mask_text
from app.web.auth import AgentAuthenticator, require_role
from app.web.openapi import problem_responses
from app.web.paging import LONGEST_SHOP, Cursor, Id, Limit, ShopName, shop_filter
from handoff.agents import Agent, AgentRole

Kind = Annotated[str, Field(max_length=64, pattern=r"^[a-z_.]+$")]


class OutboxReader(Protocol):
    """The outbox operations that these routes need."""

    async def find_outbox_rows(self, wanted: OutboxFilter, *, limit: int, cursor: str | None) -> OutboxPage:
        """One page of rows, oldest first."""

    async def redrive_dead_letters(self, *, shops: frozenset[str] | None = None, row_id: str | None = None) -> int:
        """Puts dead letters back into the queue; NotFoundError for a row that is not dead."""

    async def replay_range(self, wanted: ReplayRange) -> int:
        """Queues a range of rows once more; returns how many."""

    async def find_attempts(self, wanted: AttemptFilter, *, limit: int, cursor: str | None) -> AttemptPage:
        """One page of the delivery log, newest first."""


class OutboxEntry(BaseModel):
    """One row, without its payload, which quotes a buyer."""

    id: str = Field(description="the webhook-id that the receiver sees")
    shop: str = Field(examples=["demo"])
    kind: str = Field(examples=["handoff.opened"])
    destination: str = Field(examples=["https://shop.example/callback"])
    state: OutboxState
    attempts: int
    created_at: AwareDatetime
    next_at: AwareDatetime
    sent_at: AwareDatetime | None
    last_error: str | None = Field(examples=["HTTP 503"])

    @classmethod
    def from_outbox_item(cls, item: OutboxItem) -> Self:
        """Converts a stored row; masks the receiver's words and drops secrets from its address."""
        kept = {name: getattr(item, name) for name in cls.model_fields}
        error = mask_text(item.last_error) if item.last_error else None
        return cls(**kept | {"last_error": error, "destination": redact_destination(item.destination)})


class OutboxList(BaseModel):
    """A page of the outbox, oldest first."""

    items: list[OutboxEntry]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    total: int


class AttemptEntry(BaseModel):
    """One attempt to deliver a row."""

    shop: str = Field(examples=["demo"])
    row_id: str = Field(description="the webhook-id that the receiver sees")
    at: AwareDatetime = Field(description="when it began")
    attempt: int = Field(examples=[1])
    milliseconds: int = Field(examples=[38])
    outcome: AttemptOutcome = Field(description="sent 已送达，failed 会再试，dead 不再试")
    status: int | None = Field(examples=[503], description="the receiver's HTTP status")
    error: FailureKind | None = Field(examples=["server_error"])

    @classmethod
    def from_attempt(cls, attempt: DeliveryAttempt) -> Self:
        """Converts a noted attempt."""
        return cls(**{name: getattr(attempt, name) for name in cls.model_fields})


class AttemptList(BaseModel):
    """A page of the delivery log, newest first."""

    items: list[AttemptEntry]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


class ReplayBody(BaseModel):
    """The rows to send once more: written from `since` on, before `until`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"since": "2026-06-18T09:00:00+08:00", "until": "2026-06-18T10:00:00+08:00"}},
    )

    since: AwareDatetime
    until: AwareDatetime
    shop: Annotated[str, Field(max_length=LONGEST_SHOP, pattern=ID_PATTERN)] | None = Field(
        default=None, description="店铺；不写就是看得到的全部"
    )
    kinds: frozenset[Kind] | None = Field(default=None, max_length=20, description="种类，例如 reply；不写就是全部")


class ReplayResult(BaseModel):
    """The number of rows queued again."""

    replayed: int


class RedriveResult(BaseModel):
    """The number of dead letters put back."""

    redriven: int


def outbox_router(outbox: OutboxReader, guard: AgentAuthenticator) -> APIRouter:
    """The routes under /v1/outbox."""
    routes = APIRouter(prefix="/v1/outbox", tags=["outbox"])
    Lead = Annotated[Agent, Depends(require_role(guard, AgentRole.SUPERVISOR, AgentRole.ADMIN))]  # noqa: N806 (an alias of a type)

    @routes.get(
        "",
        operation_id="listOutbox",
        responses=problem_responses(401, 403, 422, 503),
        summary="列出待发和发不出去的",
        description="最早的在前；内容引用买家的话，所以不在这里。",
    )
    async def list_outbox(
        agent: Lead,
        shop: ShopName = None,
        state: Annotated[
            OutboxState | None,
            Query(description="pending 待发，sent 已发，dead 发不出去，withdrawn 人工接手前没发出的"),
        ] = None,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> OutboxList:
        wanted = OutboxFilter(agent.visible_shops(shop_filter(shop)), state)
        page = await outbox.find_outbox_rows(wanted, limit=limit, cursor=cursor)
        return OutboxList(
            items=[OutboxEntry.from_outbox_item(row) for row in page.rows], next=page.next_cursor, total=page.total
        )

    @routes.get(
        "/attempts",
        operation_id="listDeliveryAttempts",
        responses=problem_responses(401, 403, 422, 503),
        summary="投递记录，最近的在前",
        description="每一次投递：什么时候、用了多久、对方答了什么。",
    )
    async def list_attempts(
        agent: Lead,
        shop: ShopName = None,
        row_id: Annotated[
            str | None, Query(max_length=512, pattern=r"^[^\x00]*$", description="只看一条待发记录的")
        ] = None,
        outcome: Annotated[AttemptOutcome | None, Query(description="sent 已送达，failed 会再试，dead 不再试")] = None,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> AttemptList:
        wanted = AttemptFilter(agent.visible_shops(shop_filter(shop)), row_id, outcome)
        page = await outbox.find_attempts(wanted, limit=limit, cursor=cursor)
        return AttemptList(
            items=[AttemptEntry.from_attempt(attempt) for attempt in page.attempts], next=page.next_cursor
        )

    @routes.post(
        "/replay",
        operation_id="replayOutbox",
        responses=problem_responses(401, 403, 413, 422, 503),
        summary="把一段时间内的再发一遍，编号不变",
        description="对方丢了数据以后用；编号不变，对方凭编号去重。",
    )
    async def replay(body: ReplayBody, agent: Lead) -> ReplayResult:
        wanted = ReplayRange(body.since, body.until, agent.visible_shops(shop_filter(body.shop)), body.kinds)
        return ReplayResult(replayed=await outbox.replay_range(wanted))

    @routes.post(
        "/redrive",
        operation_id="redriveOutbox",
        responses=problem_responses(401, 403, 413, 422, 503),
        summary="把发不出去的全部重发",
        description="重新排队，像新的一样再试。",
    )
    async def redrive_all(agent: Lead, shop: ShopName = None) -> RedriveResult:
        return RedriveResult(redriven=await outbox.redrive_dead_letters(shops=agent.visible_shops(shop_filter(shop))))

    @routes.post(
        "/{row_id}/redrive",
        operation_id="redriveOutboxRow",
        responses=problem_responses(401, 403, 404, 413, 422, 503),
        summary="重发一条",
        description="只有发不出去的才能重发；其余答 404。",
    )
    async def redrive_one(row_id: Id, agent: Lead) -> RedriveResult:
        return RedriveResult(redriven=await outbox.redrive_dead_letters(shops=agent.shops, row_id=row_id))

    return routes
