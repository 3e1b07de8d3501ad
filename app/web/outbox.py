"""What waits to be sent and what was given up: listed, and sent again."""

from typing import Annotated, Protocol, Self
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from app.conversation.sending import OutboxFilter, OutboxItem, OutboxPage, OutboxState
from app.web.auth import Guard, allow
from app.web.openapi import problems
from app.web.paging import Cursor, Id, Limit, ShopName, shops_named
from handoff.people import Agent, Role


class Outbox(Protocol):
    """Where rows are read and driven again."""

    async def outbox(self, wanted: OutboxFilter, *, limit: int, cursor: str | None) -> OutboxPage:
        """One page of rows, oldest first; MalformedError for a cursor that is not ours."""

    async def redrive(self, *, shops: frozenset[str] | None = None, row_id: str | None = None) -> int:
        """Dead rows wait again; how many. NotFoundError for a `row_id` that is not dead in these shops."""


class OutboxLine(BaseModel):
    """One row; what it says stays inside."""

    id: str = Field(examples=["01JD3Z6X7K:r-1"])
    shop: str = Field(examples=["demo"])
    kind: str = Field(examples=["reply"])
    destination: str = Field(examples=["https://shop.example.com/callback"], description="不含查询参数")
    state: OutboxState
    attempts: int = Field(examples=[3])
    created_at: AwareDatetime
    next_at: AwareDatetime
    sent_at: AwareDatetime | None
    last_error: str | None = Field(examples=["HTTP 503"])

    @classmethod
    def of(cls, item: OutboxItem) -> Self:
        """As stored, with the place it goes to and none of its secrets."""
        return cls(
            id=item.id,
            shop=item.shop,
            kind=item.kind,
            destination=_place(item.destination),
            state=item.state,
            attempts=item.attempts,
            created_at=item.created_at,
            next_at=item.next_at,
            sent_at=item.sent_at,
            last_error=item.last_error,
        )


class OutboxList(BaseModel):
    """A page of rows, oldest first."""

    items: list[OutboxLine]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    total: int = Field(examples=[1])


class Redriven(BaseModel):
    """How many rows wait again."""

    redriven: int = Field(examples=[1])


def router(outbox: Outbox, guard: Guard) -> APIRouter:
    """The routes under /v1/outbox, for supervisors and admins."""
    routes = APIRouter(prefix="/v1/outbox", tags=["outbox"])
    Lead = Annotated[Agent, Depends(allow(guard, Role.SUPERVISOR, Role.ADMIN))]  # noqa: N806 - an alias of a type

    @routes.get("", responses=problems(401, 403, 422, 503), summary="列出待发送和发送失败的消息")
    async def list_outbox(
        agent: Lead,
        shop: ShopName = None,
        state: Annotated[OutboxState | None, Query(description="pending 待发，sent 已发，dead 已放弃")] = None,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> OutboxList:
        page = await outbox.outbox(
            OutboxFilter(agent.shops_among(shops_named(shop)), state), limit=limit, cursor=cursor
        )
        return OutboxList(items=[OutboxLine.of(row) for row in page.rows], next=page.next_cursor, total=page.total)

    @routes.post("/redrive", responses=problems(401, 403, 413, 422, 503), summary="重发所有已放弃的消息")
    async def redrive_all(agent: Lead, shop: ShopName = None) -> Redriven:
        return Redriven(redriven=await outbox.redrive(shops=agent.shops_among(shops_named(shop))))

    @routes.post("/{row_id}/redrive", responses=problems(401, 403, 404, 413, 422, 503), summary="重发一条已放弃的消息")
    async def redrive_one(row_id: Id, agent: Lead) -> Redriven:
        return Redriven(redriven=await outbox.redrive(shops=agent.shops, row_id=row_id))

    return routes


def _place(destination: str) -> str:
    """A URL without its query, fragment and password; another kind of destination as it is."""
    try:
        parts = urlsplit(destination)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "?"
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}" if parts.hostname else destination
