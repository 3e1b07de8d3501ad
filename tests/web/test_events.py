"""Server-sent events: each change of a ticket reaches every stream whose agent may see it, and streams end at once."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.delivery.feed import RESYNC, LiveFeed, Notice
from app.domain.approval import Approval as ApprovalRequest
from app.domain.approval import PriceTerms, TermsQuote
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket
from app.errors import StorageUnavailableError
from app.storage.store import Store, open_store
from app.web import event_documents, event_hub, events
from app.web.auth import AgentAuthenticator, issue_token
from app.web.event_changes import DeskChanges
from app.web.handoff_presence import handoff_presence_router
from handoff import presence
from handoff.agents import Agent, AgentRole
from handoff.ports import AgentLine
from handoff.queue import HandoffQueue
from handoff.roster import Roster
from tests.handoff.builders import MORNING, a_ticket
from tests.handoff.fakes import Clock, FakeTickets, FakeTokens
from tests.storage.test_events import handed_over
from tests.web.house import bare_app, client_of

PATIENCE = 20


class Stream:
    """A client of the stream: what the app sends is read as it comes."""

    def __init__(self, app: FastAPI, token: str) -> None:
        self._app = app
        self._token = token
        self._leaving = asyncio.Event()
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._left = b""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Stream"]:
        headers = [(b"authorization", f"Bearer {self._token}".encode())]
        scope = {"type": "http", "method": "GET", "path": "/v1/events", "query_string": b"", "headers": headers}
        scope |= {"http_version": "1.1", "scheme": "http", "server": ("xiaoer.test", 80), "raw_path": b"/v1/events"}
        serving = asyncio.create_task(self._app(scope, self._receive, self._sent.put))
        start = await asyncio.wait_for(self._sent.get(), PATIENCE)
        assert start["status"] == 200
        assert dict(start["headers"])[b"content-type"].startswith(b"text/event-stream")
        try:
            yield self
        finally:
            self.leave()
            await asyncio.wait_for(serving, PATIENCE)

    def leave(self) -> None:
        self._leaving.set()

    async def _receive(self) -> dict[str, Any]:
        await self._leaving.wait()
        return {"type": "http.disconnect"}

    async def next(self) -> tuple[str, Any]:
        """The next event, or ("", None) at the end of the stream."""
        while b"\n\n" not in self._left:
            message = await asyncio.wait_for(self._sent.get(), PATIENCE)
            self._left += message.get("body", b"")
            if not message.get("more_body"):
                return "", None
        event, self._left = self._left.split(b"\n\n", 1)
        lines = dict(line.split(": ", 1) for line in event.decode().splitlines() if not line.startswith(":"))
        return lines.get("event", "heartbeat"), json.loads(lines.get("data", "null"))


class Desk:
    """The route over a feed and tickets in memory."""

    def __init__(self, *tickets: Ticket) -> None:
        self.feed = LiveFeed()
        self.tickets = Tickets(*tickets)
        self.tokens = FakeTokens()
        self.app = bare_app()
        self.hub = event_hub.EventHub(self.feed, self.tickets, Clock(MORNING))
        self.app.include_router(events.events_router(self.hub, AgentAuthenticator(self.tokens)))

    async def token(self, agent: str = "lan", shops: Sequence[str] | None = ("demo",)) -> str:
        return await issue_token(self.tokens, agent, AgentRole.AGENT, shops, MORNING)

    @asynccontextmanager
    async def listening(self, agent: str = "lan", shops: Sequence[str] | None = ("demo",)) -> AsyncIterator[Stream]:
        async with Stream(self.app, await self.token(agent, shops)).opened() as stream:
            assert (await stream.next())[0] == "hello"
            yield stream

    def tell(self, kind: str, ticket: str = "t-1", shop: str = "demo") -> None:
        self.feed.publish((Notice(kind, shop, "api", f"c-{ticket}", ticket),))


class Tickets(FakeTickets):
    """Counts what is read."""

    reads = 0
    away = False

    async def get_ticket(self, ticket_id: str) -> Ticket | None:
        self._count_read()
        return await super().get_ticket(ticket_id)

    async def find_open_ticket(self, key: ConversationKey) -> Ticket | None:
        self._count_read()
        return await super().find_open_ticket(key)

    def _count_read(self) -> None:
        if self.away:
            raise StorageUnavailableError("away")
        self.reads += 1


async def test_a_stream_begins_with_hello_and_shows_a_changed_ticket_as_it_is_now() -> None:
    desk = Desk(a_ticket("t-1"))
    async with Stream(desk.app, await desk.token()).opened() as stream:
        hello = await stream.next()
        await desk.tickets.claim("t-1", "lan", MORNING)
        desk.tell("ticket.claimed")
        name, told = await stream.next()

    assert hello == ("hello", {"agent": "lan", "server_time": "2026-11-23T02:00:00Z", "heartbeat": 15.0})
    assert (name, told["changes"]) == ("ticket", ["ticket.claimed"])
    assert (told["handoff"]["id"], told["handoff"]["claimed_by"]) == ("t-1", "lan")


async def test_what_happens_to_one_ticket_at_once_is_read_once_and_told_once_to_all() -> None:
    desk = Desk(a_ticket("t-1"))
    async with desk.listening() as one, desk.listening("qing") as other:
        for kind in ("ticket.updated", "message.received", "buyer.wrote", "turn.answered", "ticket.updated"):
            desk.tell(kind)

        told = [await stream.next() for stream in (one, other)]

    assert [changes["changes"] for _, changes in told] == [["ticket.updated", "buyer.wrote"]] * 2
    assert desk.tickets.reads == 1


async def test_what_several_people_say_in_one_conversation_is_read_once() -> None:
    desk = Desk(a_ticket("t-1"))
    async with desk.listening() as stream:
        lines = [Notice("person.spoke", "demo", "api", "c-t-1", line) for line in ("l-1", "l-2")]
        desk.feed.publish((*lines, Notice("buyer.wrote", "demo", "api", "c-t-1", "t-1")))
        _, told = await stream.next()

    assert told["changes"] == ["person.spoke", "person.spoke", "buyer.wrote"]
    assert desk.tickets.reads == 1


async def test_a_buyer_who_writes_to_a_person_without_a_ticket_costs_no_read() -> None:
    desk = Desk(a_ticket("t-1"))
    async with desk.listening() as stream:
        desk.tell("buyer.wrote", "")
        desk.tell("shop.loaded", "v2")
        assert (await stream.next())[0] == "shop"

    assert desk.tickets.reads == 0


async def test_a_ticket_that_is_gone_is_a_resync_for_its_shop_alone() -> None:
    desk = Desk(a_ticket("t-1"))
    async with desk.listening() as own, desk.listening("qing", ("other",)) as other:
        desk.tell("ticket.returned", "t-expired")
        assert await own.next() == ("resync", {})
        desk.feed.publish((Notice("conversation.erased", "demo", "api", "c-9"),))
        assert await own.next() == ("resync", {})
        desk.tell("shop.loaded", "v2", "other")
        assert (await other.next())[0] == "shop"


async def test_a_ticket_that_cannot_be_shown_silences_no_other() -> None:
    desk = Desk(replace(a_ticket("t-1"), brief={}), a_ticket("t-2"))
    async with desk.listening() as stream:
        desk.tell("ticket.claimed", "t-1")
        broken = await stream.next()
        desk.tell("ticket.claimed", "t-2")
        name, told = await stream.next()

    assert broken == ("resync", {})
    assert (name, told["handoff"]["id"]) == ("ticket", "t-2")


async def test_when_forwarding_ends_every_stream_ends_and_the_next_begins_it_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(a_ticket("t-1"))
    with monkeypatch.context() as broken:
        broken.setattr(desk.hub, "_tell_changes", _fail)
        async with desk.listening() as stream:
            desk.tell("ticket.claimed")
            assert await stream.next() == ("", None)

    async with desk.listening() as stream:
        desk.tell("ticket.claimed")
        assert (await stream.next())[0] == "ticket"


async def _fail(_notices: Sequence[Notice]) -> None:
    raise MemoryError


async def test_a_stream_misses_nothing_from_when_it_was_opened() -> None:
    desk = Desk(a_ticket("t-1"))
    listener = desk.hub.join(AGENT)
    desk.tell("ticket.claimed")

    await listener.next_events(PATIENCE)
    assert b"ticket.claimed" in (await listener.next_events(PATIENCE) or b"")
    listener.close()
    assert not desk.feed.has_listeners


async def test_nobody_hears_of_a_shop_they_do_not_serve() -> None:
    desk = Desk(a_ticket("t-1", shop="other"), a_ticket("t-2"))
    async with desk.listening() as narrow, desk.listening("guan", None) as wide:
        desk.tell("ticket.opened", "t-1", "other")
        desk.tell("shop.loaded", "v2", "other")
        desk.tell("ticket.opened", "t-2")

        heard = [(await wide.next())[0] for _ in range(3)]
        assert (await narrow.next())[1]["handoff"]["id"] == "t-2"

    assert sorted(heard) == ["shop", "ticket", "ticket"]


async def test_a_client_too_slow_is_told_to_read_again() -> None:
    desk = Desk(a_ticket("t-1"))
    listener = desk.hub.join(AGENT)
    for _ in range(event_hub.MOST_WAITING + 1):
        listener.push(b"x")

    assert await listener.next_events(1) == event_documents.RESYNC_EVENT + b"x"
    listener.close()


AGENT = Agent("lan", AgentRole.AGENT, frozenset({"demo"}))


async def test_what_a_lost_connection_or_an_absent_database_hides_is_a_resync() -> None:
    desk = Desk(a_ticket("t-1"))
    async with desk.listening() as stream:
        desk.feed.resync()
        first = await stream.next()
        desk.tickets.away = True
        desk.tell("ticket.claimed")
        second = await stream.next()

    assert first == second == ("resync", {})


async def test_a_silent_stream_has_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    desk = Desk()
    async with desk.listening() as stream:
        assert await stream.next() == ("heartbeat", None)


async def test_a_token_taken_back_ends_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(events, "CHECK_SECONDS", 0.02)
    desk = Desk()
    async with desk.listening() as stream:
        (token_hash,) = desk.tokens.kept
        await desk.tokens.revoke_token(token_hash, MORNING)
        while (await stream.next())[0]:
            continue


async def test_an_agent_may_open_five_streams_and_a_sixth_once_one_is_closed() -> None:
    desk = Desk()
    token = await desk.token()
    open_streams = [desk.hub.join(AGENT) for _ in range(event_hub.MOST_STREAMS)]
    async with client_of(desk.app) as client:
        refused = await client.get("/v1/events", headers={"authorization": f"Bearer {token}"})
    open_streams[0].close()

    async with Stream(desk.app, token).opened() as stream:
        assert (await stream.next())[0] == "hello"
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
    for listener in open_streams:
        listener.close()


async def test_while_nobody_listens_nothing_is_read_or_kept() -> None:
    desk = Desk(a_ticket("t-1"))
    async with desk.listening():
        assert desk.feed.has_listeners
    await asyncio.sleep(0)

    desk.tell("ticket.claimed")

    assert (desk.feed.has_listeners, desk.tickets.reads) == (False, 0)


async def test_a_hundred_streams_end_at_once_when_the_service_stops() -> None:
    desk = Desk()
    listeners = [desk.hub.join(Agent(f"a-{n}", AgentRole.AGENT)) for n in range(100)]
    for listener in listeners:
        await listener.next_events(1)
    waiting = [asyncio.create_task(listener.next_events(60)) for listener in listeners]
    await asyncio.sleep(0)

    desk.feed.close()

    assert await asyncio.wait_for(asyncio.gather(*waiting), 1) == [None] * 100


async def test_without_a_token_there_is_no_stream() -> None:
    async with client_of(Desk().app) as client:
        assert (await client.get("/v1/events")).status_code == httpx.codes.UNAUTHORIZED


@asynccontextmanager
async def replica(url: str) -> AsyncIterator[tuple[Store, Stream]]:
    """A store and a stream over it."""
    store = await open_store(url)
    app = bare_app()
    guard = AgentAuthenticator(tokens := FakeTokens())
    app.include_router(events.events_router(event_hub.EventHub(store.feed, store, Clock(MORNING)), guard))
    token = await issue_token(tokens, "lan", AgentRole.AGENT, ("demo",), MORNING)
    async with Stream(app, token).opened() as stream:
        assert (await stream.next())[0] == "hello"
        store.listen()  # only now: its resync is for whoever listens
        yield store, stream
        await store.close()


async def test_a_claim_in_one_replica_is_heard_in_the_other_and_in_its_own(postgres_database: str) -> None:
    async with replica(postgres_database) as (store, near), replica(postgres_database) as (_, far):
        for stream in (near, far):
            assert await stream.next() == ("resync", {})  # now its process listens
        ticket = await handed_over(store, a_ticket("t-1"))
        opened = [await stream.next() for stream in (near, far)]
        await store.claim(ticket.id, "lan", MORNING)
        claimed = [await stream.next() for stream in (near, far)]
        await store.add_reply(ticket.id, "lan", AgentLine("l-1", "lan", "来了"), MORNING)
        answered = [await stream.next() for stream in (near, far)]

    assert [told["changes"] for _, told in (*opened, *claimed, *answered)] == [
        *([["ticket.opened"]] * 2),
        *([["ticket.claimed"]] * 2),
        *([["person.spoke"]] * 2),
    ]
    assert [told["handoff"]["last_line"]["text"] for _, told in answered] == ["来了", "来了"]


def test_the_page_shows_a_stream_and_the_documents_in_it() -> None:
    page = Desk().app.openapi()

    told = page["paths"]["/v1/events"]["get"]["responses"]["200"]["content"]
    assert list(told) == ["text/event-stream"]
    assert {"HelloEvent", "HandoffEvent", "ShopEvent"} <= set(page["components"]["schemas"])


async def test_a_late_ticket_is_told_of_with_its_clock_and_level() -> None:
    desk = Desk(a_ticket("t-1"))
    async with desk.listening() as stream:
        late = [Notice("ticket.due", "demo", "api", "c-t-1", "t-1", f"answer:{level}") for level in (80, 100)]
        desk.feed.publish((*late, Notice("ticket.updated", "demo", "api", "c-t-1", "t-1")))
        told = [await stream.next() for _ in range(3)]

    assert [name for name, _ in told] == ["ticket", "due", "due"]
    assert told[0][1]["changes"] == ["ticket.updated"]
    assert [(data["clock"], data["level"], data["handoff"]["id"]) for _, data in told[1:]] == [
        ("answer", 80, "t-1"),
        ("answer", 100, "t-1"),
    ]


async def test_who_is_at_a_ticket_is_told_once_and_forgotten_when_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_hub, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(presence, "FORGOTTEN_AFTER", 0.2)
    desk = Desk(a_ticket("t-1"))
    async with desk.listening() as stream, desk.listening("far", ("other",)) as elsewhere:
        for doing in ("typing", "typing", "dancing"):
            desk.feed.publish((Notice("presence", "demo", "api", "c-t-1", "t-1", f"{doing}:qing"),))
        told = [await stream.next() for _ in range(2)]
        desk.tell("ticket.updated")
        after = await stream.next()
        desk.feed.publish((RESYNC,))
        outside = await elsewhere.next()

    assert told == [
        ("presence", {"id": "t-1", "people": [{"agent": "qing", "doing": "typing"}]}),
        ("presence", {"id": "t-1", "people": []}),
    ]
    assert (after[0], outside[0]) == ("ticket", "resync")


async def test_who_comes_later_hears_who_is_where() -> None:
    desk = Desk(a_ticket("t-1"))
    async with desk.listening() as stream:
        for doing in ("typing:qing", "viewing:hua", "left:hua"):
            desk.feed.publish((Notice("presence", "demo", "api", "c-t-1", "t-1", doing),))
        for _ in range(3):
            await stream.next()
        async with desk.listening("far", ("other",)) as elsewhere, desk.listening("zhu") as later:
            told = await later.next()
            desk.feed.publish((RESYNC,))
            outside = await elsewhere.next()

    assert told == ("presence", {"id": "t-1", "people": [{"agent": "qing", "doing": "typing"}]})
    assert outside[0] == "resync"


async def test_that_a_colleague_comes_is_told_to_those_who_share_a_shop(store: Store) -> None:
    for name, shop in (("lan", "demo"), ("qing", "demo"), ("far", "other")):
        await issue_token(store, name, AgentRole.AGENT, (shop,), MORNING)
    roster = Roster(store, store.list_tokens, Clock(MORNING))
    hub = event_hub.EventHub(store.feed, FakeTickets(), Clock(MORNING), roster.find_anybody)
    store.listen()
    near, far = (
        hub.join(Agent(name, AgentRole.AGENT, frozenset({shop}))) for name, shop in (("lan", "demo"), ("far", "other"))
    )
    await asyncio.sleep(0.5)
    for listener in (near, far):
        await listener.next_events(1)

    for _ in range(2):  # once: the second time they were there
        await roster.note_present(["qing"])
    told, heartbeat = await near.next_events(PATIENCE), await near.next_events(0.5)

    assert told is not None
    assert json.loads(told.split(b"data: ")[1])["agent"]["id"] == "qing"
    assert heartbeat == event_documents.HEARTBEAT
    assert await far.next_events(0.1) == event_documents.HEARTBEAT
    near.close()
    far.close()


async def test_presence_reaches_every_process_and_nothing_is_kept(store: Store) -> None:
    app, tokens = bare_app(), FakeTokens()
    queue = HandoffQueue(FakeTickets(a_ticket("t-1")), Clock(MORNING))
    guard = AgentAuthenticator(tokens)
    app.include_router(handoff_presence_router(queue, store.tell, guard))
    token = await issue_token(tokens, "lan", AgentRole.AGENT, ("demo",), MORNING)
    with store.feed.subscribe() as heard:
        store.listen()
        await asyncio.sleep(0.5)
        heard.take_waiting()
        async with client_of(app) as client:
            client.headers["authorization"] = f"Bearer {token}"
            said = await client.post("/v1/handoffs/t-1/presence", json={"doing": "typing"})
            nowhere = await client.post("/v1/handoffs/t-9/presence", json={"doing": "typing"})
        notice = await asyncio.wait_for(anext(heard), PATIENCE)

    assert (said.status_code, nowhere.status_code) == (204, 404)
    assert notice == Notice("presence", "demo", "api", "c-t-1", "t-1", "typing:lan")


class Requests:
    """One request for a supervisor's yes."""

    def __init__(self, approval: ApprovalRequest) -> None:
        self._approval = approval

    async def get(self, approval_id: str) -> ApprovalRequest | None:
        return self._approval if approval_id == self._approval.id else None


async def test_a_request_for_approval_is_told_without_what_agents_may_not_know() -> None:
    desk = Desk()
    approval = ApprovalRequest(
        id="a-1",
        key=ConversationKey("demo", "api", "c-1"),
        ticket_id="t-1",
        terms=PriceTerms("S1", 1, Decimal(80)),
        quote=TermsQuote("茶盘", "茶盘1件80元", Decimal(99), Decimal(88)),
        text="80元给您",
        why="",
        asked_by="lan",
        asked_at=MORNING,
        expires_at=MORNING,
    )
    desk.hub = event_hub.EventHub(
        desk.feed, desk.tickets, Clock(MORNING), changes=DeskChanges(Clock(MORNING), Requests(approval))
    )
    desk.app = bare_app()
    desk.app.include_router(events.events_router(desk.hub, AgentAuthenticator(desk.tokens)))

    async with desk.listening() as mine, desk.listening("mei", ("other",)) as other:
        for shop in ("demo", "other"):
            desk.feed.publish((Notice("approval.asked", shop, "api", "c-1", "a-1" if shop == "demo" else "a-2"),))
        desk.tell("shop.loaded", shop="other")
        kind, told = await mine.next()
        elsewhere = await other.next()

    assert (kind, told["change"], told["approval"]["state"]) == ("approval", "approval.asked", "asked")
    assert (told["approval"]["quote"]["listed"], told["approval"]["quote"]["least"]) == ("99", None)
    assert elsewhere[0] == "shop"
