"""Ratings that a platform collects, over HTTP."""

from dataclasses import replace

import httpx
import pytest

from app.domain.ticket import Ticket, TicketRating
from app.web.handoff_rating import handoff_rating_router
from handoff.agents import AgentRole
from handoff.queue import HandoffQueue
from handoff.rating_desk import RatingDesk
from tests.handoff.builders import a_ticket, an_agent
from tests.web.house import Web


class Records:
    """Keeps ratings on the fake's tickets."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.reminders: list[str] = []

    async def rate(self, ticket_id: str, score: int, words: str, by: str, now, *, follow_up: str = "") -> Ticket:
        self.reminders.append(follow_up)
        told = TicketRating(None, score, words, now, "platform")
        self.web.tickets.tickets[ticket_id] = rated = replace(self.web.tickets.tickets[ticket_id], rating=told)
        return rated


class Rules:
    """Two stars and less are followed up."""

    def follow_up_score(self, shop: str) -> int:
        return 2


@pytest.fixture
def web() -> Web:
    return Web(a_ticket("t-1"))


@pytest.fixture(autouse=True)
def records(web: Web) -> Records:
    kept = Records(web)
    queue = HandoffQueue(web.tickets, web.clock)
    web.app.include_router(handoff_rating_router(RatingDesk(queue, kept, Rules(), web.clock), web.guard))
    return kept


async def rate(web: Web, role: AgentRole, body: dict) -> httpx.Response:
    async with web.calling(await web.token("zhu", role)) as client:
        return await client.post("/v1/handoffs/t-1/rating", json=body)


async def test_a_platforms_rating_is_shown_on_the_ended_ticket(web: Web) -> None:
    queue = HandoffQueue(web.tickets, web.clock)
    await queue.claim(an_agent("lan"), "t-1")
    early = await rate(web, AgentRole.SUPERVISOR, {"score": 4})
    await queue.resolve(an_agent("lan"), "t-1")

    done = await rate(web, AgentRole.SUPERVISOR, {"score": 4, "words": "挺好"})

    assert early.status_code == httpx.codes.CONFLICT
    assert done.status_code == httpx.codes.OK
    assert done.json()["rating"] | {"at": None} == {
        "asked_at": None,
        "score": 4,
        "words": "挺好",
        "at": None,
        "via": "platform",
    }


async def test_agents_do_not_rate_their_own_work_and_scores_have_bounds(web: Web) -> None:
    assert (await rate(web, AgentRole.AGENT, {"score": 5})).status_code == httpx.codes.FORBIDDEN
    assert (await rate(web, AgentRole.SUPERVISOR, {"score": 6})).status_code == httpx.codes.UNPROCESSABLE_ENTITY


async def test_somebody_comes_back_to_a_low_one(web: Web, records: Records) -> None:
    queue = HandoffQueue(web.tickets, web.clock)
    await queue.claim(an_agent("lan"), "t-1")
    await queue.resolve(an_agent("lan"), "t-1")

    for body in ({"score": 2, "words": "太慢"}, {"score": 1}, {"score": 3}):
        assert (await rate(web, AgentRole.SUPERVISOR, body)).status_code == httpx.codes.OK

    assert records.reminders == ["买家给了 2 分：太慢", "买家给了 1 分", ""]
