"""How a shop stands: which version answers, how far the next one is, and what is wrong with its files."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from app.domain.shop_version import ShopVersion
from app.errors import ForbiddenError, NotFoundError, error_sentence
from app.shop.report import FolderProblem, FolderReport, Severity
from app.tenants.registry import LearningStage, OpenShops
from app.web.auth import AgentAuthenticator, require_role
from app.web.openapi import problem_responses
from app.web.paging import ShopInPath
from handoff.agents import Agent, AgentRole

MOST_PROBLEMS = 500
MOST_VERSIONS = 20


class ShopState(StrEnum):
    """What answers the shop's buyers."""

    OPEN = "open"
    THE_REST = "the_rest"
    LAST_GOOD = "last_good"
    LEARNING = "learning"
    CLOSED = "closed"


class ProblemView(BaseModel):
    """One problem of a shop's files, at its cell."""

    severity: Severity
    file: str = Field(examples=["faq.xlsx"])
    sheet: str = Field(examples=["售后"])
    row: int | None = Field(examples=[12], description="Excel 左边的行号；整个文件的问题没有")
    column: str = Field(examples=["D"], description="Excel 上面的字母")
    field: str = Field(examples=["答案"])
    message: str = Field(examples=["没有填写，请补上。"])
    left_out: bool = Field(description="这一行被跳过，其余照常使用")

    @classmethod
    def from_problem(cls, problem: FolderProblem) -> Self:
        """Converts a problem of the check."""
        return cls(
            severity=problem.severity,
            file=problem.file,
            sheet=problem.sheet,
            row=problem.row,
            column=problem.column,
            field=problem.field,
            message=problem.message,
            left_out=problem.leaves_out,
        )


class LearningView(BaseModel):
    """A new version on its way."""

    stage: LearningStage
    entries: int = Field(examples=[933], description="问答条数，读完文件以前是 0")
    since: datetime


class VersionView(BaseModel):
    """A version that was accepted."""

    number: int = Field(examples=[3])
    content: str = Field(examples=["5b0f0c1d2e3f4a5b"], description="全部文件内容的哈希")
    author: str = Field(examples=["mei"])
    summary: str = Field(examples=["问答 新增 3 修改 1"])
    saved_at: datetime

    @classmethod
    def from_version(cls, version: ShopVersion) -> Self:
        """Converts a stored version."""
        return cls(
            number=version.number,
            content=version.content,
            author=version.author,
            summary=version.summary,
            saved_at=version.saved_at,
        )


class ShopStatus(BaseModel):
    """How the shop stands."""

    shop: str = Field(examples=["demo"])
    state: ShopState = Field(
        description="open 正常；the_rest 跳过有错误的几条；last_good 用最后一个完好版本；"
        "learning 还没学完；closed 消息得到 503"
    )
    version: str = Field(examples=["5b0f0c1d2e3f4a5b"], description="正在回答的内容；没有时为空")
    loaded_at: datetime | None
    since: datetime | None = Field(description="从什么时候起有错误")
    counts: dict[str, int] = Field(examples=[{"问答": 933, "商品": 9}])
    learning: LearningView | None
    errors: int = Field(examples=[2])
    warnings: int = Field(examples=[5])
    problems: list[ProblemView] = Field(description=f"最多 {MOST_PROBLEMS} 条，错误在前；xiaoer check 列出全部")
    versions: list[VersionView] = Field(description=f"最近 {MOST_VERSIONS} 个版本，新的在前")


@dataclass(frozen=True, slots=True)
class ShopDesk:
    """Where the state of shops is read: the open ones, the last report of each, and the versions that are kept."""

    shops: OpenShops
    find_report: Callable[[str], FolderReport | None]
    list_versions: Callable[[str], Awaitable[Sequence[ShopVersion]]]

    async def describe_shop(self, shop_id: str) -> ShopStatus:
        """The shop's state; raises NotFoundError."""
        if shop_id not in self.shops.known_ids:
            raise NotFoundError(error_sentence("no_such_shop", shop=shop_id))
        found, fault = self.shops.find_shop(shop_id), self.shops.faults.get(shop_id)
        learning = self.shops.learning.get(shop_id)
        report = self.find_report(shop_id) or FolderReport()
        versions = await self.list_versions(shop_id)
        return ShopStatus(
            shop=shop_id,
            state=self._find_state(shop_id),
            version=found.shop.version if found else "",
            loaded_at=found.shop.loaded_at if found else None,
            since=fault.since if fault else None,
            counts=dict(report.counts),
            learning=LearningView(stage=learning.stage, entries=learning.entries, since=learning.since)
            if learning
            else None,
            errors=len(report.errors),
            warnings=len(report.warnings),
            problems=[ProblemView.from_problem(each) for each in (*report.errors, *report.warnings)[:MOST_PROBLEMS]],
            versions=[VersionView.from_version(each) for each in versions[:MOST_VERSIONS]],
        )

    def _find_state(self, shop_id: str) -> ShopState:
        fault = self.shops.faults.get(shop_id)
        if self.shops.find_shop(shop_id) is None:
            return ShopState.CLOSED if fault else ShopState.LEARNING
        return ShopState(fault.serving) if fault else ShopState.OPEN


def shops_router(desk: ShopDesk, guard: AgentAuthenticator) -> APIRouter:
    """The route, for agents who serve the shop."""
    routes = APIRouter(tags=["shops"])
    Anyone = Annotated[Agent, Depends(require_role(guard, *AgentRole))]  # noqa: N806 (an alias of a type)

    @routes.get(
        "/v1/shops/{shop}/status",
        operation_id="getShopStatus",
        responses=problem_responses(401, 403, 404, 422, 503),
        summary="店铺现在的状态",
        description="哪个版本在回答、新版本学到哪一步、文件里有什么问题、最近有哪些版本。",
    )
    async def get_status(shop: ShopInPath, agent: Anyone) -> ShopStatus:
        if not agent.serves_shop(shop):
            raise ForbiddenError(error_sentence("foreign_shop", shop=shop))
        return await desk.describe_shop(shop)

    return routes
