"""`xiaoer db`."""

import asyncio

import typer

from app.settings import Settings

db = typer.Typer(help="数据库。", no_args_is_help=True)


def register_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(db, name="db")


@db.command()
def upgrade() -> None:
    """把数据库结构升到最新（xiaoer serve 启动时会自动做）。"""
    from app.storage.store import open_store

    async def migrate_database() -> None:
        store = await open_store(settings.effective_database_url)
        await store.close()

    settings = Settings()
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(migrate_database())
    typer.echo("数据库结构已是最新。")
