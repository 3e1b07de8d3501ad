"""`xiaoer tickets check`, `approvals`, `phrases` and `proposals`, as typed."""

import csv
import io
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.web.approvals import EXAMPLE as APPROVAL
from app.web.figures import EXAMPLE as FIGURES
from app.web.handoff_check import EXAMPLE as CHECKED
from app.web.mentions import EXAMPLE as MENTION
from app.web.phrases import EXAMPLE as PHRASE
from app.web.proposals import EXAMPLE as PROPOSAL
from app.web.todos import EXAMPLE as TODO
from tests.commands.service import service

TICKET = "0" * 32
ONE = {"items": [APPROVAL], "next": None}


def run(*words: str, answers: tuple[Any, ...] = ({},)) -> tuple[str, list[tuple[str, str, Any]]]:
    """What is printed, and what was asked of the service."""
    asked: list[tuple[str, str, Any]] = []
    told = ((200, json.dumps(each).encode()) for each in answers)
    with service(*told, asked=asked) as url:
        done = CliRunner().invoke(app, [*words, "--url", url, "--token", "xat_1"])
    assert done.exit_code == 0, done.output
    return done.stdout, asked


def test_what_a_text_promises_is_told_before_it_is_sent() -> None:
    shown, asked = run("tickets", "check", TICKET, "亲，80元给您留着", answers=(CHECKED,))

    assert asked == [("POST", f"/v1/handoffs/{TICKET}/check", {"text": "亲，80元给您留着"})]
    assert "低于您能给的 88" in shown
    assert "可以改成：亲，88元给您留着" in shown


def test_what_is_past_the_shop_is_asked_of_a_supervisor() -> None:
    shown, asked = run("approvals", "ask", TICKET, "亲，80元给您留着", "--why", "老顾客", answers=(CHECKED, APPROVAL))

    _, path, body = asked[-1]
    assert path == f"/v1/handoffs/{TICKET}/approvals"
    assert (body["terms"]["total"], body["text"], body["why"]) == ("80", "亲，80元给您留着", "老顾客")
    assert "等主管" in shown


@pytest.mark.parametrize("change", ["grant", "refuse", "accept"])
def test_a_request_is_decided_by_its_first_characters(change: str) -> None:
    _, asked = run("approvals", change, "01jy", answers=(ONE, APPROVAL))

    assert asked[-1][:2] == ("POST", f"/v1/approvals/{APPROVAL['id']}/{change}")


def test_a_request_is_found_on_whichever_page_of_those_that_wait() -> None:
    other = APPROVAL | {"id": "02ab~a-1"}
    shown, asked = run(
        "approvals",
        "refuse",
        "01jy",
        answers=({"items": [other], "next": "here"}, ONE, APPROVAL | {"state": "refused"}),
    )

    first, second = (dict(parse_qsl(path.split("?")[1])) for _, path, _ in asked[:2])
    assert "state=asked&state=countered" in asked[0][1]
    assert ("cursor" in first, second["cursor"]) == (False, "here")
    assert "没有批" in shown


def test_a_whole_id_is_decided_again_though_it_waits_no_more() -> None:
    whole = f"{TICKET}~a-1"
    _, asked = run("approvals", "grant", whole, answers=(APPROVAL,))

    assert [path for _, path, _ in asked] == [f"/v1/approvals/{TICKET}~a-1/grant"]


def test_a_counter_offer_says_the_same_with_other_money() -> None:
    _, asked = run("approvals", "counter", "01jy", "85", answers=(ONE, APPROVAL))

    _, path, body = asked[-1]
    assert path == f"/v1/approvals/{APPROVAL['id']}/counter"
    assert (body["terms"]["total"], body["text"]) == ("85", "亲，85元给您留着")


IN_A_NUMBER = APPROVAL | {"text": "亲，订单 202608150001 原价 1,080 元，给您 80.00 元"}


def test_a_counter_offer_changes_the_money_and_no_other_number() -> None:
    _, asked = run("approvals", "counter", "01jy", "85", answers=({"items": [IN_A_NUMBER], "next": None}, APPROVAL))

    assert asked[-1][2]["text"] == "亲，订单 202608150001 原价 1,080 元，给您 85 元"


@pytest.mark.parametrize("text", ["亲，80元，就80元", "亲，给您留着", "亲，180元或者M80给您", "亲，1,080元和80.5kg"])
def test_a_counter_offer_is_not_guessed_into_a_sentence(text: str) -> None:
    page = {"items": [APPROVAL | {"text": text}], "next": None}
    asked: list[tuple[str, str, Any]] = []
    with service((200, json.dumps(page).encode()), asked=asked) as url:
        done = CliRunner().invoke(app, ["approvals", "counter", "01jy", "85", "--url", url, "--token", "xat_1"])
    _, told = run("approvals", "counter", "01jy", "85", "--text", "亲，85元给您", answers=(page, APPROVAL))

    assert (done.exit_code, len(asked)) == (1, 1)
    assert told[-1][2]["text"] == "亲，85元给您"


def test_requests_are_listed_with_what_they_may_cost() -> None:
    shown, _ = run("approvals", "list", answers=(ONE,))

    assert "88" in shown
    assert "15 分" in shown


def test_requests_are_listed_page_after_page_up_to_a_limit() -> None:
    pages = [{"items": [APPROVAL | {"id": f"0{at}~a-1"}], "next": f"c{at}"} for at in (1, 2)]
    last = {"items": [APPROVAL | {"id": "03~a-1"}], "next": None}
    every, asked = run("approvals", "list", "--all", answers=(*pages, last))
    few, asked_of_few = run("approvals", "list", "--all", "--limit", "1", answers=(*pages, last))

    assert ([f"0{at}~a-1" in every for at in (1, 2, 3)], "--limit" in every, len(asked)) == ([True] * 3, False, 3)
    assert ([f"0{at}~a-1" in few for at in (1, 2, 3)], "--limit" in few) == ([True, False, False], True)
    assert len(asked_of_few) == 2  # whether there are more, and no page beyond


def test_phrases_are_found_saved_and_removed() -> None:
    shown, found = run("phrases", "list", "fhsj", answers=({"items": [PHRASE]},))
    saved, kept = run(
        "phrases", "save", "稍等", "您稍等", "--id", "wait", answers=({"id": "wait", "problems": ["没有授权"]},)
    )
    _, gone = run("phrases", "remove", "wait")

    assert found[0][1] == "/v1/shops/demo/phrases?q=fhsj"
    assert "发货时间" in shown
    assert kept == [("PUT", "/v1/shops/demo/phrases/wait", {"title": "稍等", "text": "您稍等"})]
    assert "wait" in saved
    assert gone[0][:2] == ("DELETE", "/v1/shops/demo/phrases/wait")


def test_proposals_become_a_table_for_the_shops_folder(tmp_path: Path) -> None:
    place = tmp_path / "提议.csv"
    shown, _ = run("proposals", "list", answers=({"items": [PROPOSAL]},))
    run("proposals", "list", "--out", str(place), answers=({"items": [PROPOSAL]},))
    _, closed = run("proposals", "close", "p-1", "p-2", answers=({}, {}))

    rows = list(csv.DictReader(io.StringIO(place.read_text(encoding="utf-8-sig"))))
    assert PROPOSAL["question"] in shown
    assert (rows[0]["标准问题"], rows[0]["答案"]) == (PROPOSAL["question"], PROPOSAL["answer"])
    assert [path for _, path, _ in closed] == [f"/v1/shops/demo/proposals/p-{at}/close" for at in (1, 2)]


def test_figures_are_a_table_with_days_by_the_wall_and_the_total_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    day = FIGURES["rows"][0] | {"key": "2026-06-17T16:00:00Z", "title": ""}
    by_day, asked = run("figures", "--by", "day", "--days", "7", answers=(FIGURES | {"rows": [day]},))
    by_agent, _ = run("figures", answers=(FIGURES,))
    monkeypatch.undo()
    time.tzset()

    path, query = asked[0][1].split("?")
    assert (path, dict(parse_qsl(query))["by"]) == ("/v1/figures", "day")
    assert [line.split()[0] for line in by_day.splitlines()] == ["转来", "06-18", "合计"]
    assert [line.split()[0] for line in by_agent.splitlines()] == ["转来", "小王", "合计"]
    assert by_agent.splitlines()[-1].split() == ["合计", "42", "38", "0:38", "95.7%", "4.6", "40.0%", "4", "1"]


def test_todos_are_listed_page_after_page_up_to_a_limit() -> None:
    pages = [
        {"items": [TODO | {"id": f"t~{at}", "about": f"第{at}件", "late": at == 1}], "next": f"c{at}"} for at in (1, 2)
    ]
    last = {"items": [TODO | {"about": "末件", "state": "done", "result": "补了"}], "next": None}
    every, asked = run("todos", "list", "--kind", "task", "--department", "仓库", answers=(*pages, last))
    few, _ = run("todos", "list", "--limit", "1", answers=(*pages, last))
    _, ended = run("todos", "list", "--ended", answers=(last,))

    first = parse_qsl(asked[0][1].partition("?")[2])
    assert first == [("limit", "100"), ("kind", "task"), ("department", "仓库"), ("state", "open")]
    assert [dict(parse_qsl(path)).get("cursor") for _, path, _ in asked] == [None, "c1", "c2"]
    assert [word in every for word in ("第1件", "第2件", "末件", "仓库", "(超时)", "完成，补了", "--limit")] == [
        True
    ] * 6 + [False]
    assert [word in few for word in ("第1件", "第2件", "--limit")] == [True, False, True]
    assert [value for name, value in parse_qsl(ended[0][1]) if name == "state"] == ["done", "cancelled"]


def test_todos_are_set_moved_and_ended() -> None:
    _, follow_up = run("todos", "add", TICKET, "问问", "收到没有", "--hours", "48", answers=(TODO,))
    kept, task = run("todos", "add", TICKET, "补发", "--department", "仓库", "--agent", "qing", answers=(TODO,))
    changes = {"done": ["补了"], "cancel": ["不用了"], "move": []}
    asked = [run("todos", how, str(TODO["id"]), *words, answers=(TODO,))[1][0] for how, words in changes.items()]

    assert (follow_up[0][1], follow_up[0][2]["kind"], follow_up[0][2]["about"]) == (
        f"/v1/handoffs/{TICKET}/todos",
        "follow_up",
        "问问 收到没有",
    )
    assert "agent" not in follow_up[0][2]
    assert (task[0][2]["kind"], task[0][2]["department"], task[0][2]["agent"]) == ("task", "仓库", "qing")
    assert str(TODO["id"]) in kept
    assert [path for _, path, _ in asked] == [f"/v1/todos/{TODO['id']}/{how}" for how in changes]
    assert [body.get("result") for _, _, body in asked] == ["补了", "不用了", None]


def test_a_ticket_is_found_on_whichever_page_it_is() -> None:
    pages = ({"items": [{"id": "1" * 32}], "next": "c1"}, {"items": [{"id": TICKET}], "next": None})
    _, asked = run("todos", "add", TICKET[:8], "问问", answers=(*pages, TODO))

    assert asked[-1][1] == f"/v1/handoffs/{TICKET}/todos"


def test_help_teaches_the_way() -> None:
    for group in ("approvals", "phrases", "proposals", "todos"):
        shown = CliRunner().invoke(app, [group, "--help"]).output
        assert f"xiaoer {group}" in shown


def test_what_names_one_is_listed_unread_first_and_all_when_asked() -> None:
    shown, asked = run("tickets", "mentions", answers=({"items": [MENTION], "next": None, "unread": 1},))
    none, of_all = run("tickets", "mentions", "--all", answers=({"items": [], "next": None, "unread": 0},))

    assert ("仓库说今天能补发" in shown, MENTION["by"] in shown) == (True, True)
    assert [dict(parse_qsl(each[0][1].partition("?")[2])).get("unread") for each in (asked, of_all)] == ["true", None]
    assert "没有人叫您" in none
