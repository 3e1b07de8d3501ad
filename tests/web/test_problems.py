"""Every error leaves as an RFC 9457 problem document and shows nothing of our inside."""

from collections.abc import Callable

import pytest
from fastapi import Request
from pydantic import BaseModel

from app import errors
from app.channels.reading import read_body
from app.errors import RateLimitedError, StorageUnavailableError, XiaoerError
from tests.web.house import bare_app, client_of


class Parcel(BaseModel):
    weight: int


def raising(error: Exception):
    app = bare_app()

    @app.get("/broken")
    async def broken() -> None:
        raise error

    @app.post("/parcels")
    async def parcels(parcel: Parcel) -> Parcel:
        return parcel

    @app.post("/signed")
    async def signed(request: Request) -> Parcel:
        return read_body(Parcel, await request.body())

    return app


def of_every_kind() -> list[type[XiaoerError]]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, XiaoerError)]
    return [kind for kind in kinds if kind is not RateLimitedError]


@pytest.mark.parametrize("kind", of_every_kind())
async def test_our_errors_tell_their_own_status_and_type(kind: Callable[[str], XiaoerError]):
    error = kind("为什么")

    async with client_of(raising(error)) as client:
        answer = await client.get("/broken")

    problem = answer.json()
    assert answer.status_code == problem["status"] == error.status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"urn:xiaoer:problem:{error.slug}"
    assert problem["detail"] == "为什么"
    assert problem["trace_id"] == answer.headers["x-request-id"]


async def test_who_sends_too_much_is_told_when_to_try_again():
    async with client_of(raising(RateLimitedError("慢一点", 1.2))) as client:
        answer = await client.get("/broken")

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 2


async def test_a_store_that_is_away_asks_to_send_again():
    async with client_of(raising(StorageUnavailableError("数据库没有应答"))) as client:
        answer = await client.get("/broken")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_an_error_nobody_foresaw_shows_nothing_of_its_inside():
    async with client_of(raising(RuntimeError("password=hunter2 in /srv/secret.py"))) as client:
        answer = await client.get("/broken")

    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "secret.py" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.json()["trace_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/parcels", "/signed"])
async def test_a_malformed_body_is_told_field_by_field_without_repeating_it(path: str):
    async with client_of(raising(RuntimeError())) as client:
        answer = await client.post(path, json={"weight": "秘密"})

    problem = answer.json()
    assert answer.status_code == 422
    assert [field["field"] for field in problem["errors"]] == ["weight"]
    assert "秘密" not in answer.text


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[1", b"nul"])
async def test_a_body_that_is_no_json_is_a_problem_too(body: bytes):
    async with client_of(raising(RuntimeError())) as client:
        answer = await client.post("/parcels", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/broken", 405)])
async def test_the_frameworks_own_errors_are_problems(method: str, path: str, status: int):
    async with client_of(raising(RuntimeError())) as client:
        answer = await client.request(method, path)

    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_wrong_method_is_told_which_are_right():
    async with client_of(raising(RuntimeError())) as client:
        answer = await client.delete("/broken")

    assert answer.headers["allow"] == "GET"
