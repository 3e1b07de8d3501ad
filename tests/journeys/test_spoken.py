"""A person who answers on the platform itself is never talked over."""

import json
from typing import Any
from uuid import uuid4

import httpx

from tests.journeys.service import AgentSoftware, Buyer, Service, signed, words


def spoken(service: Service, conversation: str, text: str, **more: Any) -> dict[str, Any]:
    body = {"id": f"p-{uuid4().hex[:8]}", "conversation": conversation, "agent": "xiaowang", "text": text, **more}
    raw = json.dumps(body, ensure_ascii=False).encode()
    answer = httpx.post(f"{service.url()}/v1/shops/demo/spoken", content=raw, headers=signed(raw), timeout=20)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_after_a_person_spoke_the_bot_is_silent_until_they_are_done(buyer: Buyer, service: Service) -> None:
    buyer.say("在吗")

    took = spoken(service, buyer.conversation, "亲，我来帮您看")
    silent = buyer.say("什么时候发货")
    spoken(service, buyer.conversation, "还有问题随时找我", ended=True)
    answered = buyer.say("什么时候发货")

    assert took == {"ours": False, "owner": "agent"}
    assert (silent["owner"], silent["replies"]) == ("agent", [])
    assert (answered["owner"], answered["decision"]["action"]) == ("bot", "answer")


def test_the_bots_own_echo_is_not_a_person(buyer: Buyer, service: Service) -> None:
    said = words(buyer.say("在吗"))

    echoed = spoken(service, buyer.conversation, said)

    assert echoed == {"ours": True, "owner": "bot"}
    assert buyer.say("什么时候发货")["owner"] == "bot"


def test_the_same_line_again_changes_nothing(buyer: Buyer, service: Service) -> None:
    buyer.say("在吗")
    spoken(service, buyer.conversation, "您好", id=f"same-{buyer.conversation}")

    again = spoken(service, buyer.conversation, "您好", id=f"same-{buyer.conversation}")

    assert again == {"ours": True, "owner": "agent"}


def test_a_ticket_answered_on_the_platform_leaves_the_queue(
    buyer: Buyer, service: Service, agent: AgentSoftware
) -> None:
    ticket = buyer.say("转人工")["handoff"]["id"]

    spoken(service, buyer.conversation, "亲，我来帮您看")
    taken = agent.get(f"/v1/handoffs/{ticket}").json()
    spoken(service, buyer.conversation, "还有问题随时找我", ended=True)
    ended = agent.get(f"/v1/handoffs/{ticket}").json()

    assert (taken["state"], taken["claimed_by"], taken["seconds_left"]["first_response"]) == (
        "claimed",
        "xiaowang",
        None,
    )
    assert ended["state"] == "resolved"
    assert agent.post(f"/v1/handoffs/{ticket}/claim").status_code == 409
    assert buyer.say("什么时候发货")["owner"] == "bot"


def test_an_unsigned_line_is_refused(service: Service) -> None:
    raw = json.dumps({"id": "p", "conversation": "c"}).encode()

    answer = httpx.post(f"{service.url()}/v1/shops/demo/spoken", content=raw)

    assert answer.status_code == 401
