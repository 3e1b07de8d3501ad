"""`xiaoer outbox` and `xiaoer forget`: what waits to be sent, and a buyer's right to be forgotten."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.commands import local_state
from app.commands.tickets import Token, call_api

console = Console(highlight=False)
outbox = typer.Typer(help="发件箱：待发的、发不出去的，以及重发。", no_args_is_help=True)
OUTBOX_PATH = "/v1/outbox"


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(outbox, name="outbox")
    app.command()(forget)


@outbox.command("list")
def print_outbox(
    state: Annotated[str, typer.Option(help="pending 待发 | sent 已发 | dead 发不出去")] = "",
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
        table.add_row(
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
    path = f"{OUTBOX_PATH}/{row}/redrive" if row else f"{OUTBOX_PATH}/redrive"
    console.print(f"已重新排队 {call_api('POST', path, url, token)['redriven']} 条。")


def forget(
    shop: Annotated[str, typer.Argument(help="店铺")],
    buyer: Annotated[str, typer.Argument(help="买家编号")],
    yes: Annotated[bool, typer.Option("--yes", help="不再确认")] = False,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """删除一个买家的所有数据：消息、回复、工单、催单和会话。不能撤销。"""
    if not yes:
        typer.confirm(f"确定删除 {shop} 店买家 {buyer} 的所有数据吗？不能撤销", abort=True)
    gone = call_api("DELETE", f"/v1/shops/{shop}/buyers/{buyer}", url, token)["deleted"]
    console.print(f"已删除 {gone} 条记录。")
