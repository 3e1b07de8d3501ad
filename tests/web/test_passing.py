"""Passing on, putting aside, and the state of people, over HTTP and a real store."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.handoff import Group
from app.domain.message import ConversationKey
from app.storage.store import Store, open_store
from app.web.agents import agents_router
from app.web.auth import AgentAuthenticator, issue_token
from app.web.handoff_example import example_view
from app.web.handoff_next import handoff_next_router
from app.web.handoff_passing import handoff_passing_router
from app.web.handoff_talk import handoff_talk_router
from app.web.handoffs import handoffs_router
from app.web.held_replies import held_replies_router
from handoff.agents import AgentRole
from handoff.held_replies import HeldReplyDesk
from handoff.passing import TicketPasser
from handoff.queue import HandoffQueue
from handoff.roster import Roster
from tests.handoff.fakes import Clock, UndoSeconds
from tests.storage.builders import NOW, a_ticket
from tests.storage.test_waiting import write
from tests.web.house import bare_app, client_of

GROUPS = {Group.PRESALE: "售前组", Group.AFTERSALE: "售后组"}
BRIEF = {"group": "presale", "group_title": "售前组", "reason_text": "要人工", "summary": ["要人工", "没有"]}


class Rules:
    """A shop of two groups, whose transfers ring for two minutes."""

    def transfer_minutes(self, shop: str) -> int:
        assert shop == "demo"
        return 2

    def group_title(self, shop: str, group: Group) -> str | None:
        assert shop == "demo"
        return GROUPS.get(group)


@dataclass
class Desk:
    """The routes, and a client for each person."""

    store: Store
    clock: Clock
    client: httpx.AsyncClient
    tokens: dict[str, str]

    async def call(self, who: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.tokens[who]}"}
        return await self.client.request(method, f"/v1/{path}", json=body, headers=headers)

    async def post(self, who: str, change: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        return await self.call(who, "POST", f"handoffs/t-1/{change}", body)

    async def list_view(self, who: str, view: str) -> list[str]:
        page = (await self.call(who, "GET", f"handoffs?view={view}")).json()
        return [item["id"] for item in page["items"]]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Lan and Qing at the desk, Zhu who leads, Far who serves another shop; Lan holds t-1, and t-2 is queued."""
    clock, store = Clock(NOW), await open_store(f"sqlite:///{tmp_path / 'x.db'}")
    people = {"lan": AgentRole.AGENT, "qing": AgentRole.AGENT, "zhu": AgentRole.SUPERVISOR, "far": AgentRole.AGENT}
    shops = {"far": ("other",)}
    tokens = {
        name: await issue_token(store, name, role, shops.get(name, ("demo",)), NOW) for name, role in people.items()
    }
    guard, queue = AgentAuthenticator(store), HandoffQueue(store, clock)
    roster = Roster(store, store.list_tokens, clock)
    held = HeldReplyDesk(queue, store.held_replies, UndoSeconds(), clock, roster.leads_shop)
    app = bare_app()
    for router in (
        handoffs_router(queue, guard),
        handoff_next_router(queue, roster, guard),
        handoff_talk_router(queue, held, guard),
        held_replies_router(held, guard),
        handoff_passing_router(TicketPasser(queue, store, roster, Rules(), clock), guard),
        agents_router(roster, guard),
    ):
        app.include_router(router)
    await store.mark_present(["lan", "qing", "far"], NOW)
    await write(store, 0, ticket=a_ticket(brief=a_brief()))
    other = a_ticket("t-2", ConversationKey("demo", "http", "c-2"), brief=a_brief(), group=Group.AFTERSALE)
    await write(store, 0, ticket=other)
    await store.claim("t-1", "lan", NOW)
    async with client_of(app) as client:
        yield Desk(store, clock, client, tokens)
    await store.close()


def a_brief() -> dict[str, Any]:
    return {**example_view().ticket.brief, **BRIEF}


async def test_a_colleague_who_is_online_gets_it_and_it_rings_until_they_look(desk: Desk) -> None:
    passed = await desk.post("lan", "transfer", {"to": {"agent": "qing"}, "note": "要改价"})
    listed = await desk.list_view("qing", "mine")
    seen = (await desk.post("qing", "seen")).json()

    body = passed.json()
    assert (passed.status_code, body["claimed_by"], body["state"]) == (200, "qing", "claimed")
    at, returns_at = body["transfer"].pop("at"), body["transfer"].pop("returns_at")
    assert body["transfer"] == {"by": "lan", "note": "要改价"}
    assert (at, returns_at) == ("2026-05-20T10:00:00Z", "2026-05-20T10:02:00Z")
    assert (listed, seen["transfer"]) == (["t-1"], None)
    assert [(entry["agent"], entry["change"], entry["text"]) for entry in seen["history"]][-1] == (
        "lan",
        "ticket.transferred",
        "要改价",
    )


@pytest.mark.parametrize(
    ("to", "status", "slug"),
    [
        ({"agent": "zhu"}, 409, "receiver-away"),  # was never there
        ({"agent": "far"}, 409, "receiver-away"),  # serves another shop
        ({"agent": "nobody"}, 409, "receiver-away"),
        ({"agent": "lan"}, 409, "ticket-conflict"),  # holds it
        ({"group": "supervisor"}, 422, "malformed"),  # this shop has none
        ({"agent": "qing", "group": "aftersale"}, 422, "malformed"),
        ({}, 422, "malformed"),
    ],
)
async def test_where_it_cannot_go_is_refused_and_changes_nothing(
    desk: Desk, to: dict[str, str], status: int, slug: str
) -> None:
    answer = await desk.post("lan", "transfer", {"to": to})

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:xiaoer:problem:{slug}")
    assert await desk.list_view("lan", "mine") == ["t-1"]


async def test_others_tickets_are_passed_on_by_supervisors_alone(desk: Desk) -> None:
    refused = await desk.post("qing", "transfer", {"to": {"group": "aftersale"}})
    passed = await desk.post("zhu", "transfer", {"to": {"group": "aftersale"}})

    assert (refused.status_code, passed.status_code) == (403, 200)
    assert (passed.json()["state"], passed.json()["group_title"]) == ("queued", "售后组")


async def test_a_supervisor_may_choose_again(desk: Desk) -> None:
    await desk.post("zhu", "transfer", {"to": {"group": "aftersale"}})

    passed = await desk.post("zhu", "transfer", {"to": {"agent": "qing"}})

    assert passed.json()["claimed_by"] == "qing"


async def test_passing_on_is_undone_within_seconds(desk: Desk) -> None:
    await desk.post("lan", "transfer", {"to": {"agent": "qing"}})
    desk.clock.forward(seconds=9)
    undone = await desk.post("lan", "undo")
    await desk.post("lan", "transfer", {"to": {"agent": "qing"}})
    desk.clock.forward(seconds=11)
    late = await desk.post("lan", "undo")

    assert (undone.status_code, undone.json()["claimed_by"], undone.json()["transfer"]) == (200, "lan", None)
    assert late.status_code == 409


@pytest.mark.parametrize("change", ["resolve", "return"])
async def test_an_end_is_undone_too(desk: Desk, change: str) -> None:
    await desk.post("lan", change)

    undone = (await desk.post("lan", "undo")).json()

    assert (undone["state"], undone["claimed_by"]) == ("claimed", "lan")
    assert undone["answer_due"] is not None


async def test_a_colleagues_tickets_are_listed(desk: Desk) -> None:
    pages = [(await desk.call("zhu", "GET", f"handoffs?claimed_by={who}")).json() for who in ("lan", "qing")]

    assert [[item["id"] for item in page["items"]] for page in pages] == [["t-1"], []]


async def test_only_supervisors_take_from_others(desk: Desk) -> None:
    refused = await desk.post("qing", "take")
    taken = await desk.post("zhu", "take")

    assert (refused.status_code, taken.status_code, taken.json()["claimed_by"]) == (403, 200, "zhu")


async def test_what_is_put_aside_is_listed_apart(desk: Desk) -> None:
    until = "2026-05-20T10:30:00Z"
    waiting = await desk.post("lan", "snooze", {"until": until})
    await desk.post("lan", "reply", {"text": "来了", "id": "r-1"})
    aside = await desk.post("lan", "snooze", {"until": until})
    views = [await desk.list_view("lan", view) for view in ("mine", "snoozed", "open")]
    counts = (await desk.call("lan", "GET", "handoffs")).json()["counts"]
    awake = (await desk.call("lan", "DELETE", "handoffs/t-1/snooze")).json()

    assert (waiting.status_code, aside.status_code) == (409, 200)
    assert aside.json()["snooze"] == {"by": "lan", "until": until}
    assert views == [[], ["t-1"], ["t-1", "t-2"]]
    assert (counts["mine"], counts["snoozed"]) == (0, 1)
    assert awake["snooze"] is None


@pytest.mark.parametrize(
    "body", [{}, {"on": "buyer", "until": "2026-05-20T10:30:00Z"}, {"until": "2026-05-20T10:00:00Z"}, {"on": "monday"}]
)
async def test_until_when_must_be_said_and_lie_ahead(desk: Desk, body: dict[str, str]) -> None:
    await desk.post("lan", "reply", {"text": "来了", "id": "r-1"})

    assert (await desk.post("lan", "snooze", body)).status_code == 422


async def test_who_is_at_the_desk_and_how_they_are(desk: Desk) -> None:
    mine = await desk.call("lan", "PUT", "agents/me", {"status": "away", "capacity": 2})
    named = await desk.call("zhu", "PUT", "agents/qing", {"name": "小青", "groups": ["aftersale"]})
    forbidden = await desk.call("lan", "PUT", "agents/qing", {"name": "x"})
    unknown = await desk.call("zhu", "PUT", "agents/far", {"name": "x"})
    desk.clock.forward(seconds=170)
    await desk.store.mark_present(["lan"], desk.clock())
    desk.clock.forward(seconds=20)
    seen = {each["id"]: each for each in (await desk.call("lan", "GET", "agents")).json()["items"]}

    assert (mine.status_code, named.status_code, forbidden.status_code, unknown.status_code) == (200, 200, 403, 404)
    assert set(seen) == {"lan", "qing", "zhu"}  # none of another shop's
    assert (seen["lan"]["status"], seen["lan"]["capacity"], seen["lan"]["held"], seen["lan"]["late"]) == (
        "away",
        2,
        1,
        1,
    )
    assert (seen["qing"]["status"], seen["qing"]["name"], seen["qing"]["groups"]) == ("offline", "小青", ["aftersale"])
    assert (seen["zhu"]["status"], seen["zhu"]["name"], seen["zhu"]["seen_at"]) == ("offline", "zhu", None)


async def test_a_refusal_to_leave_changes_nothing(desk: Desk) -> None:
    await desk.post("zhu", "take")

    refused = await desk.call("zhu", "PUT", "agents/me", {"status": "offline"})
    after = (await desk.call("zhu", "GET", "agents/me")).json()

    assert (refused.status_code, after["status"], after["seen_at"]) == (409, "offline", None)


async def test_leaving_with_tickets_in_hand_is_asked_about(desk: Desk) -> None:
    asked = await desk.call("lan", "PUT", "agents/me", {"status": "offline"})
    still = (await desk.call("lan", "GET", "agents/me")).json()
    left = await desk.call("lan", "PUT", "agents/me", {"status": "offline", "release": True})

    assert (asked.status_code, asked.json()["type"]) == (409, "urn:xiaoer:problem:open-tickets")
    assert (asked.json()["handoffs"], still["status"], still["held"]) == (["t-1"], "online", 1)
    assert (left.json()["status"], left.json()["held"]) == ("offline", 0)
    assert await desk.list_view("qing", "queue") == ["t-1", "t-2"]


async def test_the_next_ticket_is_of_ones_groups_and_within_ones_capacity(desk: Desk) -> None:
    await desk.post("lan", "release")
    await desk.call("zhu", "PUT", "agents/qing", {"groups": ["aftersale"], "capacity": 1})
    first = await desk.call("qing", "POST", "handoffs/next")
    second = await desk.call("qing", "POST", "handoffs/next")
    await desk.call("qing", "PUT", "agents/me", {"capacity": 0})
    none_left = await desk.call("qing", "POST", "handoffs/next")
    asked_for = await desk.call("qing", "POST", "handoffs/next", {"groups": ["presale"]})

    assert (first.status_code, first.json()["id"]) == (200, "t-2")
    assert (second.status_code, second.json()["type"]) == (409, "urn:xiaoer:problem:capacity-reached")
    assert none_left.status_code == 204
    assert asked_for.json()["id"] == "t-1"


async def test_a_draft_comes_back_to_its_writer_alone(desk: Desk) -> None:
    saved = await desk.call("lan", "PUT", "handoffs/t-1/draft", {"text": "亲，马上 "})
    mine = (await desk.call("lan", "GET", "handoffs/t-1")).json()
    others = (await desk.call("zhu", "GET", "handoffs/t-1")).json()

    assert saved.status_code == 204
    assert mine["draft"] == {"text": "亲，马上 ", "at": "2026-05-20T10:00:00Z"}
    assert others["draft"] is None
