"""`xiaoer proposals`: rows for the FAQ that agents proposed at the desk."""

import csv
import io
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Column, Table
from rich.text import Text

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api
from app.commands.tickets import console

proposals = typer.Typer(
    help="问答提议：客服在工作台点「加到问答」留下的，看过以后放进店铺文件夹。\n\n"
    "先看有哪些，存成表格改好，放进店铺文件夹，检查，再把处理完的关掉：\n\n"
    "  xiaoer proposals list --shop demo --out faq/demo/提议.csv\n\n"
    "  xiaoer check faq/demo\n\n"
    "  xiaoer proposals close p-1 p-2 --shop demo",
    no_args_is_help=True,
)
HEADINGS = ("编号", "标准问题", "答案", "备注")
Shop = Annotated[str, typer.Option("--shop", help="店铺")]


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(proposals, name="proposals")


@proposals.command("list")
def print_proposals(
    shop: Shop = "demo",
    out: Annotated[Path | None, typer.Option("--out", help="存成问答表（.csv），列名和 faq.csv 一样")] = None,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """列出还没有处理的提议，旧的在前；--out 存成可以直接放进店铺文件夹的表格。"""
    items = call_api("GET", _path(shop), url, token)["items"]
    if not items:
        console.print("没有还没处理的提议。")
        return
    if out:
        terminal.save_file(out, write_table(items), "已保存 {place}：看过改好，运行 xiaoer check，再关掉这些提议。")
        return
    table = Table(Column("编号", no_wrap=True), "问题", "答案", "谁", box=None, pad_edge=False)
    for item in items:
        table.add_row(item["id"], *(Text(item[name]) for name in ("question", "answer", "agent")))
    console.print(table)


@proposals.command()
def close(
    ids: Annotated[list[str], typer.Argument(help="提议的编号，可写多个")],
    shop: Shop = "demo",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """写进了问答，或不要了：不再列出来。"""
    for each in ids:
        call_api("POST", f"{_path(shop)}/{quote(each, safe='')}/close", url, token)
    console.print(f"已关掉 {len(ids)} 条。")


def write_table(items: list[dict[str, Any]]) -> str:
    """Proposals as an FAQ table for Excel."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for item in items:
        note = f"{item['agent']} {item['at'][:10]} 提议"
        writer.writerow((item["id"], item["question"], item["answer"], note))
    return "\ufeff" + text.getvalue()


def _path(shop: str) -> str:
    return f"/v1/shops/{quote(shop, safe='')}/proposals"
