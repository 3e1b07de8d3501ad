"""Stopping the service: its live listeners end first, so that their open connections keep nobody waiting."""

import asyncio
from datetime import UTC, datetime

import httpx
import uvicorn
from fastapi import FastAPI

from app.commands.serve import _AnnouncingServer
from app.delivery.feed import LiveFeed
from app.domain.clock import utc_now
from app.web.auth import AgentAuthenticator, issue_token
from app.web.event_hub import MOST_STREAMS, EventHub
from app.web.events import events_router
from handoff.agents import AgentRole
from tests.handoff.fakes import FakeTickets, FakeTokens
from tests.journeys.service import free_port

LISTENERS = 100


async def test_a_hundred_streams_end_when_the_service_stops_and_keep_it_from_nothing() -> None:
    feed, tokens, port = LiveFeed(), FakeTokens(), free_port()
    hub = EventHub(feed, FakeTickets(), utc_now)
    server = _AnnouncingServer(_config(hub, tokens, port), "", feed.close)
    serving = asyncio.create_task(server.run_until_stopped())
    while not server.has_started:  # noqa: ASYNC110  # uvicorn tells it no other way
        await asyncio.sleep(0.01)
    agents = [f"agent-{number}" for number in range(LISTENERS // MOST_STREAMS)]
    shown = [await issue_token(tokens, agent, AgentRole.AGENT, None, datetime.now(UTC)) for agent in agents]

    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
        listening = [asyncio.create_task(_listen(client, port, token)) for token in shown * MOST_STREAMS]
        while len(hub) < LISTENERS:  # noqa: ASYNC110  # nor does the hub
            await asyncio.sleep(0.01)
        server._server.should_exit = True
        await asyncio.wait_for(serving, 5)

        assert await asyncio.gather(*listening) == [200] * LISTENERS


def _config(hub: EventHub, tokens: FakeTokens, port: int) -> uvicorn.Config:
    app = FastAPI()
    app.include_router(events_router(hub, AgentAuthenticator(tokens)))
    return uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=10)


async def _listen(client: httpx.AsyncClient, port: int, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    response = await client.get(f"http://127.0.0.1:{port}/v1/events", timeout=20, headers=headers)
    return response.status_code
