"""`xiaoer tickets transfer|take|snooze|undo` and `xiaoer agents`: what people do with each other, at the terminal."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api
from app.commands.tickets import TicketId, console, ticket_path, tickets
from app.domain.clock import utc_now

agents = typer.Typer(help="同事：谁在线、手上几张、换班。", no_args_is_help=True)
AGENTS = "/v1/agents"
STATUSES = {"online": "在线", "away": "小休", "offline": "离线"}
Shop = Annotated[str, typer.Option("--shop", help="店铺")]


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(agents, name="agents")


@tickets.command()
def transfer(
    ticket: TicketId,
    note: Annotated[list[str] | None, typer.Argument(help="给接手人的话，买家看不到")] = None,
    agent: Annotated[str, typer.Option("--to", help="转给这位同事，要在线")] = "",
    group: Annotated[str, typer.Option(help="或转给这个组：presale | insale | aftersale | supervisor")] = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """转给同事或另一个组；几分钟没有人看就退回。"""
    if bool(agent) == bool(group):
        terminal.exit_with_error("--to 和 --group 写其中一个。")
    body = {"to": {"agent": agent} if agent else {"group": group}, "note": " ".join(note or [])}
    call_api("POST", ticket_path(ticket, url, token) + "/transfer", url, token, json=body)
    console.print("已转接。")


@tickets.command()
def take(ticket: TicketId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """主管把同事手上的接过来。"""
    call_api("POST", ticket_path(ticket, url, token) + "/take", url, token)
    console.print("已接过来。")


@tickets.command()
def snooze(
    ticket: TicketId,
    minutes: Annotated[int, typer.Option(min=0, help="几分钟以后；不写就等买家说话")] = 0,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """稍后处理；买家说话就回来。"""
    body = {"until": _in_minutes(minutes).isoformat()} if minutes else {"on": "buyer"}
    call_api("POST", ticket_path(ticket, url, token) + "/snooze", url, token, json=body)
    console.print("稍后再来。")


@tickets.command()
def wake(ticket: TicketId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """稍后处理的，现在就处理。"""
    call_api("DELETE", ticket_path(ticket, url, token) + "/snooze", url, token)
    console.print("回到我的列表。")


@tickets.command()
def undo(ticket: TicketId, url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """撤销刚才的解决、交还或转接。"""
    call_api("POST", ticket_path(ticket, url, token) + "/undo", url, token)
    console.print("已撤销。")


@agents.command("list")
def print_agents(url: local_state.Url = local_state.DEFAULT_URL, token: Token = "") -> None:
    """谁在线，手上几张，超时几张。"""
    table = Table("客服", "状态", "手上", "超时", "上限", "组", box=None, pad_edge=False)
    for each in call_api("GET", AGENTS, url, token)["items"]:
        limit = "不限" if each["capacity"] is None else str(each["capacity"])
        numbers = str(each["held"]), str(each["late"]), limit
        terminal.add_cells(table, each["name"], STATUSES[each["status"]], *numbers, "、".join(each["groups"]) or "全部")
    console.print(table)


@agents.command("me")
def set_own_state(
    status: Annotated[str, typer.Option(help="online 在线 | away 小休 | offline 离线")] = "",
    capacity: Annotated[int, typer.Option(min=-1, help="同时最多几张；0 是不限")] = -1,
    *,
    release: Annotated[bool, typer.Option(help="离线时把手上的工单放回队列")] = False,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """自己的状态和上限；什么都不写就只是看。"""
    told = {"status": status or None, "capacity": None if capacity < 0 else capacity}
    _print_state(call_api("PUT", f"{AGENTS}/me", url, token, json={**_given(told), "release": release}))


@agents.command("set")
def set_agent(
    agent: Annotated[str, typer.Argument(help="客服的 id")],
    name: Annotated[str, typer.Option(help="显示名")] = "",
    group: Annotated[list[str] | None, typer.Option(help="接这个组的工单，可写多个")] = None,
    capacity: Annotated[int, typer.Option(min=-1, help="同时最多几张；0 是不限")] = -1,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """主管设置一个人。"""
    told = {"name": name or None, "groups": group, "capacity": None if capacity < 0 else capacity}
    _print_state(call_api("PUT", f"{AGENTS}/{quote(agent, safe='')}", url, token, json=_given(told)))


@agents.command("handover")
def hand_over(
    shop: Shop,
    text: Annotated[list[str], typer.Argument(help="给接班人的话")],
    group: Annotated[str, typer.Option(help="交这个组没有结束的；不写就是自己手上的")] = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """交班：留一段话，附上没有结束的工单。"""
    body = _given({"text": " ".join(text), "group": group or None})
    given = call_api("POST", f"/v1/shops/{quote(shop, safe='')}/shifts", url, token, json=body)
    terminal.print_text(f"已交班，{len(given['tickets'])} 张没有结束。接班：")
    terminal.print_text(f"  xiaoer agents accept {given['id']} --shop {shop}")


@agents.command("accept")
def accept_shift(
    shift: Annotated[str, typer.Argument(help="交接的编号")],
    shop: Shop,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """接班：对方手上还没有结束的工单转到自己手上。"""
    path = f"/v1/shops/{quote(shop, safe='')}/shifts/{quote(shift, safe='')}/accept"
    taken = call_api("POST", path, url, token)
    console.print(f"{taken['text']}\n已接班，{len(taken['handoffs'])} 张工单。")


def _in_minutes(minutes: int) -> datetime:
    return utc_now() + timedelta(minutes=minutes)


def _given(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _print_state(agent: dict[str, Any]) -> None:
    limit = "不限" if agent["capacity"] is None else f"最多 {agent['capacity']} 张"
    console.print(f"{agent['name']}：{STATUSES[agent['status']]}，手上 {agent['held']} 张，{limit}。")
