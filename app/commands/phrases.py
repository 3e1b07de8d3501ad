"""`xiaoer phrases`: quick phrases, the shop's and one's own, at the terminal."""

from typing import Annotated
from urllib.parse import quote
from uuid import uuid4

import typer
from rich.table import Column, Table
from rich.text import Text

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api
from app.commands.tickets import console

phrases = typer.Typer(
    help="快捷短语：店铺的写在 phrases.csv(列名：编号、标题、内容)，自己的用这里的命令。\n\n"
    "内容里可以写 {{买家}} {{订单号}} {{商品名}} {{发货时限}} {{店铺名}}，说的时候自动填好：\n\n"
    "  xiaoer phrases list fhsj\n\n"
    "  xiaoer phrases save 稍等 {{买家}}，您稍等，我核对一下。",
    no_args_is_help=True,
)
Shop = Annotated[str, typer.Option("--shop", help="店铺")]


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(phrases, name="phrases")


@phrases.command("list")
def print_phrases(
    search: Annotated[str, typer.Argument(help="标题、内容或拼音首字母；不写是全部")] = "",
    shop: Shop = "demo",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """找短语；自己的在前。"""
    items = call_api("GET", _path(shop), url, token, params={"q": search} if search else None)["items"]
    if not items:
        console.print("没有这样的短语。")
        return
    table = Table(Column("编号", no_wrap=True), "标题", "内容", "谁的", box=None, pad_edge=False)
    for item in items:
        cells = (Text(item[name]) for name in ("id", "title", "text"))
        table.add_row(*cells, "自己的" if item["own"] else "店铺的")
    console.print(table)


@phrases.command()
def save(
    title: Annotated[str, typer.Argument(help="标题，找的时候打它或它的拼音首字母")],
    text: Annotated[list[str], typer.Argument(help="内容")],
    id_: Annotated[str, typer.Option("--id", help="编号；写已有的就是改")] = "",
    shop: Shop = "demo",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """存一条自己的短语；超出店铺授权的地方会说明。"""
    phrase_id = id_ or f"cli-{uuid4().hex[:12]}"
    body = {"title": title, "text": " ".join(text)}
    kept = call_api("PUT", f"{_path(shop)}/{quote(phrase_id, safe='')}", url, token, json=body)
    console.print(f"已存下，编号 {kept['id']}。")
    for problem in kept["problems"]:
        terminal.print_warning(problem)


@phrases.command()
def remove(
    phrase_id: Annotated[str, typer.Argument(metavar="编号", help="短语的编号")],
    shop: Shop = "demo",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """删掉一条自己的短语。"""
    call_api("DELETE", f"{_path(shop)}/{quote(phrase_id, safe='')}", url, token)
    console.print("已删掉。")


def _path(shop: str) -> str:
    return f"/v1/shops/{quote(shop, safe='')}/phrases"
