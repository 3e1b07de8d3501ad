"""Agents' pictures: taken by what they are, and shown so that nothing in them runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app.domain.picture import LARGEST_PICTURE
from app.storage import pictures as picture_records
from app.storage.store import Store, open_store
from app.web.middleware import EdgeMiddleware
from app.web.pictures import MOST_UPLOADED, UPLOAD_PATHS, pictures_router
from handoff.queue import HandoffQueue
from tests.handoff.builders import a_ticket
from tests.web.house import Web, client_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 300_000  # more than any other body may be
KINDS = {
    "png": PNG,
    "jpg": b"\xff\xd8\xff\xe0 a photo",
    "gif": b"GIF89a a picture that moves",
    "webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
}
UPLOADS = "/v1/handoffs/t-1/uploads"


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{tmp_path / 'xiaoer.db'}")
    yield store
    await store.close()


@asynccontextmanager
async def calling(
    store: Store, agent: str = "xiaowang", *, public_url: str = ""
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """An agent who holds the ticket, and somebody without a token."""
    web = Web(a_ticket())
    await web.tickets.claim("t-1", "xiaowang", web.clock())
    queue = HandoffQueue(web.tickets, web.clock)
    web.app.include_router(pictures_router(queue, store.pictures, web.guard, web.clock, public_url))
    app = EdgeMiddleware(web.app, limits={UPLOAD_PATHS: MOST_UPLOADED})
    web.app.user_middleware.clear()
    async with client_of(app) as client, client_of(app) as stranger:
        client.headers["Authorization"] = f"Bearer {await web.token(agent)}"
        yield client, stranger


@pytest.mark.parametrize("ending", KINDS)
async def test_a_picture_is_shown_to_whoever_has_its_url(kept: Store, ending: str) -> None:
    async with calling(kept) as (agent, stranger):
        uploaded = await agent.post(UPLOADS, content=KINDS[ending], headers={"content-type": "text/html"})
        shown = await stranger.get(uploaded.json()["url"])

    assert uploaded.json()["size"] == len(KINDS[ending])
    assert uploaded.json()["url"].endswith(f".{ending}")
    assert (shown.content, shown.headers["content-type"]) == (KINDS[ending], uploaded.json()["media_type"])
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"MZ\x90\x00",
        b"RIFF\x00\x00\x00\x00WAVE",
    ],
)
async def test_what_is_no_picture_is_refused_whatever_it_is_called(kept: Store, content: bytes) -> None:
    async with calling(kept) as (agent, _):
        answer = await agent.post(UPLOADS, content=content, headers={"content-type": "image/png"})

    assert answer.status_code == 422


async def test_only_this_path_takes_more_and_not_without_end(kept: Store) -> None:
    async with calling(kept) as (agent, stranger):
        statuses = [
            (await agent.post(UPLOADS, content=PNG[:8] + b"x" * LARGEST_PICTURE)).status_code,
            (await agent.post(UPLOADS, content=b"x" * (MOST_UPLOADED + 1))).status_code,
            (await agent.post("/v1/handoffs/t-1/notes", content=PNG)).status_code,
            (await agent.post(f"{UPLOADS}/more", content=PNG)).status_code,
            (await stranger.post(UPLOADS, content=PNG)).status_code,
        ]

    assert statuses == [413, 413, 413, 413, 401]


async def test_who_does_not_hold_the_ticket_uploads_nothing(kept: Store) -> None:
    async with calling(kept, "another") as (agent, _):
        answer = await agent.post(UPLOADS, content=PNG)

    assert answer.status_code == 403


async def test_a_guessed_or_renamed_url_shows_nothing(kept: Store) -> None:
    async with calling(kept) as (agent, stranger):
        url = (await agent.post(UPLOADS, content=PNG)).json()["url"]
        statuses = [
            (await stranger.get(f"/media/{'0' * 64}.png")).status_code,
            (await stranger.get(url.replace(".png", ".gif"))).status_code,
            (await stranger.get("/media/..%2f..%2fetc%2fpasswd")).status_code,
            (await stranger.get(url.replace(".png", ".svg"))).status_code,
        ]

    assert statuses == [404, 404, 404, 422]


async def test_the_url_is_where_platforms_reach_us(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_records, "MOST_OF_TICKET", 1)
    async with calling(kept, public_url="https://kf.example.com/") as (agent, _):
        first = await agent.post(UPLOADS, content=PNG)
        one_too_many = await agent.post(UPLOADS, content=PNG)

    assert first.json()["url"].startswith("https://kf.example.com/media/")
    assert one_too_many.status_code == 409
