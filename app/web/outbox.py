"""What waits to be sent and what could not be: for supervisors, who may drive dead letters again."""

from typing import Annotated, Protocol, Self
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from app.delivery.ports import OutboxFilter, OutboxItem, OutboxPage, OutboxState
from app.observability.masking import mask
from app.web.auth import Guard, allow
from app.web.openapi import problems
from app.web.paging import Cursor, Id, Limit, ShopName, shops_named
from handoff.agents import Agent, Role


class OutboxReader(Protocol):
    """The outbox as this page needs it."""

    async def outbox(self, wanted: OutboxFilter, *, limit: int, cursor: str | None) -> OutboxPage:
        """One page of rows, oldest first."""

    async def redrive(self, *, shops: frozenset[str] | None = None, row_id: str | None = None) -> int:
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
    def of(cls, item: OutboxItem) -> Self:
        """As stored, with the receiver's words masked and the secrets of its address left out."""
        kept = {name: getattr(item, name) for name in cls.model_fields}
        error = mask(item.last_error) if item.last_error else None
        return cls(**kept | {"last_error": error, "destination": _place(item.destination)})


class OutboxList(BaseModel):
    """A page of the outbox, oldest first."""

    items: list[OutboxEntry]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    total: int


class Redriven(BaseModel):
    """How many dead letters wait again."""

    redriven: int


def router(outbox: OutboxReader, guard: Guard) -> APIRouter:
    """The routes under /v1/outbox."""
    routes = APIRouter(prefix="/v1/outbox", tags=["outbox"])
    Lead = Annotated[Agent, Depends(allow(guard, Role.SUPERVISOR, Role.ADMIN))]  # noqa: N806 (an alias of a type)

    @routes.get("", responses=problems(401, 403, 422, 503), summary="列出待发和发不出去的")
    async def list_outbox(
        agent: Lead,
        shop: ShopName = None,
        state: Annotated[OutboxState | None, Query(description="pending 待发，sent 已发，dead 发不出去")] = None,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> OutboxList:
        wanted = OutboxFilter(agent.shops_among(shops_named(shop)), state)
        page = await outbox.outbox(wanted, limit=limit, cursor=cursor)
        return OutboxList(items=[OutboxEntry.of(row) for row in page.rows], next=page.next_cursor, total=page.total)

    @routes.post("/redrive", responses=problems(401, 403, 413, 422, 503), summary="把发不出去的全部重发")
    async def redrive_all(agent: Lead, shop: ShopName = None) -> Redriven:
        return Redriven(redriven=await outbox.redrive(shops=agent.shops_among(shops_named(shop))))

    @routes.post("/{row_id}/redrive", responses=problems(401, 403, 404, 413, 422, 503), summary="重发一条")
    async def redrive_one(row_id: Id, agent: Lead) -> Redriven:
        return Redriven(redriven=await outbox.redrive(shops=agent.shops, row_id=row_id))

    return routes


def _place(destination: str) -> str:
    """A URL without its query and password; another kind of destination as it is."""
    try:
        parts = urlsplit(destination)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "?"
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}" if parts.hostname else destination
