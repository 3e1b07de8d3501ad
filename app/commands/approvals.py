"""`xiaoer tickets check` and `xiaoer approvals`: what a text promises, and a supervisor's yes, at the terminal."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

import typer
from rich.table import Column, Table
from rich.text import Text

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api, iterate_items
from app.commands.tickets import TicketId, console, ticket_path, tickets

approvals = typer.Typer(
    help="待批：客服请店长批的价格和补偿。\n\n"
    "客服请批(先看这句话超出了什么，再请)，主管批、还价或不批；批准后这句话自动发给买家：\n\n"
    "  xiaoer tickets check 工单 亲，这款给您 96 元\n\n"
    "  xiaoer approvals ask 工单 亲，这款给您 96 元\n\n"
    "  xiaoer approvals list\n\n"
    "  xiaoer approvals grant 编号",
    no_args_is_help=True,
)
APPROVALS = "/v1/approvals"
NUMBER = re.compile(r"(?<![A-Za-z\d.])(?<!\d[,，])\d+(?:\.\d+)?(?![A-Za-z\d]|\.\d|[,，]\d{3})")
STATES = {"asked": "等主管", "countered": "等客服", "granted": "已批准", "refused": "没有批", "expired": "已作废"}
ApprovalId = Annotated[str, typer.Argument(metavar="编号", help="请求的编号，写开头几位即可")]
Note = Annotated[str, typer.Option(help="给客服的话，买家看不到")]


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(approvals, name="approvals")


@tickets.command("check")
def check_text(
    ticket: TicketId,
    text: Annotated[list[str], typer.Argument(help="要对买家说的话")],
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """发出以前，看这句话答应了什么、有没有超出店铺授权；什么都不存。"""
    found = _check(ticket, text, url, token)
    for made in found["commitments"]:
        console.print(Text(f"答应了：{made['text']}"))
    for verdict in found["verdicts"]:
        console.print(Text(f"超出授权：{verdict['why']}（{verdict['advice']}）"))
    if found["instead"]:
        console.print(Text(f"可以改成：{found['instead']}"))
    if not found["verdicts"]:
        console.print("没有超出授权。")


@approvals.command()
def ask(
    ticket: TicketId,
    text: Annotated[list[str], typer.Argument(help="批准后对买家说的话，里面写着要批的价格或补偿")],
    why: Annotated[str, typer.Option(help="给主管看的理由")] = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """请主管批这句话里超出授权的价格或补偿。"""
    terms = next((each["terms"] for each in _check(ticket, text, url, token)["verdicts"] if each["terms"]), None)
    if terms is None:
        terminal.exit_with_error("这句话里没有要主管批的价格或补偿：xiaoer tickets check 看它超出了什么。")
    body = {"id": f"cli-{uuid4().hex[:12]}", "terms": terms, "text": " ".join(text), "why": why}
    _print_one(call_api("POST", ticket_path(ticket, url, token) + "/approvals", url, token, json=body))


@approvals.command("list")
def print_approvals(
    *,
    every: Annotated[bool, typer.Option("--all", help="连同已有结果的")] = False,
    limit: Annotated[int, typer.Option(min=1, help="最多几条")] = 100,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """列出等着批的，最早的在前。"""
    found = _list(url, token, every=every)
    items = list(islice(found, limit))
    if not items:
        console.print("没有等着批的。")
        return
    table = Table(Column("编号", no_wrap=True), "申请", "标价", "权限", "谁", "状态", "还剩", box=None, pad_edge=False)
    for item in items:
        left = "" if item["seconds_left"] is None else f"{item['seconds_left'] // 60} 分"
        quote_ = item["quote"]
        money = (str(quote_[name] or "") for name in ("listed", "least"))
        table.add_row(item["id"], Text(quote_["text"]), *money, item["asked_by"], STATES[item["state"]], left)
    console.print(table)
    terminal.tell_of_more(found, limit)


@approvals.command()
def grant(
    approval: ApprovalId,
    note: Note = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """批准：记下承诺、通知店铺系统、把这句话发给买家，各一次。"""
    _decide(_resolve_id(approval, url, token), "grant", {"note": note}, url, token)


@approvals.command()
def counter(
    approval: ApprovalId,
    money: Annotated[str, typer.Argument(help="改成多少元")],
    text: Annotated[str, typer.Option(help="换一句话对买家说；不写是原话换上新的数")] = "",
    note: Note = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """还一个价；客服接受后发出。"""
    found = _find_waiting(approval, url, token)
    name = "total" if found["kind"] == "price" else "amount"
    said = text or _replace_money(found["text"], str(found["terms"][name]), money)
    body = {"terms": {**found["terms"], name: money}, "text": said, "note": note}
    _decide(found["id"], "counter", body, url, token)


@approvals.command()
def refuse(
    approval: ApprovalId,
    note: Note = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """不批；话回到客服那里。"""
    _decide(_resolve_id(approval, url, token), "refuse", {"note": note}, url, token)


@approvals.command()
def accept(approval: ApprovalId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """客服接受主管还的价，发给买家。"""
    _decide(_resolve_id(approval, url, token), "accept", {}, url, token)


def _check(ticket: str, text: list[str], url: str, token: str) -> dict[str, Any]:
    path = ticket_path(ticket, url, token) + "/check"
    found: dict[str, Any] = call_api("POST", path, url, token, json={"text": " ".join(text)})
    return found


def _list(url: str, token: str, *, every: bool) -> Iterator[dict[str, Any]]:
    return iterate_items(APPROVALS, url, token, {} if every else {"state": ["asked", "countered"]})


def _find_waiting(start: str, url: str, token: str) -> dict[str, Any]:
    """The request that waits and whose id is this or begins so."""
    otherwise = f"没有找到编号是 {start} 的请求，或不止一个：xiaoer approvals list 看编号。"
    return terminal.pick_by_start(_list(url, token, every=False), start, otherwise)


def _resolve_id(start: str, url: str, token: str) -> str:
    """The full id for its first characters; one with all of its ticket's is taken as it is, whatever became of it."""
    ticket, _, own = start.partition("~")
    if own and len(ticket) >= len(uuid4().hex):
        return start
    full: str = _find_waiting(start, url, token)["id"]
    return full


def _replace_money(text: str, before: str, after: str) -> str:
    """The sentence with the one number in it that is the money replaced; it ends the command unless there is one."""
    places = [found for found in NUMBER.finditer(text) if Decimal(found[0]) == Decimal(before)]
    if len(places) != 1:
        terminal.exit_with_error(f"原话里 {before} 不是刚好一处，不知道换哪里：用 --text 写明对买家说的话。")
    return text[: places[0].start()] + after + text[places[0].end() :]


def _decide(approval_id: str, how: str, body: dict[str, Any], url: str, token: str) -> None:
    _print_one(call_api("POST", f"{APPROVALS}/{quote(approval_id, safe='')}/{how}", url, token, json=body))


def _print_one(item: dict[str, Any]) -> None:
    console.print(Text(f"{item['id']}  {STATES[item['state']]}  {item['quote']['text']}"))
