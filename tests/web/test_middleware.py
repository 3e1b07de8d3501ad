"""The outer wall."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Request, Response
from starlette.types import Message, Receive, Scope, Send

from app.web.metrics import split_shop_path
from app.web.middleware import BODY_LIMIT, EdgeMiddleware
from tests.web.house import bare_app, client_of


def echoing() -> FastAPI:
    app = bare_app()

    @app.post("/v1/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @app.post("/v1/typed")
    async def typed(body: dict[str, str]) -> int:
        return len(body)

    @app.get("/desk")
    async def desk() -> str:
        return "页面"

    return app


async def in_pieces(size: int, piece: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, size, piece):
        yield b"x" * min(piece, size - start)


async def test_a_body_at_the_limit_passes():
    async with client_of(echoing()) as client:
        answer = await client.post("/v1/echo", content=b"x" * BODY_LIMIT)

    assert answer.json() == BODY_LIMIT


@pytest.mark.parametrize("path", ["/v1/echo", "/v1/typed"])
async def test_a_body_over_the_limit_is_refused(path: str):
    async with client_of(echoing()) as client:
        answer = await client.post(path, content=b"x" * (BODY_LIMIT + 1))

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/echo", "/v1/typed"])
async def test_a_body_of_unknown_length_is_counted_while_it_comes(path: str):
    async with client_of(echoing()) as client:
        answer = await client.post(path, content=in_pieces(BODY_LIMIT + 1))

    assert answer.status_code == 413
    assert answer.headers["x-request-id"]


async def test_a_chunked_body_under_the_limit_passes():
    async with client_of(echoing()) as client:
        answer = await client.post("/v1/echo", content=in_pieces(50_000))

    assert answer.json() == 50_000


async def test_a_refused_body_is_not_read():
    read = []

    async def receive() -> Message:
        read.append(True)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    sent: list[Message] = []
    scope: Scope = {
        "type": "http",
        "path": "/v1/echo",
        "headers": [(b"content-length", b"10485760")],
        "method": "POST",
    }

    await EdgeMiddleware(never)(scope, receive, send)

    assert sent[0]["status"] == 413
    assert not read


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError(f"the app was asked: {scope}, {receive}, {send}")


async def test_answers_of_the_interface_can_be_neither_run_nor_framed_nor_kept():
    async with client_of(echoing()) as client:
        headers = (await client.post("/v1/echo")).headers

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


async def test_pages_may_run_their_own_scripts():
    async with client_of(echoing()) as client:
        headers = (await client.get("/desk")).headers

    assert "content-security-policy" not in headers
    assert headers["x-frame-options"] == "SAMEORIGIN"


async def test_every_request_has_an_id_of_its_own():
    async with client_of(echoing()) as client:
        ids = {(await client.get("/desk")).headers["x-request-id"] for _ in range(3)}

    assert len(ids) == 3


async def test_a_callers_request_id_is_kept_when_it_is_harmless():
    async with client_of(echoing()) as client:
        kept = await client.get("/desk", headers={"x-request-id": "order-2026.11_a"})
        replaced = await client.get("/desk", headers={"x-request-id": "<script>alert(1)</script>"})

    assert kept.headers["x-request-id"] == "order-2026.11_a"
    assert "script" not in replaced.headers["x-request-id"]


async def test_what_is_turned_away_is_counted():
    why: list[str] = []
    app = FastAPI()
    app.add_middleware(EdgeMiddleware, limit=10, refused=why.append)

    async with client_of(app) as client:
        await client.post("/v1/echo", content=b"x" * 11)
        await client.get("/nowhere")

    assert why == ["too_large"]


async def test_every_answer_of_5xx_is_told_with_its_path():
    told = []
    app = FastAPI()
    app.add_middleware(EdgeMiddleware, failed=lambda path, status: told.append((path, status)))

    @app.get("/v1/shops/demo/messages")
    async def away() -> Response:
        return Response(status_code=503)

    @app.get("/v1/urges")
    async def broken() -> None:
        raise RuntimeError("a fault of ours")

    async with client_of(app) as client:
        for path in ("/v1/shops/demo/messages", "/v1/urges", "/nowhere"):
            await client.get(path)

    assert told == [("/v1/shops/demo/messages", 503), ("/v1/urges", 500)]


@pytest.mark.parametrize(
    ("path", "shop", "route"),
    [
        ("/v1/shops/demo/messages", "demo", "/v1/shops/{shop}/messages"),
        ("/v1/shops/demo/buyers/b-1", "demo", "/v1/shops/{shop}/buyers"),
        ("/v1/handoffs/01JD3Z6X7K/claim", "", "/v1/handoffs"),
        ("/readyz", "", "/readyz"),
        ("/", "", "/"),
    ],
)
def test_a_metrics_route_holds_no_id(path: str, shop: str, route: str):
    assert split_shop_path(path) == (shop, route)


async def test_what_is_not_http_passes_through():
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        seen.append(scope["type"])

    async def nothing() -> Message:
        return {}

    async def nowhere(message: Message) -> None:
        del message

    await EdgeMiddleware(app)({"type": "lifespan"}, nothing, nowhere)

    assert seen == ["lifespan"]
