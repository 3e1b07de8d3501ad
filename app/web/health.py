"""Health checks: liveness (/healthz) and readiness for messages (/readyz)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.domain.events import Serving
from app.errors import StorageUnavailableError, error_sentence
from app.tenants.registry import LearningStage
from app.web.openapi import OPEN_TO_ALL, problem_responses

MOST_CLOCK_SECONDS = 2.0


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class FaultyShop(BaseModel):
    """A shop whose files cannot be opened as they stand."""

    shop: str = Field(examples=["demo"])
    problems: int = Field(examples=[2], description="错误条数，用 xiaoer check 查看")
    serving: Serving = Field(
        description="the_rest：跳过有错误的几条，其余照常；last_good：用最后一个完好版本回答；nothing：消息得到 503"
    )


class LearningShop(BaseModel):
    """A shop of which a new version is on its way."""

    shop: str = Field(examples=["demo"])
    stage: LearningStage = Field(description="waiting：排队；reading：读文件和检查；learning：学习问法")
    entries: int = Field(examples=[50000], description="问答条数，读完文件以前是 0")
    seconds: float = Field(examples=[3.2], description="已经用了多少秒")
    open: bool = Field(description="旧版本是否在回答")


class Readiness(BaseModel):
    """Everything a message needs is there; `degraded` says what somebody should look at."""

    status: Literal["ok", "degraded"] = "ok"
    database: Literal["ok"] = "ok"
    shops: int = Field(examples=[1], description="已载入的店铺数")
    faulty_shops: list[FaultyShop] = []
    learning_shops: list[LearningShop] = []
    clock_ahead_seconds: float = Field(default=0.0, description="本机时钟比数据库快多少秒；慢为负")


@dataclass(frozen=True, slots=True)
class ServiceCondition:
    """Shops open, faulty and being learned, and how far our clock is ahead of the database's, in seconds."""

    shops: int
    faulty: tuple[FaultyShop, ...] = ()
    clock_ahead: float = 0.0
    learning: tuple[LearningShop, ...] = ()

    @property
    def is_degraded(self) -> bool:
        """Whether somebody should look; messages are taken all the same."""
        return bool(self.faulty) or abs(self.clock_ahead) > MOST_CLOCK_SECONDS


def health_router(check: Callable[[], Awaitable[object]], condition: Callable[[], ServiceCondition]) -> APIRouter:
    """`check` raises StorageUnavailableError when the database does not answer or takes no writes.

    A faulty shop does not make a process unready: it would take all other shops out of the load balancer.
    """
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
        summary="数据库可读写，店铺已载入",
        description="答 503 时先别把消息发过来。",
        openapi_extra=OPEN_TO_ALL,
    )
    async def readyz() -> Readiness:
        await check()
        now = condition()
        if not now.shops and now.learning:
            listed = ", ".join(f"{each.shop} ({each.stage}, {each.entries})" for each in now.learning)
            raise StorageUnavailableError(error_sentence("still_learning", shops=listed))
        if not now.shops and not now.faulty:
            raise StorageUnavailableError(error_sentence("no_shops"))
        return Readiness(
            status="degraded" if now.is_degraded else "ok",
            shops=now.shops,
            faulty_shops=list(now.faulty),
            learning_shops=list(now.learning),
            clock_ahead_seconds=round(now.clock_ahead, 3),
        )

    return routes
