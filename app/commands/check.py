"""`xiaoer check`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.settings import PACKAGED_SHOPS


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

    report = check_shop(
        folder, datetime.now(UTC), find_faq_promises, tuple(load_intents()), find_promotions_under_floor
    )
    typer.echo(render_report(report))
    raise typer.Exit(0 if report.is_valid else 1)
