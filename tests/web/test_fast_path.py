"""The short way answers what the framework would, only sooner."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import Message, Receive, Scope, Send

from app.errors import RateLimitedError, StorageUnavailableError, UnauthenticatedError
from app.web import openapi, problems
from app.web.fast_path import FastPath, PlainRoute, fast_routes
from app.web.middleware import EdgeMiddleware
from tests.web.house import client_of

ERRORS = {
    "late": RateLimitedError("慢一点", 1.2),
    "away": StorageUnavailableError("数据库没有应答"),
    "forged": UnauthenticatedError("签名不对"),
    "broken": RuntimeError("password=hunter2"),
}


def shops() -> APIRouter:
    plain = APIRouter(route_class=PlainRoute)

    @plain.post("/v1/shops/{shop}/messages")
    async def message(shop: str, request: Request) -> Response:
        if shop in ERRORS:
            raise ERRORS[shop]
        return Response(shop.encode() + await request.body(), media_type="text/plain")

    return plain


def house(router: APIRouter) -> tuple[FastAPI, FastPath]:
    """The same routes, by the framework alone and with the short way before it."""
    app = FastAPI()
    wall = partial(EdgeMiddleware, limit=100)
    app.add_middleware(wall)
    problems.install_problems(app)
    openapi.install_openapi(app)
    app.include_router(router)
    return app, FastPath(app, wall, fast_routes([router]))


def told(answer: httpx.Response) -> tuple[int, dict[str, str], Any]:
    """All of an answer but the ids that are new each time."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    problem = "problem" in answer.headers["content-type"]
    return answer.status_code, headers, answer.json() | {"trace_id": ""} if problem else answer.content


@pytest.mark.parametrize("shop", ["demo", "茶 馆", "a%2Fb", *ERRORS])
@pytest.mark.parametrize(("method", "content"), [("POST", "有货吗".encode()), ("POST", b"x" * 101), ("GET", b"")])
async def test_the_short_way_answers_what_the_framework_would(shop: str, method: str, content: bytes) -> None:
    framework, express = house(shops())
    path = f"/v1/shops/{shop}/messages"

    async with client_of(framework) as slow, client_of(express) as fast:
        expected = await slow.request(method, path, content=content)
        answer = await fast.request(method, path, content=content)

    assert told(answer) == told(expected)


async def test_a_plain_route_does_not_trouble_the_framework() -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError(f"the app was asked: {scope}, {receive}, {send}")

    async with client_of(FastPath(never, EdgeMiddleware, fast_routes([shops()]))) as client:
        answer = await client.post("/v1/shops/demo/messages", content=b"!")

    assert (answer.status_code, answer.text) == (200, "demo!")


async def test_a_body_in_pieces_is_read_whole() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a", b"", b"bc"):
            yield piece

    _, express = house(shops())

    async with client_of(express) as client:
        answer = await client.post("/v1/shops/demo/messages", content=pieces())

    assert answer.text == "demoabc"


async def test_nobody_is_answered_when_the_line_is_cut() -> None:
    heard: list[Message] = [
        {"type": "http.request", "body": b"half", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return heard.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    _, express = house(shops())
    path = "/v1/shops/demo/messages"

    await express({"type": "http", "path": path, "method": "POST", "headers": []}, receive, send)

    assert not sent


async def test_every_other_path_goes_through_the_framework() -> None:
    _, express = house(shops())

    async with client_of(express) as client:
        answers = [await client.post(path) for path in ("/v1/shops/messages", "/nowhere")]
        page = await client.get("/openapi.json")

    assert {answer.status_code for answer in answers} == {404}
    assert "/v1/shops/{shop}/messages" in page.json()["paths"]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/v1/shops/demo/messages/?token=secret", 200, "demo!"),
        ("/v1/notes/a%2F", 200, "a/"),
        ("/v1/notes/a/", 200, "a"),
        ("/page/", 307, ""),
    ],
)
async def test_a_slash_at_the_end_of_a_called_path_is_no_redirect(path: str, status: int, text: str) -> None:
    router = shops()

    async def note(name: str = "") -> Response:
        return Response(name)

    other = APIRouter()
    other.add_api_route("/v1/notes/{name:path}", note, methods=["POST"])
    other.add_api_route("/page", note, methods=["POST"])
    app, _ = house(router)
    app.include_router(other)
    express = FastPath(app, EdgeMiddleware, fast_routes([router]))

    async with client_of(express) as client:
        answer = await client.post(path, content=b"!")

    assert (answer.status_code, answer.text) == (status, text)
    assert "secret" not in answer.headers.get("location", "")
