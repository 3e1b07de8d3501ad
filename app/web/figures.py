"""The desk's figures over HTTP."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from app.web.auth import AgentAuthenticator
from app.web.openapi import example_response, problem_responses
from app.web.paging import ShopName, shop_filter
from handoff.agents import Agent
from handoff.figures import Counted, FigureBoard, FigureCut, FigureTable

TOTAL_EXAMPLE = {
    "handoffs": 42,
    "resolved": 38,
    "first_response_seconds": 38,
    "answers": 90,
    "answers_in_time": 88,
    "misses": 2,
    "answered_in_time": 0.957,
    "asked": 30,
    "rated": 12,
    "rated_share": 0.4,
    "rating_average": 4.58,
    "open": 4,
    "late": 1,
}
EXAMPLE = {
    "since": "2026-06-17T16:00:00Z",
    "until": "2026-06-18T02:00:00Z",
    "total": TOTAL_EXAMPLE,
    "rows": [{"key": "xiaowang", "title": "小王", **TOTAL_EXAMPLE}],
}


class FiguresView(BaseModel):
    """What some tickets come to."""

    handoffs: int = Field(examples=[42], description="这段时间转来的工单；下面除 open、late 都是它们的")
    resolved: int = Field(examples=[38], description="其中已经结束的")
    first_response_seconds: int | None = Field(
        examples=[38], description="平均首次人工回复用了几秒；还没有人回复过为 null"
    )
    answers: int = Field(examples=[90], description="买家等人回复的次数里，人回复了的")
    answers_in_time: int = Field(examples=[88], description="其中在平台的时间(3 分钟)以内的")
    misses: int = Field(examples=[2], description="没等到人回复，工单就解决了或还给了机器人的")
    answered_in_time: float | None = Field(
        examples=[0.957], description="3 分钟回复率，0 到 1：平台的时间以内回复了的，占回复了的和没等到的"
    )
    asked: int = Field(examples=[30], description="请过评价的")
    rated: int = Field(examples=[12], description="有评价的，连同平台告知的")
    rated_share: float | None = Field(examples=[0.4], description="请过评价的里答复了的，0 到 1")
    rating_average: float | None = Field(examples=[4.58], description="平均满意度，1 到 5")
    open: int = Field(examples=[4], description="现在没有结束的，不管什么时候转来")
    late: int = Field(examples=[1], description="其中买家等人回复已经超时的")


class FigureRowView(FiguresView):
    """Of one agent, group, reason or day."""

    key: str = Field(examples=["xiaowang"], description="客服、组、原因；by=day 时是那一天开始的时间")
    title: str = Field(examples=["小王"], description="名字；by=day 时为空，key 是时间，按自己的时区写")


class FigureTableView(BaseModel):
    """The figures of a time."""

    since: AwareDatetime
    until: AwareDatetime
    total: FiguresView
    rows: list[FigureRowView] = Field(description="按 by 分开的；没有写 by 时为空")


def figures_router(board: FigureBoard, guard: AgentAuthenticator) -> APIRouter:
    """The route under /v1/figures."""
    routes = APIRouter(prefix="/v1/figures", tags=["handoffs"])

    @routes.get(
        "",
        operation_id="getFigures",
        responses=example_response(EXAMPLE) | problem_responses(401, 403, 422, 503),
        summary="首响、3 分钟回复率、转人工原因、满意度、手上几张",
        description="客服看自己处理的，主管看自己店铺的。不写 from 是最近 24 小时；最长 366 天。",
    )
    async def show_figures(
        agent: Annotated[Agent, Depends(guard)],
        since: Annotated[AwareDatetime | None, Query(alias="from", description="从什么时候起转来的")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to", description="到什么时候；不写是现在")] = None,
        by: Annotated[FigureCut | None, Query(description="agent 客服 | group 组 | reason 原因 | day 天")] = None,
        shop: ShopName = None,
    ) -> FigureTableView:
        return _view_table(await board.read(agent, since, until, shop_filter(shop), by))

    return routes


def _view_table(table: FigureTable) -> FigureTableView:
    rows = [FigureRowView(key=row.key, title=row.title, **_describe(row.counted)) for row in table.rows]
    total = FiguresView(**_describe(table.total))
    return FigureTableView(since=table.scope.since, until=table.scope.until, total=total, rows=rows)


def _describe(counted: Counted) -> dict[str, Any]:
    waited = _share(counted.first_answer_seconds, counted.first_answers)
    return asdict(counted) | {
        "first_response_seconds": None if waited is None else round(waited),
        "answered_in_time": _share(counted.answers_in_time, counted.answers + counted.misses),
        "rated_share": _share(counted.asked_rated, counted.asked),
        "rating_average": _share(counted.rating_sum, counted.rated),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
