"""The same journeys from a terminal."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from app.commands import terminal
from tests.journeys.service import SECRET, Buyer, Service, signed

ENTRY = "from app.cli import main; main()"


def xiaoer(*arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would."""
    command = [sys.executable, "-c", ENTRY, *arguments]
    env = os.environ | {"COLUMNS": "200", "NO_COLOR": "1"} | environment
    return subprocess.run(command, input=typed, env=env, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 (ours)


FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@contextmanager
def page_server(page: bytes, status: int) -> Iterator[str]:
    """What stands in the service's place when a proxy answers for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        do_POST = do_GET  # noqa: N815 (the library's name)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def talking_to(service: Service) -> dict[str, str]:
    return {"XIAOER_URL": service.url(), "XIAOER_SECRET_DEMO": SECRET, "XIAOER_AGENT_TOKEN": "token-of-guan"}


def test_a_buyer_at_the_terminal_is_answered(service: Service) -> None:
    said = xiaoer("send", "什么时候发货", "--conversation", "cli-1", **talking_to(service))

    assert said.returncode == 0, said.stderr
    assert "买家 什么时候发货" in said.stdout
    assert "小二 " in said.stdout


def test_a_duplicate_at_the_terminal_says_so(service: Service) -> None:
    again = ("send", "在吗", "--id", f"cli-twice-{service.urls[0][-5:]}", "--conversation", "cli-2")
    xiaoer(*again, **talking_to(service))

    second = xiaoer(*again, **talking_to(service))

    assert "重复消息" in second.stdout


def test_a_chat_goes_on_until_an_empty_line(service: Service) -> None:
    chat = xiaoer("send", "--conversation", "cli-3", typed="在吗\n什么时候发货\n\n", **talking_to(service))

    assert chat.returncode == 0, chat.stderr
    assert chat.stdout.count("小二 ") == 2


def test_without_a_secret_send_says_what_to_do(tmp_path: Path) -> None:
    refused = xiaoer("send", "在吗", XIAOER_STATE_DIR=str(tmp_path), XIAOER_SECRET_DEMO="")

    assert refused.returncode == 1
    assert "make run" in refused.stderr


def test_without_a_service_send_says_what_to_do() -> None:
    refused = xiaoer("send", "在吗", "--url", "http://127.0.0.1:9", XIAOER_SECRET_DEMO=SECRET)

    assert refused.returncode == 1
    assert "连不上" in refused.stderr


def test_an_agent_works_the_queue_at_the_terminal(service: Service) -> None:
    sent = xiaoer("send", "转人工", "--conversation", "cli-4", "--json", **talking_to(service))
    ticket = json.loads(sent.stdout)["handoff"]["id"]

    listed = xiaoer("tickets", "list", "--state", "queued", **talking_to(service), COLUMNS="60")
    claimed = xiaoer("tickets", "claim", ticket, **talking_to(service))
    replied = xiaoer("tickets", "reply", ticket, "亲，我在", **talking_to(service))
    shown = xiaoer("tickets", "show", ticket, **talking_to(service))
    resolved = xiaoer("tickets", "resolve", ticket, "--note", "好了", **talking_to(service))

    assert f"{ticket[:8]}  " in listed.stdout
    assert "售前组" in listed.stdout
    assert "建议回复" in claimed.stdout
    assert [step.returncode for step in (claimed, replied, shown, resolved)] == [0, 0, 0, 0], shown.stderr
    assert "亲，我在" in shown.stdout


def test_an_unknown_ticket_is_a_sentence(service: Service) -> None:
    missing = xiaoer("tickets", "show", "0" * 32, **talking_to(service))

    assert missing.returncode == 1
    assert "404" in missing.stderr


def test_urges_and_outbox_can_be_listed(service: Service) -> None:
    urges = xiaoer("urges", "list", **talking_to(service))
    outbox = xiaoer("outbox", "list", **talking_to(service))

    assert (urges.returncode, outbox.returncode) == (0, 0), urges.stderr + outbox.stderr


def test_forgetting_a_buyer_deletes_their_conversations(service: Service) -> None:
    xiaoer("send", "在吗", "--buyer", "forget-me", **talking_to(service))

    gone = xiaoer("forget", "demo", "forget-me", "--yes", **talking_to(service))

    assert gone.returncode == 0, gone.stderr
    assert "已删除 0 条" not in gone.stdout


def test_understand_reads_lines_and_writes_json() -> None:
    read = xiaoer("understand", "--shop", "demo", typed="什么时候发货\n\n😀😀\n50卖不卖\n")

    lines = [json.loads(line) for line in read.stdout.splitlines()]
    assert [line["text"] for line in lines] == ["什么时候发货", "", "😀😀", "50卖不卖"]
    assert lines[0]["intent"] == "shipping_time"
    assert lines[3]["intent"] == "bargaining"
    wanted = {"text", "intent", "confidence", "ranking", "faq", "faq_confidence", "action", "reason", "entities"}
    assert all(wanted <= set(line) for line in lines)


def test_ask_explains_itself_without_a_server() -> None:
    asked = xiaoer("ask", "胡桃木茶盘有货吗", "--trace")

    assert asked.returncode == 0, asked.stderr
    assert "小二：" in asked.stdout
    assert '"segments"' in asked.stdout


def test_check_passes_the_shipped_shop() -> None:
    checked = xiaoer("check", "faq/demo")

    assert checked.returncode == 0, checked.stdout


def test_check_names_file_and_row_in_chinese(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree("faq/demo", shop)
    with (shop / "faq.csv").open("a", encoding="utf-8") as file:
        file.write("\r\nF999,明天能到吗,,,亲，明天一定能到哦,,,,\r\nF998,没有答案的问题,,,,,,,\r\n")

    checked = xiaoer("check", str(shop))

    assert checked.returncode == 1
    assert "faq.csv" in checked.stdout
    assert "行" in checked.stdout
    assert "到货时间" in checked.stdout


def test_every_command_has_help_in_chinese() -> None:
    for command in ("serve", "send", "ask", "understand", "check", "tickets", "urges", "outbox", "tokens", "db"):
        helped = xiaoer(command, "--help")

        assert helped.returncode == 0
        assert any("\u4e00" <= sign <= "\u9fff" for sign in helped.stdout)


def test_a_token_is_issued_listed_and_revoked(tmp_path: Path) -> None:
    own = {"XIAOER_STATE_DIR": str(tmp_path), "XIAOER_DATABASE_URL": ""}

    token = xiaoer("tokens", "add", "xiaowang", "--shop", "demo", **own).stdout.strip()
    listed = xiaoer("tokens", "list", **own).stdout
    code = xiaoer("tokens", "code", "xiaowang", **own)
    revoked = xiaoer("tokens", "revoke", "xiaowang", **own)

    assert token
    assert token not in listed
    assert "xiaowang" in listed
    assert len(code.stdout.strip()) == 43
    assert revoked.returncode == 0
    assert "已作废" in xiaoer("tokens", "list", **own).stdout


STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066[red]x[/red][/]"


def test_what_a_buyer_and_a_platform_wrote_steers_no_terminal(service: Service) -> None:
    buyer = Buyer(service, "buyer-09")
    handoff = buyer.say(f"转人工{STEERING}", sender={"id": "buyer-09", "name": f"鱼{STEERING}"})["handoff"]["id"]
    line = {"id": uuid4().hex, "conversation": buyer.conversation, "agent": f"王{STEERING}", "text": STEERING}
    raw = json.dumps(line).encode()
    httpx.post(f"{service.url()}/v1/shops/demo/spoken", content=raw, headers=signed(raw))

    shown = [
        xiaoer(*command, **talking_to(service))
        for command in (
            ("tickets", "list", "--limit", "100"),
            ("tickets", "show", handoff),
            ("send", f"在吗{STEERING}", "--buyer", "buyer-09", "--conversation", buyer.conversation),
            ("send", f"在吗{STEERING}", "--json", "--conversation", buyer.conversation, "--buyer", "buyer-09"),
            ("tickets", "show", STEERING.replace("\x00", "")),
            ("forget", f"demo{STEERING}", f"b{STEERING}", "--yes"),
        )
    ]

    for run in shown:
        assert not FORBIDDEN.search(run.stdout + run.stderr), ascii(run.stdout + run.stderr)
        assert "Traceback" not in run.stderr
    assert [run.returncode for run in shown[:4]] == [0] * 4, shown[2].stderr
    assert "[red]x[/red][/]" in shown[1].stdout


@pytest.mark.parametrize("buyer_id", ["a/b", "..", "100%", "茶 客?#", "[bold]x"])
def test_a_buyer_with_any_name_is_forgotten(service: Service, buyer_id: str) -> None:
    Buyer(service, buyer_id).say("在吗")

    gone = xiaoer("forget", "demo", buyer_id, "--yes", **talking_to(service))

    assert gone.returncode == 0, gone.stderr
    assert "已删除 0 条" not in gone.stdout


def test_an_answer_that_is_no_json_is_told_in_words() -> None:
    with page_server(b"<html>502 Bad Gateway</html>", 502) as url:
        listed = xiaoer("tickets", "list", "--url", url, "--token", "t")
        sent = xiaoer("send", "在吗", "--url", url, XIAOER_SECRET_DEMO=SECRET)

    assert (listed.returncode, sent.returncode) == (1, 1)
    assert "502" in listed.stderr
    assert "502" in sent.stderr


def test_every_command_prints_through_the_one_door() -> None:
    """What others wrote must not steer a terminal: app/commands/terminal.py sees to it, where it is asked."""
    folder = Path(terminal.__file__).parent
    past = [
        f"{file.name}: {line.strip()}"
        for file in sorted(folder.glob("*.py"))
        if file.name != "terminal.py"
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"typer\.(?:secho|echo|confirm)\(|(?<![\w.])print\(|\bConsole\(", line)
    ]

    assert past == []


def test_the_next_ticket_is_none_where_none_waits() -> None:
    with page_server(b"", 204) as url:
        taken = xiaoer("tickets", "next", "--group", "presale", "--url", url, "--token", "t")

    assert (taken.returncode, taken.stdout) == (0, "队列里没有工单。\n")
