"""Replies that leave later, over HTTP and a real store."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from app.domain.commitment import Commitment
from app.domain.ticket import Ticket
from app.guard.claims import ClaimKind
from app.guard.people import Review, Verdict
from app.web.auth import issue_token, list_valid_tokens
from handoff.agents import AgentRole, hash_token
from handoff.checking import TextReview
from handoff.held_replies import HeldReplyDesk
from handoff.queue import HandoffQueue
from handoff.roster import Roster
from tests.handoff.fakes import UndoSeconds
from tests.storage.builders import NOW
from tests.storage.test_waiting import SECOND, write
from tests.web.test_passing import Desk, desk

__all__ = ["desk"]
OK, FORBIDDEN, GONE = httpx.codes.OK, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND


def sweeper_of(desk: Desk, checker: "Strict | None" = None) -> HeldReplyDesk:
    """What another process would do; it knows nothing of the one that held the reply."""
    queue = HandoffQueue(desk.store, desk.clock)
    roster = Roster(desk.store, partial(list_valid_tokens, desk.store), desk.clock)
    return HeldReplyDesk(queue, desk.store.held_replies, UndoSeconds(), desk.clock, roster.leads_shop, checker)


class Strict:
    """A shop that lets nobody say anything any more."""

    async def review_text(self, ticket: Ticket, text: str, allowing: Sequence[Commitment] = ()) -> TextReview:
        del ticket, allowing
        return TextReview(Review(verdicts=(Verdict(ClaimKind.AMOUNT, text, "超出授权"),)), blocks=True)


async def reply(desk: Desk, reply_id: str = "r-1", **more: Any) -> dict[str, Any]:
    answer = await desk.post("lan", "reply", {"id": reply_id, "text": f"亲 {reply_id}", **more})
    assert answer.status_code == OK, answer.text
    body: dict[str, Any] = answer.json()
    return body


def said(detail: dict[str, Any]) -> list[str]:
    return [line["text"] for line in detail["brief"]["transcript"] if line["author"] == "agent"]


async def shown(desk: Desk) -> dict[str, Any]:
    body: dict[str, Any] = (await desk.call("lan", "GET", "handoffs/t-1")).json()
    return body


async def test_held_for_the_shops_seconds_it_is_taken_back_or_leaves_in_another_process(desk: Desk) -> None:
    first = await reply(desk, hold=True)
    back = await desk.call("lan", "DELETE", "handoffs/t-1/replies/r-1")
    await reply(desk, "r-2", hold=True)
    desk.clock.now = NOW + 3 * SECOND
    await sweeper_of(desk).release_due(desk.clock.now)
    late = await desk.call("lan", "DELETE", "handoffs/t-1/replies/r-2")

    (held,) = first["held"]
    assert (held["id"], held["state"], held["send_at"]) == ("r-1", "held", "2026-05-20T10:00:03Z")
    assert (said(first), back.json()["held"]) == ([], [])
    assert (late.status_code, said(await shown(desk))) == (httpx.codes.CONFLICT, ["亲 r-2"])


async def test_this_process_lets_it_leave_in_time_without_a_round(desk: Desk) -> None:
    await reply(desk, hold=True)
    desk.clock.now = NOW + 3 * SECOND
    for _ in range(80):
        await asyncio.sleep(0.05)
        if said(await shown(desk)):
            break

    assert said(await shown(desk)) == ["亲 r-1"]


async def test_a_reply_is_not_overtaken_and_haste_holds_none(desk: Desk) -> None:
    await reply(desk, hold=True)
    desk.clock.now = NOW + 165 * SECOND  # fifteen seconds are left
    now = await reply(desk, "r-2", hold=True)

    assert (said(now), now["held"]) == (["亲 r-1", "亲 r-2"], [])


async def test_a_time_is_kept_listed_and_hurried(desk: Desk) -> None:
    at = NOW + timedelta(hours=2)
    await reply(desk, send_at=at.isoformat())
    after = await reply(desk, "r-2")  # what has a time of its own is not hurried along
    own = (await desk.call("lan", "GET", "replies")).json()["items"]
    sent = [(await desk.post("lan", "replies/r-1/send")).json() for _ in range(2)]

    assert (said(after), [(each["id"], each["scheduled"], each["handoff_id"]) for each in own]) == (
        ["亲 r-2"],
        [("r-1", True, "t-1")],
    )
    assert said(sent[1]) == ["亲 r-2", "亲 r-1"]
    assert (await desk.call("qing", "GET", "replies")).json()["items"] == []


async def test_a_retry_that_comes_after_its_time_says_nothing_twice(desk: Desk) -> None:
    at = {"send_at": (NOW + timedelta(minutes=1)).isoformat()}
    await reply(desk, **at)
    desk.clock.now = NOW + timedelta(minutes=2)
    waiting = await reply(desk, **at)
    await sweeper_of(desk).release_due(desk.clock.now)
    left = await reply(desk, **at)

    assert [said(waiting), said(left)] in ([[], ["亲 r-1"]], [["亲 r-1"], ["亲 r-1"]])


async def test_what_was_taken_back_is_not_said_by_a_retry_in_haste(desk: Desk) -> None:
    await reply(desk, hold=True)
    await desk.call("lan", "DELETE", "handoffs/t-1/replies/r-1")
    desk.clock.now = NOW + 165 * SECOND  # fifteen seconds are left: nothing is held any more
    late = await desk.post("lan", "reply", {"id": "r-1", "text": "亲 r-1", "hold": True})

    assert (late.status_code, said(await shown(desk))) == (httpx.codes.CONFLICT, [])


async def test_times_that_are_past_too_far_or_doubled_are_refused(desk: Desk) -> None:
    for more in (
        {"send_at": NOW.isoformat()},
        {"send_at": (NOW + timedelta(days=8)).isoformat()},
        {"hold": True, "send_at": (NOW + SECOND).isoformat()},
    ):
        refused = await desk.post("lan", "reply", {"id": "r-1", "text": "亲", **more})
        assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY, more
    assert (await shown(desk))["held"] == []


async def test_the_buyer_who_writes_stops_it_and_its_writer_has_it_back(desk: Desk) -> None:
    await reply(desk, send_at=(NOW + timedelta(hours=2)).isoformat())
    await write(desk.store, 1, "算了")
    await sweeper_of(desk).release_due(NOW + 2 * SECOND)

    (stopped,) = (await desk.call("lan", "GET", "replies")).json()["items"]
    assert (stopped["state"], stopped["why"], stopped["text"]) == ("stopped", "newer_lines", "亲 r-1")


async def test_what_may_not_be_said_any_more_is_stopped_but_not_a_supervisors(desk: Desk) -> None:
    at = (NOW + timedelta(hours=2)).isoformat()
    await reply(desk, send_at=at)
    await desk.post("zhu", "reply", {"id": "r-2", "text": "亲 r-2", "send_at": at})

    await sweeper_of(desk, Strict()).release_due(NOW)
    desk.clock.now = NOW + timedelta(hours=3)
    await sweeper_of(desk, Strict()).release_due(desk.clock.now)

    detail = await shown(desk)
    assert [(each["id"], each["why"]) for each in detail["held"]] == [("r-1", "authority")]
    assert said(detail) == ["亲 r-2"]


@pytest.mark.parametrize("remains", [None, "an agent's token", "another shop's"])
async def test_who_leads_no_more_when_it_leaves_is_held_to_the_authority(desk: Desk, remains: str | None) -> None:
    at = NOW + timedelta(hours=2)
    await desk.post("zhu", "reply", {"id": "r-1", "text": "亲 r-1", "send_at": at.isoformat()})
    await desk.store.revoke_token(hash_token(desk.tokens["zhu"]), NOW)
    if remains == "an agent's token":
        await issue_token(desk.store, "zhu", AgentRole.AGENT, ("demo",), NOW)
    elif remains:
        await issue_token(desk.store, "zhu", AgentRole.SUPERVISOR, ("other",), NOW)

    desk.clock.now = at
    await sweeper_of(desk, Strict()).release_due(at)

    detail = await shown(desk)
    assert ([each["why"] for each in detail["held"]], said(detail)) == (["authority"], [])


async def test_a_colleagues_reply_is_theirs_and_a_supervisor_may_take_it_back(desk: Desk) -> None:
    await reply(desk, hold=True)

    assert (await desk.call("qing", "DELETE", "handoffs/t-1/replies/r-1")).status_code == FORBIDDEN
    assert (await desk.call("far", "DELETE", "handoffs/t-1/replies/r-1")).status_code == GONE
    assert (await desk.call("lan", "DELETE", "handoffs/t-1/replies/r-9")).status_code == GONE
    assert (await desk.call("zhu", "DELETE", "handoffs/t-1/replies/r-1")).json()["held"] == []
