"""Notes that name colleagues, over HTTP and the stream."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.domain.handoff import Group
from app.storage.store import open_store
from app.web import event_hub, events
from app.web.auth import AgentAuthenticator, issue_token
from app.web.event_changes import DeskChanges
from app.web.handoff_talk import handoff_talk_router
from app.web.mentions import mentions_router
from handoff.agents import AgentRole
from handoff.held_replies import HeldReplyDesk
from handoff.mentions import MentionDesk, MentionReader
from handoff.queue import HandoffQueue
from handoff.roster import Roster
from tests.handoff.fakes import Clock, UndoSeconds
from tests.storage.builders import NOW, a_ticket
from tests.storage.test_waiting import write
from tests.web.house import bare_app, client_of
from tests.web.test_events import Stream
from tests.web.test_passing import Desk, a_brief


@dataclass
class Listening(Desk):
    """And the app that streams are read from."""

    app: FastAPI


class Titles:
    """A shop with one group."""

    def group_title(self, shop: str, group: Group) -> str | None:
        return {("demo", Group.AFTERSALE): "售后组"}.get((shop, group))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Listening]:
    """Lan, Qing and Far, who serves another shop."""
    clock, store = Clock(NOW), await open_store(f"sqlite:///{tmp_path / 'x.db'}")
    shops = {"lan": ("demo",), "qing": ("demo",), "far": ("other",)}
    tokens = {name: await issue_token(store, name, AgentRole.AGENT, shops[name], NOW) for name in shops}
    guard, roster = AgentAuthenticator(store), Roster(store, store.list_tokens, clock)
    queue = HandoffQueue(store, clock, names=MentionReader(roster, Titles()))
    held = HeldReplyDesk(queue, store.held_replies, UndoSeconds(), clock, roster.leads_shop)
    hub = event_hub.EventHub(store.feed, store, clock, changes=DeskChanges(clock, mentions=store.mentions))
    app = bare_app()
    for router in (
        handoff_talk_router(queue, held, guard),
        mentions_router(MentionDesk(queue, store.mentions, clock), guard),
        events.events_router(hub, guard),
    ):
        app.include_router(router)
    await write(store, 0, ticket=a_ticket(brief=a_brief()))
    async with client_of(app) as client:
        yield Listening(store, clock, client, tokens, app)
    await store.close()


async def test_whom_a_note_names_hears_of_it_alone_and_has_it_unread_until_they_look(desk: Listening) -> None:
    async with (
        Stream(desk.app, desk.tokens["qing"]).opened() as qing,
        Stream(desk.app, desk.tokens["lan"]).opened() as lan,
    ):
        await desk.post("lan", "notes", {"id": "n-1", "text": "@qing 和 @售后组 @nobody 看下"})
        heard = [await qing.next() for _ in range(3)]
        listed = (await desk.call("qing", "GET", "mentions?unread=true")).json()
        marked = await desk.post("qing", "mentions/seen")
        seen = await qing.next()
        await desk.post("lan", "notes", {"id": "n-2", "text": "好"})
        others = [(await lan.next())[0] for _ in range(3)]

    (told,) = [data for name, data in heard if name == "mention"]
    assert others == ["hello", "ticket", "ticket"]
    mention = told["mention"]
    assert (told["change"], mention["by"], mention["note_id"]) == ("mention.made", "lan", "note:n-1")
    assert ([each["handoff_id"] for each in listed["items"]], listed["unread"]) == (["t-1"], 1)
    assert (marked.status_code, seen[0], seen[1]["change"]) == (httpx.codes.NO_CONTENT, "mention", "mention.seen")
    assert (await desk.call("qing", "GET", "mentions?unread=true")).json()["items"] == []
    assert (await desk.call("qing", "GET", "mentions")).json()["unread"] == 0


async def test_nobody_marks_what_they_may_not_see(desk: Listening) -> None:
    assert (await desk.post("far", "mentions/seen")).status_code == httpx.codes.NOT_FOUND
