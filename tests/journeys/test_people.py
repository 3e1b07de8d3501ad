"""What people and the shop's own systems see of a handoff: callbacks, events, limits, numbers, and who may do what."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from standardwebhooks import Webhook

from app.settings import PACKAGED_SHOPS
from tests.journeys.service import SECRET, AgentSoftware, Buyer, Service, running, signed, words

PATIENCE_SECONDS = 20.0


@dataclass
class Receiver:
    """A shop's own system: a real server that verifies what it gets, and may be out of order."""

    port: int = 0
    failures: int = 0
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        return [body for _, body in self.got if body["type"] == kind]

    def ids(self, kind: str) -> list[str]:
        return [delivery for delivery, body in self.got if body["type"] == kind]


@contextmanager
def receiving(failures: int = 0) -> Iterator[Receiver]:
    receiver = Receiver(failures=failures)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            Webhook(SECRET).verify(raw, dict(self.headers.items()))
            receiver.got.append((self.headers["webhook-id"], json.loads(raw)))
            failing = receiver.failures > 0
            receiver.failures -= 1
            self.send_response(503 if failing else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def shop_with_callback(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo shop with a callback, one buyer at a time, its metrics behind a token."""
    state = tmp_path_factory.mktemp("state")
    shops = with_shop(tmp_path_factory.mktemp("shops"), f"http://127.0.0.1:{receiver.port}/callback")
    environment = {
        "XIAOER_SHOPS_DIR": str(shops),
        "XIAOER_ALLOW_PRIVATE_URLS": "1",
        "XIAOER_SENDER_RATE": "0.5",
        "XIAOER_SENDER_BURST": "6",
        "XIAOER_METRICS_TOKEN": "metrics-token",
    }
    with running(state, **environment) as service:
        yield service


def with_shop(folder: Path, callback: str) -> Path:
    """A folder of shops that holds the demo shop with a callback."""
    shutil.copytree(PACKAGED_SHOPS / "demo", folder / "demo")
    with (folder / "demo" / "shop.yml").open("a", encoding="utf-8") as settings:
        settings.write(f"\ncallback: {{url: '{callback}'}}\n")
    return folder


def with_people_away(folder: Path) -> Path:
    """A folder of shops that holds the demo shop on a day off; people are back in three days."""
    shutil.copytree(PACKAGED_SHOPS / "demo", folder / "demo")
    place = folder / "demo" / "shop.yml"
    back = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=3)).isoweekday()
    text = place.read_text(encoding="utf-8").replace("days: [1, 2, 3, 4, 5, 6, 7]", f"days: [{back}]", 1)
    place.write_text(text, encoding="utf-8")
    return folder


def eventually(holds: Callable[[], object], patience: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def handed_off(service: Service, buyer: str) -> str:
    handoff_id: str = Buyer(service, buyer=buyer).say("转人工")["handoff"]["id"]
    return handoff_id


def test_a_handoff_is_announced_with_its_brief_and_an_agents_reply_reaches_the_buyer(
    shop_with_callback: Service, receiver: Receiver
) -> None:
    agent = AgentSoftware(shop_with_callback)
    ticket = handed_off(shop_with_callback, "people-1")

    agent.handoff(ticket, "claim")
    agent.handoff(ticket, "reply", {"id": "r-1", "text": "亲，我是人工客服"})
    agent.handoff(ticket, "reply", {"id": "r-1", "text": "亲，我是人工客服"})
    agent.handoff(ticket, "resolve")

    eventually(lambda: receiver.bodies("handoff.resolved"))
    (opened,) = [body for body in receiver.bodies("handoff.opened") if body["data"]["id"] == ticket]
    assert opened["data"]["brief"]["reason"] == "asked_for_human"
    (reply,) = [body for body in receiver.bodies("reply") if body["data"]["author"] == "agent"]
    assert reply["data"]["reply"]["text"] == "亲，我是人工客服"
    assert receiver.bodies("handoff.claimed")[0]["data"]["agent"] == "lan"


def test_while_the_shops_system_is_down_events_wait_and_keep_their_id(
    shop_with_callback: Service, receiver: Receiver
) -> None:
    receiver.failures = 2

    ticket = handed_off(shop_with_callback, "people-2")

    def delivered() -> list[str]:
        return [
            delivery
            for delivery, body in receiver.got
            if body["type"] == "handoff.opened" and body["data"]["id"] == ticket
        ]

    eventually(lambda: len(delivered()) >= 3)
    assert len(set(delivered())) == 1


def test_a_buyer_who_floods_is_asked_to_wait_and_another_is_not(shop_with_callback: Service) -> None:
    loud = Buyer(shop_with_callback, buyer="people-loud")

    answers = [loud.post(loud.body("在吗")) for _ in range(12)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 4
    assert int(refused[0].headers["retry-after"]) >= 1
    assert refused[0].headers["content-type"] == "application/problem+json"
    assert Buyer(shop_with_callback, buyer="people-quiet").say("在吗")["message_id"]


def test_the_numbers_tell_of_handoffs_and_first_answers(shop_with_callback: Service) -> None:
    agent = AgentSoftware(shop_with_callback)
    ticket = handed_off(shop_with_callback, "people-3")
    agent.handoff(ticket, "claim")
    agent.handoff(ticket, "reply", {"text": "亲，在的"})

    url = f"{shop_with_callback.url()}/metrics"
    refused = httpx.get(url)

    def page() -> str:
        return httpx.get(url, headers={"authorization": "Bearer metrics-token"}).text

    eventually(lambda: 'outcome="sent"' in page())
    found = {sample.name for family in text_string_to_metric_families(page()) for sample in family.samples}
    assert {
        "xiaoer_messages_total",
        "xiaoer_turns_total",
        "xiaoer_decisions_total",
        "xiaoer_handoffs_total",
        "xiaoer_bot_first_response_seconds_count",
        "xiaoer_human_first_response_seconds_count",
        "xiaoer_outbox_depth",
        "xiaoer_outbox_oldest_seconds",
        "xiaoer_outbox_sent_total",
        "xiaoer_refused_total",
        "xiaoer_stage_seconds_bucket",
    } <= found
    assert "people-3" not in page()
    assert refused.status_code == 401


def test_the_outbox_is_for_supervisors(shop_with_callback: Service) -> None:
    refused = AgentSoftware(shop_with_callback).get("/v1/outbox")
    shown = AgentSoftware(shop_with_callback, "token-of-zhu").get("/v1/outbox")

    assert refused.status_code == 403
    assert shown.json()["total"] >= 1


def test_logs_hold_no_phone_number_and_no_token(shop_with_callback: Service) -> None:
    Buyer(shop_with_callback, buyer="people-4").say("我的电话13812345678，地址浙江省杭州市西湖区文三路100号，转人工")
    httpx.get(f"{shop_with_callback.url()}/webhooks/rest/webhook?token=rest-token")

    logs = "".join(log.read_text(encoding="utf-8") for log in Path(shop_with_callback.state).glob("server-*.log"))

    assert "13812345678" not in logs
    assert "文三路" not in logs
    assert "rest-token" not in logs
    assert "token-of-lan" not in logs


def test_an_overdue_order_that_is_urged_is_listed_for_operations_and_closed(
    service: Service, agent: AgentSoftware
) -> None:
    Buyer(service, buyer="buyer-04").say("都四天了怎么还不发货，订单8800100004")

    (urge,) = [item for item in agent.get("/v1/urges").json()["items"] if item["order_id"] == "8800100004"]
    closed = agent.post(f"/v1/urges/{urge['id']}/close")
    again = agent.post(f"/v1/urges/{urge['id']}/close")
    colleague = AgentSoftware(service, "token-of-qing").post(f"/v1/urges/{urge['id']}/close")

    assert (closed.status_code, again.status_code, colleague.status_code) == (200, 200, 409)
    assert closed.json()["closed_by"] == "lan"


def test_a_supervisor_may_take_over_what_a_colleague_holds(service: Service) -> None:
    ticket = handed_off(service, "people-5")
    lan, qing, zhu = (AgentSoftware(service, f"token-of-{name}") for name in ("lan", "qing", "zhu"))
    lan.handoff(ticket, "claim")

    refused = qing.post(f"/v1/handoffs/{ticket}/release")
    zhu.handoff(ticket, "release")

    assert refused.status_code == 403
    assert qing.handoff(ticket, "claim")["claimed_by"] == "qing"


def test_a_supervisors_answer_for_a_colleague_is_the_buyers_answer(service: Service) -> None:
    ticket = handed_off(service, "people-6")
    AgentSoftware(service).handoff(ticket, "claim")

    detail = AgentSoftware(service, "token-of-zhu").handoff(ticket, "reply", {"text": "亲，我是店长"})

    assert detail["first_response_at"] is not None
    assert detail["brief"]["transcript"][-1]["agent"] == "zhu"


def test_a_handoff_of_nobody_is_not_found(agent: AgentSoftware) -> None:
    answers = [agent.get("/v1/handoffs/nothing"), agent.post("/v1/handoffs/nothing/claim")]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_answers_carry_an_id_and_the_security_headers(service: Service) -> None:
    answer = httpx.get(f"{service.url()}/v1/handoffs")

    assert answer.json()["trace_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_chunked_flood_is_cut_off(service: Service) -> None:
    pieces = (b"x" * 65_536 for _ in range(64))

    answer = httpx.post(f"{service.url()}/v1/shops/demo/messages", content=pieces)

    assert answer.status_code == 413


def test_out_of_hours_the_buyer_hears_when_people_are_back_and_the_clock_starts_then(tmp_path: Path) -> None:
    shops = with_people_away(tmp_path / "shops")
    (tmp_path / "state").mkdir()
    with running(tmp_path / "state", XIAOER_SHOPS_DIR=str(shops)) as service:
        body = Buyer(service).say("转人工")
        brief = AgentSoftware(service).get(f"/v1/handoffs/{body['handoff']['id']}").json()["brief"]

    due = datetime.fromisoformat(body["handoff"]["deadline"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert body["owner"] == "queue"
    assert "上午9:00上班后为您处理" in words(body)
    assert (due.hour, due.minute) == (9, 3)
    assert "out_of_hours" in [flag["code"] for flag in brief["flags"]]


def test_a_shop_cannot_make_us_call_our_own_network(tmp_path: Path) -> None:
    with receiving() as inside:
        shops = with_shop(tmp_path / "shops", f"http://localhost:{inside.port}/admin?key=s3cret")
        (tmp_path / "state").mkdir()
        with running(tmp_path / "state", XIAOER_SHOPS_DIR=str(shops)) as service:
            supervisor = AgentSoftware(service, "token-of-zhu")
            handed_off(service, "people-7")

            eventually(lambda: supervisor.get("/v1/outbox").json()["items"][0]["last_error"])

            (row,) = supervisor.get("/v1/outbox").json()["items"]

    assert inside.got == []
    assert "private address" in row["last_error"]
    assert "s3cret" not in row["destination"]


def lines_of(service: Service, document: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
    raw = json.dumps(document).encode()
    url = f"{service.url()}/v1/shops/demo/lines"
    return httpx.post(url, content=raw, headers=signed(raw) if headers is None else headers)


def test_without_a_callback_the_buyers_side_asks_for_the_agents_lines(service: Service) -> None:
    buyer, agent = Buyer(service, buyer="people-8"), AgentSoftware(service)
    ticket = buyer.say("转人工")["handoff"]["id"]
    agent.handoff(ticket, "claim")
    asked = {"conversation": buyer.conversation}
    seen = lines_of(service, asked).json()["lines"]

    agent.handoff(ticket, "reply", {"text": "亲，我是人工客服"})
    fresh = lines_of(service, {**asked, "after": seen[-1]["at"]}).json()["lines"]

    assert [line["author"] for line in seen] == ["buyer", "bot"]
    assert [(line["author"], line["text"]) for line in fresh] == [("agent", "亲，我是人工客服")]


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({}, 422),
        ({"conversation": "c", "after": "yesterday"}, 422),
        ({"conversation": "c", "id": "m-1"}, 422),
        ({"conversation": "nobody"}, 200),
    ],
)
def test_a_question_for_lines_says_which_conversation(service: Service, document: Any, status: int) -> None:
    assert lines_of(service, document).status_code == status


def test_nobody_reads_a_conversation_without_the_shops_signature(service: Service) -> None:
    signed_for_another = signed(b'{"conversation": "other"}')

    answers = [lines_of(service, {"conversation": "c"}, headers) for headers in ({}, signed_for_another)]

    assert [answer.status_code for answer in answers] == [401, 401]
