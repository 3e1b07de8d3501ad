"""`xiaoer replies`, as typed."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.web.handoff_example import example_held_reply
from tests.commands.service import service
from tests.commands.test_people import TICKET, run

HELD: dict[str, Any] = json.loads(json.dumps(example_held_reply())) | {"id": "r-2", "handoff_id": TICKET}
WAITS = HELD | {"state": "held", "why": None, "scheduled": True, "send_at": "2036-06-20T02:00:00Z"}
STOPPED = HELD | {"id": "r-3", "state": "stopped", "why": "changed_hands", "text": "亲，[已]登记"}
LISTED = {"items": [WAITS, STOPPED]}
NONE_HELD: dict[str, Any] = {"held": []}


def path_of(reply: dict[str, Any], then: str = "") -> str:
    return f"/v1/handoffs/{TICKET}/replies/{reply['id']}{then}"


def test_what_waits_and_what_came_back_is_listed_with_why() -> None:
    shown, asked = run("replies", "list", answers=(LISTED,))
    none, _ = run("replies", "list", answers=({"items": []},))

    assert asked[0][:2] == ("GET", "/v1/replies")
    assert [word in shown for word in ("r-2", "r-3", "等着发", "工单换了人或结束了", "亲，[已]登记")] == [True] * 5
    assert "没有等着发的回复" in none


def test_a_reply_is_held_for_the_shops_seconds_or_until_a_time() -> None:
    _, held = run("replies", "hold", TICKET, "亲，", "在的", answers=(NONE_HELD,))
    _, timed = run("replies", "hold", TICKET, "亲", "--send-at", "2036-06-20 10:00", answers=(NONE_HELD,))

    (method, path, body), (_, _, later) = held[0], timed[0]
    assert (method, path, body["text"], body["hold"]) == ("POST", f"/v1/handoffs/{TICKET}/reply", "亲， 在的", True)
    assert datetime.fromisoformat(later["send_at"]) == datetime(2036, 6, 20, 10).astimezone()
    assert "hold" not in later


@pytest.mark.parametrize("form", ["%H:%M", "%m-%d %H:%M"])
@pytest.mark.parametrize("hours", [-2, 2])
def test_a_time_without_a_day_or_a_year_is_the_next_one(form: str, hours: int) -> None:
    meant = datetime.now().astimezone() + timedelta(hours=hours)
    _, asked = run("replies", "hold", TICKET, "亲", "--send-at", f"{meant:{form}}", answers=(NONE_HELD,))

    at, now = datetime.fromisoformat(asked[0][2]["send_at"]), datetime.now().astimezone()
    assert now < at
    assert (f"{at:{form}}", at - now < timedelta(days=1 if form == "%H:%M" else 366)) == (f"{meant:{form}}", True)


def test_a_time_that_is_none_is_told_before_anything_is_sent() -> None:
    asked: list[tuple[str, str, Any]] = []
    with service(asked=asked) as url:
        words = ["replies", "hold", TICKET, "亲", "--send-at", "明天", "--url", url, "--token", "xat_1"]
        done = CliRunner().invoke(app, words)

    assert (done.exit_code, asked) == (1, [])
    assert "12-01 09:00" in done.output


def test_another_sentence_takes_the_first_back_and_keeps_its_time() -> None:
    kept, asked = run("replies", "change", "r-2", "亲，改好了", answers=(LISTED, NONE_HELD, {"held": [WAITS]}))
    _, moved = run("replies", "change", "r-3", "亲", "--send-at", "2036-06-21 10:00", answers=(LISTED, {}, NONE_HELD))

    assert asked[1][:2] == ("DELETE", path_of(WAITS))
    assert asked[2][2] | {"id": ""} == {"id": "", "text": "亲，改好了", "send_at": WAITS["send_at"]}
    assert asked[2][2]["id"] != WAITS["id"]  # its own is spent
    assert datetime.fromisoformat(moved[2][2]["send_at"]) == datetime(2036, 6, 21, 10).astimezone()
    assert "发出了" in kept


def test_words_that_were_taken_back_are_not_lost_when_the_next_are_refused() -> None:
    answers = ((200, LISTED), (200, {}), (409, {"detail": "工单换人了"}))
    with service(*((status, json.dumps(body).encode()) for status, body in answers)) as url:
        done = CliRunner().invoke(app, ["replies", "change", "r-2", "亲", "--url", url, "--token", "xat_1"])

    assert done.exit_code == 1
    assert ("工单换人了" in done.output, WAITS["text"] in done.output) == (True, True)


def test_one_is_sent_now_or_taken_back_by_its_first_characters() -> None:
    only = {"items": [WAITS]}
    sent, asked = run("replies", "send", "r", answers=(only, NONE_HELD))
    back, taken = run("replies", "back", "r-2", answers=(LISTED, NONE_HELD))

    assert (asked[1][:2], "发出了" in sent) == (("POST", path_of(WAITS, "/send")), True)
    assert (taken[1][:2], WAITS["text"] in back) == (("DELETE", path_of(WAITS)), True)


def test_what_may_not_leave_or_is_not_there_ends_with_an_error() -> None:
    stopped = WAITS | {"state": "stopped", "why": "newer_lines"}
    told = []
    for words, answers in (
        (("send", "r-2"), (LISTED, {"held": [stopped]})),
        (("send", "r"), (LISTED,)),
        (("back", "x"), (LISTED,)),
    ):
        with service(*((200, json.dumps(each).encode()) for each in answers)) as url:
            done = CliRunner().invoke(app, ["replies", *words, "--url", url, "--token", "xat_1"])
        told.append((done.exit_code, "又说了话" in done.output, "不止一条" in done.output))

    assert told == [(1, True, False), (1, False, True), (1, False, True)]
