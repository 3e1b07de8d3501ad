"""`xiaoer outbox`, `callbacks` and `forget`: lists and redrives the outbox, tests callbacks, deletes a buyer's data."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import typer
from rich.markup import escape
from rich.table import Table

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api
from app.domain.clock import utc_now

console = terminal.make_console()
outbox = typer.Typer(help="发件箱：待发的、发不出去的，以及重发。", no_args_is_help=True)
callbacks = typer.Typer(help="店铺的 callback：试发。", no_args_is_help=True)
OUTBOX_PATH = "/v1/outbox"
ADVICE = {
    "unreachable": "连不上对方：请核对 shop.yml 里的 callback.url、域名和端口，以及对方是否在运行。",
    "forbidden_address": "地址在内网，服务默认不访问；确实要用，请设置 XIAOER_ALLOW_PRIVATE_URLS=1。",
    "timeout": "对方没有及时回答：请收到后先回 2xx，再做处理。",
    "busy": "对方请我们稍后再来：请看它的限流。",
    "server_error": "对方出错了：请看它的日志。",
    "redirect": "对方让我们去别的地址：不跟随跳转，请把 callback.url 写成最终地址。",
    "unauthorized": "对方不认我们的签名：请核对两边的密钥，更换密钥时两边都要有新旧两个。",
    "refused": "对方读了却不接受：请看它的日志，地址是否写对。",
    "gone": "对方说这个地址永久停用了：请改 callback.url。",
    "unsigned": "店铺的密钥没有设置：没有签名的东西不会发出去。",
}


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(outbox, name="outbox")
    app.add_typer(callbacks, name="callbacks")
    app.command()(forget)


@outbox.command("list")
def print_outbox(
    state: Annotated[
        str, typer.Option(help="pending 待发 | sent 已发 | dead 发不出去 | withdrawn 人工接手前没发出的")
    ] = "",
    limit: Annotated[int, typer.Option(help="最多几条")] = 20,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """列出发件箱，最早的在前。"""
    wanted = {"limit": limit} | ({"state": state} if state else {})
    page = call_api("GET", OUTBOX_PATH, url, token, params=wanted)
    if not page["items"]:
        console.print("发件箱是空的。")
        return
    table = Table("编号", "店铺", "种类", "状态", "次数", "下次", "原因", box=None, pad_edge=False)
    for item in page["items"]:
        when = item["next_at"][:19].replace("T", " ")
        terminal.add_cells(
            table,
            item["id"],
            item["shop"],
            item["kind"],
            item["state"],
            str(item["attempts"]),
            when,
            item["last_error"] or "",
        )
    console.print(table)


@outbox.command()
def redrive(
    row: Annotated[str, typer.Argument(help="编号；不写就是全部发不出去的")] = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """重发发不出去的。"""
    path = f"{OUTBOX_PATH}/{quote(row, safe='')}/redrive" if row else f"{OUTBOX_PATH}/redrive"
    console.print(f"已重新排队 {call_api('POST', path, url, token)['redriven']} 条。")


@outbox.command("attempts")
def print_attempts(
    row: Annotated[str, typer.Option(help="只看这条待发记录的")] = "",
    shop: Annotated[str, typer.Option(help="只看这家店铺的")] = "",
    outcome: Annotated[str, typer.Option(help="sent 已送达 | failed 会再试 | dead 不再试")] = "",
    limit: Annotated[int, typer.Option(help="最多几条")] = 20,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """投递记录：每一次发送的时间、状态、耗时和原因，最近的在前。"""
    wanted = {"row_id": row, "shop": shop, "outcome": outcome, "limit": limit}
    given = {name: value for name, value in wanted.items() if value}
    page = call_api("GET", f"{OUTBOX_PATH}/attempts", url, token, params=given)
    if not page["items"]:
        console.print("还没有投递记录。")
        return
    table = Table("时间", "店铺", "编号", "第几次", "结果", "状态", "毫秒", "原因", box=None, pad_edge=False)
    for item in page["items"]:
        when = item["at"][:19].replace("T", " ")
        numbers = str(item["attempt"]), item["outcome"], str(item["status"] or ""), str(item["milliseconds"])
        terminal.add_cells(table, when, item["shop"], item["row_id"], *numbers, item["error"] or "")
    console.print(table)


@outbox.command()
def replay(
    since: Annotated[datetime, typer.Option(help="从这个时间写入的开始")],
    until: Annotated[datetime | None, typer.Option(help="到这个时间为止；不写就是现在")] = None,
    shop: Annotated[str, typer.Option(help="只发这家店铺的")] = "",
    kind: Annotated[list[str] | None, typer.Option(help="只发这种，可写多次：reply、handoff.opened …")] = None,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """把一段时间内的再发一遍(编号不变，对方按编号认出重复)；人工接手前的机器人回复不再发。"""
    begins, ends = since.astimezone(), (until or utc_now()).astimezone()
    body = {"since": begins.isoformat(), "until": ends.isoformat(), "shop": shop or None, "kinds": kind or None}
    console.print(f"已重新排队 {call_api('POST', f'{OUTBOX_PATH}/replay', url, token, json=body)['replayed']} 条。")


@callbacks.command("test")
def try_callback(
    shop: Annotated[str, typer.Argument(help="店铺")] = "demo",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """向店铺的 callback 发一条签名的测试事件，看对方怎么回答。"""
    check = call_api("POST", f"/v1/shops/{quote(shop, safe='')}/callback/test", url, token)
    where = f"{check['destination']}，{check['milliseconds']} 毫秒"
    if check["ok"]:
        console.print(f"[green]收到了[/green] HTTP {check['status']}，{escape(where)}")
        return
    console.print(f"[red]没有收到[/red] {escape(check['detail'] or '')}，{escape(where)}")
    terminal.exit_with_error(ADVICE.get(check["error"], "请看服务的日志。"))


def forget(
    shop: Annotated[str, typer.Argument(help="店铺")],
    buyer: Annotated[str, typer.Argument(help="买家编号")],
    yes: Annotated[bool, typer.Option("--yes", help="不再确认")] = False,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """删除一个买家的所有数据：消息、回复、工单、催单和会话。不能撤销。"""
    if not yes:
        terminal.confirm(f"确定删除 {shop} 店买家 {buyer} 的所有数据吗？不能撤销")
    path = f"/v1/shops/{quote(shop, safe='')}/buyers"
    gone = call_api("DELETE", path, url, token, params={"buyer": buyer})["deleted"]
    console.print(f"已删除 {gone} 条记录。")
