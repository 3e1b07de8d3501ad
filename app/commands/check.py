"""`xiaoer check`: reports every problem of a shop folder."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import terminal
from app.domain.clock import utc_now
from app.settings import PACKAGED_SHOPS

if TYPE_CHECKING:
    from app.shop.report import FolderReport


class ReportFormat(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def register_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    folder: Annotated[Path, typer.Argument(help="店铺文件夹，默认自带的演示店")] = PACKAGED_SHOPS / "demo",
    form: Annotated[
        ReportFormat, typer.Option("--format", help="text 给人看，json 和 sarif 给程序")
    ] = ReportFormat.TEXT,
    annotate: Annotated[
        Path | None, typer.Option("--annotate", help="另存一份表格到这个文件夹，问题写成单元格批注")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="只看文件，不把每条的问题问一遍")] = False,
) -> None:
    """检查店铺文件：一次列出所有问题，说明哪个文件哪一格、为什么、应该怎么写。有错误时退出码为 1。"""
    from app.commands.checking import check_folder
    from app.shop.report import render_report
    from app.shop.report_formats import report_document, sarif_document

    with terminal.show_progress("读文件" if quick else "读文件，打开店铺，把每一条的问题问一遍"):
        report = check_folder(folder, utc_now(), quick=quick)
    if annotate is not None:
        _write_annotated(folder, annotate, report)
    if form is ReportFormat.TEXT:
        terminal.print_text(render_report(report))
    else:
        terminal.print_document(report_document(report) if form is ReportFormat.JSON else sarif_document(report))
    raise typer.Exit(0 if report.is_valid else 1)


def _write_annotated(folder: Path, target: Path, report: "FolderReport") -> None:
    """Copies of the tables with comments; never into the shop's own folder, where they would be read as its FAQ."""
    from app.shop.annotate import annotate_tables
    from app.shop.folder import read_files
    from app.shop.report import ProblemCollector

    if target.resolve() == folder.resolve():
        terminal.exit_with_error("批注请存到店铺文件夹外面，不然会被当成店铺的表格读进去。")
    books = annotate_tables(read_files(folder, ProblemCollector()).contents, report.problems)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, content in books.items():
            (target / name).write_bytes(content)
            terminal.print_text(f"已保存 {target / name}", err=True)
    except OSError:
        terminal.refuse_place(target)
