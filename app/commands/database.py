"""`xiaoer db`: migrates the database."""

import typer

from app.commands import store_access, terminal

db = typer.Typer(help="数据库。", no_args_is_help=True)


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(db, name="db")


@db.command()
def upgrade() -> None:
    """把数据库结构升到最新（xiaoer serve 启动时会自动做）。"""
    store_access.run_with_store(lambda store: store.ping())
    terminal.print_text("数据库结构已是最新。")
