"""`xiaoer agents`, and what `xiaoer tickets` does between people, as typed."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.web.agents import EXAMPLE as AGENT
from app.web.shifts import EXAMPLE as SHIFT
from tests.commands.service import service

TICKET = "0" * 32


def run(*words: str, answer: Any = None) -> tuple[str, tuple[str, str, Any]]:
    """What is printed, and what was asked of the service."""
    asked: list[tuple[str, str, Any]] = []
    with service((200, json.dumps(answer or {}).encode()), asked=asked) as url:
        done = CliRunner().invoke(app, [*words, "--url", url, "--token", "xat_1"])
    assert done.exit_code == 0, done.output
    return done.stdout, asked[0]


@pytest.mark.parametrize(
    ("words", "method", "path", "body"),
    [
        (
            ("transfer", TICKET, "要改价", "--to", "qing"),
            "POST",
            "transfer",
            {"to": {"agent": "qing"}, "note": "要改价"},
        ),
        (("transfer", TICKET, "--group", "aftersale"), "POST", "transfer", {"to": {"group": "aftersale"}, "note": ""}),
        (("take", TICKET), "POST", "take", None),
        (("snooze", TICKET), "POST", "snooze", {"on": "buyer"}),
        (("wake", TICKET), "DELETE", "snooze", None),
        (("undo", TICKET), "POST", "undo", None),
    ],
)
def test_what_is_typed_is_asked_of_the_service(words: tuple[str, ...], method: str, path: str, body: Any) -> None:
    shown, asked = run("tickets", *words)

    assert asked == (method, f"/v1/handoffs/{TICKET}/{path}", body)
    assert shown.strip()


def test_minutes_are_told_as_a_time() -> None:
    _, (_, _, body) = run("tickets", "snooze", TICKET, "--minutes", "30")

    assert body["until"].endswith("+00:00")


def test_where_to_must_be_said_once() -> None:
    refused = CliRunner().invoke(app, ["tickets", "transfer", TICKET, "--token", "xat_1"])

    assert (refused.exit_code, "写其中一个" in refused.output) == (1, True)


def test_who_is_there_is_a_table() -> None:
    shown, _ = run("agents", "list", answer={"items": [AGENT]})

    assert all(word in shown for word in ("小王", "在线", "presale", "8"))


def test_ones_state_and_a_colleagues() -> None:
    own, asked_own = run("agents", "me", "--status", "offline", "--release", answer=AGENT)
    _, asked_other = run("agents", "set", "qing", "--group", "presale", "--capacity", "0", answer=AGENT)

    assert asked_own == ("PUT", "/v1/agents/me", {"status": "offline", "release": True})
    assert asked_other == ("PUT", "/v1/agents/qing", {"groups": ["presale"], "capacity": 0})
    assert "手上 3 张，最多 8 张" in own


def test_a_shift_is_handed_over_and_taken_on() -> None:
    detail = {**SHIFT, "handoffs": [{}]}
    given, asked = run("agents", "handover", "明早先问仓库", "--shop", "demo", answer=detail)
    taken, accepted = run("agents", "accept", "s-1", "--shop", "demo", answer=detail)

    assert asked == ("POST", "/v1/shops/demo/shifts", {"text": "明早先问仓库"})
    assert accepted == ("POST", "/v1/shops/demo/shifts/s-1/accept", None)
    assert ("1 张没有结束" in given, "已接班，1 张" in taken) == (True, True)
