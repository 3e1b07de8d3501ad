"""`xiaoer status`: what answers a shop's buyers now, and what is wrong with its files, over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api

ANSWERING = {
    "open": "正常，用的是现在的文件",
    "the_rest": "跳过有错误的几条，其余照常",
    "last_good": "文件有错误，还在用最后一个完好的版本",
    "learning": "正在学习，还没有开门",
    "closed": "没有开门，买家的消息得不到回答",
}
SECONDS = "%Y-%m-%d %H:%M:%S"
STAGES = {"waiting": "排队", "reading": "读文件、检查", "learning": "学问答"}


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(print_status)


def print_status(
    shop: Annotated[str, typer.Argument(help="店铺代号")],
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """运行中的服务里这家店怎样：哪个版本在回答、新版本学到哪一步、文件哪一格有问题。有错误时退出码是 1。"""
    status = call_api("GET", f"/v1/shops/{shop}/status", url, token)
    terminal.print_text(f"{shop}：{ANSWERING[status['state']]}。")
    if status["loaded_at"]:
        read = "，".join(f"{what} {count}" for what, count in status["counts"].items())
        terminal.print_text(
            f"在回答的版本：{status['version']}，{terminal.local_time(status['loaded_at'], SECONDS)} 读入（{read}）。"
        )
    if status["learning"]:
        stage, entries = status["learning"]["stage"], status["learning"]["entries"]
        terminal.print_text(f"新版本：{STAGES[stage]}，问答 {entries} 条。")
    for problem in status["problems"]:
        terminal.print_text(_describe_problem(problem))
    since = f"，从 {terminal.local_time(status['since'], SECONDS)} 起" if status["since"] else ""
    terminal.print_text(f"错误 {status['errors']}，提醒 {status['warnings']}{since}。")
    if status["errors"]:
        raise typer.Exit(1)


def _describe_problem(problem: Mapping[str, Any]) -> str:
    """As `xiaoer check` says it."""
    from app.shop.report import FolderProblem, Severity, format_problem

    told = {name: problem[name] for name in ("file", "message", "row", "field", "sheet", "column")}
    return format_problem(FolderProblem(severity=Severity(problem["severity"]), leaves_out=problem["left_out"], **told))
