"""`xiaoer check`: reports every problem of a shop folder."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands import terminal
from app.domain.clock import utc_now
from app.settings import PACKAGED_SHOPS


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    folder: Annotated[Path, typer.Argument(help="店铺文件夹，默认自带的演示店")] = PACKAGED_SHOPS / "demo",
) -> None:
    """检查店铺文件：一次列出所有问题，说明哪个文件哪一行、应该怎么写。有错误时退出码为 1。"""
    from app.commands.checking import check_folder
    from app.shop.report import render_report

    report = check_folder(folder, utc_now())
    terminal.print_text(render_report(report))
    raise typer.Exit(0 if report.is_valid else 1)
