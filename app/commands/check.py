"""`xiaoer check`: reports every problem of a shop folder."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import terminal
from app.domain.clock import utc_now
from app.settings import PACKAGED_SHOPS, Settings

if TYPE_CHECKING:
    from app.shop.report import FolderProblem


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    folder: Annotated[Path, typer.Argument(help="店铺文件夹，默认自带的演示店")] = PACKAGED_SHOPS / "demo",
) -> None:
    """检查店铺文件：一次列出所有问题，说明哪个文件哪一行、应该怎么写。有错误时退出码为 1。"""
    from app.commerce.undercut import find_promotions_under_floor
    from app.guard.gate import find_faq_promises
    from app.shop.checker import check_shop, render_report
    from intents._framework.registry import load_intents

    intents = load_intents(Settings().intents_dir)
    titles = {intent: definition.title for intent, definition in intents.items()}
    report = check_shop(folder, utc_now(), find_faq_promises, titles, find_promotions_under_floor)
    report = replace(report, problems=report.problems + _find_untrained_intents(intents))
    terminal.print_text(render_report(report))
    raise typer.Exit(0 if report.is_valid else 1)


def _find_untrained_intents(intents: Iterable[str]) -> tuple["FolderProblem", ...]:
    from app.shop.report import FolderProblem, Severity
    from app.understanding.intent.model import IntentModel

    message = "模型还没有学过这个意图，机器人不会判断成它，请运行 make train。"
    untrained = IntentModel.load_model().find_untrained(intents)
    return tuple(FolderProblem(Severity.WARNING, f"{intent}/intent.yml", message) for intent in untrained)
