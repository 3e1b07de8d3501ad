"""`xiaoer import` and `xiaoer export`: questions and answers from other programs, and to them."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands import terminal
from app.domain.clock import utc_now
from app.settings import Settings
from app.shop.table_format import TableFormat

FormatOption = Annotated[TableFormat, typer.Option("--format", help="csv、xlsx 或 yml")]


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(import_faq)
    app.command("export")(export_faq)


def import_faq(
    sources: Annotated[
        list[Path],
        typer.Argument(
            help="别的机器人的关键词表、问答表（.csv .xlsx），或 Rasa 的 nlu.yml、domain.yml、rules.yml；也可以是文件夹"
        ),
    ],
    into: Annotated[Path, typer.Option("--into", help="店铺文件夹")],
    form: FormatOption = TableFormat.XLSX,
    force: Annotated[bool, typer.Option("--force", help="已有同名文件时换掉它")] = False,
) -> None:
    """把别处的问答变成一张问答表 faq-导入，放进店铺文件夹。没有答案的不导入，会列出来。"""
    from app.shop.exporting import write_faq
    from app.shop.importing import import_files, read_sources
    from app.shop.report import format_problem

    target = into / f"faq-导入.{form}"
    if target.exists() and not force:
        terminal.exit_with_error(f"已经有 {target}，没有改动。要换掉它请加 --force。")
    try:
        files = read_sources(sources)
    except OSError as error:
        terminal.exit_with_error(f"{error.filename}：打不开，请检查路径和读的权限。")
    result = import_files(files, utc_now())
    for line in (*map(format_problem, result.report.problems), *result.skipped):
        terminal.print_warning(line)
    if not result.entries:
        terminal.exit_with_error("没有找到一条既有问题又有答案的内容，没有写文件。")
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError:
        terminal.refuse_place(into)
    told = f"已导入 {len(result.entries)} 条到 {{place}}。请运行 xiaoer check {into} 看看哪里要改。"
    terminal.save_file(target, write_faq(result.entries, form, _intent_titles()), told)


def export_faq(
    folder: Annotated[Path, typer.Argument(help="店铺文件夹")],
    out: Annotated[Path | None, typer.Argument(help="写到哪个文件；不写是当前文件夹里的 faq-导出")] = None,
    form: Annotated[
        TableFormat | None, typer.Option("--format", help="csv、xlsx 或 yml；不写就看文件的扩展名，没有文件名是 xlsx")
    ] = None,
) -> None:
    """把一家店的全部问答写成一张表，各列齐全；再读回来和原来一样。有错误的那几条不写。"""
    from app.shop.exporting import write_faq
    from app.shop.loader import read_faq_entries

    entries = read_faq_entries(folder, utc_now())
    if not entries:
        terminal.exit_with_error(f"{folder} 里没有能读的问答，请先运行 xiaoer check {folder}")
    target = out or Path(f"faq-导出.{form or TableFormat.XLSX}")
    endings = [f".{form}"] if form else [f".{each}" for each in TableFormat]
    terminal.require_ending(target, *endings)
    written = TableFormat(target.suffix.lower().removeprefix("."))
    terminal.save_file(target, write_faq(entries, written, _intent_titles()), f"已导出 {len(entries)} 条到 {{place}}。")


def _intent_titles() -> list[str]:
    from intents._framework.registry import load_intents

    return [definition.title for definition in load_intents(Settings().intents_dir).values()]
