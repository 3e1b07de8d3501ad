"""Databases for single tests: copies of one that was migrated once."""

import shutil
from pathlib import Path

import pytest

from app.storage.database import DatabaseEngines
from app.storage.migrations import upgrade_schema


def migrate(url: str) -> None:
    """Make the tables, and leave no connection behind."""
    database = DatabaseEngines(url, pool_size=1)
    upgrade_schema(database.writing)
    database.dispose()


def copy_of_migrated(request: pytest.FixtureRequest, folder: Path, kind: str) -> str:
    """The URL of a copy: a file in the folder, or a database of the session's PostgreSQL."""
    if kind == "sqlite":
        file: Path = request.getfixturevalue("migrated_file")
        return f"sqlite:///{shutil.copy(file, folder / 'xiaoer.db')}"
    url: str = request.getfixturevalue("migrated_database")
    return url
