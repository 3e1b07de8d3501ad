"""Urges, traces, health, metrics and OpenAPI over HTTP."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from fastapi import APIRouter, FastAPI

from app.delivery.ping import PingResult
from app.delivery.ports import (
    AttemptFilter,
    AttemptOutcome,
    AttemptPage,
    DeliveryAttempt,
    FailureKind,
    OutboxFilter,
    OutboxItem,
    OutboxPage,
    OutboxState,
    ReplayRange,
)
from app.domain.message import ConversationKey
from app.errors import NotFoundError, StorageUnavailableError
from app.observability.metrics import Metrics, OutboxLoad
from app.tenants.registry import LearningStage
from app.web import callbacks, handoffs, health, metrics, outbox, traces, urges
from app.web.auth import AgentAuthenticator, issue_token
from handoff.agents import AgentRole
from handoff.queue import HandoffQueue
from handoff.urges import Urge
from tests.handoff.builders import MORNING
from tests.handoff.fakes import Clock, FakeTickets, FakeTokens, FakeUrges
from tests.web.house import bare_app, client_of


class FakeTraces:
    def __init__(self, **kept: Mapping[str, Any]) -> None:
        self.kept = kept

    async def get_trace(self, trace_id: str) -> Mapping[str, Any] | None:
        return self.kept.get(trace_id)


def serving(*routers: APIRouter) -> FastAPI:
    app = bare_app()
    for router in routers:
        app.include_router(router)
    return app


async def token_of(tokens: FakeTokens, shops: tuple[str, ...] | None = ("demo",)) -> dict[str, str]:
    token = await issue_token(tokens, "xiaowang", AgentRole.AGENT, shops, MORNING)
    return {"Authorization": f"Bearer {token}"}


def an_urge(urge_id: str, shop: str = "demo") -> Urge:
    key = ConversationKey(shop, "api", "c-1")
    return Urge(urge_id, key, "buyer-01", "202608150001", None, "超时未发", MORNING, MORNING)


async def test_operations_list_and_close_urges():
    tokens, store = FakeTokens(), FakeUrges(an_urge("u-1"), an_urge("u-2", "other"))
    app = serving(urges.urges_router(store, AgentAuthenticator(tokens), Clock(MORNING)))

    async with client_of(app) as client:
        client.headers.update(await token_of(tokens))
        before = (await client.get("/v1/urges")).json()
        closed = (await client.post("/v1/urges/u-1/close")).json()
        after = (await client.get("/v1/urges")).json()

    assert [urge["id"] for urge in before["items"]] == ["u-1"]
    assert (closed["state"], closed["closed_by"]) == ("closed", "xiaowang")
    assert after["total"] == 0


@pytest.mark.parametrize(("urge", "status"), [("u-2", 404), ("u-3", 404), ("u-1", 409)])
async def test_an_urge_is_closed_once_and_by_its_own_shop(urge: str, status: int):
    tokens, store = FakeTokens(), FakeUrges(an_urge("u-1"), an_urge("u-2", "other"))
    await store.close_urge("u-1", "somebody", MORNING)
    app = serving(urges.urges_router(store, AgentAuthenticator(tokens), Clock(MORNING)))

    async with client_of(app) as client:
        client.headers.update(await token_of(tokens))
        answer = await client.post(f"/v1/urges/{urge}/close")

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("trace", "shops", "status"),
    [
        ("own", ("demo",), 200),
        ("foreign", ("demo",), 404),
        ("nameless", ("demo",), 404),
        ("nameless", None, 200),
        ("missing", None, 404),
    ],
)
async def test_a_trace_is_seen_by_the_people_of_its_shop(trace: str, shops: tuple[str, ...] | None, status: int):
    tokens = FakeTokens()
    kept = FakeTraces(own={"shop": "demo"}, foreign={"shop": "other"}, nameless={"segments": []})

    async with client_of(serving(traces.traces_router(kept, AgentAuthenticator(tokens)))) as client:
        answer = await client.get(f"/v1/traces/{trace}", headers=await token_of(tokens, shops))

    assert answer.status_code == status


class FakeOutbox:
    """Rows in memory."""

    def __init__(self, *rows: OutboxItem) -> None:
        self.rows = list(rows)

    async def find_outbox_rows(self, wanted: OutboxFilter, *, limit: int, cursor: str | None) -> OutboxPage:
        del cursor
        found = [row for row in self.rows if wanted.shops is None or row.shop in wanted.shops]
        found = [row for row in found if wanted.state in (None, row.state)]
        return OutboxPage(tuple(found[:limit]), None, len(found))

    async def redrive_dead_letters(self, *, shops: frozenset[str] | None = None, row_id: str | None = None) -> int:
        dead = [row for row in self.rows if row.state is OutboxState.DEAD and (shops is None or row.shop in shops)]
        dead = [row for row in dead if row_id in (None, row.id)]
        if row_id and not dead:
            raise NotFoundError(row_id)
        for row in dead:
            self.rows[self.rows.index(row)] = replace(row, state=OutboxState.PENDING)
        return len(dead)

    async def replay_range(self, wanted: ReplayRange) -> int:
        self.replayed = wanted
        return len([row for row in self.rows if wanted.shops is None or row.shop in wanted.shops])

    async def find_attempts(self, wanted: AttemptFilter, *, limit: int, cursor: str | None) -> AttemptPage:
        tried = DeliveryAttempt("demo", "t-1:r-1", MORNING, 2, 38, AttemptOutcome.FAILED, 503, FailureKind.SERVER_ERROR)
        shown = wanted.shops is None or tried.shop in wanted.shops
        return AttemptPage((tried,) if shown and wanted.row_id in (None, tried.row_id) else (), None)


def a_row(row_id: str, shop: str = "demo", state: OutboxState = OutboxState.DEAD) -> OutboxItem:
    place = "https://user:pw@shop.example.com:8443/callback?key=s3cret"
    payload = {"data": {"reply": {"text": "买家的话"}}}
    return OutboxItem(shop, row_id, "reply", place, payload, state, 3, MORNING, MORNING, last_error="HTTP 503")


async def leading(tokens: FakeTokens, shops: tuple[str, ...] | None = ("demo",)) -> dict[str, str]:
    token = await issue_token(tokens, "lead", AgentRole.SUPERVISOR, shops, MORNING)
    return {"Authorization": f"Bearer {token}"}


async def test_a_supervisor_sees_what_was_given_up_and_none_of_what_it_says():
    tokens, rows = FakeTokens(), FakeOutbox(a_row("t-1:r-1"), a_row("x", "other"))

    async with client_of(serving(outbox.outbox_router(rows, AgentAuthenticator(tokens)))) as client:
        answer = await client.get("/v1/outbox", params={"state": "dead"}, headers=await leading(tokens))

    (line,) = answer.json()["items"]
    assert line["destination"] == "https://shop.example.com:8443/callback"
    assert (line["attempts"], line["last_error"]) == (3, "HTTP 503")
    assert "s3cret" not in answer.text
    assert "买家的话" not in answer.text


@pytest.mark.parametrize(
    ("path", "status", "redriven"),
    [
        ("/v1/outbox/redrive", 200, 2),
        ("/v1/outbox/t-1:r-1/redrive", 200, 1),
        ("/v1/outbox/x/redrive", 404, None),
        ("/v1/outbox/redrive?shop=other", 403, None),
    ],
)
async def test_what_was_given_up_is_sent_again_for_ones_own_shops(path: str, status: int, redriven: int | None):
    tokens, rows = FakeTokens(), FakeOutbox(a_row("t-1:r-1"), a_row("t-2"), a_row("x", "other"))

    async with client_of(serving(outbox.outbox_router(rows, AgentAuthenticator(tokens)))) as client:
        answer = await client.post(path, headers=await leading(tokens))

    assert answer.status_code == status
    assert answer.json().get("redriven") == redriven


async def test_the_delivery_log_says_when_how_long_and_why():
    tokens = FakeTokens()

    async with client_of(serving(outbox.outbox_router(FakeOutbox(), AgentAuthenticator(tokens)))) as client:
        answer = await client.get("/v1/outbox/attempts", params={"row_id": "t-1:r-1"}, headers=await leading(tokens))
        other = await client.get("/v1/outbox/attempts", params={"row_id": "x"}, headers=await leading(tokens))

    (line,) = answer.json()["items"]
    assert (line["attempt"], line["milliseconds"], line["status"], line["error"]) == (2, 38, 503, "server_error")
    assert other.json()["items"] == []


async def test_a_range_is_replayed_for_ones_own_shops():
    tokens, rows = FakeTokens(), FakeOutbox(a_row("t-1"), a_row("x", "other"))
    asked = {"since": "2026-06-18T09:00:00+08:00", "until": "2026-06-18T10:00:00+08:00", "kinds": ["reply"]}

    async with client_of(serving(outbox.outbox_router(rows, AgentAuthenticator(tokens)))) as client:
        answer = await client.post("/v1/outbox/replay", json=asked, headers=await leading(tokens))
        foreign = await client.post("/v1/outbox/replay", json=asked | {"shop": "other"}, headers=await leading(tokens))
        timeless = await client.post("/v1/outbox/replay", json={"since": "yesterday"}, headers=await leading(tokens))

    assert answer.json() == {"replayed": 1}
    assert (rows.replayed.shops, rows.replayed.kinds) == (frozenset({"demo"}), frozenset({"reply"}))
    assert (foreign.status_code, timeless.status_code) == (403, 422)


async def test_a_callback_is_tried_out_by_those_who_may_see_its_outbox():
    tokens = FakeTokens()

    async def send_ping(shop: str) -> PingResult:
        if shop != "demo":
            raise NotFoundError(shop)
        return PingResult("https://shop.example/cb?key=s3cret", 38, 401, FailureKind.UNAUTHORIZED, "HTTP 401: who?")

    async with client_of(serving(callbacks.callbacks_router(send_ping, AgentAuthenticator(tokens)))) as client:
        answer = await client.post("/v1/shops/demo/callback/test", headers=await leading(tokens))
        foreign = await client.post("/v1/shops/other/callback/test", headers=await leading(tokens))
        missing = await client.post("/v1/shops/x/callback/test", headers=await leading(tokens, None))
        agent = await client.post("/v1/shops/demo/callback/test", headers=await token_of(tokens))

    told = answer.json()
    assert (told["ok"], told["status"], told["error"], told["detail"]) == (False, 401, "unauthorized", "HTTP 401: who?")
    assert "s3cret" not in answer.text
    assert (foreign.status_code, missing.status_code, agent.status_code) == (403, 404, 403)


async def test_an_agent_has_no_business_with_the_outbox():
    tokens = FakeTokens()

    async with client_of(serving(outbox.outbox_router(FakeOutbox(), AgentAuthenticator(tokens)))) as client:
        answer = await client.get("/v1/outbox", headers=await token_of(tokens))

    assert answer.status_code == 403


async def reachable() -> None:
    return None


async def unreachable() -> None:
    raise StorageUnavailableError("数据库没有应答")


BROKEN = health.FaultyShop(shop="tea", problems=2, serving="nothing")


@pytest.mark.parametrize(
    ("check", "condition", "status", "told"),
    [
        (reachable, health.ServiceCondition(1), 200, "ok"),
        (unreachable, health.ServiceCondition(1), 503, 503),
        (reachable, health.ServiceCondition(0), 503, 503),
        (reachable, health.ServiceCondition(1, (BROKEN,)), 200, "degraded"),
        (reachable, health.ServiceCondition(0, (BROKEN,)), 200, "degraded"),
        (reachable, health.ServiceCondition(1, (), 1.9), 200, "ok"),
        (reachable, health.ServiceCondition(1, (), -2.1), 200, "degraded"),
    ],
)
async def test_ready_means_messages_can_be_written_and_degraded_that_somebody_should_look(
    check: Any, condition: health.ServiceCondition, status: int, told: object
):
    async with client_of(serving(health.health_router(check, lambda: condition))) as client:
        ready, alive = await client.get("/readyz"), await client.get("/healthz")

    assert (ready.status_code, ready.json()["status"]) == (status, told)
    assert alive.status_code == 200


async def test_readiness_names_each_faulty_shop():
    condition = health.ServiceCondition(1, (BROKEN,), 3.25)

    async with client_of(serving(health.health_router(reachable, lambda: condition))) as client:
        ready = (await client.get("/readyz")).json()

    assert ready["learning_shops"] == []
    assert ready["faulty_shops"] == [{"shop": "tea", "problems": 2, "serving": "nothing"}]
    assert ready["clock_ahead_seconds"] == 3.25


LEARNING = health.LearningShop(shop="big", stage=LearningStage.LEARNING, entries=50_000, seconds=3.2, open=False)


async def test_readiness_names_the_shops_still_being_learned_and_waits_for_the_first():
    some, none = health.ServiceCondition(1, learning=(LEARNING,)), health.ServiceCondition(0, learning=(LEARNING,))

    async with client_of(serving(health.health_router(reachable, lambda: some))) as client:
        ready = await client.get("/readyz")
    async with client_of(serving(health.health_router(reachable, lambda: none))) as client:
        waiting = await client.get("/readyz")

    assert [(each["shop"], each["stage"]) for each in ready.json()["learning_shops"]] == [("big", "learning")]
    assert (ready.status_code, waiting.status_code) == (200, 503)
    assert "big (learning, 50000)" in waiting.json()["detail"]


def test_metrics_name_a_faulty_shop_until_it_is_mended():
    meter = Metrics()
    meter.set_shops(3, [("tea", "last_good", 2)])
    broken = meter.render_exposition().decode()
    meter.set_shops(4, [])
    mended = meter.render_exposition().decode()

    assert 'xiaoer_shop_problems{serving="last_good",shop="tea"} 2.0' in broken
    assert "xiaoer_shops_open 3.0" in broken
    assert "tea" not in mended


async def test_metrics_show_what_waits_in_the_outbox():
    async def load() -> OutboxLoad:
        return OutboxLoad(depth=3, oldest_seconds=12.5)

    async with client_of(serving(metrics.metrics_router(Metrics(), load))) as client:
        answer = await client.get("/metrics")

    assert "xiaoer_outbox_depth 3.0" in answer.text
    assert "xiaoer_outbox_oldest_seconds 12.5" in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("shown", "status"), [("Bearer s3cret", 200), ("Bearer other", 401), ("", 401), ("é", 401)])
async def test_metrics_can_ask_for_a_token(shown: str, status: int):
    async def load() -> OutboxLoad:
        return OutboxLoad(0, 0)

    async with client_of(serving(metrics.metrics_router(Metrics(), load, token="s3cret"))) as client:
        answer = await client.get("/metrics", headers={"Authorization": shown.encode()})

    assert answer.status_code == status


def whole() -> dict[str, Any]:
    guard = AgentAuthenticator(FakeTokens())

    async def load() -> OutboxLoad:
        return OutboxLoad(0, 0)

    app = serving(
        handoffs.handoffs_router(HandoffQueue(FakeTickets(), Clock(MORNING)), guard),
        urges.urges_router(FakeUrges(), guard, Clock(MORNING)),
        traces.traces_router(FakeTraces(), guard),
        outbox.outbox_router(FakeOutbox(), guard),
        health.health_router(reachable, lambda: health.ServiceCondition(1)),
        metrics.metrics_router(Metrics(), load),
    )
    return app.openapi()


def operations() -> list[Any]:
    paths = whole()["paths"]
    return [pytest.param(operation, id=path) for path, methods in paths.items() for operation in methods.values()]


@pytest.mark.parametrize("operation", operations())
def test_every_documented_error_is_a_problem_document(operation: Any):
    errors = {status: told for status, told in operation["responses"].items() if not status.startswith("2")}

    for told in errors.values():
        assert list(told["content"]) == ["application/problem+json"]
        assert told["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_the_schema_holds_the_problem_document_and_no_other_error():
    schemas = whole()["components"]["schemas"]

    assert "Problem" in schemas
    assert "FieldProblem" in schemas
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)


def test_an_example_is_what_its_schema_says():
    schema = whole()

    for path in ("/v1/handoffs", "/v1/handoffs/{handoff_id}"):
        told = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        jsonschema.validate(told["example"], {**told["schema"], "components": schema["components"]})


def test_a_route_that_forgot_its_422_answers_it_as_a_problem():
    app = bare_app()

    @app.get("/forgetful")
    async def forgetful(number: int) -> int:
        return number

    told = app.openapi()["paths"]["/forgetful"]["get"]["responses"]["422"]

    assert list(told["content"]) == ["application/problem+json"]


def test_every_reference_of_the_schema_leads_somewhere():
    schema = whole()
    known = {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}

    assert references(schema) <= known


def references(part: object) -> set[str]:
    match part:
        case {"$ref": str(name)}:
            return {name}
        case dict():
            return set().union(*(references(inner) for inner in part.values()))
        case list():
            return set().union(*(references(inner) for inner in part))
    return set()


@pytest.mark.parametrize("operation", operations())
def test_what_needs_a_token_says_so(operation: Any):
    # getMetrics asks for a token only where one is set
    is_open = operation["operationId"] in {"getLiveness", "getReadiness", "getMetrics", "getHandoffSchema"}

    assert is_open == (operation["security"] == [] or {} in operation["security"])
