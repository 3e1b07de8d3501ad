"""One running service a kind: one process on SQLite, two on PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.journeys.service import AgentSoftware, Buyer, Service, running, running_pair


@pytest.fixture(scope="session")
def sqlite_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("service-sqlite")) as alone:
        yield alone


@pytest.fixture(scope="session")
def postgres_service(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_pair(tmp_path_factory.mktemp("service-postgres"), postgres_url) as pair:
        yield pair


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest) -> Service:
    """Either; both stay up, since the files of one worker go from kind to kind."""
    found: Service = request.getfixturevalue(f"{request.param}_service")
    return found


@pytest.fixture
def buyer(service: Service) -> Buyer:
    return Buyer(service)


@pytest.fixture
def agent(service: Service) -> AgentSoftware:
    return AgentSoftware(service)
