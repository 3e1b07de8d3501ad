"""One running service a kind: one process on SQLite, two on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.service import AgentSoftware, Buyer, Service, running
from tests.postgres import fresh_database


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    state: Path = tmp_path_factory.mktemp(f"service-{request.param}")
    if request.param == "sqlite":
        with running(state) as alone:
            yield alone
        return
    postgres_url: str = request.getfixturevalue("postgres_url")
    with fresh_database(postgres_url) as database, running(state, database=database, processes=2) as pair:
        yield pair


@pytest.fixture
def buyer(service: Service) -> Buyer:
    return Buyer(service)


@pytest.fixture
def agent(service: Service) -> AgentSoftware:
    return AgentSoftware(service)
