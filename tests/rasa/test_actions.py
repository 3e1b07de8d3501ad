"""The action server over HTTP: what a shop's own Rasa assistant gets from our intents."""

import csv
import json
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faq import demo_folder
from tests.journeys.service import Service, free_port, running
from tests.rasa.calls import DOMAIN, a_call

TOKEN = "token-of-rasa"
WEBHOOK = "/rasa/actions/webhook"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("rasa"), XIAOER_REST_TOKEN=TOKEN) as started:
        yield started


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=service.url(), headers={"authorization": f"Bearer {TOKEN}"}) as opened:
        yield opened


async def said(client: httpx.AsyncClient, **call: Any) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """The text, the custom JSON and the events of one call."""
    response = await client.post(WEBHOOK, json=a_call(**call))
    assert response.status_code == 200, response.text
    body = response.json()
    return body["responses"][0]["text"], body["responses"][0]["custom"], body["events"]


async def test_an_action_answers_from_the_shops_facts(client):
    text, _, events = await said(client, action="action_price_question", text="竹编排水茶盘多少钱")

    assert "元" in text
    assert {"event": "slot", "timestamp": None, "name": "product", "value": "M102"} in events


async def test_only_slots_that_the_assistant_knows_are_set(client):
    bare = {**DOMAIN, "slots": {"shop": DOMAIN["slots"]["shop"]}}

    _, _, events = await said(client, action="action_price_question", text="竹编排水茶盘多少钱", domain=bare)

    assert events == []


async def test_haggling_remembers_its_rounds(client):
    first, _, _ = await said(client, action="action_bargaining", text="黑胡桃木长方茶盘大号便宜点", sender="haggler")
    second, _, _ = await said(client, action="action_bargaining", text="再便宜点嘛", sender="haggler")

    assert first != second


async def test_a_repeated_call_gets_the_same_answer_and_is_no_second_turn(client):
    call = a_call(action="action_bargaining", text="便宜点")

    first = await client.post(WEBHOOK, json=call)
    again = await client.post(WEBHOOK, json=call)

    assert first.json() == again.json()


async def test_a_handoff_pauses_the_assistant_and_carries_the_matter(client):
    text, custom, events = await said(client, action="action_human_agent", text="转人工")

    assert {"event": "pause", "timestamp": None} in events
    assert custom["handoff"]["reason"] == "asked_for_human"
    assert "人工" in text


async def test_a_handoff_opens_a_ticket_with_its_brief(client, service):
    _, custom, _ = await said(client, action="action_complaint", text="我要投诉你们")

    agents = {"authorization": "Bearer token-of-zhu"}
    ticket = await client.get(f"/v1/handoffs/{custom['handoff']['id']}", headers=agents)

    assert ticket.status_code == 200, ticket.text
    assert ticket.json()["reason"] == "complaint"


async def test_an_assistant_that_was_resumed_is_answered_again(client):
    await said(client, action="action_human_agent", text="转人工", sender="came-back")

    text, _, events = await said(client, action="action_greeting", text="在吗", sender="came-back")

    assert text
    assert {"event": "pause", "timestamp": None} not in events


async def test_risk_words_go_to_a_person_whatever_action_was_called(client):
    text, custom, events = await said(client, action="action_price_question", text="再不处理我打12315 这个多少钱")

    assert custom["handoff"]["reason"] == "risk_words"
    assert {"event": "pause", "timestamp": None} in events
    assert text


async def test_what_only_people_may_read_stays_out_of_the_custom_json(client):
    for _ in range(6):
        _, custom, _ = await said(
            client, action="action_bargaining", text="黑胡桃木长方茶盘大号100卖不卖", sender="digger"
        )

    told = {name: value for name, value in custom["handoff"].items() if name != "id"}
    assert "notes" not in told
    assert floor_of("M101-03") not in json.dumps(told, ensure_ascii=False)


def floor_of(sku_id: str) -> str:
    """The least the demo shop takes, as its catalogue writes it."""
    with (demo_folder() / "catalog.csv").open(encoding="utf-8-sig", newline="") as file:
        return next(row["底价"] for row in csv.DictReader(file) if row["规格编号"] == sku_id)


async def test_the_shop_may_be_named_by_slot_or_metadata(client):
    for where in ({"slots": {"shop": "demo"}}, {"metadata": {"shop": "demo"}}):
        text, _, _ = await said(client, action="action_greeting", text="在吗", **where)

        assert text


async def test_an_unknown_shop_rejects_the_action(client):
    response = await client.post(WEBHOOK, json=a_call(slots={"shop": "nowhere"}))

    assert response.status_code == 400
    assert response.json()["action_name"] == "action_stock"


async def test_an_order_in_the_metadata_is_used(client):
    text, _, _ = await said(
        client, action="action_logistics_status", text="到哪了", sender="buyer-05", metadata={"order_id": "8800100005"}
    )

    assert "转运中心" in text  # the last scan of 8800100005


async def test_without_the_token_nothing_is_said(client):
    stranger = {"authorization": "Bearer wrong"}

    assert (await client.post(WEBHOOK, json=a_call(), headers=stranger)).status_code == 401
    assert (await client.get("/rasa/actions/actions", headers=stranger)).status_code == 401
    assert (await client.get("/rasa/actions/health", headers=stranger)).json() == {"status": "ok"}


async def test_rasas_own_token_parameter_is_accepted(client):
    response = await client.post(WEBHOOK, params={"token": TOKEN}, json=a_call(), headers={"authorization": ""})

    assert response.status_code == 200


async def test_every_intent_is_an_action(client):
    names = [each["name"] for each in (await client.get("/rasa/actions/actions")).json()]

    assert len(names) == len(set(names)) >= 30
    assert "action_stock" in names


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"nonsense", b'"text"', b"\xff\xfe", b'{"next_action": 5}', b'{"next_action": "action_stock"}',
        b'{"next_action": "action_stock", "tracker": {"sender_id": ""}, "domain": {}}',
        b'{"next_action": "action_stock", "tracker": {"sender_id": "a", "latest_message": []}, "domain": {}}',
    ],
)  # fmt: skip
async def test_a_call_of_another_shape_is_refused_and_not_repeated(client, body):
    response = await client.post(WEBHOOK, content=body)

    assert response.status_code == 422
    assert "tracker_secret" not in response.text


async def test_an_error_never_repeats_the_request(client):
    response = await client.post(WEBHOOK, json=a_call(action="action_nothing", text="我的电话是13800000000"))

    assert response.status_code == 404
    assert "13800000000" not in response.text


async def test_a_long_conversations_tracker_is_read(client):
    call = a_call(action="action_greeting", text="在吗")
    call["tracker"]["events"] *= 3000
    assert len(json.dumps(call)) > 600_000

    response = await client.post(WEBHOOK, json=call)

    assert response.status_code == 200


async def test_a_body_that_unpacks_to_too_much_is_refused(client):
    bomb = zlib.compress(b" " * 20_000_000)

    response = await client.post(WEBHOOK, content=bomb, headers={"content-encoding": "deflate"})

    assert response.status_code == 413


@pytest.fixture(scope="module")
def sdk_server() -> Iterator[str]:
    """The SDK's own server with one action, as `python -m rasa_sdk` starts it."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "rasa_sdk", "--actions", "sdk_actions", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - a command of our own
        command, cwd=Path(__file__).parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    _wait(url, process)
    yield url
    process.terminate()
    process.wait(timeout=20)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the SDK's server ended"
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/health").status_code == 200:
                return
        time.sleep(0.1)
    raise TimeoutError(url)


SENT: dict[str, dict[str, Any]] = {
    "an answer": {},
    "no domain": {"domain": None},
    "an unknown action": {"action": "action_nothing"},
    "a rejection": {"slots": {"shop": "nowhere"}},
    "no action": {"action": None},
    "a domain with its digest": {"domain_digest": "d-1"},
    "its digest alone": {"domain": None, "domain_digest": "d-1"},
    "a stale digest": {"domain": None, "domain_digest": "d-0"},
}


async def test_status_codes_are_those_of_the_sdks_own_server(client, sdk_server):
    ours, theirs = {}, {}
    async with httpx.AsyncClient() as sdk:
        for name, call in SENT.items():
            for packed in (False, True):
                content, headers = _packed(a_call(**call), packed=packed)
                ours[name, packed] = await client.post(WEBHOOK, content=content, headers=headers)
                theirs[name, packed] = await sdk.post(f"{sdk_server}/webhook", content=content, headers=headers)

    assert {key: each.status_code for key, each in ours.items()} == {
        key: each.status_code for key, each in theirs.items()
    }
    assert {each.status_code for each in ours.values()} == {200, 400, 404, 449}


async def test_bodies_have_the_shape_of_the_sdks_own_server(client, sdk_server):
    async with httpx.AsyncClient() as sdk:
        for call in SENT.values():
            ours = (await client.post(WEBHOOK, json=a_call(**call))).json()
            theirs = (await sdk.post(f"{sdk_server}/webhook", json=a_call(**call))).json()

            assert _shape(ours) == _shape(theirs)


def _packed(call: dict[str, Any], *, packed: bool) -> tuple[bytes, dict[str, str]]:
    content = json.dumps(call).encode()
    if not packed:
        return content, {"content-type": "application/json"}
    return zlib.compress(content), {"content-type": "application/json", "content-encoding": "deflate"}


def _shape(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {
        key: sorted(value[0]) if key == "responses" and value else type(value).__name__ for key, value in body.items()
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
LATEST = st.fixed_dictionaries(
    {},
    optional={
        "text": JSON,
        "message_id": JSON,
        "intent": JSON,
        "metadata": JSON | st.dictionaries(st.sampled_from(["shop", "buyer", "product_id", "order_id"]), JSON),
    },
)
TRACKERS = st.fixed_dictionaries(
    {"sender_id": JSON},
    optional={
        "slots": JSON | st.dictionaries(st.sampled_from(["shop", "product", "sku", "order", "buyer"]), JSON),
        "latest_message": JSON | LATEST,
        "events": JSON,
        "active_loop": JSON,
    },
)
ACTIONS = st.sampled_from(["action_stock", "action_bargaining", "action_logistics_status", "action_unclear", "nothing"])


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(action=ACTIONS | JSON, tracker=TRACKERS | JSON, domain=JSON | st.just(DOMAIN))
def test_no_call_of_any_shape_is_an_error_of_ours(service, action, tracker, domain):
    call = {"next_action": action, "tracker": tracker, "domain": domain}

    response = httpx.post(service.url() + WEBHOOK, params={"token": TOKEN}, json=call)

    assert response.status_code in {200, 400, 404, 422, 449}, response.text
