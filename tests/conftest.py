"""What all tests share: a real PostgreSQL for the session, and a fresh database of either kind for a test."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: two threads of it on two cores wait for each other

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.storage.store import Store, open_store
from app.understanding.understander import Understander
from intents._framework.registry import load_intents
from tests.postgres import fresh_database, server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One server for the session; without it the tests fail, they are not skipped."""
    with server() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A database of its own for one test."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'xiaoer.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store over a fresh database."""
    opened = await open_store(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def understander() -> Understander:
    """One for the session: loading it is most of what a test of understanding costs."""
    return Understander.load_shared(load_intents().traits)
