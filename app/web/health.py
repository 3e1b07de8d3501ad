"""Whether the process lives (/healthz) and can take messages (/readyz)."""

from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.errors import StorageUnavailableError
from app.web.openapi import OPEN_TO_ALL, problem_responses


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Readiness(Health):
    """Everything a message needs is there."""

    database: Literal["ok"] = "ok"
    shops: int = Field(examples=[1], description="已载入的店铺数")


def health_router(ping: Callable[[], Awaitable[object]], shops_loaded: Callable[[], int]) -> APIRouter:
    """`ping` raises StorageUnavailableError when the database does not answer."""
    routes = APIRouter(tags=["health"])

    @routes.get(
        "/healthz",
        operation_id="getLiveness",
        summary="进程在运行",
        description="不查数据库：答不上来就该重启。",
        openapi_extra=OPEN_TO_ALL,
    )
    async def healthz() -> Health:
        return Health()

    @routes.get(
        "/readyz",
        operation_id="getReadiness",
        responses=problem_responses(503),
        summary="数据库可用，店铺已载入",
        description="答 503 时先别把消息发过来。",
        openapi_extra=OPEN_TO_ALL,
    )
    async def readyz() -> Readiness:
        await ping()
        loaded = shops_loaded()
        if not loaded:
            raise StorageUnavailableError("没有载入任何店铺，请检查店铺文件夹")
        return Readiness(shops=loaded)

    return routes
