"""Agents correct what the bot misread, over HTTP: it counts at once, on every replica, and can be taken back."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.journeys.service import AgentSoftware, Buyer, Service

PATIENCE_SECONDS = 20.0
PATH = "/v1/shops/demo/corrections"


def decide(service: Service, replica: int, text: str) -> dict[str, Any]:
    """What one replica decides about a message, in a conversation of its own."""
    found: dict[str, Any] = Buyer(Service(service.urls[replica : replica + 1])).say(text)["decision"]
    return found


def eventually(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.2)
    return False


def a_correction(text: str, **more: Any) -> dict[str, Any]:
    return {"id": f"k-{uuid4().hex[:12]}", "text": text, **more}


def test_a_correction_counts_at_once_and_on_every_replica(service: Service, agent: AgentSoftware) -> None:
    body = a_correction(f"小圆圆那个{uuid4().hex[:4]}咋整", faq="F001")

    added = agent.post(PATH, body)
    assert added.status_code == httpx.codes.OK, added.text
    assert added.json()["author"] == "lan"
    last = len(service.urls) - 1

    assert decide(service, 0, body["text"])["faq"] == "F001"
    assert eventually(lambda: decide(service, last, body["text"])["faq"] == "F001")
    gone = agent.delete(f"{PATH}/{body['id']}")
    assert gone.json()["withdrawn_by"] == "lan"
    assert eventually(lambda: decide(service, last, body["text"])["faq"] != "F001")


def test_a_retry_is_answered_alike_and_another_under_its_id_is_refused(agent: AgentSoftware) -> None:
    body = a_correction("还有没有呀这个", intent="stock")

    first, again = agent.post(PATH, body), agent.post(PATH, body)
    other = agent.post(PATH, {**body, "intent": "courier"})
    agent.delete(f"{PATH}/{body['id']}")

    assert first.json() == again.json()
    assert other.status_code == httpx.codes.CONFLICT
    assert other.json()["type"].endswith("id-reused")


def test_personal_data_is_masked_before_it_is_kept(agent: AgentSoftware) -> None:
    body = a_correction("我叫王小明，电话13812345678", intent="other")

    kept = agent.post(PATH, body).json()["text"]
    agent.delete(f"{PATH}/{body['id']}")

    assert "王小明" not in kept
    assert "13812345678" not in kept


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"intent": "nonsense"}, "没有意图"),
        ({"faq": "F999"}, "没有编号"),
        ({}, "至少一个"),
        ({"intent": "stock", "text": " \n"}, "text"),
    ],
)
def test_a_correction_that_names_nothing_of_ours_is_refused(
    agent: AgentSoftware, change: dict[str, str], said: str
) -> None:
    refused = agent.post(PATH, a_correction("这个呢") | change)

    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert said in refused.text


def test_an_agent_takes_back_ones_own_and_a_supervisor_anybodys(service: Service, agent: AgentSoftware) -> None:
    body = a_correction("那个咋说来着", intent="other")
    agent.post(PATH, body)
    colleague, lead = AgentSoftware(service, "token-of-qing"), AgentSoftware(service, "token-of-zhu")

    refused = colleague.delete(f"{PATH}/{body['id']}")
    listed = [each["id"] for each in colleague.get(PATH, limit=100).json()["items"]]
    gone = lead.delete(f"{PATH}/{body['id']}")
    after = [each["id"] for each in colleague.get(PATH, limit=100).json()["items"]]

    assert refused.status_code == httpx.codes.FORBIDDEN
    assert body["id"] in listed
    assert gone.json()["withdrawn_by"] == "zhu"
    assert body["id"] not in after


def test_a_shop_of_others_is_forbidden(agent: AgentSoftware) -> None:
    path = "/v1/shops/yunxiu/corrections"

    answers = [agent.get(path), agent.post(path, a_correction("这个呢", intent="stock")), agent.delete(f"{path}/x")]

    assert {answer.status_code for answer in answers} == {httpx.codes.FORBIDDEN}


def test_nobody_is_led_away_from_people(service: Service, agent: AgentSoftware) -> None:
    body = a_correction("我要投诉你们", intent="greeting")
    agent.post(PATH, body)

    decided = decide(service, 0, body["text"])
    agent.delete(f"{PATH}/{body['id']}")

    assert decided["action"] == "handoff"
