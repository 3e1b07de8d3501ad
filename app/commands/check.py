"""`xiaoer check`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.settings import PACKAGED_SHOPS


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    folder: Annotated[Path, typer.Argument(help="店铺文件夹，默认自带的演示店")] = PACKAGED_SHOPS / "demo",
) -> None:
    """检查店铺文件：一次列出所有问题，说明哪个文件哪一行、应该怎么写。有错误时退出码为 1。"""
    from app.commerce.undercut import promotions_under_floor
    from app.guard.gate import faq_promises
    from app.shop.checker import check_shop, render
    from intents._framework.registry import load_intents

    report = check_shop(folder, datetime.now(UTC), faq_promises, tuple(load_intents()), promotions_under_floor)
    typer.echo(render(report))
    raise typer.Exit(0 if report.ok else 1)
