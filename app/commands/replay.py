"""`xiaoer replay`: stored messages through changed files, before buyers meet them."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import terminal
from app.commands.store_access import run_with_store
from app.domain.clock import utc_now

if TYPE_CHECKING:
    from app.domain.history import PastTurn
    from app.evaluation.replay import ReplayedTurn

_SPAN = re.compile(r"(\d{1,4})\s*([dhw])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "w": timedelta(weeks=1)}
MOST_TURNS = 5000
Since = Annotated[str, typer.Option("--since", help="从多久以前：7d、24h、4w")]


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    folder: Annotated[Path, typer.Option("--with", help="改好的店铺文件夹")],
    since: Since = "7d",
    shop: Annotated[str, typer.Option(help="哪家店的消息")] = "demo",
    most: Annotated[int, typer.Option(help="最多重放几条，从新到旧")] = MOST_TURNS,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="另存一份表格")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="另存一页网页")] = None,
) -> None:
    """把存下的买家消息用改好的文件再答一遍：新答上的、答不上了的、新转人工的。什么都不会保存，也不会发给买家。"""
    from app.evaluation.replay import ReplayReport, render_replay, render_replay_page, replay_csv

    terminal.require_ending(csv_file, ".csv")
    terminal.require_ending(html_file, ".html", ".htm")
    begin = parse_since(since, utc_now())
    past = run_with_store(lambda store: store.load_past_turns(shop, begin, limit=most))
    if not past:
        terminal.exit_with_error(f"{since} 以来没有 {shop} 的消息：请检查 --shop、--since 和数据库设置。")
    with terminal.show_progress(f"打开店铺，把 {len(past)} 条消息再答一遍"):
        report = ReplayReport(asyncio.run(_replay_turns(folder.resolve(), past)))
    terminal.print_text(render_replay(report))
    if csv_file:
        terminal.save_file(csv_file, replay_csv(report))
    if html_file:
        terminal.save_file(
            html_file, render_replay_page(report, f"{shop}：{since} 以来的消息，用 {folder.name} 再答一遍")
        )


def parse_since(text: str, now: datetime) -> datetime:
    """The time that 7d, 24h or 4w ago was; exits for anything else."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        terminal.exit_with_error(f"看不懂 --since {text}，请写例如 7d（7 天）、24h（24 小时）、4w（4 周）。")
    return now - int(found[1]) * _UNITS[found[2]]


async def _replay_turns(folder: Path, past: "Sequence[PastTurn]") -> "list[ReplayedTurn]":
    """Each conversation in its own order; a handed-over conversation goes on as a new one."""
    from app.commands.trial import open_trial
    from app.evaluation.replay import ReplayedTurn

    async with open_trial(folder) as trial:
        if trial is None:
            terminal.exit_with_error(f"{folder} 打不开：请运行 xiaoer check {folder}")
        rounds: dict[object, int] = {}
        found = []
        for turn in past:
            at = rounds.get(turn.key, 0)
            conversation = f"{turn.key.channel}/{turn.key.conversation}/{at}"
            reply = await trial.ask_text(turn.text, conversation=conversation, buyer=turn.buyer, context=turn.context)
            if reply.action == "handoff":
                rounds[turn.key] = at + 1  # else the bot would keep silent behind a person who is not there
            found.append(ReplayedTurn(turn, reply.action, reply.intent, reply.faq, reply.replies))
    return found
