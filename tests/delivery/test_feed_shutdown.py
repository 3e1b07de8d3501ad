"""Stopping the service: its live listeners end first, so that their open connections keep nobody waiting."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from app.commands.serve import _AnnouncingServer
from app.delivery.feed import LiveFeed
from tests.journeys.service import free_port

LISTENERS = 20


async def test_streams_end_when_the_service_stops_and_keep_it_from_nothing() -> None:
    feed, port = LiveFeed(), free_port()
    server = _AnnouncingServer(_config(feed, port), "", feed.close)
    serving = asyncio.create_task(server.run_until_stopped())
    while not server.has_started:  # noqa: ASYNC110  # uvicorn tells it no other way
        await asyncio.sleep(0.01)

    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
        listening = [asyncio.create_task(_listen(client, port)) for _ in range(LISTENERS)]
        while len(list(feed)) < LISTENERS:  # noqa: ASYNC110  # nor does the feed
            await asyncio.sleep(0.01)
        server._server.should_exit = True
        await asyncio.wait_for(serving, 5)

        assert await asyncio.gather(*listening) == [200] * LISTENERS


def _config(feed: LiveFeed, port: int) -> uvicorn.Config:
    app = FastAPI()

    @app.get("/events")
    async def events() -> StreamingResponse:
        async def told() -> AsyncIterator[str]:
            with feed.subscribe() as subscription:
                yield "hello\n"
                async for notice in subscription:
                    yield f"{notice.kind}\n"

        return StreamingResponse(told())

    return uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=10)


async def _listen(client: httpx.AsyncClient, port: int) -> int:
    response = await client.get(f"http://127.0.0.1:{port}/events", timeout=20)
    return response.status_code
