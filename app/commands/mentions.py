"""`xiaoer tickets mentions`: notes in which colleagues name one, at the terminal."""

from itertools import islice
from typing import Annotated

import typer
from rich.table import Table

from app.commands import local_state, terminal
from app.commands.calling import Token, iterate_items
from app.commands.tickets import console


def register_command(tickets: typer.Typer) -> None:
    """Add the command to those of tickets."""
    tickets.command("mentions")(print_mentions)


def print_mentions(
    *,
    every: Annotated[bool, typer.Option("--all", help="连同看过的")] = False,
    limit: Annotated[int, typer.Option(min=1, help="最多几条")] = 20,
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """同事在备注里叫到您的(@小王)，最新的在前。"""
    found = iterate_items("/v1/mentions", url, token, {} if every else {"unread": "true"})
    table = Table("工单", "时间", "谁写的", "备注", box=None, pad_edge=False)
    for each in islice(found, limit):
        at = terminal.local_time(each["at"])
        terminal.add_cells(table, each["handoff_id"][:8], at, each["by"], each["text"])
    console.print(table if table.row_count else "没有人叫您。")
    terminal.tell_of_more(found, limit)
