"""A conversation given to a person, worked over HTTP, and given back."""

import asyncio

import httpx

from tests.journeys.service import AgentSoftware, Buyer, Service, words


def handed_off(buyer: Buyer) -> str:
    """A ticket in the queue."""
    body = buyer.say("给我转人工客服")
    assert body["decision"]["action"] == "handoff"
    handoff_id: str = body["handoff"]["id"]
    return handoff_id


def test_a_buyer_who_asks_for_a_person_lands_in_the_queue_with_a_brief(buyer: Buyer, agent: AgentSoftware) -> None:
    buyer.say("胡桃木茶盘有货吗")
    ticket = handed_off(buyer)

    detail = agent.get(f"/v1/handoffs/{ticket}").json()

    assert detail["state"] == "queued"
    assert detail["brief"]["reason"] == "asked_for_human"
    assert len(detail["brief"]["summary"]) == 2
    assert detail["brief"]["suggested_reply"]
    assert len(detail["brief"]["alternatives"]) == 2
    said = [line["text"] for line in detail["brief"]["transcript"]]
    assert "胡桃木茶盘有货吗" in said
    assert "给我转人工客服" in said


def test_while_it_waits_the_bot_acknowledges_once_and_the_brief_grows(buyer: Buyer, agent: AgentSoftware) -> None:
    ticket = handed_off(buyer)

    first = buyer.say("我想问下发票")
    second = buyer.say("上次也没说清楚")

    assert first["owner"] == second["owner"] == "queue"
    assert words(first)
    assert second["replies"] == []
    assert second["decision"]["action"] == "silent"
    updates = agent.get(f"/v1/handoffs/{ticket}").json()["brief"]["updates"]
    assert ["我想问下发票" in str(updates), "上次也没说清楚" in str(updates)] == [True, True]


def test_each_message_has_the_platforms_clock_until_a_person_answers(buyer: Buyer, agent: AgentSoftware) -> None:
    ticket = handed_off(buyer)
    opened = agent.get(f"/v1/handoffs/{ticket}").json()
    agent.handoff(ticket, "claim")
    answered = agent.handoff(ticket, "reply", {"text": "亲，我在"})
    buyer.say("谢谢")
    thanked = agent.get("/v1/handoffs", view="mine", order="due", q=ticket).json()["items"]
    (row,) = [item for item in thanked if item["id"] == ticket]

    assert 0 < opened["seconds_left"]["answer"] <= 180
    assert opened["unread"] == 1
    assert opened["trace_id"]
    assert (answered["answer_due"], answered["seconds_left"]["answer"], answered["unread"]) == (None, None, 0)
    assert (row["closing"], row["unread"], row["last_line"]["text"]) == (True, 1, "谢谢")
    assert agent.handoff(ticket, "seen")["unread"] == 0


def test_claim_reply_resolve_and_the_bot_is_back(buyer: Buyer, agent: AgentSoftware) -> None:
    ticket = handed_off(buyer)

    claimed = agent.handoff(ticket, "claim")
    silent = buyer.say("在吗")
    agent.handoff(ticket, "reply", {"id": "r-1", "text": "亲，我是人工客服阿兰"})
    again = agent.handoff(ticket, "reply", {"id": "r-1", "text": "亲，我是人工客服阿兰"})
    agent.handoff(ticket, "resolve", {"note": "已解答"})
    agent.handoff(ticket, "reply", {"id": "r-1", "text": "亲，我是人工客服阿兰"})
    answered = buyer.say("什么时候发货")

    assert claimed["state"] == "claimed"
    assert (silent["owner"], silent["replies"]) == ("agent", [])
    assert [line["text"] for line in again["brief"]["transcript"]].count("亲，我是人工客服阿兰") == 1
    assert (answered["owner"], answered["decision"]["action"]) == ("bot", "answer")


def test_an_agent_can_return_the_conversation_to_the_bot(buyer: Buyer, agent: AgentSoftware) -> None:
    ticket = handed_off(buyer)
    agent.handoff(ticket, "claim")

    agent.handoff(ticket, "return")

    assert buyer.say("什么时候发货")["owner"] == "bot"


def test_a_released_ticket_can_be_claimed_by_another(buyer: Buyer, service: Service) -> None:
    ticket = handed_off(buyer)
    lan, qing = AgentSoftware(service), AgentSoftware(service, "token-of-qing")
    lan.handoff(ticket, "claim")

    refused = qing.post(f"/v1/handoffs/{ticket}/claim")
    lan.handoff(ticket, "release")
    claimed = qing.handoff(ticket, "claim")

    assert refused.status_code == 409
    assert claimed["claimed_by"] == "qing"


def test_of_many_claims_at_once_exactly_one_person_wins(buyer: Buyer, service: Service) -> None:
    """Each of three people asks four times: a winner's later calls get the first answer again."""
    ticket = handed_off(buyer)

    async def race() -> list[int]:
        async with httpx.AsyncClient(timeout=20) as client:
            calls = [
                client.post(
                    f"{service.url(turn)}/v1/handoffs/{ticket}/claim",
                    headers={"authorization": f"Bearer token-of-{('lan', 'qing', 'zhu')[turn % 3]}"},
                )
                for turn in range(12)
            ]
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    statuses = asyncio.run(race())

    assert sorted(statuses) == [200] * 4 + [409] * 8
    assert len({turn % 3 for turn, status in enumerate(statuses) if status == httpx.codes.OK}) == 1
    assert AgentSoftware(service).get(f"/v1/handoffs/{ticket}").json()["state"] == "claimed"


def test_the_queue_can_be_filtered_and_paged(service: Service, agent: AgentSoftware) -> None:
    tickets = {handed_off(Buyer(service)) for _ in range(3)}

    seen: set[str] = set()
    cursor = None
    while True:
        wanted = {"state": "queued", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = agent.get("/v1/handoffs", **wanted).json()
        seen |= {item["id"] for item in page["items"]}
        cursor = page["next"]
        if cursor is None:
            break

    assert tickets <= seen
    assert all(item["priority"] == "high" for item in agent.get("/v1/handoffs", priority="high").json()["items"])


def test_nobody_works_the_queue_without_a_token(service: Service) -> None:
    answers = [httpx.get(f"{service.url()}/v1/handoffs"), AgentSoftware(service, "nobodys").get("/v1/handoffs")]

    assert [answer.status_code for answer in answers] == [401, 401]


def test_the_briefs_schema_is_served_with_its_version(service: Service) -> None:
    schema = AgentSoftware(service).get("/v1/handoffs/schema").json()

    assert schema["$id"]
    assert schema["version"] == 1
    assert "suggested_reply" in schema["properties"]


def test_an_angry_buyer_goes_to_a_person_at_once(buyer: Buyer) -> None:
    body = buyer.say("你们这是骗子吧，什么态度，气死我了")

    assert body["decision"]["action"] == "handoff"
    assert body["decision"]["reason"] in ("angry", "complaint")
    assert body["handoff"]["priority"] == "urgent"
    assert words(body)
