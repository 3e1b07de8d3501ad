"""`xiaoer todos`: follow-ups (回访) and tasks of other departments, at the terminal."""

from datetime import timedelta
from itertools import islice
from typing import Annotated
from urllib.parse import quote

import typer
from rich.table import Table

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api, iterate_items
from app.commands.tickets import TicketId, console, ticket_path
from app.domain.clock import utc_now

todos = typer.Typer(
    help="回访和派给别的部门的任务。\n\n"
    "  xiaoer todos add 工单 问问收到没有 --hours 48\n\n"
    "  xiaoer todos add 工单 补发一只茶杯 --department 仓库\n\n"
    "  xiaoer todos list\n\n"
    "  xiaoer todos done 待办编号 收到了",
    no_args_is_help=True,
)
TODOS = "/v1/todos"
STATES = {"open": "", "done": "完成", "cancelled": "取消"}
TodoId = Annotated[str, typer.Argument(help="待办编号，list 里有")]
Hours = Annotated[float, typer.Option("--hours", min=0.01, help="几小时以后")]


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(todos, name="todos")


@todos.command("list")
def print_todos(
    *,
    kind: Annotated[str, typer.Option(help="follow_up 回访 | task 任务；不写是全部")] = "",
    department: Annotated[str, typer.Option(help="这个部门的任务")] = "",
    ended: Annotated[bool, typer.Option("--ended", help="已经结束的")] = False,
    limit: Annotated[int, typer.Option(min=1, help="最多几条")] = 100,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """先到时间的在前，过了时间的标红。"""
    wanted = {"kind": kind, "department": department, "state": ["done", "cancelled"] if ended else ["open"]}
    items = iterate_items(TODOS, url, token, {name: value for name, value in wanted.items() if value})
    table = Table("编号", "时间", "谁", "做什么", "结果", box=None, pad_edge=False)
    for each in islice(items, limit):
        due = terminal.local_time(each["due_at"])
        told = "，".join(filter(None, [STATES[each["state"]], each["result"]]))
        whose = each["department"] or each["agent"]
        terminal.add_cells(table, each["id"], due + ("(超时)" if each["late"] else ""), whose, each["about"], told)
    console.print(table)
    terminal.tell_of_more(items, limit)


@todos.command("add")
def add_todo(
    ticket: TicketId,
    about: Annotated[list[str], typer.Argument(help="做什么")],
    hours: Hours = 24,
    department: Annotated[str, typer.Option(help="派给这个部门；不写就是提醒自己的回访")] = "",
    agent: Annotated[str, typer.Option(help="提醒谁、任务做完告诉谁；不写是自己")] = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """在工单上记一个回访，或给部门派一个任务。"""
    body = {"kind": "task" if department else "follow_up", "about": " ".join(about), "due_at": _in_hours(hours)}
    body |= {"agent": agent} if agent else {}
    path = ticket_path(ticket, url, token) + "/todos"
    made = call_api("POST", path, url, token, json=body | {"department": department})
    terminal.print_text(f"记下了：{made['id']}")


@todos.command("done")
def finish_todo(
    todo: TodoId,
    result: Annotated[list[str] | None, typer.Argument(help="结果")] = None,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """做完了。"""
    _change(todo, "done", {"result": " ".join(result or [])}, url, token)


@todos.command("move")
def move_todo(
    todo: TodoId, hours: Hours = 24, url: local_state.Url = local_state.DEFAULT_URL, token: Token = ""
) -> None:
    """改到几小时以后。"""
    _change(todo, "move", {"due_at": _in_hours(hours)}, url, token)


@todos.command("cancel")
def cancel_todo(
    todo: TodoId,
    why: Annotated[list[str] | None, typer.Argument(help="为什么")] = None,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """不做了。"""
    _change(todo, "cancel", {"result": " ".join(why or [])}, url, token)


def _change(todo: str, how: str, body: dict[str, str], url: str, token: str) -> None:
    call_api("POST", f"{TODOS}/{quote(todo, safe='')}/{how}", url, token, json=body)
    console.print("好了。")


def _in_hours(hours: float) -> str:
    return (utc_now() + timedelta(hours=hours)).isoformat()
