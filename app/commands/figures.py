"""`xiaoer figures`: how soon people answer, what is handed to them, how buyers say they were served."""

from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from app.commands import local_state, terminal
from app.commands.calling import Token, call_api
from app.commands.tickets import console
from app.domain.clock import utc_now

COLUMNS = ("转来", "解决", "平均首响", "3分钟回复率", "满意度", "评价率", "手上", "超时")


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command("figures")(print_figures)


def print_figures(
    days: Annotated[int, typer.Option(min=1, max=366, help="连今天在内的几天")] = 1,
    by: Annotated[str, typer.Option(help="agent 客服 | group 组 | reason 原因 | day 天")] = "agent",
    shop: Annotated[str, typer.Option(help="只看这家店铺")] = "",
    url: local_state.Url = local_state.DEFAULT_URL,
    token: Token = "",
) -> None:
    """首响、3 分钟回复率、转人工原因、满意度；主管看店铺的，客服看自己的。"""
    midnight = utc_now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    params = {"from": (midnight - timedelta(days=days - 1)).isoformat(), "by": by, **({"shop": shop} if shop else {})}
    told = call_api("GET", "/v1/figures", url, token, params=params)
    table = Table("", *COLUMNS, box=None, pad_edge=False)
    for row in (*told["rows"], {"title": "合计", **told["total"]}):
        title = row["title"] or terminal.local_time(row["key"], "%m-%d")
        terminal.add_cells(table, title, *_describe(row))
    console.print(table)


def _describe(row: dict[str, Any]) -> tuple[str, ...]:
    seconds, average = row["first_response_seconds"], row["rating_average"]
    return (
        str(row["handoffs"]),
        str(row["resolved"]),
        "–" if seconds is None else f"{seconds // 60}:{seconds % 60:02}",
        _percent(row["answered_in_time"]),
        "–" if average is None else f"{average:.1f}",
        _percent(row["rated_share"]),
        str(row["open"]),
        str(row["late"]),
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
