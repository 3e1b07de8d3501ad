"""What all tests share: a real PostgreSQL for the session, and a fresh database of either kind for a test."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: two threads of it on two cores wait for each other

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.storage.store import Store, open_store
from app.understanding.understander import Understander
from intents._framework.registry import load_intents
from tests.databases import copy_of_migrated, migrate
from tests.postgres import database_name, fresh_database, server


@pytest.fixture(scope="session", autouse=True)
def loggers_that_look_anew() -> Iterator[None]:
    """No logger keeps how logs were configured when it first wrote: a later test is to read them its own way."""
    configure = structlog.configure

    def configure_without_cache(**settings: Any) -> None:
        configure(**settings | {"cache_logger_on_first_use": False})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", configure_without_cache)
        yield


@pytest.fixture(scope="module", autouse=True)
def logs_as_before() -> Iterator[None]:
    """What the tests of one file do to logs ends with them."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One server for the session; without it the tests fail, they are not skipped."""
    with server() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A database of its own for one test, empty."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the tables and nothing in them: to copy it takes a tenth of the time of migrating."""
    file = tmp_path_factory.mktemp("migrated") / "xiaoer.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """The same of PostgreSQL; its name, to be copied as a template."""
    with fresh_database(postgres_url) as url:
        migrate(url)
        yield database_name(url)


@pytest.fixture
def migrated_database(postgres_url: str, migrated_postgres: str) -> Iterator[str]:
    """A database of its own for one test, with the tables."""
    with fresh_database(postgres_url, template=migrated_postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database with the tables, once of each kind."""
    return copy_of_migrated(request, tmp_path, request.param)


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
