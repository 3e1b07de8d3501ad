"""Handoffs over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from app.domain.ticket import LastLine, TranscriptLine
from handoff.agents import AgentRole
from tests.handoff.builders import MORNING, a_ticket
from tests.web.house import Web


async def test_the_list_shows_what_waits_with_the_time_left():
    web = Web(a_ticket("t-1"))

    async with web.calling() as client:
        answer = await client.get("/v1/handoffs")

    (item,) = answer.json()["items"]
    assert item["id"] == "t-1"
    assert item["reason_text"] == "议价需要人工：超出机器人的授权，或要为买家改价"
    assert item["seconds_left"]["first_response"] == 180
    assert "brief" not in item


async def test_the_list_is_paged():
    web = Web(*(a_ticket(f"t-{number}") for number in range(5)))

    async with web.calling() as client:
        first = (await client.get("/v1/handoffs", params={"limit": 3})).json()
        second = (await client.get("/v1/handoffs", params={"limit": 3, "cursor": first["next"]})).json()

    assert first["total"] == 5
    assert [item["id"] for item in (*first["items"], *second["items"])] == [f"t-{number}" for number in range(5)]
    assert second["next"] is None


async def test_the_list_is_filtered_by_state_group_and_priority():
    web = Web(a_ticket("t-1"), a_ticket("t-2"))
    wanted = {"state": "claimed", "group": "supervisor", "priority": "high"}

    async with web.calling() as client:
        await client.post("/v1/handoffs/t-2/claim")
        found = (await client.get("/v1/handoffs", params=wanted)).json()

    assert [item["id"] for item in found["items"]] == ["t-2"]


@pytest.mark.parametrize("wanted", [{"state": "lost"}, {"limit": "0"}, {"limit": "101"}, {"cursor": "\x00"}])
async def test_a_filter_that_means_nothing_is_refused(wanted: dict[str, str]):
    async with Web().calling() as client:
        answer = await client.get("/v1/handoffs", params=wanted)

    assert answer.status_code == 422


async def test_one_handoff_comes_with_its_brief_which_follows_the_schema():
    async with Web(a_ticket()).calling() as client:
        schema = (await client.get("/v1/handoffs/schema")).json()
        handoff = (await client.get("/v1/handoffs/t-1")).json()

    jsonschema.validate(handoff["brief"], schema)


async def test_of_two_agents_who_claim_at_once_the_loser_gets_409():
    web = Web(a_ticket())
    one, other = await web.token("a"), await web.token("b")

    async with web.calling(one) as first, web.calling(other) as second:
        answers = await asyncio.gather(first.post("/v1/handoffs/t-1/claim"), second.post("/v1/handoffs/t-1/claim"))

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_handoff_is_worked_from_claim_to_solution():
    async with Web(a_ticket()).calling() as client:
        claimed = await client.post("/v1/handoffs/t-1/claim")
        answered = await client.post("/v1/handoffs/t-1/reply", json={"text": "亲，我来了"})
        resolved = await client.post("/v1/handoffs/t-1/resolve", json={"note": "已补发"})

    assert claimed.json()["claimed_by"] == "xiaowang"
    assert answered.json()["first_response_at"] is not None
    assert (resolved.json()["state"], resolved.json()["note"]) == ("resolved", "已补发")


async def test_a_note_is_not_needed_to_resolve():
    async with Web(a_ticket()).calling() as client:
        await client.post("/v1/handoffs/t-1/claim")
        answer = await client.post("/v1/handoffs/t-1/resolve")

    assert answer.status_code == 200


async def test_a_conversation_can_be_given_back():
    async with Web(a_ticket()).calling() as client:
        await client.post("/v1/handoffs/t-1/claim")
        released = await client.post("/v1/handoffs/t-1/release")
        returned = await client.post("/v1/handoffs/t-1/return")

    assert released.json()["state"] == "queued"
    assert returned.json()["state"] == "returned"


async def test_a_reply_sent_again_is_harmless():
    web = Web(a_ticket())

    async with web.calling() as client:
        await client.post("/v1/handoffs/t-1/claim")
        answers = [await client.post("/v1/handoffs/t-1/reply", json={"id": "r-1", "text": "亲"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(web.tickets.lines) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": "  "}, {"text": "a\x00b"}, {"text": "x" * 2001}, {"text": "好", "to": "x"}, [], "x"],
)
async def test_a_reply_that_cannot_be_sent_is_refused(body: object):
    async with Web(a_ticket()).calling() as client:
        await client.post("/v1/handoffs/t-1/claim")
        answer = await client.post("/v1/handoffs/t-1/reply", json=body)

    assert answer.status_code == 422


async def test_half_a_character_is_refused():
    async with Web(a_ticket()).calling() as client:
        await client.post("/v1/handoffs/t-1/claim")
        answer = await client.post(
            "/v1/handoffs/t-1/reply",
            content=b'{"text": "\\ud83d"}',
            headers={"content-type": "application/json"},
        )

    assert answer.status_code == 422


async def test_what_a_colleague_holds_is_not_ours_to_answer():
    web = Web(a_ticket())

    async with web.calling(await web.token("a")) as first, web.calling(await web.token("b")) as second:
        await first.post("/v1/handoffs/t-1/claim")
        answer = await second.post("/v1/handoffs/t-1/reply", json={"text": "亲"})

    assert answer.status_code == 403


async def test_a_supervisor_may_take_it_back():
    web = Web(a_ticket())
    lead = await web.token("lead", AgentRole.SUPERVISOR)

    async with web.calling(await web.token("a")) as first, web.calling(lead) as second:
        await first.post("/v1/handoffs/t-1/claim")
        answer = await second.post("/v1/handoffs/t-1/release")

    assert answer.status_code == 200


async def test_another_shops_handoff_does_not_exist():
    async with Web(a_ticket(shop="other")).calling() as client:
        answers = [await client.get("/v1/handoffs/t-1"), await client.post("/v1/handoffs/t-1/claim")]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_another_shops_list_is_forbidden():
    async with Web().calling() as client:
        answer = await client.get("/v1/handoffs", params={"shop": "other"})

    assert answer.status_code == 403


@pytest.mark.parametrize("token", [None, "", "xat_wrong", "x" * 1000])
async def test_nobody_gets_in_without_a_token(token: str | None):
    web = Web(a_ticket())

    async with web.calling(None) as client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = await client.get("/v1/handoffs", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_row_says_who_waits_since_when_and_until_when():
    waiting = replace(
        a_ticket(),
        waiting_since=MORNING,
        answer_due=MORNING + timedelta(minutes=3),
        closing=True,
        unread=2,
        last_line=LastLine("buyer", "谢谢", MORNING),
    )
    web = Web(waiting)
    web.clock.forward(seconds=78)

    async with web.calling() as client:
        (item,) = (await client.get("/v1/handoffs")).json()["items"]

    assert item["seconds_left"]["answer"] == 102
    assert (item["buyer"], item["unread"], item["closing"], item["version"]) == ("buyer-01", 2, True, 1)
    assert item["last_line"] == {"author": "buyer", "text": "谢谢", "at": "2026-11-23T02:00:00Z"}
    assert item["waiting_since"] == "2026-11-23T02:00:00Z"


async def test_each_view_shows_its_part_and_the_counts_show_all():
    web = Web(*(a_ticket(f"t-{number}") for number in range(4)))
    views = ("mine", "queue", "open", "ended", "all")

    async with web.calling() as client, web.calling(await web.token("qing")) as colleague:
        await client.post("/v1/handoffs/t-1/claim")
        await colleague.post("/v1/handoffs/t-2/claim")
        await colleague.post("/v1/handoffs/t-3/claim")
        await colleague.post("/v1/handoffs/t-3/resolve")
        pages = {view: (await client.get("/v1/handoffs", params={"view": view})).json() for view in views}

    assert {view: [item["id"] for item in page["items"]] for view, page in pages.items()} == {
        "mine": ["t-1"],
        "queue": ["t-0"],
        "open": ["t-0", "t-1", "t-2"],
        "ended": ["t-3"],
        "all": ["t-0", "t-1", "t-2", "t-3"],
    }
    assert pages["mine"]["counts"] == {"mine": 1, "snoozed": 0, "queue": 1, "open": 3, "late": 0}


async def test_a_page_and_its_counts_are_read_at_once(monkeypatch: pytest.MonkeyPatch):
    web = Web(a_ticket())
    both = asyncio.Barrier(2)
    for name in ("find_tickets", "count_tickets"):
        monkeypatch.setattr(web.tickets, name, _meeting(both, getattr(web.tickets, name)))

    async with web.calling() as client, asyncio.timeout(20):
        page = (await client.get("/v1/handoffs")).json()

    assert (len(page["items"]), page["counts"]["open"]) == (1, 1)


def _meeting(both: asyncio.Barrier, read: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A read that goes on once the other has begun, too."""

    async def meet(*arguments: Any, **named: Any) -> Any:
        await both.wait()
        return await read(*arguments, **named)

    return meet


@pytest.mark.parametrize("wanted", [{"view": "theirs"}, {"order": "random"}, {"q": "x" * 101}])
async def test_a_view_or_an_order_that_does_not_exist_is_refused(wanted: dict[str, str]):
    async with Web().calling() as client:
        answer = await client.get("/v1/handoffs", params=wanted)

    assert answer.status_code == 422


async def test_only_its_holder_sees_a_ticket_read():
    web = Web(replace(a_ticket(), unread=2))

    async with web.calling() as client, web.calling(await web.token("qing")) as colleague:
        await client.post("/v1/handoffs/t-1/claim")
        theirs = await colleague.post("/v1/handoffs/t-1/seen")
        own = await client.post("/v1/handoffs/t-1/seen")

    assert (theirs.json()["unread"], own.json()["unread"]) == (2, 0)


async def test_lines_have_ids_and_older_ones_are_fetched_page_by_page():
    web = Web(a_ticket())
    web.tickets.said = [TranscriptLine(MORNING, "buyer", f"第{n}句", id=f"m-{n}") for n in range(3)]

    async with web.calling() as client:
        last = (await client.get("/v1/handoffs/t-1/lines", params={"limit": 2})).json()
        first = (await client.get("/v1/handoffs/t-1/lines", params={"limit": 2, "before": last["before"]})).json()

    assert [line["id"] for line in last["lines"]] == ["m-1", "m-2"]
    assert ([line["id"] for line in first["lines"]], first["before"]) == (["m-0"], None)


async def test_a_reply_to_what_is_no_longer_the_last_line_gets_the_newer_lines():
    web = Web(a_ticket())
    web.tickets.said = [TranscriptLine(MORNING, "buyer", text, id=text) for text in ("在吗", "人呢")]

    async with web.calling() as client:
        await client.post("/v1/handoffs/t-1/claim")
        held = await client.post("/v1/handoffs/t-1/reply", json={"text": "亲", "after": "在吗"})
        sent = await client.post("/v1/handoffs/t-1/reply", json={"text": "亲", "after": "人呢"})

    assert (held.status_code, held.json()["type"]) == (409, "urn:xiaoer:problem:newer-lines")
    assert [line["text"] for line in held.json()["lines"]] == ["人呢"]
    assert (sent.status_code, [line.text for line in web.tickets.lines]) == (200, ["亲"])


async def test_the_next_ticket_is_claimed_until_none_waits():
    web = Web(a_ticket("t-1"), a_ticket("t-2", shop="other"))

    async with web.calling() as client:
        taken = await client.post("/v1/handoffs/next")
        none_left = await client.post("/v1/handoffs/next", json={"groups": ["supervisor", "presale"]})
        foreign = await client.post("/v1/handoffs/next", json={"shop": "other"})

    assert (taken.json()["id"], taken.json()["claimed_by"]) == ("t-1", "xiaowang")
    assert (none_left.status_code, none_left.content, foreign.status_code) == (204, b"", 403)


async def test_a_note_for_colleagues_is_in_the_history_and_not_said_to_the_buyer():
    web = Web(a_ticket())

    async with web.calling() as client:
        noted = await client.post("/v1/handoffs/t-1/notes", json={"id": "n-1", "text": "已联系仓库"})
        empty = await client.post("/v1/handoffs/t-1/notes", json={"text": " "})

    (entry,) = noted.json()["history"]
    assert (entry["agent"], entry["change"], entry["text"]) == ("xiaowang", "ticket.noted", "已联系仓库")
    assert (empty.status_code, web.tickets.lines) == (422, [])


async def test_an_end_is_taken_back_by_whoever_made_it_or_a_supervisor():
    web = Web(a_ticket("t-1"), a_ticket("t-2"))
    lead = await web.token("zhu", AgentRole.SUPERVISOR)

    async with web.calling() as client, web.calling(await web.token("qing")) as other, web.calling(lead) as supervisor:
        for ticket in ("t-1", "t-2"):
            await client.post(f"/v1/handoffs/{ticket}/claim")
            await client.post(f"/v1/handoffs/{ticket}/resolve")
        theirs = await other.post("/v1/handoffs/t-1/reopen")
        own = await client.post("/v1/handoffs/t-1/reopen")
        by_lead = await supervisor.post("/v1/handoffs/t-2/reopen")
        again = await other.post("/v1/handoffs/t-1/reopen")

    assert [answer.status_code for answer in (theirs, own, by_lead, again)] == [403, 200, 200, 403]
    assert own.json()["state"] == "claimed"
