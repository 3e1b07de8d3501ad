"""A price below the shop's least: refused to an agent, granted by a supervisor, told to the shop's system once."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.service import AgentSoftware, Buyer, Service, running
from tests.journeys.test_people import Receiver, eventually, receiving, with_shop

SKU = "M102-01"
SAID = {"id": "r-1", "text": "亲，20元给您留着，拍下我改价"}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def strict_shop(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo shop, which holds its people to its authority."""
    state, shops = tmp_path_factory.mktemp("state"), tmp_path_factory.mktemp("shops")
    with_shop(shops, f"http://127.0.0.1:{receiver.port}/callback")
    settings = shops / "demo" / "shop.yml"
    text = settings.read_text(encoding="utf-8").replace("\nauthority:\n", "\nauthority:\n  people: block\n", 1)
    settings.write_text(text, encoding="utf-8")
    with running(state, XIAOER_SHOPS_DIR=str(shops), XIAOER_ALLOW_PRIVATE_URLS="1") as service:
        yield service


@pytest.fixture
def ticket(strict_shop: Service) -> str:
    """A buyer asks for a person about one product; lan takes it."""
    buyer = Buyer(strict_shop, buyer="haggler")
    buyer.say("这款多少钱", context={"sku_id": SKU})
    opened: str = buyer.say("转人工")["handoff"]["id"]
    AgentSoftware(strict_shop).handoff(opened, "claim")
    return opened


def ask(service: Service, ticket: str) -> dict[str, Any]:
    """The agent's check of the sentence, and the request made of its verdict."""
    lan = AgentSoftware(service)
    checked = lan.post(f"/v1/handoffs/{ticket}/check", {"text": SAID["text"]}).json()
    (verdict,) = checked["verdicts"]
    asked = lan.post(f"/v1/handoffs/{ticket}/approvals", {"id": "a-1", "terms": verdict["terms"], "text": SAID["text"]})
    assert asked.status_code == 200, asked.text
    document: dict[str, Any] = asked.json()
    return document


def test_a_price_leaves_once_a_supervisor_grants_it(strict_shop: Service, receiver: Receiver, ticket: str) -> None:
    lan, zhu = AgentSoftware(strict_shop), AgentSoftware(strict_shop, token="token-of-zhu")

    refused = lan.post(f"/v1/handoffs/{ticket}/reply", SAID)
    asked = ask(strict_shop, ticket)
    mine = lan.post(f"/v1/approvals/{asked['id']}/grant")
    listed = zhu.get("/v1/approvals", state="asked").json()["items"]
    granted = [zhu.post(f"/v1/approvals/{asked['id']}/grant") for _ in range(3)]

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:xiaoer:problem:authority-exceeded")
    assert (mine.status_code, asked["quote"]["least"]) == (403, None)
    assert [each["quote"]["least"] is not None for each in listed if each["id"] == asked["id"]] == [True]
    assert [each.json()["state"] for each in granted] == ["granted"] * 3

    def promises() -> list[dict[str, Any]]:
        return [body for body in receiver.bodies("promise.made") if body["data"]["trace_id"] == asked["id"]]

    eventually(lambda: promises() and receiver.bodies("reply"))
    time.sleep(0.5)
    (promise,) = promises()
    assert promise["data"]["granted"][0]["total"] == "20"
    said = [body for body in receiver.bodies("reply") if body["data"]["reply"]["id"] == f"{ticket}:{asked['id']}"]
    assert [(body["data"]["agent"], body["data"]["reply"]["text"]) for body in said] == [("lan", SAID["text"])]
    again = lan.post(f"/v1/handoffs/{ticket}/reply", {"text": "是的亲，20元给您"})
    assert again.status_code == 200, again.text  # what was granted may be said
    assert lan.post(f"/v1/handoffs/{ticket}/reply", {"text": "那15元给您"}).status_code == 409


def test_a_counter_offer_binds_once_it_is_accepted(strict_shop: Service, ticket: str) -> None:
    lan, zhu = AgentSoftware(strict_shop), AgentSoftware(strict_shop, token="token-of-zhu")
    asked = ask(strict_shop, ticket)
    path = f"/v1/approvals/{asked['id']}"

    short = zhu.post(f"{path}/counter", {"terms": asked["terms"] | {"total": "30"}, "text": "亲，25元给您"})
    offered = zhu.post(f"{path}/counter", {"terms": asked["terms"] | {"total": "30"}, "note": "最多这样"}).json()
    silent = lan.post(f"{path}/accept")
    sly = lan.post(f"{path}/accept", {"text": "亲，25元给您"})
    taken = lan.post(f"{path}/accept", {"text": "亲，30元给您"})

    assert (short.status_code, short.json()["type"]) == (409, "urn:xiaoer:problem:authority-exceeded")
    assert (offered["state"], offered["note"], offered["counter"]["total"]) == ("countered", "最多这样", "30")
    assert (silent.status_code, sly.status_code) == (409, 409)
    assert (taken.json()["state"], taken.json()["decided_by"]) == ("granted", "zhu")


def test_a_request_may_not_say_more_than_its_terms(strict_shop: Service, ticket: str) -> None:
    lan, zhu = AgentSoftware(strict_shop), AgentSoftware(strict_shop, token="token-of-zhu")
    terms = {"kind": "price", "sku_id": SKU, "quantity": 1, "total": "30"}
    path = f"/v1/handoffs/{ticket}/approvals"

    assert lan.post(path, {"terms": terms, "text": "亲，25元给您"}).status_code == 409
    assert lan.post(path, {"terms": terms | {"sku_id": "no-such"}, "text": "亲"}).status_code == 422
    asked = lan.post(path, {"terms": terms, "text": "亲，30元给您"}).json()
    assert zhu.post(f"/v1/approvals/{asked['id']}/refuse", {"note": "没有利润"}).json()["state"] == "refused"
    assert zhu.post(f"/v1/approvals/{asked['id']}/grant").status_code == 409
