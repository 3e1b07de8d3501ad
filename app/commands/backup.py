"""`xiaoer backup` and `xiaoer restore`."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands import store_access, terminal
from app.commands.single_process import find_sqlite_file, hold_database_lock
from app.domain.clock import utc_now


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    folder: Annotated[Path, typer.Argument(help="放备份的文件夹；每次备份在里面新建一个以时间命名的文件夹")],
    keep: Annotated[int, typer.Option(min=0, help="只留最新的几个备份，旧的删掉；0 全部保留")] = 0,
) -> None:
    """备份数据库（SQLite）。服务不用停，正在收发的消息不受影响。"""
    from app.storage.backup import BackupError, drop_old_backups, make_backup, read_manifest

    database, _ = _locate_database()
    if not database.is_file():
        terminal.exit_with_error(f"没有数据库 {database}，还没有什么可备份的。")
    try:
        made = make_backup(database, folder, utc_now())
        dropped = drop_old_backups(folder, keep)
    except BackupError as error:
        terminal.exit_with_error(error.detail)
    terminal.print_text(f"已备份到 {made}（{read_manifest(made).size / 1_000_000:.1f} MB）。")
    if dropped:
        terminal.print_text(f"删掉了 {dropped} 个旧备份。")
    terminal.print_text("里面是全部消息、工单、待发和客服令牌的哈希；店铺文件夹和密钥（XIAOER_SECRET_…）请另外保存。")


def restore(
    folder: Annotated[Path, typer.Argument(help="一个备份，或放备份的文件夹（用里面最新的）")],
    yes: Annotated[bool, typer.Option("--yes", help="不再确认")] = False,
) -> None:
    """用备份恢复数据库（SQLite）。先停下服务；现有的数据库会改名留在原处。"""
    from app.storage.backup import BackupError, list_backups, read_manifest, restore_backup

    found = list_backups(folder)
    if not found:
        terminal.exit_with_error(f"{folder} 里没有备份。")
    database, url = _locate_database()
    try:
        made_at = read_manifest(found[-1]).made_at
        if not yes:
            terminal.confirm(f"用 {made_at[:19]}（UTC）的备份替换 {database}？之后收到的消息不在里面")
        with hold_database_lock(url):
            moved = restore_backup(found[-1], database, utc_now())
    except BackupError as error:
        terminal.exit_with_error(error.detail)
    terminal.print_text(f"已恢复 {made_at[:19]}（UTC）的备份。")
    if moved:
        terminal.print_text(f"原来的数据库在 {moved}，确认无误后可以删除。")


def _locate_database() -> tuple[Path, str]:
    """The SQLite file of the settings and its URL; exits for PostgreSQL, which has tools of its own."""
    url = store_access.read_settings().effective_database_url
    with store_access.explain_trouble():
        file = find_sqlite_file(url)
    if file is None:
        terminal.exit_with_error("这个命令只备份 SQLite。PostgreSQL 请用 pg_dump 或连续归档，见 docs/backup.md。")
    return file, url
