"""`xiaoer replies`: replies that leave later, at the terminal: held, changed, hurried, taken back."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Column, Table

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api
from app.commands.tickets import HANDOFFS, TicketId, console, text_body, ticket_path

replies = typer.Typer(
    help="先留着、到时候再发的回复。买家先说了话、工单换了人，就不发，退回给写的人。\n\n"
    "  xiaoer replies hold 工单 亲，马上为您核对\n\n"
    "  xiaoer replies hold 工单 亲，昨天的快递收到了吗 --send-at 09:30\n\n"
    "  xiaoer replies list\n\n"
    "  xiaoer replies change 编号 亲，昨天的包裹收到了吗\n\n"
    "  xiaoer replies send 编号\n\n"
    "  xiaoer replies back 编号",
    no_args_is_help=True,
)
REPLIES = "/v1/replies"
WHY = {
    "newer_lines": "买家或同事又说了话",
    "changed_hands": "工单换了人或结束了",
    "authority": "现在超出授权",
    "undeliverable": "送不到买家",
}
ReplyId = Annotated[str, typer.Argument(metavar="编号", help="回复的编号，list 里有，写开头几位即可")]
Words = Annotated[list[str], typer.Argument(help="对买家说的话")]
SendAt = Annotated[
    str,
    typer.Option("--send-at", metavar="时间", help="到这时再发：18:30、12-01 09:00 或 2026-12-01 09:00；最远 7 天"),
]
CLOCK = "%m-%d %H:%M:%S"
FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z")


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(replies, name="replies")


@replies.command("list")
def print_replies(url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """您写的、还没有发出的，和没有发出退回来的；先发的在前。"""
    items = call_api("GET", REPLIES, url, token)["items"]
    if not items:
        console.print("没有等着发的回复。")
        return
    short = (Column(name, no_wrap=True) for name in ("编号", "工单", "什么时候发", "状态"))
    table = Table(*short, "话", box=None, pad_edge=False)
    for each in items:
        state = f"没发出：{WHY[each['why']]}" if each["why"] else ("等着发" if each["scheduled"] else "马上发")
        terminal.add_cells(
            table, each["id"], each["handoff_id"][:8], terminal.local_time(each["send_at"], CLOCK), state, each["text"]
        )
    console.print(table)


@replies.command()
def hold(
    ticket: TicketId,
    text: Words,
    send_at: SendAt = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """留几秒再发(店铺的 undo_seconds，期间可以撤回)，或到定好的时间发。"""
    at = {"send_at": _read_time(send_at)} if send_at else {"hold": True}
    _send(ticket_path(ticket, url, token), text, at, url, token)


@replies.command()
def change(
    reply: ReplyId,
    text: Words,
    send_at: SendAt = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """换一句话，或改时间：撤回原来的，再留一条；不写时间还是原来的时间。"""
    found = _find(reply, url, token)
    at: dict[str, Any] = {"hold": True}
    if send_at:
        at = {"send_at": _read_time(send_at)}
    elif found["scheduled"] and found["state"] == "held":
        at = {"send_at": found["send_at"]}
    call_api("DELETE", _path(found), url, token)
    try:
        _send(f"{HANDOFFS}/{quote(found['handoff_id'], safe='')}", text, at, url, token)
    except typer.Exit:
        terminal.print_error(f"原来的话已经撤回：{found['text']}")
        raise


@replies.command()
def send(reply: ReplyId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """马上发出，不再等。"""
    found = _find(reply, url, token)
    detail = call_api("POST", f"{_path(found)}/send", url, token)
    _tell(detail, found["id"])


@replies.command()
def back(reply: ReplyId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """撤回；没有发出、退回来的，就是收起来。"""
    found = _find(reply, url, token)
    call_api("DELETE", _path(found), url, token)
    terminal.print_text(f"撤回了：{found['text']}")


def _send(ticket: str, words: list[str], at: dict[str, Any], url: str, token: str) -> None:
    body = text_body(words)
    detail = call_api("POST", f"{ticket}/reply", url, token, json=body | at)
    _tell(detail, body["id"])


def _tell(detail: dict[str, Any], reply_id: str) -> None:
    """What became of it: it waits, came back, or has left."""
    held = next((each for each in detail["held"] if each["id"] == reply_id), None)
    if held is None:
        terminal.print_text("发出了。")
    elif held["why"]:
        terminal.exit_with_error(f"没有发出：{WHY[held['why']]}。")
    else:
        terminal.print_text(f"留着了：{reply_id}，{terminal.local_time(held['send_at'], CLOCK)} 发。")


def _find(start: str, url: str, token: str) -> dict[str, Any]:
    """One's own reply whose id is this or begins so; it ends the command unless there is one."""
    items = call_api("GET", REPLIES, url, token)["items"]
    otherwise = f"没有找到编号是 {start} 的回复，或不止一条：xiaoer replies list 看编号，也可能已经发出。"
    return terminal.pick_by_start(items, start, otherwise)


def _path(reply: dict[str, Any]) -> str:
    return f"{HANDOFFS}/{quote(reply['handoff_id'], safe='')}/replies/{quote(reply['id'], safe='')}"


def _read_time(text: str) -> str:
    """A time by the clock on the wall as ISO 8601 with its zone; the next such time where no day or year is named."""
    now = datetime.now().astimezone()
    days = (f"{day:%Y-%m-%d} " for day in (now, now + timedelta(days=1)))
    for missing in ("", f"{now.year}-", f"{now.year + 1}-", *days):
        at = _parse_time(missing + text.strip())
        if at is not None and (at > now or not missing):
            return at.isoformat()
    return terminal.exit_with_error(f"看不懂时间 {text}：写成 18:30、12-01 09:00 或 2026-12-01 09:00。")


def _parse_time(text: str) -> datetime | None:
    for form in FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text, form).astimezone()
    return None
