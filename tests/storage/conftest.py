"""The store's tests run a third time: over PostgreSQL whose tables are split as docs/partitions.sql splits them."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from app.storage.schema import METADATA
from tests.databases import copy_of_migrated
from tests.postgres import fresh_database
from tests.storage.partitions import split


@pytest.fixture(scope="session")
def partitioned(postgres_url: str) -> Iterator[str]:
    """One for the session: to make it takes longer than most tests."""
    with fresh_database(postgres_url) as url:
        split(url)
        yield url


@pytest.fixture
def partitioned_database(partitioned: str) -> str:
    """The same one, empty again."""
    with psycopg.connect(partitioned) as connection:
        for table in METADATA.tables:
            connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
    return partitioned


@pytest.fixture(params=["sqlite", "postgres", "partitioned"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database with the tables, once of each kind."""
    if request.param == "partitioned":
        url: str = request.getfixturevalue("partitioned_database")
        return url
    return copy_of_migrated(request, tmp_path, request.param)
