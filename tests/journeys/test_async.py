"""Stored, acknowledged, answered through the callback."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import jsonschema
import pytest

from tests.journeys.callback import Received, callback_server
from tests.journeys.service import AgentSoftware, Buyer, Service, running, running_pair, signed

PATIENCE = 15.0


@dataclass(frozen=True)
class World:
    """The service and the shop's own server."""

    service: Service
    received: Received


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    state: Path = tmp_path_factory.mktemp(f"async-{request.param}")
    with callback_server() as received:
        shop_with_callback(state / "shops", received.url)
        own = {"XIAOER_SHOPS_DIR": str(state / "shops"), "XIAOER_ALLOW_PRIVATE_URLS": "1"}
        if request.param == "sqlite":
            with running(state, **own) as service:
                yield World(service, received)
            return
        postgres_url: str = request.getfixturevalue("postgres_url")
        with running_pair(state, postgres_url, **own) as service:
            yield World(service, received)


def shop_with_callback(shops: Path, url: str) -> None:
    """The demo shop, with a callback."""
    shutil.copytree("faq/demo", shops / "demo")
    with (shops / "demo" / "shop.yml").open("a", encoding="utf-8") as file:
        file.write(f"\ncallback:\n  url: {url}\n")


def post_async(buyer: Buyer, text: str, **more: object) -> httpx.Response:
    body = buyer.body(text, **more)
    raw = json.dumps(body, ensure_ascii=False).encode()
    return buyer.post(raw, signed(raw) | {"prefer": "respond-async"})


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_an_asynchronous_message_is_acknowledged_and_answered_through_the_callback(world: World) -> None:
    buyer = Buyer(world.service)

    kept = post_async(buyer, "什么时候发货")
    until(lambda: bool(world.received.of("reply", buyer.conversation)))

    assert kept.status_code == 202
    assert kept.headers["preference-applied"] == "respond-async"
    (reply,) = world.received.of("reply", buyer.conversation)
    assert reply["data"]["reply"]["text"]
    assert reply["data"]["in_reply_to"] == [kept.json()["message_id"]]


def test_a_burst_is_one_turn_over_everything(world: World) -> None:
    buyer = Buyer(world.service)

    ids = [post_async(buyer, text).json()["message_id"] for text in ("你好", "发什么快递", "能开发票吗")]
    until(lambda: bool(world.received.of("reply", buyer.conversation)))
    time.sleep(2)

    replies = world.received.of("reply", buyer.conversation)
    assert [reply["data"]["in_reply_to"] for reply in replies] == [ids]
    assert "发票" in replies[0]["data"]["reply"]["text"]


def test_the_same_asynchronous_message_again_is_answered_once(world: World) -> None:
    buyer = Buyer(world.service)

    first = post_async(buyer, "有什么优惠", id="twice-" + buyer.conversation)
    second = post_async(buyer, "有什么优惠", id="twice-" + buyer.conversation)
    until(lambda: bool(world.received.of("reply", buyer.conversation)))
    third = post_async(buyer, "有什么优惠", id="twice-" + buyer.conversation)
    time.sleep(2)

    assert (first.json()["duplicate"], second.json()["duplicate"]) == (False, True)
    assert (third.status_code, third.json()["duplicate"]) == (200, True)
    assert len(world.received.of("reply", buyer.conversation)) == 1


def test_a_handoff_is_announced_with_its_brief_even_when_the_desk_is_away_at_first(world: World) -> None:
    buyer = Buyer(world.service)
    world.received.failing = 2

    body = buyer.say("转人工")
    until(lambda: bool(world.received.of("handoff.opened", buyer.conversation)))

    (event,) = world.received.of("handoff.opened", buyer.conversation)
    assert event["data"]["id"] == body["handoff"]["id"]
    assert event["data"]["brief"]["suggested_reply"]
    assert "转人工" in [line["text"] for line in event["data"]["brief"]["transcript"]]


def test_an_agents_reply_reaches_the_buyer(world: World) -> None:
    buyer = Buyer(world.service)
    ticket = buyer.say("转人工")["handoff"]["id"]
    agent = AgentSoftware(world.service)

    agent.handoff(ticket, "claim")
    agent.handoff(ticket, "reply", {"id": "r-1", "text": "亲，我来啦"})
    until(lambda: bool(world.received.of("reply", buyer.conversation)))

    (reply,) = world.received.of("reply", buyer.conversation)
    assert reply["data"]["author"] == "agent"
    assert reply["data"]["reply"]["text"] == "亲，我来啦"


def test_pictures_reach_the_agent_and_the_buyer_beside_their_text(world: World) -> None:
    buyer = Buyer(world.service)
    photo = {"type": "image", "url": "https://img.example/broken.jpg", "alt": ""}
    buyer.say("", type="image", image={"url": photo["url"]})
    ticket = buyer.say("转人工")["handoff"]["id"]
    agent = AgentSoftware(world.service)
    transcript = agent.handoff(ticket, "claim")["brief"]["transcript"]

    agent.handoff(ticket, "reply", {"parts": [photo], "text": "亲，是这里吗"})
    until(lambda: bool(world.received.of("reply", buyer.conversation)))

    shown = next(line for line in transcript if line["type"] == "image")
    assert shown["parts"] == [photo]
    assert "parts" not in next(line for line in transcript if line["text"] == "转人工")
    (reply,) = world.received.of("reply", buyer.conversation)
    assert (reply["data"]["reply"]["type"], reply["data"]["reply"]["text"]) == ("text", "亲，是这里吗")
    assert reply["data"]["reply"]["parts"] == [{"type": "text", "text": "亲，是这里吗"}, photo]


def test_lines_that_wait_when_an_agent_claims_are_never_delivered(world: World) -> None:
    buyer = Buyer(world.service)
    ticket = buyer.say("转人工")["handoff"]["id"]
    world.received.failing = 1000
    post_async(buyer, "发什么快递")
    until(lambda: world.received.refusals > 0)
    agent = AgentSoftware(world.service)
    agent.handoff(ticket, "claim")
    world.received.failing = 0
    agent.handoff(ticket, "reply", {"text": "亲，我来啦"})

    until(lambda: bool(world.received.of("reply", buyer.conversation)))

    assert [body["data"]["author"] for body in world.received.of("reply", buyer.conversation)] == ["agent"]


def test_an_agent_who_claims_while_the_bot_waits_wins(world: World) -> None:
    buyer = Buyer(world.service)
    ticket = buyer.say("转人工")["handoff"]["id"]
    agent = AgentSoftware(world.service)
    post_async(buyer, "什么时候发货")

    agent.handoff(ticket, "claim")
    time.sleep(3)

    assert world.received.of("reply", buyer.conversation) == []


def test_the_callback_receives_what_the_page_says(world: World) -> None:
    buyer = Buyer(world.service)
    agent = AgentSoftware(world.service)
    ticket = buyer.say("转人工")["handoff"]["id"]
    for change in ("claim", "release", "claim"):
        agent.handoff(ticket, change)
    agent.handoff(ticket, "reply", {"text": "亲，我来啦"})
    agent.handoff(ticket, "resolve")
    post_async(Buyer(world.service), "什么时候发货")
    granted = Buyer(world.service, buyer="buyer-04")
    granted.say("怎么还不发货都四天了")
    until(lambda: "promise.made" in {body["type"] for _, body in world.received.deliveries})
    until(lambda: bool(world.received.of("handoff.resolved", buyer.conversation)))
    tried = AgentSoftware(world.service, "token-of-zhu").post("/v1/shops/demo/callback/test").json()
    page = httpx.get(f"{world.service.url()}/openapi.json").json()

    seen = {body["type"]: body for _, body in world.received.deliveries}

    assert (tried["ok"], tried["status"]) == (True, 204)
    assert set(page["webhooks"]) - set(seen) <= {"handoff.returned", "shop.broken", "shop.mended"}
    for _, body in world.received.deliveries:
        content = page["webhooks"][body["type"]]["post"]["requestBody"]["content"]
        jsonschema.validate(body, page | content["application/json"]["schema"])


def test_a_changed_shop_is_taken_over_within_five_seconds(world: World) -> None:
    folder = world.service.state / "shops" / "demo"
    with (folder / "faq.csv").open("a", encoding="utf-8") as file:
        file.write("NEW1,你们店里有猫吗,店里养猫吗|有没有猫,,亲，店里有一只叫木头的橘猫~,,,,\r\n")

    time.sleep(5)

    buyers = [Buyer(world.service) for _ in world.service.urls]
    for turn, buyer in enumerate(buyers):
        for _ in range(turn):
            next(buyer.turns)
        assert "橘猫" in str(buyer.say("你们店里有猫吗")["replies"])


def test_a_broken_shop_file_keeps_the_last_good_shop(world: World) -> None:
    folder = world.service.state / "shops" / "demo"
    whole = (folder / "shop.yml").read_bytes()
    (folder / "shop.yml").write_bytes(whole[: len(whole) // 2] + b"\n  : [")

    time.sleep(4)
    body = Buyer(world.service).say("什么时候发货")
    (folder / "shop.yml").write_bytes(whole)

    assert body["decision"]["intent"] == "shipping_time"
