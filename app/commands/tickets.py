"""`xiaoer tickets` and `xiaoer urges`: the queue at the terminal, over the same HTTP routes as agents' software."""

import json
import time
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import typer
from rich.markup import escape
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api, iterate_items

console = terminal.make_console()
tickets = typer.Typer(help="人工队列：看、认领、回复、解决、交还机器人。", no_args_is_help=True)
urges = typer.Typer(help="催单：仓库要处理的订单。", no_args_is_help=True)
TicketId = Annotated[str, typer.Argument(help="工单编号，写开头几位即可")]
HANDOFFS = "/v1/handoffs"
HOUR = 3600
PRIORITIES = {"urgent": "紧急", "high": "优先", "normal": "普通"}
MOST_SILENCE = 60
RECONNECT_SECONDS = 2.0
CHANGES = {
    "ticket.opened": "转来",
    "ticket.updated": "补充",
    "ticket.refreshed": "数据更新",
    "ticket.claimed": "认领",
    "ticket.released": "放回",
    "ticket.resolved": "解决",
    "ticket.returned": "交还",
    "ticket.reopened": "撤销结束",
    "ticket.noted": "备注",
    "ticket.transferred": "转接",
    "ticket.came_back": "自动退回",
    "ticket.taken": "主管接过",
    "ticket.undone": "撤销转接",
    "ticket.snoozed": "稍后",
    "ticket.woken": "到时间了",
    "ticket.seen": "已看",
    "ticket.invited": "请评价",
    "ticket.rated": "评价",
    "buyer.wrote": "买家说话",
    "person.spoke": "客服回复",
    "ticket.reply_held": "回复待发",
    "ticket.reply_withdrawn": "回复撤回",
    "ticket.reply_stopped": "回复没发出",
}
CLOCKS = {"answer": "回复", "resolve": "解决", "close": "结案"}
LATE = 100
STATES = {"queued": "排队", "claimed": "处理中", "resolved": "已解决", "returned": "已交还"}


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(tickets, name="tickets")
    app.add_typer(urges, name="urges")


@tickets.command("list")
def print_tickets(
    *,
    state: Annotated[str, typer.Option(help="queued 排队 | claimed 处理中 | resolved 已解决 | returned 已交还")] = "",
    group: Annotated[str, typer.Option(help="presale 售前 | insale 售中 | aftersale 售后 | supervisor 主管")] = "",
    priority: Annotated[str, typer.Option(help="urgent 紧急 | high 优先 | normal 普通")] = "",
    view: Annotated[
        str, typer.Option(help="mine 我的 | snoozed 稍后 | queue 排队 | open 没有结束的 | ended 已结束 | all 全部")
    ] = "",
    order: Annotated[
        str, typer.Option(help="urgent 最急的 | due 最先该回复的 | recent 最近说话的 | opened 最早转来的")
    ] = "",
    search: Annotated[str, typer.Option("--search", "-q", help="买家、订单号或说过的话")] = "",
    limit: Annotated[int, typer.Option(help="最多几条")] = 20,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """列出工单，最急的在前。"""
    listed = {"view": view, "order": order, "q": search}
    wanted = {"state": state, "group": group, "priority": priority, **listed, "limit": limit}
    page = call_api("GET", HANDOFFS, url, token, params={name: value for name, value in wanted.items() if value})
    if not page["items"]:
        console.print("队列里没有工单。")
        return
    short = (Column(name, no_wrap=True) for name in ("编号", "还剩", "优先级", "组", "状态"))
    table = Table(*short, "诉求", box=None, pad_edge=False)
    for item in page["items"]:
        left = _format_wait(item)
        names = PRIORITIES[item["priority"]], item["group_title"], STATES[item["state"]]
        wish = Text(item["summary"][0], no_wrap=True, overflow="ellipsis")  # dropped on a narrow terminal
        table.add_row(item["id"][:8], left, *names, wish)
    console.print(table)
    if page["next"]:
        console.print(f"[dim]共 {page['total']} 条，用 --limit 看更多。[/dim]")


@tickets.command()
def show(ticket: TicketId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """看一张工单：为什么转来、说过什么、答应过什么、下一句怎么回。"""
    _print_brief(call_api("GET", ticket_path(ticket, url, token), url, token))


@tickets.command()
def claim(ticket: TicketId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """认领；同时认领的两个人只有一个成功。"""
    _print_brief(call_api("POST", ticket_path(ticket, url, token) + "/claim", url, token))


@tickets.command("next")
def claim_next(
    group: Annotated[list[str] | None, typer.Option(help="只要这个组的，可写多个")] = None,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """认领下一张：排队里最急的。"""
    detail = call_api("POST", f"{HANDOFFS}/next", url, token, json={"groups": group or []})
    if detail is None:
        console.print("队列里没有工单。")
        return
    _print_brief(detail)


@tickets.command()
def reply(
    ticket: TicketId,
    text: Annotated[list[str], typer.Argument(help="回复买家的话")],
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """回复买家。"""
    call_api("POST", ticket_path(ticket, url, token) + "/reply", url, token, json=text_body(text))
    console.print("已回复。")


@tickets.command()
def resolve(
    ticket: TicketId,
    note: Annotated[str, typer.Option(help="处理结果，留给同事看")] = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """解决；买家再来时由机器人接待。"""
    call_api("POST", ticket_path(ticket, url, token) + "/resolve", url, token, json={"note": note})
    console.print("已解决。")


@tickets.command()
def release(ticket: TicketId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """放回队列。"""
    call_api("POST", ticket_path(ticket, url, token) + "/release", url, token)
    console.print("已放回队列。")


@tickets.command("return")
def give_ticket_back(ticket: TicketId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """交还机器人。"""
    call_api("POST", ticket_path(ticket, url, token) + "/return", url, token)
    console.print("已交还机器人。")


@tickets.command()
def reopen(ticket: TicketId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """撤销解决或交还：工单回到结束以前的样子。"""
    call_api("POST", ticket_path(ticket, url, token) + "/reopen", url, token)
    console.print("已撤销。")


@tickets.command()
def note(
    ticket: TicketId,
    text: Annotated[list[str], typer.Argument(help="给同事的备注，买家看不到")],
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """给同事留一条备注。"""
    call_api("POST", ticket_path(ticket, url, token) + "/notes", url, token, json=text_body(text))
    console.print("已记下。")


@tickets.command()
def watch(url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """一直看着：工单有变化就显示一行，断了自己重连，按 Ctrl+C 停止。"""
    headers = {"authorization": f"Bearer {local_state.require_agent_token(token)}"}
    joined = lost = False
    while True:
        try:
            for line in _read_stream(url, headers, joined=joined):
                joined, lost = True, False
                _print_event(line)
        except httpx.HTTPError as error:
            if not joined:
                terminal.exit_with_error(f"连不上 {url}：{error}")
        if not lost:
            console.print("连接断了，正在重连；其间的变化请用 xiaoer tickets list 看。")
        lost = True
        time.sleep(RECONNECT_SECONDS)


def _read_stream(url: str, headers: dict[str, str], *, joined: bool) -> Iterator[str]:
    """The lines of one connection; exits when it is refused, httpx.HTTPError while a service joined before is away."""
    patience = httpx.Timeout(10, read=MOST_SILENCE)
    with httpx.stream("GET", url.rstrip("/") + "/v1/events", headers=headers, timeout=patience) as response:
        if joined and response.is_server_error:
            response.raise_for_status()
        if response.status_code != httpx.codes.OK:
            response.read()
            terminal.read_document(response)
        yield from response.iter_lines()


def _print_event(line: str) -> None:
    """The row of a ticket that changed; everything else in a stream is for programs."""
    name, _, data = line.partition(": ")
    told = json.loads(data) if name == "data" else {}
    if "handoff" in told:
        item = told["handoff"]
        last = item["last_line"]["text"] if item["last_line"] else item["summary"][0]
        changes = "、".join(CHANGES.get(change, change) for change in told.get("changes", ()))
        changes = changes or _format_due(told)
        console.print(Text(f"{item['id'][:8]}  {STATES[item['state']]}  {_format_wait(item)}  {changes}  {last}"))


@urges.command("list")
def print_urges(
    state: Annotated[str, typer.Option(help="open 待处理 | closed 已处理")] = "open",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """列出买家催过的订单。"""
    page = call_api("GET", "/v1/urges", url, token, params={"state": state})
    if not page["items"]:
        console.print("没有催单。")
        return
    table = Table(Column("编号", min_width=8), "店铺", "订单", "原因", "状态", "时间", box=None, pad_edge=False)
    for item in page["items"]:
        named = (item["id"][:8], item["shop"], item["order_id"], item["why"], item["state"])
        terminal.add_cells(table, *named, item["created_at"][:16])
    console.print(table)


@urges.command()
def close(
    urge: Annotated[str, typer.Argument(help="催单编号")],
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """标记一条催单已处理。"""
    call_api("POST", f"/v1/urges/{quote(_resolve_id(urge, '/v1/urges', url, token), safe='')}/close", url, token)
    console.print("已处理。")


def ticket_path(ticket: str, url: str, token: str) -> str:
    """The address of a ticket that is named by its first characters."""
    return f"{HANDOFFS}/{quote(_resolve_id(ticket, HANDOFFS, url, token), safe='')}"


def text_body(words: list[str]) -> dict[str, str]:
    """The words of one line for the API, with an id that makes it safe to send again."""
    return {"id": f"cli-{uuid4().hex[:12]}", "text": " ".join(words)}


def _resolve_id(start: str, path: str, url: str, token: str) -> str:
    """The full id for its first characters, of which lists show eight."""
    if len(start) >= len(uuid4().hex):
        return start
    found = (item["id"] for item in iterate_items(path, url, token, {}))
    matching = [full for full in found if full.startswith(start)]
    return matching[0] if len(matching) == 1 else start


def _print_brief(detail: dict[str, Any]) -> None:
    brief = detail["brief"]
    lines = [f"[bold]{escape(brief['reason_text'])}[/bold]", *map(escape, brief["summary"]), ""]
    lines += [f"{escape(author_label(line))}：{escape(line_text(line))}" for line in brief["transcript"]]
    lines += [""] + [_format_snapshot(snapshot) for snapshot in brief["snapshots"] if snapshot["kind"] != "promotion"]
    lines += ["[bold]答应过[/bold] " + (escape("；".join(brief["promised"])) or "没有")]
    lines += [f"[bold]{escape(name)}[/bold] {escape(value)}" for name, value in brief["collected"].items()]
    lines += [f"[bold]提示[/bold] {escape(note)}" for note in brief["notes"]]
    lines += [f"[bold]底价[/bold] {escape(margin)}" for margin in brief.get("margins", ())]
    lines += [f"[bold]建议回复[/bold] {escape(brief['suggested_reply'])}"]
    lines += [f"      或者 {escape(other)}" for other in brief["alternatives"]]
    lines += [f"[bold]备注[/bold] {escape(each['agent'])}：{escape(each['text'])}" for each in _notes_of(detail)]
    left = _format_time_left(detail["seconds_left"]["first_response"])
    title = f"{detail['id'][:8]} · {detail['group_title']} · {brief['priority_title']} · 首次回复还剩 {left}"
    console.print(Panel("\n".join(lines), title=title, expand=False))


def _format_due(told: dict[str, Any]) -> str:
    return CLOCKS[told["clock"]] + ("超时" if told["level"] >= LATE else "快超时")


def _notes_of(detail: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in detail["history"] if entry["change"] == "ticket.noted"]


def _format_snapshot(snapshot: dict[str, Any]) -> str:
    told = "　".join(f"{line['label']} {line['value']}" for line in snapshot["lines"])
    return f"[bold]{escape(snapshot['title'])}[/bold]　{escape(told)}"


def line_text(line: dict[str, Any]) -> str:
    """A line's words, and the addresses of the pictures, cards and files that come with it."""
    shown = [*line.get("parts", ()), *line.get("attachments", ())]
    addresses = [part[name] for part in shown for name in ("url", "image") if part.get(name)]
    return " ".join([line["text"], *(address for address in addresses if address not in line["text"])]).strip()


def author_label(line: dict[str, Any]) -> str:
    """The author of a transcript line, in Chinese."""
    names = {"buyer": "买家", "bot": "小二"}
    return names.get(line["author"], f"客服{line.get('agent') or ''}")


def _format_wait(item: dict[str, Any]) -> str:
    """How long the buyer's message may still wait; marked where it is but a farewell."""
    left = item["seconds_left"]
    if left["answer"] is None:
        return _format_time_left(left["first_response"])
    return ("收尾 " if item["closing"] else "") + _format_time_left(left["answer"])


def _format_time_left(seconds: int | None) -> str:
    if seconds is None:
        return "已回复"
    if seconds < 0:
        return f"超时{_format_time_left(-seconds) if -seconds >= HOUR else f'{-seconds // 60}分'}"
    if seconds >= HOUR:
        return f"{seconds // HOUR}小时{seconds % HOUR // 60:02d}分"
    return f"{seconds // 60}:{seconds % 60:02d}"
