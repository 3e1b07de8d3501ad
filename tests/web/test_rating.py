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

    async def rate(self, ticket_id: str, score: int, words: str, by: str, now) -> Ticket:
        told = TicketRating(None, score, words, now, "platform")
        self.web.tickets.tickets[ticket_id] = rated = replace(self.web.tickets.tickets[ticket_id], rating=told)
        return rated


@pytest.fixture
def web() -> Web:
    built = Web(a_ticket("t-1"))
    queue = HandoffQueue(built.tickets, built.clock)
    built.app.include_router(handoff_rating_router(RatingDesk(queue, Records(built), built.clock), built.guard))
    return built


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
