"""Brings the schema up to date when the service starts; several processes may start at once."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

HEAD = "0026"

_LOCK = 0x78696165  # "xiae": ours among the advisory locks of a database


def upgrade_schema(engine: Engine) -> None:
    """Run the migrations that are missing, in one transaction and one process at a time."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))  # a migration may take its time
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if _current_revision(connection) != HEAD:
            _run_alembic(connection)


def _current_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _run_alembic(connection: Connection) -> None:
    # Imported only when there is something to do: Alembic would double the time of a usual start.
    from alembic import command  # noqa: PLC0415  # see above
    from alembic.config import Config  # noqa: PLC0415  # see above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
