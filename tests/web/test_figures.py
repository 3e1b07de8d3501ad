"""The desk's figures over HTTP."""

from collections.abc import Mapping
from datetime import datetime

import httpx
import pytest

from app.web.figures import figures_router
from handoff.agents import AgentRole
from handoff.figures import Counted, FigureBoard, FigureCut, FigureScope
from tests.handoff.builders import MORNING
from tests.web.house import Web

TOTAL = Counted(
    handoffs=4,
    resolved=2,
    first_answers=2,
    first_answer_seconds=75,
    answers=3,
    answers_in_time=2,
    misses=1,
    asked=4,
    asked_rated=1,
    rated=3,
    rating_sum=13,
    open=2,
    late=1,
)


class Counts:
    """Four tickets, three of them lan's."""

    def __init__(self) -> None:
        self.asked: list[FigureScope] = []

    async def count(self, scope: FigureScope, cut: FigureCut | None, now: datetime) -> Mapping[str, Counted]:
        del now
        self.asked.append(scope)
        return {"lan": Counted(handoffs=3)} if cut else {"": TOTAL}


async def name_agents() -> Mapping[str, str]:
    return {"lan": "小兰"}


@pytest.fixture
def counts() -> Counts:
    return Counts()


@pytest.fixture
def web(counts: Counts) -> Web:
    built = Web()
    built.app.include_router(figures_router(FigureBoard(counts, name_agents, built.clock), built.guard))
    return built


async def read(web: Web, role: AgentRole, **query: str) -> httpx.Response:
    async with web.calling(await web.token("zhu", role)) as client:
        return await client.get("/v1/figures", params=query)


async def test_supervisors_read_averages_and_shares_of_all_and_of_each(web: Web) -> None:
    told = (await read(web, AgentRole.SUPERVISOR, by="agent")).json()

    total = told["total"]
    assert (total["handoffs"], total["open"], total["late"]) == (4, 2, 1)
    assert (total["first_response_seconds"], total["answered_in_time"]) == (38, 0.5)
    assert (total["rated_share"], total["rating_average"]) == (0.25, 4.333)
    assert [told["rows"][0][name] for name in ("answered_in_time", "rated_share", "rating_average")] == [None] * 3
    assert [(row["key"], row["title"], row["handoffs"]) for row in told["rows"]] == [("lan", "小兰", 3)]


async def test_agents_read_their_own(web: Web, counts: Counts) -> None:
    told = await read(web, AgentRole.AGENT, **{"from": "2026-06-17T00:00:00+08:00"})

    assert told.status_code == httpx.codes.OK
    assert (told.json()["rows"], counts.asked[0].agent) == ([], "zhu")
    assert counts.asked[0].since == datetime.fromisoformat("2026-06-17T00:00:00+08:00")


async def test_a_shop_of_others_and_a_time_that_is_none_are_refused(web: Web) -> None:
    other = await read(web, AgentRole.SUPERVISOR, shop="other")
    later = await read(web, AgentRole.SUPERVISOR, **{"from": MORNING.isoformat(), "to": "2020-01-01T00:00:00Z"})

    assert other.status_code == httpx.codes.FORBIDDEN
    assert later.status_code == httpx.codes.UNPROCESSABLE_ENTITY
