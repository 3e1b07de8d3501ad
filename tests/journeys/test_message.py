"""A buyer's messages through real HTTP with a signed body."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from app.web.traces import TRACE_EXAMPLE
from tests.journeys.service import SECRET, AgentSoftware, Buyer, Service, any_of, decided, running, signed, words


def test_a_question_is_answered_from_the_shops_facts(buyer: Buyer) -> None:
    body = buyer.say("现在拍什么时候发货呀")

    assert decided(body) == ("answer", "shipping_time")
    assert body["owner"] == "bot"
    assert any_of(words(body), ["发", "寄"])
    assert body["handoff"] is None


def test_an_unclear_message_is_clarified_and_then_answered(buyer: Buyer) -> None:
    asked = buyer.say("那个呢")
    answered = buyer.say("我是问什么时候发货")

    assert asked["decision"]["action"] == "clarify"
    assert words(asked)
    assert decided(answered) == ("answer", "shipping_time")


def test_an_order_number_that_was_asked_for_resumes_the_question(service: Service) -> None:
    stranger = Buyer(service, buyer="a-buyer-without-orders")

    asked = stranger.say("我的快递到哪了")
    resumed = stranger.say("订单号 " + an_order_of("buyer-03"))

    assert "订单" in words(asked)
    assert resumed["decision"]["intent"] == "logistics_status"
    assert words(resumed) != words(asked)


def an_order_of(buyer: str) -> str:
    """A shipped order of the demo shop."""
    lines = Path("faq/demo/orders.csv").read_text(encoding="utf-8-sig").splitlines()
    return next(line.split(",")[0] for line in lines[1:] if f",{buyer}," in line)


def test_the_same_message_again_gets_the_stored_body(buyer: Buyer) -> None:
    body = buyer.body("茶盘有货吗")

    first = buyer.post(body).json()
    second = buyer.post(body).json()

    assert not first["duplicate"]
    assert second == {**first, "duplicate": True}


def test_the_same_message_many_times_at_once_is_one_turn(service: Service) -> None:
    buyer = Buyer(service)
    raw = json.dumps(buyer.body("有什么优惠吗"), ensure_ascii=False).encode()

    async def all_at_once() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=20) as client:
            urls = [f"{service.url(turn)}/v1/shops/demo/messages" for turn in range(12)]
            return await asyncio.gather(*(client.post(url, content=raw, headers=signed(raw)) for url in urls))

    bodies = [response.json() for response in asyncio.run(all_at_once())]

    assert len({body["trace_id"] for body in bodies}) == 1
    assert sum(not body["duplicate"] for body in bodies) == 1


def test_two_questions_in_one_message_are_both_answered_in_order(buyer: Buyer) -> None:
    body = buyer.say("发什么快递，大概什么时候发货")

    text = words(body)
    assert body["decision"]["action"] == "answer"
    assert any_of(text, ["快递", "中通", "顺丰", "圆通"])
    assert any_of(text, ["发出", "发货", "寄出"])


def test_an_order_card_fills_the_slot(buyer: Buyer) -> None:
    order = an_order_of("buyer-01")
    buyer.say("", type="order_card", context={"order_id": order})

    body = buyer.say("这个到哪了")

    assert body["decision"]["intent"] in ("logistics_status", "delivery_urging", "shipping_time")
    assert "订单号" not in words(body)


def test_a_photo_out_of_the_blue_is_asked_about_once_and_then_goes_to_a_person(buyer: Buyer) -> None:
    asked = buyer.say("", type="image")
    given = buyer.say("", type="image")

    assert asked["decision"]["action"] == "clarify"
    assert given["decision"] | {"confidence": 0} == {
        "action": "handoff",
        "intent": "unclear",
        "confidence": 0,
        "faq": None,
        "reason": "unsupported_message",
    }


def test_a_forged_signature_is_refused(buyer: Buyer) -> None:
    raw = json.dumps(buyer.body("在吗")).encode()
    stale = signed(raw, at=datetime.now(UTC) - timedelta(minutes=6))
    forged = signed(raw, secret="whsec_" + "QUFB" * 11)
    altered = signed(raw + b" ")
    garbage = signed(raw) | {"webhook-signature": "no-comma-here"}

    answers = [buyer.post(raw, headers) for headers in (stale, forged, altered, garbage, {})]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)


def test_a_shop_without_a_secret_lets_nobody_in(tmp_path: Path) -> None:
    with running(tmp_path, XIAOER_SECRET_DEMO="") as closed:
        buyer = Buyer(closed)
        raw = json.dumps(buyer.body("在吗")).encode()

        answers = [buyer.post(raw), buyer.post(raw, signed(raw, secret="whsec_AAAA"))]

    assert [answer.status_code for answer in answers] == [401, 401]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"id": ""}',
        b'{"id": "1", "conversation": "c", "sender": {}, "text": "x"}',
        b'{"id": "1", "conversation": "c", "sender": {"id": "b"}, "text": 5}',
        b'{"id": "1", "conversation": "c", "sender": {"id": "b"}, "text": "x", "type": "video"}',
        b'{"id": "1", "conversation": "c", "sender": {"id": "b"}, "text": "x", "sent_at": "yesterday"}',
    ],
)
def test_a_malformed_body_is_a_problem_that_names_the_field(buyer: Buyer, raw: bytes) -> None:
    answer = buyer.post(raw)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_invalid_utf8_is_refused_without_a_trace(buyer: Buyer) -> None:
    raw = b'{"id": "1", "text": "\xff\xfe"}'
    answer = buyer.post(raw, signed(raw))

    assert answer.status_code in (401, 422)


def test_an_unknown_shop_is_not_found(service: Service) -> None:
    answer = Buyer(service, shop="nowhere").post(Buyer(service).body("在吗"))

    assert answer.status_code == 404


def test_ten_megabytes_are_too_large(buyer: Buyer) -> None:
    answer = buyer.post(buyer.body("字" * 3_500_000))

    assert answer.status_code == 413


def test_a_turn_explains_itself(buyer: Buyer, agent: AgentSoftware) -> None:
    body = buyer.say("胡桃木茶盘还有货吗")

    trace = agent.get(f"/v1/traces/{body['trace_id']}").json()

    assert trace["segments"]
    step = trace["steps"][0]
    assert set(trace) == set(TRACE_EXAMPLE)
    assert set(step) == set(TRACE_EXAMPLE["steps"][0])
    assert step["intents"][0][0] == body["decision"]["intent"]
    assert step["zone"] == body["decision"]["action"]
    assert trace["versions"]


def test_rasas_rest_channel_speaks_rasas_shape(service: Service) -> None:
    url = f"{service.url()}/webhooks/rest/webhook"
    message = {"sender": "buyer-07", "message": "什么时候发货"}

    answered = httpx.post(f"{url}?token=rest-token", json=message)
    refused = httpx.post(f"{url}?token=wrong", json=message)
    handed = httpx.post(f"{url}?token=rest-token", json={"sender": "buyer-08", "message": "转人工"})

    assert refused.status_code == 401
    assert all(set(part) <= {"recipient_id", "text", "custom", "buttons"} for part in answered.json())
    assert answered.json()[0]["recipient_id"] == "buyer-07"
    assert handed.json()[-1]["custom"]["handoff"]["reason"] == "asked_for_human"


def test_the_secret_is_what_standard_webhooks_expects() -> None:
    assert SECRET.startswith("whsec_")


def test_the_same_delivery_with_another_message_id_is_a_retry(service: Service) -> None:
    buyer = Buyer(service)
    first, second = (json.dumps(buyer.body(text)).encode() for text in ("在吗", "在吗"))
    headers = signed(first)
    again = signed_as(headers["webhook-id"], second)

    answered = buyer.post(first, headers).json()
    repeated = [buyer.post(second, again).json() for _ in service.urls]

    assert not answered["duplicate"]
    assert repeated == [{**answered, "duplicate": True}] * len(service.urls)


def signed_as(delivery: str, raw: bytes) -> dict[str, str]:
    """Headers for a body under a delivery id of our choice."""
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign(delivery, now, raw.decode())
    return {"webhook-id": delivery, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


SHOWN = {"product_id": "M101", "sku_id": "M101-01"}


@pytest.mark.parametrize(
    "shown", [{"text": "", "type": "product_card", "context": SHOWN}, {"text": "这个", "context": SHOWN}]
)
def test_what_the_platform_shows_answers_our_question_which_one(buyer: Buyer, shown: dict[str, Any]) -> None:
    asked = buyer.say("有货吗")

    answered = buyer.say(**shown)

    assert decided(asked)[1] == decided(answered)[1] == "stock"
    assert decided(answered)[0] == "answer"
    assert "小号" in words(answered)


@pytest.mark.parametrize(
    ("text", "intent", "told"),
    [
        ("小号茶盘多少钱", "price_question", "128"),
        ("小号包邮吗", "shipping_fee", "59元"),
        ("小号的多大尺寸", "product_question", ""),
    ],
)
def test_an_answer_that_asks_something_else_is_answered_as_that(
    buyer: Buyer, text: str, intent: str, told: str
) -> None:
    buyer.say("有货吗")

    answered = buyer.say(text)

    assert decided(answered)[1] == intent
    assert told in words(answered)


def test_a_bare_answer_is_still_an_answer(buyer: Buyer) -> None:
    buyer.say("有货吗")

    assert decided(buyer.say("小号的"))[1] == "stock"
