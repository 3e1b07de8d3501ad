"""Clients nobody here wrote: their ids, their names, their clocks, their retries."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from app.settings import PACKAGED_SHOPS, secret_name
from tests.journeys.service import SECRET, AgentSoftware, Buyer, Service, running, signed, words

ODD_NAMES = (
    "a/b//c",
    "100%25 off",
    "张 三",
    "🍵👨‍👩‍👧",
    "\"quo'te`",
    "..",
    "./x/",
    "#?&=+;",
    "茶铺:1|2,3",
    "[bold]red[/]",
)


def post(service: Service, route: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
    raw = json.dumps(body, ensure_ascii=False).encode()
    url = f"{service.url()}/v1/shops/demo/{route}"
    return httpx.post(url, content=raw, headers=headers or signed(raw), timeout=20)


def rest(service: Service, body: Any, **query: str) -> httpx.Response:
    url = f"{service.url()}/webhooks/rest/webhook"
    return httpx.post(url, params={"token": "rest-token", **query}, json=body, timeout=20)


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert document["type"] == f"urn:xiaoer:problem:{slug}"
    return document


@pytest.fixture
def admin(service: Service) -> AgentSoftware:
    return AgentSoftware(service, "token-of-guan")


# Ids


def test_an_id_of_anothers_message_neither_leaks_its_answer_nor_loses_the_message(service: Service) -> None:
    first, second = Buyer(service, "buyer-04"), Buyer(service, "buyer-99")
    body = first.body("我的订单发货了吗")
    told = words(first.post(body).json())

    refused = post(service, "messages", second.body("有货吗", id=body["id"]))
    taken = second.say("有货吗")

    assert told not in refused.text
    assert "conversation" in problem(refused, 409, "id-reused")["detail"]
    assert taken["conversation"] == second.conversation


@pytest.mark.parametrize(
    "changed", [{"text": "算了"}, {"sender": {"id": "buyer-02"}}, {"type": "image"}, {"context": {"order_id": "1"}}]
)
def test_an_id_sent_again_with_other_content_is_a_conflict_and_a_retry_is_not(
    buyer: Buyer, changed: dict[str, Any]
) -> None:
    body = buyer.body("在吗")
    buyer.post(body)

    problem(buyer.post(body | changed), 409, "id-reused")

    again = buyer.post(body | {"sent_at": datetime.now(UTC).isoformat()})
    assert (again.status_code, again.json()["duplicate"]) == (200, True)


def test_a_delivery_sent_again_with_another_body_is_a_conflict(buyer: Buyer) -> None:
    body = buyer.body("在吗")
    delivery = f"msg_{uuid4().hex}"
    bodies = [json.dumps(each).encode() for each in (body, buyer.body("在吗"), buyer.body("转人工"))]

    first, retried, other = [buyer.post(raw, signed(raw, delivery=delivery)) for raw in bodies]

    assert first.json()["message_id"] == retried.json()["message_id"] == body["id"]
    problem(other, 409, "id-reused")


def test_a_platforms_line_keeps_its_id(service: Service, buyer: Buyer) -> None:
    buyer.say("在吗")
    line = {"id": f"p-{uuid4().hex}", "conversation": buyer.conversation, "agent": "xiaowang", "text": "我来处理"}
    post(service, "spoken", line)

    again = post(service, "spoken", line)
    others = [post(service, "spoken", line | changed) for changed in ({"text": "不处理"}, {"conversation": "another"})]

    assert again.json() == {"ours": True, "owner": "agent"}
    for other in others:
        problem(other, 409, "id-reused")


def test_the_last_line_of_a_person_ends_even_in_the_bots_own_words(service: Service, buyer: Buyer) -> None:
    said = words(buyer.say("在吗"))
    post(service, "spoken", {"id": uuid4().hex, "conversation": buyer.conversation, "text": "我来"})

    ended = post(
        service, "spoken", {"id": uuid4().hex, "conversation": buyer.conversation, "text": said, "ended": True}
    )

    assert ended.json() == {"ours": False, "owner": "closed"}
    assert buyer.say("什么时候发货")["owner"] == "bot"


def test_an_agents_retry_gets_its_first_answer_and_another_text_a_conflict(buyer: Buyer, agent: AgentSoftware) -> None:
    ticket = f"/v1/handoffs/{buyer.say('转人工')['handoff']['id']}"

    for change, body in (
        ("claim", None),
        ("reply", {"id": "r-1", "text": "亲，我来了"}),
        ("release", None),
        ("claim", None),
        ("resolve", {"note": "已补发"}),
    ):
        first, again = agent.post(f"{ticket}/{change}", body), agent.post(f"{ticket}/{change}", body)
        assert (first.status_code, again.status_code) == (200, 200), change
        assert again.json()["state"] == first.json()["state"]
    problem(agent.post(f"{ticket}/reply", {"id": "r-1", "text": "不管了"}), 409, "id-reused")
    problem(agent.post(f"{ticket}/resolve", {"note": "已退款"}), 409, "ticket-conflict")


def test_a_captured_message_takes_no_conversation_from_the_bot(service: Service, buyer: Buyer) -> None:
    raw = json.dumps(buyer.body("有货吗")).encode()
    headers = signed(raw)
    buyer.post(raw, headers)

    replayed = [
        httpx.post(f"{service.url()}/v1/shops/demo/{to}", content=raw, headers=headers) for to in ("spoken", "lines")
    ]

    assert "sender" in problem(replayed[0], 422, "malformed")["detail"]
    assert replayed[1].status_code == 422
    assert buyer.say("在吗")["owner"] == "bot"


# Names


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_works_on_every_route(service: Service, admin: AgentSoftware, name: str) -> None:
    own = f"{name}{uuid4().hex[:6]}" if name != ".." else name
    buyer = Buyer(service, own, own)
    handoff = buyer.say("转人工", id=f"{own}-1")["handoff"]["id"]
    admin.handoff(handoff, "claim")
    admin.handoff(handoff, "reply", {"text": "亲，我来了"})

    lines = post(service, "lines", {"conversation": own}).json()["lines"]
    spoken = post(service, "spoken", {"id": f"{own}-p", "conversation": own, "text": "稍等"})
    gone = admin.delete("/v1/shops/demo/buyers", buyer=own)

    assert [line["text"] for line in lines if line["author"] == "agent"] == ["亲，我来了"]
    assert admin.get(f"/v1/handoffs/{handoff}").status_code == 404
    assert spoken.json() == {"ours": False, "owner": "agent"}
    assert gone.json()["deleted"] > 4


@pytest.mark.parametrize("name", [name for name in ODD_NAMES if not name.startswith(".")])
def test_a_buyer_is_forgotten_by_path_too(service: Service, admin: AgentSoftware, name: str) -> None:
    Buyer(service, name).say("在吗")

    gone = admin.delete(f"/v1/shops/demo/buyers/{quote(name, safe='')}")

    assert gone.json()["deleted"] > 2


@contextmanager
def chinese_shop(tmp_path: Path, name: str) -> Iterator[Service]:
    shutil.copytree(PACKAGED_SHOPS / "demo", tmp_path / "shops" / name)
    (tmp_path / "state").mkdir()
    places = {"XIAOER_SHOPS_DIR": str(tmp_path / "shops"), secret_name(name): SECRET}
    with running(tmp_path / "state", **places) as service:
        yield service


def test_a_shop_with_a_chinese_name_has_a_desk_urges_and_an_outbox(tmp_path: Path) -> None:
    name = "茶铺 二店（老街）"
    with chinese_shop(tmp_path, name) as service:
        admin = AgentSoftware(service, "token-of-guan")
        buyer = Buyer(service, shop=quote(name))
        handoff = buyer.say("转人工")["handoff"]["id"]

        answers = [admin.get(f"/v1/{what}", shop=name) for what in ("handoffs", "urges", "outbox")]
        redriven = admin.post(f"/v1/outbox/redrive?shop={quote(name)}")
        trace = admin.get(f"/v1/traces/{buyer.say('在吗')['trace_id']}")
        gone = admin.delete(f"/v1/shops/{quote(name)}/buyers/{buyer.buyer}")

    assert [answer.status_code for answer in (*answers, redriven, trace, gone)] == [200] * 6
    assert [item["id"] for item in answers[0].json()["items"]] == [handoff]
    assert trace.json()["shop"] == name


# Reading back


@pytest.mark.parametrize("ahead", [60, -60, 86_400 * 400, -86_400 * 400])
def test_a_poller_sees_every_line_once_whatever_the_platforms_clock(
    service: Service, buyer: Buyer, agent: AgentSoftware, ahead: int
) -> None:
    told = (datetime.now(UTC) + timedelta(seconds=ahead)).isoformat()
    handoff = buyer.say("转人工", sent_at=told)["handoff"]["id"]
    begun = post(service, "lines", {"conversation": buyer.conversation}).json()
    agent.handoff(handoff, "claim")
    for number in range(3):
        agent.handoff(handoff, "reply", {"text": f"第{number}句"})
        buyer.say(f"好的{number}", sent_at=told)

    by_cursor = post(service, "lines", {"conversation": buyer.conversation, "cursor": begun["cursor"]}).json()
    by_time = post(service, "lines", {"conversation": buyer.conversation, "after": begun["lines"][-1]["at"]}).json()

    texts = [line["text"] for line in by_cursor["lines"]]
    assert texts == ["第0句", "好的0", "第1句", "好的1", "第2句", "好的2"]
    assert by_time["lines"] == by_cursor["lines"]
    assert by_cursor["more"] is False
    assert len({line["id"] for line in by_cursor["lines"]}) == len(texts)


def test_a_persons_lines_reach_a_rest_buyer_once_with_the_next_answer(service: Service, agent: AgentSoftware) -> None:
    sender = f"rest-{uuid4().hex[:8]}"
    parts = rest(service, {"sender": sender, "message": "转人工"}).json()
    handoff = next(part["custom"]["handoff"]["id"] for part in parts if "custom" in part)
    agent.handoff(handoff, "claim")
    agent.handoff(handoff, "reply", {"text": "我是人工"})
    agent.handoff(handoff, "reply", {"text": "请稍等"})
    agent.handoff(handoff, "resolve")

    answers = [[part.get("text") for part in rest(service, {"sender": sender, "message": "好的"}).json()] for _ in "12"]
    lines = post(service, "lines", {"conversation": sender, "channel": "rest"}).json()["lines"]

    assert answers[0][:2] == ["我是人工", "请稍等"]
    assert "我是人工" not in answers[1]
    assert [line["text"] for line in lines if line["author"] == "agent"] == ["我是人工", "请稍等"]


def test_a_persons_reply_that_cannot_reach_the_buyer_is_refused(service: Service, agent: AgentSoftware) -> None:
    sender = f"rasa-{uuid4().hex[:8]}"
    call = {
        "next_action": "action_human_agent",
        "tracker": {"sender_id": sender, "slots": {"shop": "demo"}, "latest_message": {"text": "转人工"}, "events": []},
        "domain": {"slots": {}},
    }
    bearer = {"authorization": "Bearer rest-token"}
    answer = httpx.post(f"{service.url()}/rasa/actions/webhook", json=call, headers=bearer, timeout=20).json()
    handoff = next(r["custom"]["handoff"]["id"] for r in answer["responses"] if r.get("custom"))
    agent.handoff(handoff, "claim")

    refused = agent.post(f"/v1/handoffs/{handoff}/reply", {"text": "我是人工"})

    assert "callback" in problem(refused, 409, "undeliverable")["detail"]


# Inputs

EXTREMES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**400,
    1.5,
    "",
    "\x00",
    "\x1b[2J",
    "字" * 5000,
    [],
    {},
    [[]],
    {"a": 1},
)
FIELDS = ("id", "conversation", "sender", "text", "sent_at", "type", "context")


@pytest.mark.parametrize("field", FIELDS)
def test_a_wrong_value_in_a_message_is_named_or_taken(buyer: Buyer, field: str) -> None:
    for value in EXTREMES:
        answer = buyer.post(buyer.body("在吗") | {field: value})

        assert answer.status_code in {200, 422}, (field, value, answer.text)
        assert answer.status_code == 200 or field in answer.json()["detail"]


@pytest.mark.parametrize("field", ["sender", "message", "metadata", "input_channel"])
def test_a_wrong_value_in_rasas_message_is_named_or_taken(service: Service, field: str) -> None:
    for value in EXTREMES:
        answer = rest(service, {"sender": uuid4().hex, "message": "在吗", field: value})

        assert answer.status_code in {200, 422}, (field, value, answer.text)
        assert answer.status_code == 200 or field in answer.json()["detail"]


@pytest.mark.parametrize("metadata", [{"message_id": {}}, {"shop": 5}, {"order_id": [1]}, {"sku_id": ""}])
def test_a_wrong_value_in_rasas_metadata_is_named(service: Service, metadata: dict[str, Any]) -> None:
    answer = rest(service, {"sender": uuid4().hex, "message": "在吗", "metadata": metadata})

    assert f"metadata.{next(iter(metadata))}" in problem(answer, 422, "malformed")["detail"]


def test_rasas_clients_may_send_a_number_and_no_words(service: Service) -> None:
    number = uuid4().int % 10**9

    answers = [rest(service, {"sender": number, "message": text, "metadata": "page=7"}) for text in ("在吗", None, 42)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json()[0]["recipient_id"] == str(number)


TRACKER_FIELDS = ("sender_id", "slots", "latest_message", "events", "paused", "active_loop", "latest_action_name")


@pytest.mark.parametrize(
    "field", [*TRACKER_FIELDS, "domain", "next_action", "version", "slots.shop", "latest_message.text"]
)
def test_a_wrong_value_in_rasas_call_is_named_or_taken(service: Service, field: str) -> None:
    for value in EXTREMES:
        tracker: dict[str, Any] = {
            "sender_id": uuid4().hex,
            "slots": {"shop": "demo"},
            "latest_message": {"text": "茶盘有货吗", "message_id": uuid4().hex, "intent": {"name": "stock"}},
            "events": [],
        }
        call: dict[str, Any] = {"next_action": "action_stock", "tracker": tracker, "domain": {"slots": {}}}
        place, _, inner = field.partition(".")
        target = tracker[place] if inner else call if place in call or place == "version" else tracker
        target[inner or place] = value
        bearer = {"authorization": "Bearer rest-token"}

        answer = httpx.post(f"{service.url()}/rasa/actions/webhook", json=call, headers=bearer, timeout=20)

        assert answer.status_code in {200, 400, 404, 422, 449}, (field, value, answer.text)
        assert answer.status_code != 422 or place in answer.json()["detail"], (field, value, answer.text)


def raw_bodies(body: dict[str, Any]) -> dict[str, bytes]:
    text = json.dumps(body, ensure_ascii=False)
    return {
        "gbk": text.encode("gbk"),
        "utf-16": text.encode("utf-16"),
        "deep": text[:-1].encode() + b', "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        "nan": text[:-1].encode() + b', "sent_at": NaN}',
        "huge": text[:-1].encode() + b', "sent_at": ' + b"9" * 5000 + b"}",
        "infinite": text[:-1].encode() + b', "sent_at": 1e400}',
        "surrogate": text[:-1].encode() + b', "text": "\\ud83d"}',
        "cut": text[:-3].encode(),
        "two": text.encode() + text.encode(),
    }


@pytest.mark.parametrize("kind", raw_bodies({}))
def test_a_body_that_is_no_plain_json_is_a_problem(service: Service, buyer: Buyer, kind: str) -> None:
    raw = raw_bodies(buyer.body("有货吗"))[kind]
    message = raw_bodies({"sender": "b", "message": "有货吗"})[kind]

    signed_answer = buyer.post(raw, signed(raw))
    rest_answer = httpx.post(f"{service.url()}/webhooks/rest/webhook?token=rest-token", content=message, timeout=20)

    problem(signed_answer, 422, "malformed")
    assert rest_answer.status_code in {200, 422}


def test_a_byte_order_mark_and_a_key_told_twice_are_taken(buyer: Buyer) -> None:
    raw = b"\xef\xbb\xbf" + json.dumps(buyer.body("在吗")).encode()[:-1] + b', "text": "\\u5728\\u5417"}'

    assert buyer.post(raw, signed(raw)).status_code == 200


@pytest.mark.parametrize("kind", ["gbk", "deep", "huge", "surrogate", "cut", "two"])
def test_an_agents_body_that_is_no_plain_json_is_a_problem(buyer: Buyer, agent: AgentSoftware, kind: str) -> None:
    handoff = buyer.say("转人工")["handoff"]["id"]
    agent.handoff(handoff, "claim")
    raw = raw_bodies({"text": "好的", "id": "r"})[kind].replace(b'"sent_at"', b'"id"')
    headers = {"authorization": f"Bearer {agent.token}", "content-type": "application/json"}

    answer = httpx.post(f"{agent.service.url()}/v1/handoffs/{handoff}/reply", content=raw, headers=headers, timeout=20)

    problem(answer, 422, "malformed")


# Browsers and terminals


def test_a_web_widgets_page_may_call_when_its_origin_is_set(tmp_path: Path) -> None:
    with running(tmp_path, XIAOER_CORS_ORIGINS="https://shop.example, http://localhost:5173") as service:
        url = f"{service.url()}/webhooks/rest/webhook?token=rest-token"
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}

        preflight = httpx.options(url, headers={"origin": "https://shop.example", **asked})
        called = httpx.post(url, json={"sender": "w", "message": "在吗"}, headers={"origin": "http://localhost:5173"})
        refused = httpx.post(url, json={"sender": ""}, headers={"origin": "https://shop.example"})
        foreign = httpx.options(url, headers={"origin": "https://evil.example", **asked})

    assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
    assert called.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (422, "https://shop.example")
    assert "access-control-allow-origin" not in foreign.headers
    assert "access-control-allow-credentials" not in preflight.headers


def test_without_a_setting_no_page_may_call(service: Service) -> None:
    answer = httpx.get(f"{service.url()}/healthz", headers={"origin": "https://shop.example"})

    assert "access-control-allow-origin" not in answer.headers
