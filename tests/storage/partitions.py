"""A database split as its administrator would: the migrations first, then docs/partitions.sql as it stands."""

from pathlib import Path

import psycopg

from app.storage.database import DatabaseEngines
from app.storage.migrations import upgrade_schema

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "partitions.sql"


def split(url: str) -> None:
    """Split the tables of this database, made first where there are none."""
    database = DatabaseEngines(url, pool_size=1)
    upgrade_schema(database.writing)
    database.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SCRIPT.read_bytes())
