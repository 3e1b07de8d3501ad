"""What waits to be sent and what could not be: for supervisors, who may drive dead letters again."""

from typing import Annotated, Protocol, Self
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from app.delivery.ports import OutboxFilter, OutboxItem, OutboxPage, OutboxState
from app.observability.masking import mask_text
from app.web.auth import AgentAuthenticator, require_role
from app.web.openapi import problem_responses
from app.web.paging import Cursor, Id, Limit, ShopName, shop_filter
from handoff.agents import Agent, AgentRole


class OutboxReader(Protocol):
    """The outbox as this page needs it."""

    async def find_outbox_rows(self, wanted: OutboxFilter, *, limit: int, cursor: str | None) -> OutboxPage:
        """One page of rows, oldest first."""

    async def redrive_dead_letters(self, *, shops: frozenset[str] | None = None, row_id: str | None = None) -> int:
        """Dead letters wait again; NotFoundError for a row that is not dead."""


class OutboxEntry(BaseModel):
    """One row; its payload stays inside, because it quotes a buyer."""

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
        """As stored, with the receiver's words masked and the secrets of its address left out."""
        kept = {name: getattr(item, name) for name in cls.model_fields}
        error = mask_text(item.last_error) if item.last_error else None
        return cls(**kept | {"last_error": error, "destination": _redact_destination(item.destination)})


class OutboxList(BaseModel):
    """A page of the outbox, oldest first."""

    items: list[OutboxEntry]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    total: int


class RedriveResult(BaseModel):
    """How many dead letters wait again."""

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
        state: Annotated[OutboxState | None, Query(description="pending 待发，sent 已发，dead 发不出去")] = None,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> OutboxList:
        wanted = OutboxFilter(agent.visible_shops(shop_filter(shop)), state)
        page = await outbox.find_outbox_rows(wanted, limit=limit, cursor=cursor)
        return OutboxList(
            items=[OutboxEntry.from_outbox_item(row) for row in page.rows], next=page.next_cursor, total=page.total
        )

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


def _redact_destination(destination: str) -> str:
    """A URL without its query and password; another kind of destination as it is."""
    try:
        parts = urlsplit(destination)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "?"
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}" if parts.hostname else destination
