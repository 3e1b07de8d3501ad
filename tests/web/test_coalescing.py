"""Hints: the first at once, the rest together."""

import asyncio

import pytest

from app.web import event_hub, events
from app.web.auth import AgentAuthenticator, issue_token
from app.web.coalescing import Coalescer
from handoff.agents import AgentRole
from tests.handoff.builders import MORNING
from tests.handoff.fakes import Clock
from tests.web.house import bare_app
from tests.web.test_events import Desk, Stream

REST = 0.1


async def test_the_first_is_told_at_once_and_however_many_follow_are_one() -> None:
    told: list[str] = []
    hints = Coalescer(told.append, REST)

    hints.note(["demo", "demo"])
    at_once = list(told)
    for _ in range(50):
        hints.note(["demo", "other"])
    before_rest = list(told)
    await asyncio.sleep(REST * 1.5)
    after_rest = list(told)
    await asyncio.sleep(REST * 2)
    hints.note(["demo"])

    assert (at_once, before_rest) == (["demo"], ["demo", "other"])
    assert sorted(after_rest[2:]) == ["demo", "other"]
    assert told[4:] == ["demo"]  # nothing of itself; after a rest at once again


async def test_closed_it_tells_nothing_more() -> None:
    told: list[str] = []
    hints = Coalescer(told.append, REST)
    hints.note(["demo"])
    hints.note(["demo"])
    hints.close()
    await asyncio.sleep(REST * 1.5)

    assert told == ["demo"]


@pytest.mark.parametrize("agents_see", [False, True])
async def test_a_change_of_what_the_bot_holds_is_told_to_whom_the_shop_lets_see_it(
    agents_see: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_hub, "CONVERSATIONS_SECONDS", REST)
    desk = Desk()
    desk.hub = event_hub.EventHub(
        desk.feed, desk.tickets, Clock(MORNING), agents_see_bot=lambda shop: agents_see and shop == "demo"
    )
    desk.app = bare_app()
    desk.app.include_router(events.events_router(desk.hub, AgentAuthenticator(desk.tokens)))
    lead = await issue_token(desk.tokens, "zhu", AgentRole.SUPERVISOR, ("demo",), MORNING)

    async with Stream(desk.app, lead).opened() as supervisor, desk.listening() as agent:
        assert (await supervisor.next())[0] == "hello"
        desk.tell("turn.answered")
        first = [await supervisor.next()]
        for _ in range(20):
            desk.tell("turn.answered")
            desk.tell("turn.answered", shop="other")
        desk.tell("shop.loaded")
        first.append(await supervisor.next())
        of_agent = [(await agent.next())[0] for _ in range(1 + agents_see)]
        later = await asyncio.wait_for(supervisor.next(), 5)

    assert first == [("conversations", {"shop": "demo"}), ("shop", {"shop": "demo", "change": "shop.loaded"})]
    assert of_agent == ["conversations"] * agents_see + ["shop"]
    assert later == ("conversations", {"shop": "demo"})  # what came meanwhile, once
    assert desk.tickets.reads == 0


async def test_with_no_stream_open_nobody_listens_to_turns() -> None:
    desk = Desk()
    async with desk.listening():
        assert desk.feed.has_listeners

    assert not desk.feed.has_listeners
