"""Follow-ups and tasks over HTTP: set once, listed as they are due, moved and ended by who may."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.storage.store import open_store
from app.web import event_hub, events
from app.web.event_changes import DeskChanges
from app.web.todos import todos_router
from handoff.agents import AgentRole
from handoff.queue import HandoffQueue
from handoff.todos import TodoDesk
from tests.handoff.builders import MORNING, a_ticket
from tests.web.house import Web
from tests.web.test_events import Stream

SET = "/v1/handoffs/t-1/todos"
HOUR = timedelta(hours=1)
Calling = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


def a_body(number: int = 1, **changed: Any) -> dict[str, Any]:
    due = (MORNING + number * HOUR).isoformat()
    return {"id": f"f-{number}", "kind": "follow_up", "about": "问问收到没有", "due_at": due} | changed


class Rules:
    """One department."""

    def departments(self, shop: str) -> tuple[str, ...]:
        return ("仓库",)


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """The routes and the events over a real store; lan, qing and the supervisor zhu serve the shop."""
    store = await open_store(f"sqlite:///{tmp_path / 'xiaoer.db'}")
    built = Web(a_ticket())
    queue = HandoffQueue(built.tickets, built.clock)
    desk = TodoDesk(queue, store.todos, Rules(), built.roster.find_anybody, built.clock)
    built.app.include_router(todos_router(desk, built.guard, built.clock))
    hub = event_hub.EventHub(
        store.feed, built.tickets, built.clock, changes=DeskChanges(built.clock, todos=store.todos)
    )
    built.app.include_router(events.events_router(hub, built.guard))
    yield built
    await store.close()


@pytest.fixture
async def calling(web: Web) -> Calling:
    tokens = {name: await web.token(name) for name in ("lan", "qing")}
    tokens["zhu"] = await web.token("zhu", AgentRole.SUPERVISOR)
    tokens["mei"] = await web.token("mei", shops=("other",))

    @asynccontextmanager
    async def call(name: str = "lan") -> AsyncIterator[httpx.AsyncClient]:
        async with web.calling(tokens[name]) as client:
            yield client

    return call


async def test_one_is_set_once_and_told_as_it_stands(calling: Calling, web: Web) -> None:
    async with calling() as lan:
        first, again = [await lan.post(SET, json=a_body()) for _ in range(2)]
        other = await lan.post(SET, json=a_body(about="别的"))
        web.clock.forward(hours=2)
        late = (await lan.get("/v1/todos")).json()["items"]
        retried = await lan.post(SET, json=a_body())

    assert [each.status_code for each in (first, again, other, retried)] == [200, 200, 409, 200]
    assert first.json() == again.json()
    told = first.json()
    assert (told["id"], told["handoff_id"], told["agent"], told["made_by"]) == ("t-1~f-1", "t-1", "lan", "lan")
    assert (told["state"], told["late"], told["due_at"]) == ("open", False, "2026-11-23T03:00:00Z")
    assert [(each["id"], each["late"]) for each in late] == [("t-1~f-1", True)]


async def test_they_are_listed_as_they_are_due_and_by_what_is_asked(calling: Calling) -> None:
    async with calling() as lan:
        for number in (3, 1, 2):
            await lan.post(SET, json=a_body(number))
        task = a_body(4, kind="task", department="仓库", agent="qing", about="补发")
        await lan.post(SET, json=task)
        await lan.post("/v1/todos/t-1~f-2/cancel", json={"result": "不用了"})

        async def ids(**asked: Any) -> list[str]:
            answer = await lan.get("/v1/todos", params=asked)
            return [each["id"].removeprefix("t-1~") for each in answer.json()["items"]]

        page = (await lan.get("/v1/todos", params={"limit": 3})).json()
        rest = await ids(limit=3, cursor=page["next"])
        bad = await lan.get("/v1/todos", params={"cursor": "nonsense"})
        found = [
            await ids(**asked)
            for asked in (
                {"state": "open"},
                {"state": ["done", "cancelled"]},
                {"kind": "task"},
                {"of": "qing"},
                {"department": "仓库", "state": "open"},
                {"handoff": "t-2"},
                {"shop": "demo", "handoff": "t-1", "kind": "task"},
            )
        ]
        departments = (await lan.get("/v1/shops/demo/departments")).json()

    assert ([each["id"] for each in page["items"]], rest) == (["t-1~f-1", "t-1~f-2", "t-1~f-3"], ["f-4"])
    assert bad.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert found == [["f-1", "f-3", "f-4"], ["f-2"], ["f-4"], ["f-4"], ["f-4"], [], ["f-4"]]
    assert departments == {"departments": ["仓库"]}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "task", "department": "火箭部"}, "仓库"),
        ({"department": "仓库"}, ""),
        ({"due_at": "2020-01-01T00:00:00Z"}, "180"),
        ({"due_at": "2026-11-24T00:00:00"}, ""),
        ({"agent": "nobody"}, "没有客服 nobody"),
        ({"agent": "mei"}, "没有客服 mei"),
        ({"about": ""}, ""),
    ],
)
async def test_what_nobody_could_do_is_refused_with_why(calling: Calling, changed: dict[str, str], said: str) -> None:
    async with calling() as lan:
        refused = await lan.post(SET, json=a_body(**changed))
        left = (await lan.get("/v1/todos")).json()["items"]

    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert said in refused.json()["detail"]
    assert left == []


async def test_one_is_ended_once_by_who_may(calling: Calling) -> None:
    path = "/v1/todos/t-1~f-1"
    async with calling() as lan, calling("qing") as qing, calling("zhu") as zhu:
        await lan.post(SET, json=a_body())
        foreign = await qing.post(f"{path}/done")
        moved = await lan.post(f"{path}/move", json={"due_at": (MORNING + 5 * HOUR).isoformat()})
        done, again = [await zhu.post(f"{path}/done", json={"result": "收到了"}) for _ in range(2)]
        late = [await lan.post(f"{path}/{how}", json=body) for how, body in (("cancel", {}), ("move", a_body(6)))]
        later = await lan.post(f"{path}/move", json={"due_at": (MORNING + 6 * HOUR).isoformat()})

    assert foreign.status_code == httpx.codes.FORBIDDEN
    assert moved.json()["due_at"] == "2026-11-23T07:00:00Z"
    assert done.json() == again.json()
    assert (done.json()["state"], done.json()["result"], done.json()["ended_by"]) == ("done", "收到了", "zhu")
    assert [each.status_code for each in (*late, later)] == [409, 422, 409]


async def test_those_of_another_shop_do_not_exist(calling: Calling) -> None:
    async with calling() as lan, calling("mei") as mei:
        await lan.post(SET, json=a_body())
        hidden = [
            await mei.post(SET, json=a_body(2)),
            await mei.post("/v1/todos/t-1~f-1/done"),
            await lan.post("/v1/todos/t-1~f-9/cancel"),
        ]
        listed = await mei.get("/v1/todos")
        foreign = [await mei.get(path) for path in ("/v1/todos?shop=demo", "/v1/shops/demo/departments")]

    assert [each.status_code for each in hidden] == [404, 404, 404]
    assert listed.json()["items"] == []
    assert [each.status_code for each in foreign] == [403, 403]


async def test_each_change_reaches_the_shops_streams_and_no_others(calling: Calling, web: Web) -> None:
    mine, other = Stream(web.app, await web.token("qing")), Stream(web.app, await web.token("mei", shops=("other",)))
    async with calling() as lan, mine.opened(), other.opened():
        for stream in (mine, other):
            assert (await stream.next())[0] == "hello"
        await lan.post(SET, json=a_body())
        opened = await mine.next()
        await lan.post("/v1/todos/t-1~f-1/done", json={"result": "收到了"})
        done = await mine.next()
        other.leave()
        silent = await other.next()

    assert [(name, told["change"], told["todo"]["state"]) for name, told in (opened, done)] == [
        ("todo", "todo.opened", "open"),
        ("todo", "todo.done", "done"),
    ]
    assert done[1]["todo"]["result"] == "收到了"
    assert silent == ("", None)
